"""The vocabulary."""

from __future__ import annotations

import dataclasses

import pytest

from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.spec import Allowed, Datatype, Table


def test_words_are_plain_strings() -> None:
    """Tables and datatypes print as they are written in the data files."""
    assert f"{Table.INPUT} {Datatype.U16}" == "input U16"


def test_specs_are_frozen_and_slotted() -> None:
    """A row of the catalog cannot be changed and has no attributes beyond its fields."""
    model = find_model("SH10RT")
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.name = "other"  # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(model, "__dict__")
    assert Allowed() == Allowed((), ())
