"""The one source of every option: command line, environment and Python API follow it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError, nearest

ENVIRONMENT_PREFIX = "SUNGROW_EMULATOR_"
_MOST_SHOWN = 80
_FEW = 12
BESIDE: Mapping[str, str | None] = {
    "modbus_second_port": None,
    "modbus_tls_port": None,
    "rtu": "",
    "rtu_tcp_port": None,
}
"""Options that put another server beside the port of a Modbus door -> what stands for none."""


def _option(
    default: Any,
    help: str,  # noqa: A002 - the word that command lines use
    *,
    choices: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
    secret: bool = False,
    shared: bool = False,
) -> Any:
    metadata = {
        "help": help,
        "choices": choices,
        "bounds": bounds,
        "secret": secret,
        "shared": shared,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything one emulator is told. Field names are the option names with underscores.

    Options marked as shared hold for the whole process, the others for one device.

    Raises:
        EmulatorError: a value is outside what its option allows; the sentence names the
            option, the value, what is allowed and the nearest match.
    """

    model: str = _option("SH10RT", "Model name or device type code (0x0E03).")
    path: str = _option(
        "auto",
        "Access path that the Modbus door shows; auto takes the model's usual one.",
        choices=("auto", "lan", "winet-s", "winet-s2", "wifi-dongle", "logger", "ihomemanager"),
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
        "none answers at once; persona adds latency, contention, session limits and, behind a"
        " dongle, written settings that read back late.",
        choices=("none", "persona"),
    )
    strict: bool = _option(
        False, "Answer only what the real device answers, not all that known clients scan."
    )
    host: str = _option("127.0.0.1", "Address that the emulated device listens on.")
    modbus_port: int = _option(
        5020, "TCP port of Modbus; 0 lets the system choose.", bounds=(0, 65535)
    )
    modbus_second_port: int | None = _option(
        None,
        "Second TCP port of Modbus, 505 on a Logger, 502 or 504 on an iHomeManager; none if not"
        " given, 0 lets the system choose.",
        bounds=(0, 65535),
    )
    modbus_tls_port: int | None = _option(
        None,
        "TCP port of Modbus over TLS, 516 on a dongle; none if not given, 0 lets the system"
        " choose.",
        bounds=(0, 65535),
    )
    rtu: str = _option(
        "",
        "Serial device or terminal that Modbus RTU is served on, 9600 8N1; pty makes one,"
        " pty:LINK with a link to it.",
    )
    rtu_tcp_port: int | None = _option(
        None,
        "TCP port of RTU frames over TCP; none if not given, 0 lets the system choose.",
        bounds=(0, 65535),
    )
    winet: str = _option(
        "auto",
        "Kind of dongle whose web doors stand beside the Modbus door; auto is winet-s beside a"
        " single device, and none beside several or where a Logger or an iHomeManager stands.",
        choices=("auto", "none", "winet-s", "winet-s2", "eyem4"),
    )
    dongle_firmware: str = _option(
        "P023",
        "Firmware of the dongle: P024 wants a login, from P026 on there is only TLS.",
        choices=("P008", "P012", "P023", "P024", "P026", "P035", "P043"),
    )
    winet_idle_seconds: float = _option(
        1200.0,
        "Seconds of real time after which an unused token of the dongle has expired.",
        bounds=(0.1, 1e6),
    )
    winet_lock_seconds: float = _option(
        1800.0,
        "Seconds of real time that an account of the dongle is locked after five wrong passwords.",
        bounds=(0.1, 1e6),
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
    control_host: str = _option(
        "127.0.0.1", "Address that the control API listens on.", shared=True
    )
    control_port: int = _option(
        8099,
        "TCP port of the control API; 0 lets the system choose.",
        bounds=(0, 65535),
        shared=True,
    )
    control_token: str = _option(
        "", "Bearer token of the control API; needed beyond loopback.", secret=True, shared=True
    )
    control_token_file: str = _option("", "File that holds the bearer token.", shared=True)
    unit: int | None = _option(
        None,
        "Unit id of the device; 1 for an inverter, that of the path for others if not given.",
        bounds=(1, 246),
    )
    serial_number: str = _option("", "Serial number; derived from the seed where not given.")
    instance: int = _option(
        0, "Number of this emulator among equals; offsets serial and seed.", bounds=(0, 999_999)
    )
    count: int = _option(
        1,
        "So many inverters alike on consecutive ports, or behind a logger's one port by unit id;"
        " serial numbers and seeds count up.",
        bounds=(1, 10000),
        shared=True,
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
    cluster: str = _option(
        "none",
        "Place among the hybrids of its site that work as one: its master, or a slave, which has"
        " no meter unless told otherwise.",
        choices=("none", "master", "slave"),
    )
    pv: float | None = _option(
        None, "Installed PV power in W; 1.1 x nominal where not given.", bounds=(0, 1e7)
    )
    latitude: float = _option(48.1, "Latitude of the site in degrees.", bounds=(-90, 90))
    longitude: float = _option(11.6, "Longitude of the site in degrees.", bounds=(-180, 180))
    timezone: str = _option("Europe/Berlin", "IANA time zone of the site.")
    seed: int = _option(1, "Seed of everything random.", bounds=(0, 2**63 - 1), shared=True)
    start: str = _option(
        "",
        "Simulated time at start, ISO 8601 (UTC unless it has an offset); now if not given.",
        shared=True,
    )
    speed: float = _option(
        1.0, "Simulated seconds per second.", bounds=(0.001, 86400), shared=True
    )
    freeze: bool = _option(False, "Start with the clock frozen.", shared=True)
    log_level: str = _option(
        "info", "How much to log.", choices=("debug", "info", "warning", "error"), shared=True
    )

    def __post_init__(self) -> None:
        """Check every value against its option's choices and bounds."""
        for spec in dataclasses.fields(self):
            _check(spec, getattr(self, spec.name))
        if self.start:
            _check_start(self.start)

    @property
    def inverter_unit(self) -> int:
        """Unit id of the inverter: 1 where none was given."""
        return self.unit or 1

    @classmethod
    def names(cls, *, shared: bool | None = None) -> tuple[str, ...]:
        """Return the names of all options, or of those that are shared or are not."""
        return tuple(
            spec.name
            for spec in dataclasses.fields(cls)
            if shared is None or spec.metadata["shared"] is shared
        )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Config:
        """Build a configuration from option names; an unknown one names its neighbours."""
        known = cls.names()
        for name in values:
            if name not in known:
                raise EmulatorError(unknown_option(name, known))
        return cls(**values)

    def start_time(self, now: datetime) -> datetime:
        """Return the simulated start in UTC; `now` where none was given."""
        return datetime.fromtimestamp(parse_time(self.start), UTC) if self.start else now


def flag(name: str) -> str:
    """Return an option's name as people write it: with hyphens."""
    return name.replace("_", "-")


def unknown_option(name: str, known: Iterable[str]) -> str:
    """Return the sentence about an option that there is not."""
    known = tuple(known)
    close = nearest(name, known)
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    elif len(known) <= _FEW:
        hint = f"allowed are {', '.join(known)}"
    else:
        hint = "sungrow-emulator serve --help lists them"
    return f"unknown option {shown(name)}; {hint}"


def shown(value: object) -> str:
    """Return a wrong value as a sentence about it shows it: short, and on one line."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def parse_time(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 time; UTC unless it has an offset.

    Raises:
        EmulatorError: it is no time, or outside the years that inverters and sites know.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EmulatorError(
            f"{shown(text)} is not a time; write ISO 8601, e.g. 2026-06-21T12:00:00Z"
        ) from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    # A year of slack: at the ends of the calendar a time has no equal in UTC.
    if not 2014 <= time.year <= 2099 or not 2015 <= time.astimezone(UTC).year <= 2098:
        raise EmulatorError(f"{text!r} is outside the years 2015 to 2098")
    return time.timestamp()


def _check_start(start: str) -> None:
    try:
        parse_time(start)
    except EmulatorError as error:
        raise EmulatorError(f"start: {error}") from None


def _check(spec: dataclasses.Field[Any], value: Any) -> None:
    choices: tuple[str, ...] = spec.metadata["choices"]
    bounds: tuple[float, float] | None = spec.metadata["bounds"]
    option = flag(spec.name)
    expected = _EXPECTED[str(spec.type)]
    kinds = (expected, int, type(None)) if expected in (int, float) else expected
    if isinstance(value, bool) is not (expected is bool) or not isinstance(value, kinds):
        raise EmulatorError(f"{option}={shown(value)} must be {_KIND[expected]}")
    if value is None and spec.default is not None:
        raise EmulatorError(f"{option} must be {_KIND[expected]}")
    if choices and value not in choices:
        close = nearest(str(value), choices)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise EmulatorError(f"{option}={shown(value)}: allowed are {', '.join(choices)}{hint}")
    if bounds and value is not None:
        low, high = bounds
        if not math.isfinite(value) or not low <= value <= high:
            raise EmulatorError(f"{option}={shown(value)} must be between {low:g} and {high:g}")


_EXPECTED: Mapping[str, type] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": float,
    "float | None": float,
    "int | None": int,
}
_KIND: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}
