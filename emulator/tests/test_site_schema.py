"""Tests of site_schema.py."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, flag
from sungrow_emulator.plan import DEVICE_KEYS
from sungrow_emulator.site_file import parse_site
from sungrow_emulator.site_schema import schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "site.schema.json"


def test_every_option_is_described() -> None:
    """Options of a device stand there and beside the list, those of the whole only beside it."""
    document = schema()
    whole = document["properties"]
    device = whole["devices"]["items"]["properties"]
    assert set(device) == {*map(flag, Config.names(shared=False)), *DEVICE_KEYS}
    assert {*device, "seed", "start", "devices"} - {*DEVICE_KEYS} <= set(whole)
    assert not {"control-token", "count"} & set(whole)
    assert all(member["description"] for member in (*whole.values(), *device.values()))


def test_types_bounds_choices_and_defaults() -> None:
    """They are those of the options."""
    device = schema()["properties"]["devices"]["items"]["properties"]
    assert device["unit"]["type"] == ["integer", "null"]
    assert (device["unit"]["minimum"], device["unit"]["maximum"]) == (1, 246)
    assert device["strict"] == {**device["strict"], "type": "boolean", "default": False}
    assert "lan" in device["path"]["enum"]
    assert "default" not in device["pv"]
    assert re.match(device["id"]["pattern"], "inverter-1")
    assert not re.match(device["id"]["pattern"], "a/b")


def permits(described: dict[str, Any], value: object) -> bool:
    """Check a value against those words of JSON Schema that the schema uses."""
    kinds = {"string": str, "number": (int, float), "integer": int, "boolean": bool}
    kinds |= {"null": type(None), "array": list, "object": dict}
    types = described.get("type", list(kinds))
    types = types if isinstance(types, list) else [types]
    fits = (
        isinstance(value, kinds[kind]) and isinstance(value, bool) <= (kind == "boolean")
        for kind in types
    )
    if not any(fits) or value not in described.get("enum", [value]):
        return False
    if isinstance(value, str):
        return re.search(described.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return all(permits(described["items"], item) for item in value)
    if isinstance(value, dict):
        inner = described["properties"]
        return all(name in inner and permits(inner[name], of) for name, of in value.items())
    low, high = (described.get(bound, value) for bound in ("minimum", "maximum"))
    return value is None or low <= value <= high


@pytest.mark.parametrize(
    ("device", "right"),
    [
        ("model: 0x0E03", True),
        ("model: SH10RT", True),
        ("firmware: 2026", True),
        ("firmware: '2026'", True),
        ("firmware: 2027", False),
        ("id: 7", True),
        ("id: /7", False),
        ("site: 2", True),
        ("serial-number: 12345678", True),
        ("rtu:", True),
        ("modbus-tls-port:", True),
        ("modbus-tls-port: 516", True),
        ("modbus-tls-port: '516'", False),
        ("modbus-port:", False),
        ("modbus-port: 70000", False),
        ("strict: yes", True),
        ("strict: maybe", False),
        ("pv: 5000", True),
        ("pv: much", False),
        ("path: lam", False),
        ("winet: none", True),
        ("faults: [10, grid-lost]", True),
        ("faults: 10", False),
        ("hold: {soc: 55, pv-power: 1.5}", True),
        ("hold: {soc: half}", False),
        ("hold: {socks: 5}", False),
        ("seed: 5", False),
    ],
)
def test_schema_and_loader_agree(device: str, right: bool) -> None:
    """What one takes the other takes, also where quotes are left out."""
    text = f"devices:\n- {device}\n"
    assert permits(schema(), yaml.safe_load(text)) is right
    with nullcontext() if right else pytest.raises(EmulatorError):
        parse_site("site.yaml", text, {})


def test_the_published_schema_is_fresh() -> None:
    """What stands in the documentation is what `sungrow-emulator site-schema` prints."""
    wanted = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    hint = "sungrow-emulator site-schema | python -m json.tool --indent 2 --no-ensure-ascii"
    assert PUBLISHED.read_text("utf-8") == wanted, f"{hint} > docs/reference/site.schema.json"
