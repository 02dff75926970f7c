"""Errors that help."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sungrow_emulator.catalog.errors import CatalogError, EmulatorError, UnknownNameError, nearest


def test_unknown_name_suggests_the_nearest() -> None:
    """The message names what was looked for and the closest known names."""
    error = UnknownNameError("model", "SH10R", ["SG5.0RT", "SH10RT"])
    assert error.nearest[0] == "SH10RT"
    assert str(error).startswith("unknown model 'SH10R'; did you mean SH10RT")
    assert (error.kind, error.name) == ("model", "SH10R")


@pytest.mark.parametrize(
    ("kind", "known", "said"),
    [
        ("model", ["SG5.0RT"], "unknown model '%%%'; sungrow-emulator models lists them"),
        ("fault", ["grid-lost"], "unknown fault '%%%'; sungrow-emulator faults lists them"),
        ("path", ["lan", "logger"], "unknown path '%%%'; known are lan, logger"),
        ("register", map(str, range(1000)), "unknown register '%%%'"),
        ("register", [], "unknown register '%%%'"),
    ],
)
def test_unknown_name_far_from_everything_tells_what_there_is(
    kind: str, known: Iterable[str], said: str
) -> None:
    """Nothing is suggested where nothing is close; few names are told, of many the list."""
    error = UnknownNameError(kind, "%%%", known)
    assert error.nearest == ()
    assert str(error) == said


def test_nearest_ignores_case_and_is_limited() -> None:
    """Letter case does not count, and only so many names come back."""
    assert nearest("sh10rt", ["SH10RT", "SG5.0RT"])[0] == "SH10RT"
    assert len(nearest("SH10", ["SH10A", "SH10B", "SH10C"], limit=2)) == 2


def test_catalog_error_is_one_sentence() -> None:
    """A bad row is one sentence with file, line, column, text and what is allowed."""
    error = CatalogError("models.csv", 3, "phases", "x", "a whole number")
    assert isinstance(error, EmulatorError)
    assert str(error) == "models.csv, line 3, column phases: 'x' is not a whole number"
