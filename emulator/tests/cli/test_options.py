"""Tests of the options, those generated from the configuration above all."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.options import (
    config_of,
    config_options,
    control_options,
    device_option,
    json_option,
)
from sungrow_emulator.config import Config


@click.command()
@config_options
@click.pass_context
def command(context: click.Context, **options: Any) -> None:
    """Take every option."""
    context.obj["config"] = config_of(options)


def config(*arguments: str, **environment: str) -> Config:
    """Return the configuration of a command line and an environment."""
    found: dict[str, Config] = {}
    variables = {f"SUNGROW_EMULATOR_{name.upper()}": text for name, text in environment.items()}
    kept = {name: None for name in os.environ if name.startswith("SUNGROW_EMULATOR_")}
    result = CliRunner().invoke(
        command, arguments, obj=found, env={**kept, **variables}, standalone_mode=False
    )
    if result.exception:
        raise result.exception
    return found["config"]


def test_defaults() -> None:
    """Without options and environment the configuration is the default one."""
    assert config() == Config()


@pytest.mark.parametrize(
    ("arguments", "environment", "name", "value"),
    [
        (["--model", "SG5.0RT"], {}, "model", "SG5.0RT"),
        ([], {"model": "SG5.0RT"}, "model", "SG5.0RT"),
        (["--model", "SG5.0RT"], {"model": "SH5.0RT"}, "model", "SG5.0RT"),
        ([], {"model": ""}, "model", "SH10RT"),
        (["--modbus-port", "0"], {}, "modbus_port", 0),
        (["--seed", "0x10"], {}, "seed", 16),
        (["--pv", "12000"], {}, "pv", 12000.0),
        (["--speed", "60"], {}, "speed", 60.0),
        ([], {"latitude": "-33.9"}, "latitude", -33.9),
        (["--latitude", "-33.9"], {}, "latitude", -33.9),
        (["--strict"], {}, "strict", True),
        ([], {"strict": "1"}, "strict", True),
        ([], {"strict": "false"}, "strict", False),
        (["--no-strict"], {"strict": "true"}, "strict", False),
        ([], {"control_token": "t"}, "control_token", "t"),
        (["--control-token-file", "f"], {}, "control_token_file", "f"),
    ],
)
def test_precedence(
    arguments: list[str], environment: dict[str, str], name: str, value: Any
) -> None:
    """The command line goes before the environment, that before the default."""
    assert getattr(config(*arguments, **environment), name) == value


def test_every_option_has_all_three_names() -> None:
    """Each field is an option with its help, its variable and its default."""
    text = CliRunner().invoke(command, ["--help"]).output
    words = " ".join(text.split())
    for spec in dataclasses.fields(Config):
        if spec.metadata["secret"]:
            assert f"{spec.name.upper()};" not in words
            continue
        assert f"--{spec.name.replace('_', '-')} " in words
        assert f"env: SUNGROW_EMULATOR_{spec.name.upper()}" in words
        assert spec.metadata["help"].split()[0] in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--modbus-port", "http"], "modbus-port='http' must be a whole number"),
        (["--modbus-port", "70000"], "modbus-port=70000 must be between 0 and 65535"),
        (["--speed", "fast"], "speed='fast' must be a number"),
        (["--speed", "nan"], "speed=nan must be between"),
        (["--path", "winets"], "did you mean winet-s"),
        (["--start", "noon"], "'noon' is not a time"),
    ],
)
def test_wrong_values(arguments: list[str], said: str) -> None:
    """The configuration alone says what is wrong with a value."""
    with pytest.raises(EmulatorError, match=said):
        config(*arguments)


def test_no_token_on_the_command_line() -> None:
    """A token on the command line is refused with the two ways that there are."""
    with pytest.raises(click.UsageError, match=r"SUNGROW_EMULATOR_CONTROL_TOKEN or use .*-file"):
        config("--control-token", "s3cret")


def test_options_of_other_commands() -> None:
    """Commands that call an emulator share their options."""

    @click.command()
    @control_options
    @device_option
    @json_option
    @click.pass_context
    def other(context: click.Context, **options: Any) -> None:
        context.obj.update(options)

    found: dict[str, Any] = {}
    environment = {"SUNGROW_EMULATOR_URL": "http://a", "SUNGROW_EMULATOR_CONTROL_TOKEN_FILE": "f"}
    CliRunner().invoke(other, ["--json", "--device", "battery"], obj=found, env=environment)
    assert found == {"url": "http://a", "token_file": "f", "device": "battery", "as_json": True}


def test_values_that_are_parsed_already() -> None:
    """A value that is no text any more passes."""
    option = next(p for p in command.params if p.name == "seed")
    convert: Callable[..., Any] = option.type.convert
    assert convert(7, None, None) == 7
