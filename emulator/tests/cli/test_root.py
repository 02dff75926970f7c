"""Tests of the command group: lazy commands, errors in one line, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest

from sungrow_emulator import __version__
from sungrow_emulator.cli import root as module
from sungrow_emulator.cli.root import COMMANDS, root, run
from sungrow_emulator.client.errors import RefusedError, UnreachableError


def test_every_command_loads() -> None:
    """Each promised command exists under its name and says what it does."""
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str(200).endswith(".")
    assert root.get_command(context, "nonsense") is None


def test_promised_commands() -> None:
    """The names of the contract are there."""
    promised = "serve wait models registers personas status read write set-power set-fault"
    assert set(f"{promised} clear-fault clock".split()) <= set(COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"]])
def test_help(call: Callable[..., Any], arguments: list[str]) -> None:
    """Help is printed where it is asked for."""
    code, out, _ = call(*arguments)
    assert (code, out.startswith("Usage: sungrow-emulator ")) == (0, True)


@pytest.mark.parametrize("arguments", [[], ["clock"]])
def test_command_left_out(call: Callable[..., Any], arguments: list[str]) -> None:
    """Where a command is missing the possible ones are listed, one a line."""
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") > 8


def test_help_is_not_cut(call: Callable[..., Any]) -> None:
    """Each command's line of the overview is a whole sentence."""
    commands = call("--help")[1].partition("Commands:")[2]
    assert commands
    assert "..." not in commands


def test_version(call: Callable[..., Any]) -> None:
    """The version is printed bare."""
    assert call("--version") == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["modelz"],
            "unknown command 'modelz'; did you mean models?; see sungrow-emulator --help",
        ),
        (["xyzzy"], "unknown command 'xyzzy'; see --help"),
        (["--bogus"], "No such option '--bogus'"),
        (["models", "--familly", "x"], "Did you mean '--family'?; see sungrow-emulator models"),
        (["set-power"], "Missing argument 'WATTS'"),
        (["set-power", "much"], "'much' is not a valid float"),
        (["pin", "inptu", "1", "1"], "'inptu' is not one of 'input', 'holding'"),
    ],
)
def test_usage(call: Callable[..., Any], arguments: list[str], said: str) -> None:
    """A wrong call is one line that names what would be right, and exit code 2."""
    code, out, err = call(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("sungrow-emulator: ")
    assert said in err


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the next command end with an error."""

    def main(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(module.root, "main", main)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreachableError("nobody there"), 3),
        (RefusedError("x", 2), 1),
        (RuntimeError("what"), 1),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.ClickException("plain"), 1),
        (click.UsageError("usage"), 2),
    ],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Any, code: int
) -> None:
    """Each kind of failure has its exit code and at most one line."""
    failing(monkeypatch, error)
    assert run(["status"]) == code
    assert capsys.readouterr().err.count("\n") == (0 if code == 130 else 1)


def test_traceback_for_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the log level debug an unexpected error keeps its traceback."""
    failing(monkeypatch, RuntimeError("what"))
    monkeypatch.setenv("SUNGROW_EMULATOR_LOG_LEVEL", "debug")
    with pytest.raises(RuntimeError, match="what"):
        run(["status"])


def test_command_with_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may return its exit code."""
    monkeypatch.setattr(module.root, "main", lambda *_, **__: 1)
    assert run(["status"]) == 1


def test_reader_that_has_enough() -> None:
    """A pipe that is closed early is no error."""
    done = subprocess.run(
        f"{sys.executable} -m sungrow_emulator models --json | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stdout), done.stderr) == (0, 10, "")


def test_broken_pipe_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The output that nobody reads any more is put aside."""
    failing(monkeypatch, BrokenPipeError())
    moved: list[Any] = []
    monkeypatch.setattr(module.os, "dup2", lambda *fds: moved.append(fds))
    monkeypatch.setattr(module.os, "open", lambda *_: 3)
    monkeypatch.setattr(module.sys.stdout, "fileno", lambda: 1)
    assert run(["models"]) == 0
    assert moved == [(3, 1)]


def test_serve_and_help_stay_light() -> None:
    """Neither the overview nor `serve` imports what its first answer does not need."""
    heavy = "{'httpx', 'pymodbus', 'fastapi', 'pydantic', 'uvicorn', 'cryptography'}"
    code = (
        "import sys; from sungrow_emulator.cli.root import run; run(['serve', '--check']); "
        f"run(['--help']); sys.exit(str({heavy} & set(sys.modules)) if {heavy} & "
        "set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
