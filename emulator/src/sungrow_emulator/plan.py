"""What an emulator consists of: its own options and the devices of its sites."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.config import BESIDE, Config, flag, shown, unknown_option
from sungrow_emulator.device.identity import offset_serial

GATEWAY_PATHS = frozenset({"logger"})
"""Access paths on which several inverters stand behind one port, told apart by unit id."""
MOST_BEHIND_A_GATEWAY = 199
"""Highest unit id of an inverter behind a gateway, and so how many there can be."""
_LAST_PORT = 0xFFFF
HELD = ("pv_power", "load_power", "battery_power", "soc")
"""What can be held from the start on: powers in W, and the state of charge to begin with in %."""
DEVICE_KEYS = ("id", "site", "hold", "faults")
"""What a device of a site has beside its options."""
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
"""What names of devices look like: they stand in paths of the control API."""
MOST_FAULTS = 100

_NAMED_BY = {"type code": "model", "time zone": "timezone"}
"""Options that name something of the catalog, where the kind is called otherwise."""
_INHERITED = ("host", "latitude", "longitude", "timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """One inverter, or other device, with its companions.

    Attributes:
        config: its options; those that are shared are the emulator's.
        id: its name; empty means its kind, e.g. `inverter`, with a number where there are
            several devices.
        site: devices that name one site share its grid connection and its load; empty means a
            site of its own.
        hold: what an operator holds from the start on, by the names of `HELD`.
        faults: numbers or names of the faults and alarms it starts with.
        place: where it is written, e.g. `site.yaml:3`; sentences about it begin with that.
        places: where its options are written, by names with underscores; of `hold` and `faults`
            each entry is a name of its own, e.g. `hold soc` and `faults 0`. What was given beside
            the file is at its own name, e.g. `--model`.
        notes: what was asked for and is left out.

    Raises:
        EmulatorError: the name is none, what is held is none of `HELD` or no number.
    """

    config: Config
    id: str = ""
    site: str = ""
    hold: Mapping[str, float] = field(default_factory=dict[str, float])
    faults: tuple[int | str, ...] = ()
    place: str = ""
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()

    def place_of(self, option: str) -> str:
        """Return where an option is written; where the device is, if that is not known."""
        return self.places.get(option, self.place)

    def __post_init__(self) -> None:
        """Check what is not an option."""
        if self.id and not re.fullmatch(NAME, self.id):
            raise EmulatorError(
                f"id={shown(self.id)} must be 1 to 80 letters, digits, dots, underscores and"
                " hyphens, and begin with a letter or digit"
            )
        for name, value in self.hold.items():
            if name not in HELD:
                allowed = ", ".join(map(flag, HELD))
                raise EmulatorError(f"hold: {shown(name)} cannot be held; allowed are {allowed}")
            # Plans are also made from what programs hand in, whatever its type.
            if isinstance(value, bool) or not isinstance(value, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise EmulatorError(f"hold: {flag(name)}={shown(value)} must be a number")
        if len(self.faults) > MOST_FAULTS:
            raise EmulatorError(f"faults: {len(self.faults)} are too many; allowed are 100")


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole emulator.

    Attributes:
        config: its own options: control API, time, seed, log.
        devices: at least one.
    """

    config: Config
    devices: tuple[DevicePlan, ...]


@contextmanager
def told_at(plan: DevicePlan, option: str = "") -> Generator[None]:
    """Let an error about a plan begin with the place where that is written, once.

    Args:
        plan: what it is about.
        option: which of its `places` is meant; the option that the sentence begins with, or
            that the unknown name was given for, where not told.
    """
    try:
        yield
    except EmulatorError as error:
        place, said = plan.place_of(option or option_of(error)), str(error)
        if place and not error.place:
            error.place = place
            # An option that was given beside a file is a place itself: it is named once.
            once = place.startswith("--") and said.startswith(place[2:])
            error.args = (f"--{said}" if once else f"{place}: {said}",)
        raise


def option_of(error: EmulatorError) -> str:
    """Return the option that a sentence is about, with underscores: it begins with its name."""
    if isinstance(error, UnknownNameError):
        return _NAMED_BY.get(error.kind, error.kind)
    return re.split("[ =:]", str(error), maxsplit=1)[0].replace("-", "_")


