"""The reference and charmcraft.yaml say what the sources do."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from reference import CHARMCRAFT, PAGE, STATUSES, action_class, page
from surroundings import EXAMPLES, ROOT, Running

import control

ACTIONS: dict[str, dict[str, Any]] = CHARMCRAFT["actions"]
TYPED = [name for name in ACTIONS if name != "get-connection-info"]


def test_page(running: Running, request: pytest.FixtureRequest) -> None:
    """docs/reference/charm.md is what would be generated now."""
    text = page(control.Control(running.url))
    if request.config.getoption("--regenerate"):
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text, "regenerate it as it says itself"


def test_page_is_rendered_whole() -> None:
    """Every table row has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGE.read_text("utf-8"), re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table.splitlines()[0]


@pytest.mark.parametrize("text", [text.strip("…: ") for _, text, _ in STATUSES if "<" not in text])
def test_statuses(text: str) -> None:
    """A listed message is one that the sources have."""
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").glob("*.py"))
    text = text.replace("check control", "check {emulator.CHECK}")
    text = text.replace("emulator-image does not start", 'emulator-image does not start"')
    assert text.partition("grid-overvoltage")[0].strip() in sources


def test_examples() -> None:
    """Every action has an example, and every example an action."""
    assert set(EXAMPLES) == set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_closed(name: str) -> None:
    """Parameters that an action does not have are refused by Juju already."""
    assert ACTIONS[name]["additionalProperties"] is False


@pytest.mark.parametrize("name", TYPED)
def test_action_parameters(name: str) -> None:
    """charmcraft.yaml and the charm agree on parameters, what is required, defaults and bounds."""
    declared = ACTIONS[name].get("params", {})
    fields = action_class(name).model_fields
    assert set(fields) == set(declared)
    assert [key for key in fields if fields[key].is_required()] == ACTIONS[name].get(
        "required", []
    )
    for key, parameter in declared.items():
        if "default" in parameter:
            assert fields[key].default == parameter["default"]
        if "enum" in parameter:
            assert list(get_args(fields[key].annotation)) == parameter["enum"]
        limits = [
            (word, getattr(item, side))
            for word, side in (("minimum", "ge"), ("maximum", "le"))
            for item in fields[key].metadata
            if hasattr(item, side)
        ]
        assert limits == [
            (word, parameter[word]) for word in ("minimum", "maximum") if word in parameter
        ]


def test_container() -> None:
    """The workload starts as root, the charm does not run as root."""
    assert CHARMCRAFT["containers"]["emulator"] == {
        "resource": "emulator-image",
        "uid": 0,
        "gid": 0,
    }
    assert CHARMCRAFT["charm-user"] == "non-root"
