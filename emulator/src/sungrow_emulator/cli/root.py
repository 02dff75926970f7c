"""The command group: commands load when they are called, errors end in one line."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from sungrow_emulator import __version__
from sungrow_emulator.catalog.errors import EmulatorError, nearest

PROGRAM = "sungrow-emulator"
OK, FAILED, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "serve": "serve",
    "wait": "wait",
    "status": "steer",
    "read": "registers",
    "write": "registers",
    "fields": "steer",
    "pin": "pins",
    "unpin": "pins",
    "set-power": "steer",
    "release-power": "steer",
    "set-load": "steer",
    "set-soc": "steer",
    "set-battery": "steer",
    "set-fault": "steer",
    "clear-fault": "steer",
    "clock": "clock",
    "reset": "steer",
    "models": "catalog",
    "registers": "catalog",
    "personas": "catalog",
    "faults": "catalog",
    "site-schema": "site",
    "version": "version",
}
"""Command name -> module of this package; the module has a command of that name."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed.

    `serve` answers its first Modbus read before a web framework would have been imported.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a first encounter."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sungrow_emulator.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; an unknown one names its neighbours."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS)
            hint = f"did you mean {' or '.join(close)}?" if close else "see --help"
            raise click.UsageError(f"unknown command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    PROGRAM,
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 refused or failed, 2 usage, 3 nothing answers.",
)
@click.version_option(__version__, message="%(version)s")
def root() -> None:
    """Emulate Sungrow solar inverters that real Modbus clients cannot tell from hardware."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    try:
        result: Any = root.main(list(arguments), PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.ClickException as error:
        return _fail(_usage(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough; the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except EmulatorError as error:
        return _fail(str(error), _exit_code(error))
    except Exception as error:
        if os.environ.get("SUNGROW_EMULATOR_LOG_LEVEL") == "debug":
            raise
        return _fail(f"unexpected {type(error).__name__}: {error}", FAILED)
    return result if isinstance(result, int) else OK


def _exit_code(error: EmulatorError) -> int:
    name = type(error).__name__  # By name: the client room must not be imported for this.
    return {"UnreachableError": UNREACHABLE, "RefusedError": FAILED}.get(name, USAGE)


def _usage(error: click.ClickException) -> str:
    message = error.format_message().replace("\n", " ").rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message}; see {context.command_path} --help" if context else message


def _fail(message: str, code: int) -> int:
    click.echo(f"{PROGRAM}: {message}", err=True)
    return code
