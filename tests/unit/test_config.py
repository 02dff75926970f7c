"""The options: what charmcraft.yaml, the charm and the emulator say of them agrees."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pydantic
import pytest
import yaml
from surroundings import ROOT, emulator_check

import config
import sungrow_emulator.config

OPTIONS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text("utf-8"))[
    "config"
]["options"]
DEFAULTS = {
    name.replace("-", "_"): option["default"]
    for name, option in OPTIONS.items()
    if "default" in option
}
THEIRS = {spec.name: spec for spec in dataclasses.fields(sungrow_emulator.config.Config)}
OTHER_DEFAULTS = {"encryption": "key", "modbus-port": 502}
"""Where the charm deliberately begins with something else than a command line does."""


def settings(**options: Any) -> config.Config:
    """Return the configuration with some options set."""
    return config.Config(**{**DEFAULTS, **options})


def sentence(**options: Any) -> str:
    """Return what is said about a bad value."""
    with pytest.raises(pydantic.ValidationError) as caught:
        settings(**options)
    return config.explain(caught.value, config.Config)


def test_fields() -> None:
    """The typed configuration has exactly the options of charmcraft.yaml."""
    fields = {name.replace("_", "-") for name in config.Config.model_fields}
    assert fields == set(OPTIONS)


def test_no_configuration() -> None:
    """The defaults alone are a configuration; what has none is left to the emulator."""
    options = settings().options()
    assert set(config.ENVIRONMENT) - set(options) == {"serial-number", "start-time"}


@pytest.mark.parametrize("option", config.ENVIRONMENT)
def test_table(option: str) -> None:
    """Each option that is passed on has its variable, type, default, choices and bounds there."""
    theirs = THEIRS[config.ENVIRONMENT[option].lower()]
    kinds = {"str": "string", "int": "int", "float": "float"}
    assert OPTIONS[option]["type"] == kinds[str(theirs.type)]
    default = OTHER_DEFAULTS.get(option, theirs.default)
    assert OPTIONS[option].get("default", "") == default
    field = config.Config.model_fields[option.replace("-", "_")]
    assert get_args(field.annotation) == theirs.metadata["choices"]
    bounds = [
        getattr(item, side)
        for side in ("ge", "le")
        for item in field.metadata
        if hasattr(item, side)
    ]
    narrower = {"modbus-port": [1, 65535], "device-count": [1, 199]}
    assert bounds == narrower.get(option, list(theirs.metadata["bounds"] or ()))


@pytest.mark.parametrize("option", config.ENVIRONMENT)
def test_description(option: str) -> None:
    """The description in charmcraft.yaml lists every choice."""
    choices = THEIRS[config.ENVIRONMENT[option].lower()].metadata["choices"]
    assert [choice for choice in choices if choice not in OPTIONS[option]["description"]] == []


def test_taken_ports() -> None:
    """Ports that something else in the pod listens on are refused, and described."""
    described = OPTIONS["modbus-port"]["description"]
    for port in config.TAKEN_PORTS:
        assert sentence(modbus_port=port).startswith(f"modbus-port={port}: taken by ")
        assert str(port) in described


def test_environment() -> None:
    """Values reach the emulator under the names of its variables."""
    options = settings(start_time="2026-06-21T11:00:00Z", seed=7).emulator_options(3)
    assert options["START"] == "2026-06-21T11:00:00Z"
    assert options["SEED"] == "7"
    assert options["SPEED"] == "1.0"
    assert options["INSTANCE"] == "3"
    assert "EXTERNAL_HOSTNAME" not in options


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "firmware",
            "2025",
            "firmware=2025: allowed are pre-2024-11, 2024-11, 2026; did you mean 2026?",
        ),
        ("log_level", "!", "log-level=!: allowed are debug, info, warning, error"),
        ("speed", 0.0, "speed=0.0: must be 0.001 to 86400"),
        (
            "seed",
            "x",
            "seed=x: input should be a valid integer, unable to parse string as an integer",
        ),
        ("seed", -1, "seed=-1: must be 0 to 9223372036854775807"),
        (
            "seed",
            "y" * 41,
            f"seed={'y' * 40}…: input should be a valid integer, unable to parse string as an "
            "integer",
        ),
        (
            "modbus_port",
            443,
            "modbus-port=443: taken by the dongle's TLS; choose another, e.g. 502",
        ),
    ],
)
def test_explain(option: str, value: object, said: str) -> None:
    """A sentence names the option, its value, what is allowed and the nearest match."""
    assert sentence(**{option: value}) == said


def test_explain_missing() -> None:
    """A value that has to be there is named."""
    with pytest.raises(pydantic.ValidationError) as caught:
        config.Config(**{**DEFAULTS, "model": None, "path": "auto"} | {})
    assert config.explain(caught.value, config.Config).startswith("model=None: input should be")
    with pytest.raises(pydantic.ValidationError) as caught:
        config.Config.model_validate(
            {name: DEFAULTS[name] for name in DEFAULTS if name != "model"}
        )
    assert config.explain(caught.value, config.Config) == "model is missing"


@pytest.mark.parametrize(
    ("given", "unit", "host"),
    [
        ("", 3, ""),
        ("inverter.example", 0, "inverter.example"),
        ("inverter-{unit}.example", 12, "inverter-12.example"),
        ("192.0.2.{unit}", 7, "192.0.2.7"),
        ("2001:db8::{unit}", 7, "2001:db8::7"),
    ],
)
def test_published_host(given: str, unit: int, host: str) -> None:
    """The number of the unit stands where the option asks for it; nothing means its own name."""
    assert config.published_host(given, unit) == host


@pytest.mark.parametrize(
    "given",
    [
        "http://inverter.example",
        "inverter:502",
        "two words",
        "a..b",
        "-a",
        "{units}.b",
        "{unit}",
        "inverter.{unit}",
        "1.2.3.999",
        "1.2.3.4.",
    ],
)
def test_published_host_refused(given: str) -> None:
    """What is neither a host name nor an address is refused."""
    with pytest.raises(config.InvalidError, match="write a host name or address, no URL"):
        config.published_host(given, 0)


def test_explain_unknown() -> None:
    """An unknown name gets its nearest neighbour."""

    class Closed(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="forbid")
        watts: float = 0

    with pytest.raises(pydantic.ValidationError) as caught:
        Closed.model_validate({"wats": 1})
    assert config.explain(caught.value, Closed) == "unknown parameter wats; did you mean watts?"


REFUSED = {
    "model": "SH99",
    "path": "key",
    "device-count": "0",
    "winet": "lan",
    "dongle-firmware": "2026",
    "firmware": "P023",
    "encryption": "lan",
    "serial-number": "ä",
    "latitude": "91.5",
    "longitude": "181.0",
    "timezone": "info",
    "seed": "-1",
    "speed": "0.0",
    "start-time": "1",
    "modbus-port": "65536",
    "log-level": "auto",
}
"""For each option a value that the emulator does not take, some of them good for another one."""


@pytest.mark.parametrize("option", config.ENVIRONMENT)
def test_blame(option: str) -> None:
    """Whatever the real emulator refuses, the sentence begins with the charm's option."""
    value = REFUSED[option]
    name = option.replace("-", "_")
    own = config.Config.model_fields[name].annotation
    given = settings().model_copy(update={name: own(value) if own in (int, float) else value})
    variables = {f"SUNGROW_EMULATOR_{n}": v for n, v in given.emulator_options(0).items()}
    check = emulator_check(variables)
    assert check.return_code == 2
    sentence = given.blame(str(check.stderr).strip().removeprefix("sungrow-emulator: "))
    assert sentence.startswith(f"{option}={value}: ")
    assert repr(value) not in sentence


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "model='SH99': unknown model; did you mean SH10RT?",
            "model=SH99: unknown model; did you mean SH10RT?",
        ),
        (f"timezone={'x' * 50!r} is odd", f"timezone={'x' * 40}…: is odd"),
        ("battery='SH99': unknown battery", "battery='SH99': unknown battery"),
        ("the battery is empty", "the battery is empty"),
    ],
)
def test_blame_by_name(message: str, said: str) -> None:
    """A sentence that begins with an option is about it; one about nothing known stays."""
    options: dict[str, Any] = {"model": "SH99", "timezone": "x" * 50}
    assert settings(**options).blame(message) == said


def test_more_inverters_than_numbers() -> None:
    """Only a unit whose inverters the emulator cannot tell apart is refused."""
    assert settings(device_count=100).emulator_options(9999)["INSTANCE"] == "999900"
    with pytest.raises(config.InvalidError, match=r"device-count=100: .* which unit 10000 would"):
        settings(device_count=100).emulator_options(10_000)


def test_several_inverters_stand_behind_a_logger() -> None:
    """More than one inverter needs unit ids behind one port, which is what a Logger has."""
    several = settings(device_count=20).emulator_options(2)
    assert (several["COUNT"], several["PATH"]) == ("20", "logger")
    assert several["INSTANCE"] == "40"
    assert sentence(device_count=2, path="lan") == (
        "device-count=2: several inverters stand behind a logger, not behind lan; set path=logger"
    )
