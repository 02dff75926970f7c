"""Tests of the client's errors."""

from __future__ import annotations

import pytest

from sungrow_emulator.client.errors import ApiError, RefusedError


def test_api_error() -> None:
    """An API error reads as the detail of its problem."""
    error = ApiError(422, "no")
    assert (str(error), error.status) == ("no", 422)


@pytest.mark.parametrize(
    ("code", "meaning"), [(2, "illegal data address"), (6, "device busy"), (99, "unknown")]
)
def test_refused(code: int, meaning: str) -> None:
    """A Modbus exception is named by code and meaning."""
    error = RefusedError("holding 1", code)
    assert str(error) == f"holding 1: the device answers exception {code} ({meaning})"
    assert error.code == code
