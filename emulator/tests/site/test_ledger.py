"""Tests of site/ledger.py."""

from __future__ import annotations

from sungrow_emulator.site.ledger import Ledger


def test_entries_add_up_and_gaps_are_zero():
    """Energies of one number add up; numbers between two entries are there, as zeros."""
    book = Ledger()
    book.add(10, (1, 2, 3, 4))
    book.add(12, (1, 1, 1, 1))
    book.add(10, (1, 0, 0, 0))
    assert [book[number] for number in book] == [(2, 2, 3, 4), (0, 0, 0, 0), (1, 1, 1, 1)]
    assert (len(book), 11 in book, 9 in book, 13 in book) == (3, True, False, False)
    assert book[9] == book[13] == (0, 0, 0, 0)


def test_what_is_forgotten_stays_forgotten():
    """Numbers before the first cannot be added any more."""
    book = Ledger.of({3: (3, 0, 0, 0), 1: (1, 0, 0, 0)})
    book.forget_before(2)
    book.add(1, (9, 9, 9, 9))
    assert list(book) == [2, 3]
    book.forget_before(100)
    assert len(book) == 0
    book.add(7, (1, 1, 1, 1))
    assert list(book) == [7]
