"""The generated page is up to date."""

from __future__ import annotations

from .report import PAGE, page


def test_page_is_up_to_date() -> None:
    """The committed page is the one that the comparisons generate."""
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m dumps.report writes it"
