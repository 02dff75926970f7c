"""Errors that help."""

from __future__ import annotations

from sungrow_emulator.catalog.errors import CatalogError, EmulatorError, UnknownNameError, nearest


def test_unknown_name_suggests_the_nearest() -> None:
    """The message names what was looked for and the closest known names."""
    error = UnknownNameError("model", "SH10R", ["SG5.0RT", "SH10RT"])
    assert error.nearest[0] == "SH10RT"
    assert str(error).startswith("unknown model 'SH10R'; did you mean SH10RT")
    assert (error.kind, error.name) == ("model", "SH10R")


def test_unknown_name_far_from_everything_suggests_nothing() -> None:
    """Nothing is suggested where nothing is close."""
    error = UnknownNameError("model", "%%%", ["SG5.0RT"])
    assert error.nearest == ()
    assert str(error) == "unknown model '%%%'"


def test_nearest_ignores_case_and_is_limited() -> None:
    """Letter case does not count, and only so many names come back."""
    assert nearest("sh10rt", ["SH10RT", "SG5.0RT"])[0] == "SH10RT"
    assert len(nearest("SH10", ["SH10A", "SH10B", "SH10C"], limit=2)) == 2


def test_catalog_error_is_one_sentence() -> None:
    """A bad row is one sentence with file, line, column, text and what is allowed."""
    error = CatalogError("models.csv", 3, "phases", "x", "a whole number")
    assert isinstance(error, EmulatorError)
    assert str(error) == "models.csv, line 3, column phases: 'x' is not a whole number"