def plan_of(config: Config) -> Plan:
    """Return the plan of one device, or of `count` alike.

    Those alike stand on consecutive ports with unit id 1 each, or behind one port with
    consecutive unit ids where their path is that of a gateway. Serial numbers and seeds are
    those of as many emulators with consecutive `instance`. None of several has a dongle.

    Raises:
        EmulatorError: so many do not fit.
    """
    count = config.count
    if count == 1:
        return Plan(config, (DevicePlan(config=counted(config, config.instance)),))
    if config.serial_number:  # The last one takes the most digits.
        offset_serial(config.serial_number, config.instance + count - 1)
    if config.meter == "dongle":
        raise EmulatorError(
            f"count={count}: several inverters alike have no dongle, so meter=dongle cannot be; "
            "list them in a site file, each with a dongle of its own"
        )
    notes: tuple[str, ...] = ()
    if config.winet not in {"auto", "none"}:
        notes = (f"winet {config.winet}: several inverters alike have no dongle",)
    config = replace(config, winet="none")
    gateway = config.path in GATEWAY_PATHS
    if gateway and config.inverter_unit + count - 1 > MOST_BEHIND_A_GATEWAY:
        raise EmulatorError(
            f"count={count}: behind one logger unit ids end at {MOST_BEHIND_A_GATEWAY}, "
            f"and these begin at {config.inverter_unit}"
        )
    if config.rtu not in {"", "pty"} and not gateway:
        raise EmulatorError(
            f"rtu={config.rtu!r}: one line cannot lead to {count} inverters; "
            "use pty, or give each its own in a site file"
        )
    return Plan(
        config,
        tuple(
            DevicePlan(
                config=counted(
                    _behind_a_gateway(config, number)
                    if gateway
                    else _on_its_own_ports(config, number),
                    config.instance + number,
                ),
                notes=notes,
            )
            for number in range(count)
        ),
    )


def counted(config: Config, number: int) -> Config:
    """Return the options with a serial number that was given counted up by `number`.

    Raises:
        EmulatorError: it has too few digits at its end.
    """
    if not config.serial_number:
        return config
    return replace(config, serial_number=offset_serial(config.serial_number, number))


def _behind_a_gateway(config: Config, number: int) -> Config:
    """Return the options of one of several behind one port; its other doors are the first's."""
    one = replace(config, instance=config.instance + number, unit=config.inverter_unit + number)
    if not number:
        return one
    return replace(one, **BESIDE)


def _on_its_own_ports(config: Config, number: int) -> Config:
    ports: dict[str, int] = {}
    for name in ("modbus_port", *(option for option in BESIDE if option.endswith("_port"))):
        first = getattr(config, name)
        if first:
            ports[name] = first + number
            if ports[name] > _LAST_PORT:
                raise EmulatorError(
                    f"count={config.count}: ports end at {_LAST_PORT}, "
                    f"and those of {flag(name)} begin at {first}"
                )
    return replace(config, instance=config.instance + number, count=1, **ports)


def plan_of_devices(options: Mapping[str, Any], devices: Sequence[Mapping[str, Any]]) -> Plan:
    """Return the plan of devices that a program lists.

    Args:
        options: what holds for all of them, by names with underscores.
        devices: of each `id`, `site`, `hold`, `faults` and its options.

    Raises:
        EmulatorError: a name is unknown, a value is wrong, or there is no device.
    """
    if not devices:
        raise EmulatorError("devices must be a list of at least one device")
    if options.get("count", 1) != 1:
        raise EmulatorError("count and devices exclude each other; list the devices")
    config = Config.from_mapping(options)
    first = config.instance
    listed = (
        _listed({**options, "instance": first + number}, members)
        for number, members in enumerate(devices)
    )
    return Plan(
        config, tuple(replace(plan, config=counted(plan.config, first)) for plan in listed)
    )


def added_plan(config: Config, members: Mapping[str, Any], number: int) -> DevicePlan:
    """Return the plan of a device that is added to a running emulator.

    Where its members say nothing else it stands where the emulator does and has no dongle.

    Args:
        config: the emulator's own, whose shared options hold for the device too.
        members: `id`, `hold`, `faults` and the device's options.
        number: how many devices there have been; it makes serial number and seed its own.

    Raises:
        EmulatorError: a member is unknown or its value is wrong.
    """
    if members.get("site"):
        raise EmulatorError("site: a device that is added has a site of its own; leave that out")
    inherited = (*Config.names(shared=True), *_INHERITED)
    options = {name: getattr(config, name) for name in inherited}
    own = {"instance": config.instance + number, "winet": "none", "count": 1}
    return _listed({**options, **own}, members)


def _listed(options: Mapping[str, Any], members: Mapping[str, Any]) -> DevicePlan:
    """Return the plan of a device whose members go before options that hold for all."""
    names = Config.names(shared=False)
    given = {name.replace("-", "_"): value for name, value in members.items()}
    for name in given:
        if name not in names and name not in DEVICE_KEYS:
            raise EmulatorError(unknown_option(name, (*names, *DEVICE_KEYS)))
    own = {name: value for name, value in given.items() if name not in DEVICE_KEYS}
    hold: Mapping[str, float] = given.get("hold") or {}
    return DevicePlan(
        config=Config.from_mapping({**options, **own}),
        id=given.get("id") or "",
        site=given.get("site") or "",
        hold={name.replace("-", "_"): value for name, value in hold.items()},
        faults=tuple(given.get("faults") or ()),
    )
