"""Every executable example of the README and the documentation works as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .examples import Command, Example, Session, commands, examples, matches

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = [page for page in PAGES if examples(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path) -> None:
    """The examples of a page run in order."""
    found = examples(page.read_text("utf-8"))
    with Session(tmp_path) as session:
        for example in found:
            session.run(example)
    assert found


def test_readme_is_executed() -> None:
    """The README has examples, and they are executed."""
    assert PAGES[0] in RUNNABLE


def test_links() -> None:
    """Every relative link of a page leads to a file."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in relative_links(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def relative_links(text: str) -> list[str]:
    """Return the files that a Markdown page links to."""
    targets = [part.partition(")")[0].partition("#")[0] for part in text.split("](")[1:]]
    return [target for target in targets if target and "://" not in target]


def test_examples() -> None:
    """Marked blocks are found with their line, others are left alone."""
    page = "# A\n\n```console run\n$ a\n```\n\n```python\nb\n```\n\n```python run\nc\n```\n"
    assert examples(page) == [
        Example("console", "run", "$ a\n", 3),
        Example("python", "run", "c\n", 11),
    ]


def test_commands() -> None:
    """A console block is commands, possibly over two lines, and what they print."""
    assert list(commands("$ one \\\n  two\nout\nput\n$ three\n")) == [
        Command("one    two", "out\nput"),
        Command("three", ""),
    ]


def test_matches() -> None:
    """Output is compared but for what `…` stands for."""
    assert matches("power  4987 W \nmore\n", "power  … W\nmore")
    assert not matches("power 1 W", "power 2 W")


def test_failure(tmp_path: Path) -> None:
    """A command that fails, or prints something else, fails the page."""
    with Session(tmp_path) as session:
        with pytest.raises(AssertionError, match="unknown model"):
            session.run(Example("console", "run", "$ sungrow-emulator registers SG5.0\n", 1))
        with pytest.raises(AssertionError, match="version"):
            session.run(Example("console", "run", "$ sungrow-emulator --version\nnone\n", 1))
        with pytest.raises(AssertionError, match="line 7"):
            session.run(Example("ruby", "run", "", 7))
