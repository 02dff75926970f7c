"""Runs the examples of a Markdown page, top to bottom, as one reader would.

A fenced block whose info string ends in one of these words is executed:

* `console serve`: its one command is an emulator, which later blocks of the page talk to;
* `console run`: lines after `$` are commands, lines below a command are what it prints, where
  `…` stands for any text; without such lines only the exit code is looked at;
* `python run`: a program;
* `python test`: a test file for pytest;
* `yaml save`: a file of the reader's directory, named by the comment in its first line.

The ports 5020 and 8099 of the page become free ports, so that pages can be run anywhere.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import click
import httpx

BIN = Path(sys.executable).parent
FENCE = re.compile(r"^```(\w+) (serve|run|test|save)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PREFIX = re.compile(r"^(?:pip install uv && )?(?:uv run --package sungrow-emulator )?")
SECONDS = 30
_BESIDE = {f"--{kind}-port": kind for kind in ("modbus-second", "modbus-tls")}


@dataclass(frozen=True, slots=True)
class Example:
    """An executable block: its language, what to do with it, its text and line in the page."""

    language: str
    action: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command line of a console block and what it prints, empty if the page does not say."""

    line: str
    printed: str


def examples(page: str) -> list[Example]:
    """Return the executable blocks of a page."""
    return [
        Example(found[1], found[2], found[3], page.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(page)
    ]


def commands(block: str) -> Iterator[Command]:
    """Take a console block apart; a backslash at the end continues a command."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        yield Command(line, printed.strip())


def matches(printed: str, expected: str) -> bool:
    """Tell whether output is what a page shows, where `…` stands for any text."""
    pattern = ".*".join(map(re.escape, expected.split("…")))
    lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern, lines, re.DOTALL) is not None


class Session:
    """One reader going through one page; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, str] = {}
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start reading."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what the page started."""
        self.stop()

    def run(self, example: Example) -> None:
        """Execute one block; AssertionError tells what is not as the page says."""
        text = re.sub(r"\b\d+\b", lambda port: self.ports.get(port[0], port[0]), example.text)
        match example.language, example.action:
            case "console", "serve":
                (command,) = commands(example.text)
                self.serve(command)
            case "console", "run":
                for command in commands(text):
                    self.check(command)
            case "python", "run":
                self._execute([sys.executable, "-c", text])
            case "python", "test":
                (self.folder / "test_example.py").write_text(text, "utf-8")
                self._execute([sys.executable, "-m", "pytest", "-q", str(self.folder)])
            case "yaml", "save":
                name = example.text.partition("\n")[0].removeprefix("# ")
                (self.folder / name).write_text(example.text, "utf-8")
            case other:
                raise AssertionError(f"line {example.line}: nobody knows how to do {other}")

    def serve(self, command: Command) -> None:
        """Start the page's emulator on free ports."""
        self.stop()
        arguments = [*self._arguments(command.line), "--modbus-port", "0", "--control-port", "0"]
        for door in ("http", "ws", "tls"):
            arguments += [f"--winet-{door}-port", "0"]
        beside = {_BESIDE[one]: port for one, port in pairwise(arguments) if one in _BESIDE}
        for kind in beside:
            arguments += [f"--{kind}-port", "0"]
        self._server = subprocess.Popen(
            [*arguments, "--json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment(),
        )
        assert self._server.stdout is not None
        state = json.loads(self._server.stdout.readline())
        control = httpx.URL(state["control"])
        self.ports = {"5020": str(state["doors"][0]["port"]), "8099": str(control.port)}
        doors = {door["kind"]: str(door["port"]) for door in state["doors"]}
        self.ports |= {port: doors[kind] for kind, port in beside.items()}

    def stop(self) -> None:
        """Stop the page's emulator as a person does, with an interrupt."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.communicate(timeout=SECONDS)
            code, self._server, self.ports = self._server.returncode, None, {}
            assert code == 0, f"the emulator ended with {code}"

    def check(self, command: Command) -> None:
        """Run a command and compare what it prints with what the page shows."""
        arguments = self._arguments(command.line)
        is_curl = arguments[0] == "curl"
        printed = curl(arguments[1:]) if is_curl else self._execute(arguments)
        if command.printed:
            assert matches(printed, command.printed), f"$ {command.line}\n{printed}"

    def _arguments(self, line: str) -> list[str]:
        program, *arguments = shlex.split(PREFIX.sub("", line))
        return [program if program == "curl" else str(BIN / program), *arguments]

    def _execute(self, arguments: list[str]) -> str:
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        control = {"SUNGROW_EMULATOR_URL": f"http://127.0.0.1:{self.ports.get('8099', 8099)}"}
        return {**os.environ, **control}


@click.command()
@click.option("-s", "silent", is_flag=True)
@click.option("-X", "method", default="")
@click.option("--json", "body", default="")
@click.argument("url")
def _curl(silent: bool, method: str, body: str, url: str) -> str:
    """The little of curl that the pages use, so that reading them needs no curl."""
    answer = httpx.request(
        method or ("POST" if body else "GET"),
        url,
        content=body or None,
        headers={"content-type": "application/json"} if body else None,
    )
    assert answer.is_success, answer.text
    return answer.text


def curl(arguments: list[str]) -> str:
    """Send the request of a `curl` line and return the body of the answer."""
    printed: str = _curl.main(arguments, standalone_mode=False)
    return printed
