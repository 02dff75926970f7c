"""Tests of answers.py."""

from __future__ import annotations

import dataclasses
import json

import pytest

from sungrow_emulator import answers
from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator


def test_every_answer_is_frozen() -> None:
    """What the façade answered cannot be changed by who asked."""
    kinds = [kind for kind in vars(answers).values() if dataclasses.is_dataclass(kind)]
    assert len(kinds) == 10
    for kind in kinds:
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[union-attr]


@pytest.mark.parametrize("model", ["SG5.0RT", "SH10RT", "AC22E-01", "Logger1000", "SBR128"])
def test_the_state_is_plain_data(model: str) -> None:
    """Answers turn into JSON without NaN."""
    emulator = Emulator(Config(model=model, modbus_port=0, freeze=True, winet="none"))
    whole = {
        "state": dataclasses.asdict(emulator.state()),
        "fields": [dataclasses.asdict(field) for field in emulator.fields()],
    }
    assert model in json.dumps(whole, allow_nan=False)
