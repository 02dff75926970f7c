"""The JSON Schema of site files, made from the options."""

from __future__ import annotations

import dataclasses
from typing import Any

from sungrow_emulator.config import Config, flag
from sungrow_emulator.plan import HELD, MOST_FAULTS, NAME
from sungrow_emulator.site_file import MOST_DEVICES, NOT_IN_FILES

_TEXT = ("string", "number")
"""Text may be written without quotes, also where YAML takes it for a number: `model: 0x0E03`."""
_TYPES = {
    "str": _TEXT,
    "bool": ("boolean",),
    "int": ("integer",),
    "int | None": ("integer",),
    "float": ("number",),
    "float | None": ("number",),
}


def schema() -> dict[str, Any]:
    """Return it as an object that prints as JSON."""
    specs = [s for s in dataclasses.fields(Config) if s.name not in NOT_IN_FILES]
    device = {
        **{flag(s.name): _schema_of(s) for s in specs if not s.metadata["shared"]},
        **_device_members(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A site of emulated Sungrow devices",
        "type": "object",
        "additionalProperties": False,
        "required": ["devices"],
        "properties": {
            **{flag(s.name): _schema_of(s) for s in specs},
            "devices": {
                "description": "The devices; options beside this list hold for all of them.",
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_DEVICES,
                "items": {"type": "object", "additionalProperties": False, "properties": device},
            },
        },
    }


def _device_members() -> dict[str, Any]:
    """Return the JSON Schema of what a device has beside its options."""
    return {
        "id": {
            "type": list(_TEXT),
            "pattern": f"^{NAME}$",
            "description": "Name; the kind of device if not given, with its number.",
        },
        "site": {
            "type": list(_TEXT),
            "description": "Devices that name one site share its grid connection and load.",
        },
        "hold": {
            "type": "object",
            "description": "Powers held from the start (W) and the state of charge then (%).",
            "additionalProperties": False,
            "properties": {flag(name): {"type": "number"} for name in HELD},
        },
        "faults": {
            "type": "array",
            "description": "Numbers or names of faults and alarms that are active at the start.",
            "maxItems": MOST_FAULTS,
            "items": {"type": list(_TEXT)},
        },
    }


def _schema_of(spec: dataclasses.Field[Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": spec.metadata["help"]}
    empty = spec.default in {"", None}
    if choices := spec.metadata["choices"]:
        described["enum"] = [*choices, *(int(choice) for choice in choices if choice.isdecimal())]
    else:
        types = [*_TYPES[str(spec.type)], *(["null"] if empty else [])]
        described["type"] = types if len(types) > 1 else types[0]
    if not empty:
        described["default"] = spec.default
    if spec.metadata["bounds"]:
        described["minimum"], described["maximum"] = spec.metadata["bounds"]
    return described
