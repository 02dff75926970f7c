"""Tests of site_schema.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sungrow_emulator.config import Config, flag
from sungrow_emulator.plan import DEVICE_KEYS
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
    assert device["unit"]["type"] == "integer"
    assert (device["unit"]["minimum"], device["unit"]["maximum"]) == (1, 246)
    assert device["strict"] == {**device["strict"], "type": "boolean", "default": False}
    assert "lan" in device["path"]["enum"]
    assert "default" not in device["pv"]
    assert re.match(device["id"]["pattern"], "inverter-1")
    assert not re.match(device["id"]["pattern"], "a/b")


def test_the_published_schema_is_fresh() -> None:
    """What stands in the documentation is what `sungrow-emulator site-schema` prints."""
    wanted = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    hint = "sungrow-emulator site-schema | python -m json.tool --indent 2 --no-ensure-ascii"
    assert PUBLISHED.read_text("utf-8") == wanted, f"{hint} > docs/reference/site.schema.json"
