"""The documentation page of the control API: one HTML page that needs no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib import resources
from typing import Any

Document = Mapping[str, Any]


def render_docs(document: Document) -> str:
    """Return the page of an OpenAPI document, grouped by tag, each operation with a curl line."""
    groups: dict[str, list[str]] = {}
    for path, method, operation in _operations(document):
        tag = operation.get("tags", ["other"])[-1]
        groups.setdefault(tag, []).append(_operation(document, path, method, operation))
    page = (resources.files("sungrow_emulator.control") / "docs.html").read_text("utf-8")
    return (
        page.replace("{{title}}", escape(f"{document['info']['title']} control API"))
        .replace("{{version}}", escape(document["info"]["version"]))
        .replace("{{description}}", escape(document["info"]["description"]))
        .replace("{{menu}}", "".join(f'<a href="#{tag}">{tag}</a>' for tag in groups))
        .replace("{{body}}", "".join(_group(tag, rows) for tag, rows in groups.items()))
    )


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _group(tag: str, rows: list[str]) -> str:
    return f'<section id="{tag}"><h2>{tag}</h2>{"".join(rows)}</section>'


def _operation(document: Document, path: str, method: str, operation: Document) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolve(document, body.get("schema", {}))
    answer = _answer(document, operation)
    parts = [
        f'<details><summary><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code>'
        f"<span>{escape(operation.get('description', '').split(chr(10))[0])}</span></summary>",
        _table("Parameters", _parameters(document, operation)),
        _table("Body", _members(document, schema)),
        _table("Answer", _members(document, answer)),
        f"<pre>{escape(_curl(path, method, operation, schema))}</pre></details>",
    ]
    return "".join(parts)


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(said)}</td></tr>"
        for name, kind, said in rows
    )
    return f"<h3>{title}</h3><table>{lines}</table>"


def _parameters(document: Document, operation: Document) -> list[tuple[str, str, str]]:
    return [
        (
            item["name"],
            f"{item['in']}, {_kind(_resolve(document, item['schema']))}",
            item["schema"].get("title", item.get("description", "")),
        )
        for item in operation.get("parameters", [])
    ]


def _members(document: Document, schema: Document) -> list[tuple[str, str, str]]:
    required = schema.get("required", [])
    return [
        (
            name,
            _kind(member) + ("" if name in required else ", optional"),
            member.get("title", ""),
        )
        for name, member in schema.get("properties", {}).items()
    ]


def _answer(document: Document, operation: Document) -> Document:
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return _resolve(document, schema.get("items", schema))


def _resolve(document: Document, schema: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _kind(schema: Document) -> str:
    """Say in words what a schema takes, bounds included."""
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        kind += f" from {low:g}"
    return kind if high is None else f"{kind} up to {high:g}"


def _curl(path: str, method: str, operation: Document, schema: Document) -> str:
    for item in operation.get("parameters", []):
        example = (item["schema"].get("examples") or ["input"])[0]
        path = path.replace("{%s}" % item["name"], str(example))  # noqa: UP031 - braces
    line = "curl" if method == "GET" else f"curl -X {method}"
    line += f" http://127.0.0.1:8099{path}"
    required = schema.get("required") or list(schema.get("properties", {}))[:1]
    values = {name: (schema["properties"][name].get("examples") or [True])[0] for name in required}
    if method == "POST" and path.endswith("/write"):
        values["words"] = schema["properties"]["words"]["examples"][0]
    if not values:
        return line
    return f"{line} -H 'Content-Type: application/json' -d '{json.dumps(values)}'"
