"""Reading the data files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sungrow_emulator.catalog.errors import CatalogError
from sungrow_emulator.catalog.tables import DATA, Row, read_table, split


def test_rows_know_file_line_and_stripped_cells(data: Path) -> None:
    """Comments on top, blank lines and blanks around cells do not disturb the line numbers."""
    (data / "small.csv").write_text('# first\n# second\na,b\n1 ,"x, y "\n\n3,4\n')
    rows = list(read_table("small.csv", ("a", "b")))
    assert [(row.line, row.cells) for row in rows] == [(4, ["1", "x, y"]), (6, ["3", "4"])]
    assert {row.file for row in rows} == {"small.csv"}


def test_wrong_header_is_named(data: Path) -> None:
    """A header with other columns ends in an error that shows the right one."""
    (data / "small.csv").write_text("# note\na,c\n")
    with pytest.raises(CatalogError) as caught:
        list(read_table("small.csv", ("a", "b")))
    assert str(caught.value) == "small.csv, line 2, column header: 'a,c' is not the header a,b"


def test_empty_file_has_no_header(data: Path) -> None:
    """A file without any line is a file without header."""
    (data / "small.csv").write_text("# only a note\n")
    with pytest.raises(CatalogError, match="line 2, column header"):
        list(read_table("small.csv", ("a", "b")))


def test_row_of_wrong_width_is_named(data: Path) -> None:
    """A row with a cell too few names its line and the expected width."""
    (data / "small.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(CatalogError) as caught:
        list(read_table("small.csv", ("a", "b")))
    assert (caught.value.file, caught.value.line) == ("small.csv", 3)
    assert "a row of 2 cells" in str(caught.value)


def test_numbers_and_flags() -> None:
    """Cells read as whole numbers, decimals and flags; empty cells have a plain meaning."""
    row = Row("f.csv", 7, [])
    assert (row.integer("n", "0x0D"), row.integer("n", "-800"), row.integer("n", "")) == (
        13,
        -800,
        0,
    )
    assert (row.decimal("s", "0.1"), row.decimal("s", "", 1.0)) == (0.1, 1.0)
    assert (row.flag("u", "yes"), row.flag("u", "no"), row.flag("u", "")) == (True, False, False)


@pytest.mark.parametrize(
    ("method", "text", "allowed"),
    [
        ("integer", "12a", "a whole number such as 13 or 0x0D"),
        ("decimal", "0,1", "a number such as 0.1"),
        ("flag", "true", "yes, no or empty"),
    ],
)
def test_bad_cells_say_what_is_allowed(method: str, text: str, allowed: str) -> None:
    """A bad cell names file, line, column, its text and what is allowed."""
    row = Row("f.csv", 7, [])
    with pytest.raises(CatalogError) as caught:
        getattr(row, method)("scale", text)
    assert str(caught.value) == f"f.csv, line 7, column scale: {text!r} is not {allowed}"
    assert caught.value.column == "scale"


def test_split() -> None:
    """An empty cell is an empty list, not a list of one empty text."""
    assert split("") == ()
    assert split("a;b") == ("a", "b")


@pytest.mark.parametrize("path", sorted(Path(DATA).rglob("*.csv")), ids=lambda path: path.name)
def test_files_are_plain(path: Path) -> None:
    """Every data file is UTF-8 with line feeds only, and has no blanks at line ends."""
    raw = path.read_bytes()
    assert raw.endswith(b"\n")
    assert b"\r" not in raw
    assert all(line == line.rstrip() for line in raw.decode().splitlines())
