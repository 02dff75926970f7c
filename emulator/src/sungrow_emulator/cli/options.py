"""Options of the command line. Those of `serve` are generated from the configuration."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from sungrow_emulator.config import ENVIRONMENT_PREFIX, Config

F = TypeVar("F", bound=Callable[..., Any])

URL_VARIABLE = f"{ENVIRONMENT_PREFIX}URL"
TOKEN_VARIABLE = f"{ENVIRONMENT_PREFIX}CONTROL_TOKEN"
_PARSERS: dict[str, Callable[[str], Any]] = {
    "int": lambda text: int(text, 0),
    "float": float,
    "float | None": float,
    "int | None": lambda text: int(text, 0),
}


class _Value(click.ParamType):  # pyright: ignore - generic only in newer versions
    """Text on its way to the configuration, which alone says what is wrong with a value."""

    def __init__(self, kind: str, metavar: str) -> None:
        self.name = metavar
        self._parse = _PARSERS.get(kind, str)

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        """Return the parsed value, or the text where it does not parse."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError:
            return value


def config_options(command: F) -> F:
    """Add one option per field of the configuration: command line over environment."""
    for spec in reversed(dataclasses.fields(Config)):
        command = _secret(spec)(command) if spec.metadata["secret"] else _option(spec)(command)
    return command


def config_of(values: dict[str, Any]) -> Config:
    """Return the configuration that the options and the environment describe.

    Raises:
        EmulatorError: a value is not allowed.
    """
    return Config.from_mapping(given_options(values))


def given_options(values: dict[str, Any]) -> dict[str, Any]:
    """Return what the options and the environment give, without what they leave open."""
    given = {name: value for name, value in values.items() if value is not None}
    token = os.environ.get(TOKEN_VARIABLE, "")
    return {**given, "control_token": token} if token else given


def json_option(command: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def control_options(command: F) -> F:
    """Add what says where the control API is and how to get in."""
    command = click.option(
        "--control-token-file",
        "token_file",
        metavar="FILE",
        default="",
        envvar=f"{ENVIRONMENT_PREFIX}CONTROL_TOKEN_FILE",
        help=f"File that holds the bearer token.  [env: {TOKEN_VARIABLE} holds it itself]",
    )(command)
    return click.option(
        "--url",
        metavar="URL",
        default="",
        envvar=URL_VARIABLE,
        help=f"Control API of the emulator.  [env: {URL_VARIABLE}; default: "
        "http://127.0.0.1:8099]",
    )(command)


def device_option(command: F) -> F:
    """Add --device."""
    return click.option(
        "--device", metavar="ID", default="", help="Device id; the first device if not given."
    )(command)


def _option(spec: dataclasses.Field[Any]) -> Callable[[F], F]:
    flag = f"--{spec.name.replace('_', '-')}"
    variable = ENVIRONMENT_PREFIX + spec.name.upper()
    said = f"{spec.metadata['help']}  [env: {variable}"
    if spec.type == "bool":
        return click.option(
            f"{flag}/--no-{flag[2:]}", default=None, envvar=variable, help=f"{said}]"
        )
    if spec.default not in {"", None}:
        said += f"; default: {spec.default}"
    return click.option(
        flag,
        type=_Value(str(spec.type), _metavar(spec)),
        metavar=_metavar(spec),
        default=None,
        envvar=variable,
        help=f"{said}]",
    )


def _metavar(spec: dataclasses.Field[Any]) -> str:
    choices: tuple[str, ...] = spec.metadata["choices"]
    if choices:
        return "|".join(choices)
    return {"int": "N", "int | None": "N", "float": "X", "float | None": "X"}.get(
        str(spec.type), "TEXT"
    )


def _secret(spec: dataclasses.Field[Any]) -> Callable[[F], F]:
    flag = f"--{spec.name.replace('_', '-')}"
    variable = ENVIRONMENT_PREFIX + spec.name.upper()

    def refuse(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(
                f"{flag} would show the secret to everybody who lists processes: "
                f"set {variable} or use {flag}-file FILE",
                ctx,
            )

    return click.option(flag, hidden=True, expose_value=False, callback=refuse)
