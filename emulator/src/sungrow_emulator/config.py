"""The one source of every option: command line, environment and Python API follow it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError, nearest

ENVIRONMENT_PREFIX = "SUNGROW_EMULATOR_"


def _option(
    default: Any,
    help: str,  # noqa: A002 - the word that command lines use
    *,
    choices: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
    secret: bool = False,
) -> Any:
    metadata = {"help": help, "choices": choices, "bounds": bounds, "secret": secret}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything one emulator is told. Field names are the option names with underscores.

    Raises:
        EmulatorError: a value is outside what its option allows; the sentence names the
            option, the value, what is allowed and the nearest match.
    """

    model: str = _option("SH10RT", "Model name or device type code (0x0E03).")
    path: str = _option(
        "auto",
        "Access path that the Modbus door shows; auto takes the model's usual one.",
        choices=("auto", "lan", "winet-s", "winet-s2", "wifi-dongle"),
    )
    firmware: str = _option(
        "pre-2024-11",
        "Inverter firmware wave.",
        choices=("pre-2024-11", "2024-11", "2026"),
    )
    encryption: str = _option(
        "auto",
        "Answer to the key request of encrypted Modbus; auto follows the path.",
        choices=("auto", "key", "zero", "ff", "silent", "malformed"),
    )
    timing: str = _option(
        "none",
        "none answers at once; persona adds latency, contention and session limits.",
        choices=("none", "persona"),
    )
    strict: bool = _option(
        False, "Answer only what the real device answers, not all that known clients scan."
    )
    host: str = _option("127.0.0.1", "Address that the emulated device listens on.")
    modbus_port: int = _option(
        5020, "TCP port of Modbus; 0 lets the system choose.", bounds=(0, 65535)
    )
    winet: str = _option(
        "winet-s",
        "Kind of dongle whose web doors stand beside the Modbus door.",
        choices=("none", "winet-s", "winet-s2", "eyem4"),
    )
    dongle_firmware: str = _option(
        "P023",
        "Firmware of the dongle: P024 wants a login, from P026 on there is only TLS.",
        choices=("P008", "P012", "P023", "P024", "P026", "P035", "P043"),
    )
    winet_http_port: int = _option(
        8080, "TCP port of the dongle's HTTP; 0 lets the system choose.", bounds=(0, 65535)
    )
    winet_ws_port: int = _option(
        8082, "TCP port of the dongle's WebSocket; 0 lets the system choose.", bounds=(0, 65535)
    )
    winet_tls_port: int = _option(
        8443,
        "TCP port of the dongle's HTTPS and secure WebSocket; 0 lets the system choose.",
        bounds=(0, 65535),
    )
    winet_certificate: str = _option(
        "", "PEM file with the certificate of the dongle's TLS; one is made where not given."
    )
    winet_key: str = _option("", "PEM file with the key of that certificate.")
    control_host: str = _option("127.0.0.1", "Address that the control API listens on.")
    control_port: int = _option(
        8099, "TCP port of the control API; 0 lets the system choose.", bounds=(0, 65535)
    )
    control_token: str = _option(
        "", "Bearer token of the control API; needed beyond loopback.", secret=True
    )
    control_token_file: str = _option("", "File that holds the bearer token.")
    unit: int = _option(1, "Unit id of the inverter.", bounds=(1, 246))
    serial_number: str = _option("", "Serial number; derived from the seed where not given.")
    instance: int = _option(
        0, "Number of this emulator among equals; offsets serial and seed.", bounds=(0, 9999)
    )
    battery: str = _option(
        "auto", "Battery pack (SBR064 … SBR256), third-party, none; auto fits one to hybrids."
    )
    wallbox: str = _option(
        "none", "Wallbox beside the inverter: AC22E-01, AC011E-01, AC007-00; none."
    )
    meter: str = _option(
        "auto",
        "Grid meter: auto fits the inverter's own where it has one, none fits none, dongle puts"
        " it on the bus of the dongle, which then lists it.",
        choices=("auto", "none", "dongle"),
    )
    pv: float | None = _option(
        None, "Installed PV power in W; 1.1 x nominal where not given.", bounds=(0, 1e7)
    )
    latitude: float = _option(48.1, "Latitude of the site in degrees.", bounds=(-90, 90))
    longitude: float = _option(11.6, "Longitude of the site in degrees.", bounds=(-180, 180))
    timezone: str = _option("Europe/Berlin", "IANA time zone of the site.")
    seed: int = _option(1, "Seed of everything random.", bounds=(0, 2**63 - 1))
    start: str = _option(
        "", "Simulated time at start, ISO 8601 (UTC unless it has an offset); now if not given."
    )
    speed: float = _option(1.0, "Simulated seconds per second.", bounds=(0.001, 86400))
    freeze: bool = _option(False, "Start with the clock frozen.")
    log_level: str = _option(
        "info", "How much to log.", choices=("debug", "info", "warning", "error")
    )

    def __post_init__(self) -> None:
        """Check every value against its option's choices and bounds."""
        for spec in dataclasses.fields(self):
            _check(spec, getattr(self, spec.name))
        self.start_time(datetime.now(UTC))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Config:
        """Build a configuration from option names; an unknown one names its neighbours."""
        known = {spec.name for spec in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                close = nearest(name, known)
                hint = f"; did you mean {' or '.join(close)}?" if close else ""
                raise EmulatorError(f"unknown option {name!r}{hint}")
        return cls(**values)

    def start_time(self, now: datetime) -> datetime:
        """Return the simulated start in UTC; `now` where none was given."""
        return datetime.fromtimestamp(parse_time(self.start), UTC) if self.start else now


def parse_time(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 time; UTC unless it has an offset.

    Raises:
        EmulatorError: it is no time, or outside the years that inverters and sites know.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EmulatorError(
            f"{text!r} is not a time; write ISO 8601, e.g. 2026-06-21T12:00:00Z"
        ) from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    if not 2015 <= time.astimezone(UTC).year <= 2098:
        raise EmulatorError(f"{text!r} is outside the years 2015 to 2098")
    return time.timestamp()


def _check(spec: dataclasses.Field[Any], value: Any) -> None:
    choices: tuple[str, ...] = spec.metadata["choices"]
    bounds: tuple[float, float] | None = spec.metadata["bounds"]
    option = spec.name.replace("_", "-")
    expected = _EXPECTED[str(spec.type)]
    if isinstance(value, bool) is not (expected is bool) or not isinstance(
        value, (int, float, type(None)) if expected is float else expected
    ):
        raise EmulatorError(f"{option}={value!r} must be a {_KIND[expected]}")
    if value is None and spec.default is not None:
        raise EmulatorError(f"{option} must be a {_KIND[expected]}")
    if choices and value not in choices:
        close = nearest(str(value), choices)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise EmulatorError(f"{option}={value!r}: allowed are {', '.join(choices)}{hint}")
    if bounds and value is not None:
        low, high = bounds
        if not math.isfinite(value) or not low <= value <= high:
            raise EmulatorError(f"{option}={value!r} must be between {low:g} and {high:g}")


_EXPECTED: Mapping[str, type] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": float,
    "float | None": float,
}
_KIND: Mapping[type, str] = {str: "text", bool: "switch", int: "whole number", float: "number"}
