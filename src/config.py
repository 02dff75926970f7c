"""Configuration of the charm: typed options, and what they mean for the workload."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import ops
import pydantic
from pydantic import Field

ENVIRONMENT: Mapping[str, str] = {
    "model": "MODEL",
    "path": "PATH",
    "device-count": "COUNT",
    "winet": "WINET",
    "dongle-firmware": "DONGLE_FIRMWARE",
    "firmware": "FIRMWARE",
    "encryption": "ENCRYPTION",
    "serial-number": "SERIAL_NUMBER",
    "latitude": "LATITUDE",
    "longitude": "LONGITUDE",
    "timezone": "TIMEZONE",
    "seed": "SEED",
    "speed": "SPEED",
    "start-time": "START",
    "modbus-port": "MODBUS_PORT",
    "log-level": "LOG_LEVEL",
}
"""Option of the charm -> option of the emulator, as its environment variables name it."""

TAKEN_PORTS: Mapping[int, str] = {
    80: "the dongle's HTTP",
    443: "the dongle's TLS",
    8082: "the dongle's WebSocket",
    8099: "the control API",
    38812: "Juju",
    38813: "Juju",
}


MOST_INSTANCES = 1_000_000
"""Inverters of one application whose numbers the emulator tells apart."""

# What ends in a number is meant as an address.
_HOST_NAME = r"(?!(.*\.)?[0-9]+\.?$)(?!-)[0-9A-Za-z_-]{1,63}(\.(?!-)[0-9A-Za-z_-]{1,63})*\.?"
_WORD = r"[!-~]{1,4096}"
_MOST_SHOWN = 40
_SUBJECTS: Mapping[str, str] = {
    "unknown model": "model",
    "unknown type code": "model",
    "unknown time zone": "timezone",
}
"""Beginning of a sentence that names no option -> the option that it is about."""


class InvalidError(Exception):
    """A value that an operator has to change; the message is one sentence that names it."""


class Config(pydantic.BaseModel):
    """The options of charmcraft.yaml, where they are described and have their defaults.

    Types, choices and ranges are checked here. Whether the emulator knows the model or the time
    zone, only the emulator can tell.
    """

    model_config = pydantic.ConfigDict(frozen=True, arbitrary_types_allowed=True)

    model: str
    path: Literal["auto", "lan", "winet-s", "winet-s2", "wifi-dongle", "logger", "ihomemanager"]
    device_count: Annotated[int, Field(ge=1, le=199)]
    winet: Literal["auto", "none", "winet-s", "winet-s2", "eyem4"]
    dongle_firmware: Literal["P008", "P012", "P023", "P024", "P026", "P035", "P043"]
    firmware: Literal["pre-2024-11", "2024-11", "2026"]
    encryption: Literal["auto", "key", "zero", "ff", "silent", "malformed"]
    serial_number: str = ""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    timezone: str
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    speed: Annotated[float, Field(ge=0.001, le=86400)]
    start_time: str = ""
    modbus_port: Annotated[int, Field(ge=1, le=65535)]
    external_hostname: str = ""
    expose_control: bool
    control_token: ops.Secret | None = None
    log_level: Literal["debug", "info", "warning", "error"]

    @pydantic.field_validator("modbus_port")
    @classmethod
    def _free(cls, port: int) -> int:
        if port in TAKEN_PORTS:
            raise ValueError(f"taken by {TAKEN_PORTS[port]}; choose another, e.g. 502")
        return port

    @pydantic.model_validator(mode="after")
    def _behind_a_logger(self) -> Config:
        if self.device_count > 1 and self.path not in {"auto", "logger"}:
            raise ValueError(
                f"device-count={self.device_count}: several inverters stand behind a logger, "
                f"not behind {self.path}; set path=logger"
            )
        return self

    def options(self) -> dict[str, str]:
        """Return the options for the emulator that have a value, by the charm's option names."""
        values = {name: getattr(self, name.replace("-", "_")) for name in ENVIRONMENT}
        if self.device_count > 1:
            values["path"] = "logger"
        return {name: str(value) for name, value in values.items() if value != ""}

    def emulator_options(self, unit: int) -> dict[str, str]:
        """Return the same by the names of the emulator's environment variables, for one unit.

        Raises:
            InvalidError: the inverters of so many units cannot be told apart.
        """
        first = unit * self.device_count
        if first + self.device_count > MOST_INSTANCES:
            raise InvalidError(
                f"device-count={self.device_count}: all units together hold at most "
                f"{MOST_INSTANCES} inverters, which unit {unit} would exceed"
            )
        options = {ENVIRONMENT[name]: value for name, value in self.options().items()}
        return options | {"INSTANCE": str(first)}

    def blame(self, message: str) -> str:
        """Let a sentence of the emulator begin with the option of the charm that it is about.

        The emulator begins with its own name of the option, or with what is unknown.
        """
        for name, value in self.options().items():
            theirs = ENVIRONMENT[name].lower().replace("_", "-")
            named = re.match(rf"{theirs}(=|: )", message)
            if named or _SUBJECTS.get(message.partition(" '")[0]) == name:
                said = message[named.end() :].removeprefix(value) if named else message
                said = said.replace(repr(value), "").replace(" ;", ";")
                return f"{name}={_shown(value)}: {said.strip(' :')}"
        return message


def published_host(external_hostname: str, unit: int) -> str:
    """Return the host name to publish for a unit, empty where it is the unit's own.

    Raises:
        InvalidError: it is no host name, or one would stand for several units.
    """
    host = external_hostname.replace("{unit}", str(unit))
    if host and not _is_host(host):
        raise InvalidError(
            f"external-hostname={external_hostname}: write a host name or address, no URL or port"
        )
    if unit and host and host == external_hostname:
        raise InvalidError(
            f"external-hostname={external_hostname}: names unit 0 only; put {{unit}} into it"
        )
    return host


def token_in(content: Mapping[str, str]) -> str:
    """Return the token that a secret holds.

    Raises:
        InvalidError: it holds none that can be sent in a header.
    """
    token = content.get("token", "").strip()
    if not re.fullmatch(_WORD, token):
        raise InvalidError("control-token: its key token must hold one word of printable ASCII")
    return token


def explain(error: pydantic.ValidationError, model: type[pydantic.BaseModel]) -> str:
    """Return one sentence about the first thing that is wrong: `<name>=<value>: <allowed>`."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first.get("ctx", {}).get("error", first["msg"]))
    field = str(first["loc"][0])
    name, given = field.replace("_", "-"), first["input"]
    if first["type"] == "missing":
        return f"{name} is missing"
    if first["type"] == "extra_forbidden":
        known = [known.replace("_", "-") for known in model.model_fields]
        return f"unknown parameter {name}{_nearest(name, known)}"
    return f"{name}={_shown(given)}: {_allowed(first, model.model_fields[field])}"


def _allowed(error: Any, field: pydantic.fields.FieldInfo) -> str:
    if error["type"] == "literal_error":
        choices = [str(choice) for choice in get_args(field.annotation)]
        return f"allowed are {', '.join(choices)}{_nearest(str(error['input']), choices)}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    low = next((item.ge for item in field.metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in field.metadata if hasattr(item, "le")), None)
    if low is not None and error["type"] in {"greater_than_equal", "less_than_equal"}:
        return f"must be {low} or more" if high is None else f"must be {low} to {high}"
    message: str = error["msg"]
    return message[0].lower() + message[1:]


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return re.fullmatch(_HOST_NAME, text) is not None
    return True


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), {item.lower(): item for item in known}, n=1)
    return f"; did you mean {next(i for i in known if i.lower() == close[0])}?" if close else ""
