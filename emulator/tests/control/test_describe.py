"""Tests of what is added to the generated API document."""

from __future__ import annotations

from typing import Any

from control.recorder import Recorder

from sungrow_emulator.answers import ClockAnswer, StateAnswer
from sungrow_emulator.control.app import create_app
from sungrow_emulator.control.describe import attributes, complete


def test_attributes() -> None:
    """The attributes of a docstring are found, over line ends as well."""
    assert attributes(ClockAnswer)["speed"] == "simulated seconds per second."
    assert attributes(StateAnswer)["ready"].startswith("whether every configured door was bound")
    assert set(attributes(StateAnswer)) == set(StateAnswer.__slots__)


def test_no_docstring() -> None:
    """A class without a docstring has none."""

    class Silent:
        pass

    assert attributes(Silent) == {}


def test_members_of_answers_say_what_they_mean() -> None:
    """No member of an answer is left with the name that the framework made up."""
    schemas = create_app(Recorder().facade).openapi()["components"]["schemas"]
    made_up = [
        f"{kind}.{name}"
        for kind, schema in schemas.items()
        if kind.endswith("Answer")
        for name, member in schema["properties"].items()
        if member.get("title", "") == name.replace("_", " ").title()
    ]
    assert made_up == []
    assert schemas["FaultSpec"]["properties"]["word"]["title"].startswith("fault word")


def _document() -> dict[str, Any]:
    return {"paths": {"/x": {"get": {"responses": {"200": {}, "422": {}}}}}}


def test_framework_errors_go() -> None:
    """The framework's validation error is replaced by the problem."""
    document = complete(_document(), secured=False)
    assert document["paths"]["/x"]["get"]["responses"] == {"200": {}}
    assert set(document["components"]["schemas"]) == {"Problem"}
    assert "security" not in document


def test_secured() -> None:
    """With a token the bearer scheme is declared."""
    document = complete(_document(), secured=True)
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
