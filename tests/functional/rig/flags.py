"""Strict parsing of a hook tool's arguments: what a tool does not know is an error."""

from __future__ import annotations

import argparse
import json
from typing import Any, NoReturn, cast

import yaml

from rig.errors import JujuError


class Flags(argparse.ArgumentParser):
    """Arguments of one hook tool."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments.

        Raises:
            JujuError: Always.
        """
        raise JujuError(f"{self.prog}: {message}")

    def output(self) -> Flags:
        """Let the tool print JSON, which charms ask for, or else what people read."""
        self.add_argument("--format", choices=["json", "smart"], default="smart")
        return self

    def option(self, *names: str, **options: Any) -> Flags:
        """Add an option."""
        self.add_argument(*names, **options)
        return self

    def switch(self, name: str) -> Flags:
        """Add an option that is there or not."""
        self.add_argument(name, action="store_true")
        return self

    def words(self, name: str, count: int | str | None = None) -> Flags:
        """Add positional arguments."""
        self.add_argument(name, nargs=count)
        return self


def boolean(text: str) -> bool:
    """Return the truth that `--flag=text` stands for.

    Raises:
        ValueError: It stands for none.
    """
    truth = {"true": True, "false": False}
    if text.lower() not in truth:
        raise ValueError(text)
    return truth[text.lower()]


def pairs(words: list[str]) -> dict[str, str]:
    """Return `key=value` words as a mapping.

    Raises:
        JujuError: A word has no "=".
    """
    for word in words:
        if "=" not in word:
            raise JujuError(f'expected "key=value", got "{word}"')
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def dump(value: Any) -> str:
    """Return a value as the line of JSON that a tool prints."""
    return json.dumps(value) + "\n"


def smart(printed: str) -> str:
    """Return what a tool prints where nobody asked for JSON: words, lines, or else YAML."""
    match json.loads(printed):
        case None | "":
            return ""
        case str(text):
            return f"{text}\n"
        case bool(truth):
            return f"{truth}\n"
        case value:
            items = cast("list[Any]", value) if isinstance(value, list) else []
            lines = "".join(f"{item}\n" for item in items)
            return lines if isinstance(value, list) else yaml.safe_dump(value)
