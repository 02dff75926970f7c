"""Hygiene of the tree: short modules, tests that assert, nothing undone, no machine paths."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

from checks.settings import Settings

_MACHINE = re.compile(
    r"(?<![\w.~-])/(?:work|root|farm|home/\w+|Users/\w+)/"
    r"|\b(?:files\.pythonhosted|registry\.npmjs|proxy\.golang|test\.pypi|pypi)\.(?:org|python\.org)\b"
)
_UNFINISHED = re.compile(
    r"\bTODO\b|\bFIXME\b|\bNotImplementedError\b|mark\.(?:skip|xfail)|pytest\.(?:skip|xfail)\("
)
_LOCKS = {"uv.lock"}
_ASSERTING_CALLS = {"raises", "warns", "fail"}


def problems(settings: Settings) -> list[str]:
    """Return a line for each thing that the tree should not hold."""
    found: list[str] = []
    for path in tracked(settings.root):
        shown = path.relative_to(settings.root).as_posix()
        if path.name in _LOCKS:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{shown}: {reason}" for reason in in_text(text)]
        if path.suffix == ".py":
            found += [f"{shown}: {reason}" for reason in in_module(text, path, settings)]
    return found


def tracked(root: Path) -> list[Path]:
    """Return the files that git tracks, as far as they are still there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    return [path for name in listed.stdout.split("\0") if (path := root / name).is_file()]


def in_text(text: str) -> list[str]:
    """Say what in the text of any file belongs to one machine only."""
    return [
        f"line {number} names a machine's path or a registry: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _MACHINE.search(line))
    ]


def in_module(text: str, path: Path, settings: Settings) -> list[str]:
    """Say what is wrong with a Python module."""
    lines = text.splitlines()
    found = [
        f"line {number} leaves work unfinished or a test undone: {match[0]}"
        for number, line in enumerate(lines, 1)
        if (match := _UNFINISHED.search(line)) and Path(__file__).parent not in path.parents
    ]
    if len(lines) > settings.max_lines:
        found.append(f"{len(lines)} lines; at most {settings.max_lines}, so split it")
    if path.name.startswith("test_"):
        found += tests_without_assertion(text)
    return found


def tests_without_assertion(text: str) -> list[str]:
    """Name the test functions that assert nothing, themselves or through a helper."""
    tree = ast.parse(text)
    functions = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    asserting = {name for name, node in functions.items() if _asserts(node, set())}
    return [
        f"line {node.lineno}: {name} asserts nothing"
        for name, node in functions.items()
        if name.startswith("test_") and not _asserts(node, asserting)
    ]


def _asserts(function: ast.AST, helpers: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _ASSERTING_CALLS or name in helpers or name.startswith("assert_"):
                return True
    return False
