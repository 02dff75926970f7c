"""What the tree must not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checks import hygiene
from checks.settings import Settings

Write = Callable[[str, str], Path]


def test_clean(write: Write, settings: Settings) -> None:
    """Ordinary files, also binary and deleted ones, are fine."""
    write("README.md", "see https://example.org/work/list and ~/work/\n")
    write("uv.lock", "files.pythonhosted." + "org\n")
    write("icon.bin", "").write_bytes(b"\xff\xfe\x00")
    write("gone.py", "").unlink()
    assert hygiene.problems(settings) == []


@pytest.mark.parametrize(
    "text", ["cd /ro" + "ot/x", "= '/wo" + "rk/main'", "registry.npm" + "js.org"]
)
def test_machine(write: Write, settings: Settings, text: str) -> None:
    """A path of one machine and the host of a registry are named with file and line."""
    write("docs/page.md", f"first\n{text}\n")
    (problem,) = hygiene.problems(settings)
    assert problem.startswith("docs/page.md: line 2 names a machine's path or a registry")


@pytest.mark.parametrize("word", ["# TO" + "DO: later", "raise NotImplemented" + "Error"])
def test_unfinished(write: Write, settings: Settings, word: str) -> None:
    """Work left undone in a module is named."""
    write("src/house/sun.py", word)
    (problem,) = hygiene.problems(settings)
    assert "leaves work unfinished" in problem


def test_long(write: Write, settings: Settings) -> None:
    """A module of more lines than allowed is to be split."""
    write("src/house/sun.py", "x = 1\n" * 21)
    assert hygiene.problems(settings) == ["src/house/sun.py: 21 lines; at most 20, so split it"]


@pytest.mark.parametrize(
    "body",
    [
        "assert 1",
        "with pytest.raises(ValueError): f()",
        "pytest.fail('no')",
        "check(1)",
        "recorder.assert_clean()",
    ],
)
def test_asserting(write: Write, settings: Settings, body: str) -> None:
    """A test asserts itself, expects an exception or calls a helper that asserts."""
    write("tests/test_it.py", f"def check(x):\n    assert x\n\ndef test_it():\n    {body}\n")
    assert hygiene.problems(settings) == []


def test_not_asserting(write: Write, settings: Settings) -> None:
    """A test that asserts nothing is named, and a fixture is not a test."""
    path = write(
        "tests/test_it.py", "async def test_it():\n    await run()\n\ndef fixture():\n    f()\n"
    )
    assert hygiene.problems(settings) == ["tests/test_it.py: line 1: test_it asserts nothing"]
    assert hygiene.tracked(settings.root)[-1] == Path(path)
