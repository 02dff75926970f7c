"""Completes the generated API document with what the framework does not know."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from sungrow_emulator import answers
from sungrow_emulator.catalog import spec

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "title": "about:blank: the status is the type"},
        "title": {"type": "string", "title": "Phrase of the status"},
        "status": {"type": "integer", "title": "HTTP status"},
        "detail": {"type": "string", "title": "What is wrong, one sentence"},
        "errors": {
            "type": "array",
            "title": "The fields that caused it",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "title": "Place in the request"},
                    "message": {"type": "string", "title": "What is wrong with it"},
                    "allowed": {"type": "string", "title": "What would be right"},
                    "nearest": {
                        "type": "array",
                        "items": {"type": "string"},
                        "title": "Known names that look like it, best first",
                    },
                },
            },
        },
    },
}
_FRAMEWORK_ERRORS = {"HTTPValidationError", "ValidationError"}
_ATTRIBUTE = re.compile(r"^    (\w+): (.+?)(?=^    \w+: |\Z)", re.DOTALL | re.MULTILINE)


def complete(document: dict[str, Any], *, secured: bool) -> dict[str, Any]:
    """Add the problem schema, what the members of answers mean, and the bearer scheme.

    The framework's own error schemas go: no answer has them.
    """
    components = document.setdefault("components", {})
    schemas: dict[str, Any] = components.get("schemas", {})
    components["schemas"] = {
        name: schema for name, schema in schemas.items() if name not in _FRAMEWORK_ERRORS
    } | {"Problem": _PROBLEM}
    for kind in _dataclasses():
        for name, text in attributes(kind).items():
            member = schemas.get(kind.__name__, {}).get("properties", {}).get(name)
            if member is not None:
                member["title"] = text
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    if secured:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def attributes(kind: type) -> dict[str, str]:
    """Return what the docstring of a class says about each of its attributes."""
    _, _, section = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    return {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(section)}


def _dataclasses() -> Iterable[type]:
    for module in (answers, spec):
        yield from (kind for _, kind in inspect.getmembers(module, inspect.isclass))
