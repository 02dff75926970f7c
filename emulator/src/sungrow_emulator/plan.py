"""What an emulator consists of: its own options and the devices of its sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, flag, unknown_option

GATEWAY_PATHS = frozenset({"logger"})
"""Access paths on which several inverters stand behind one port, told apart by unit id."""
MOST_BEHIND_A_GATEWAY = 199
HELD = ("pv_power", "load_power", "battery_power", "soc")
"""What can be held from the start on: powers in W, and the state of charge to begin with in %."""


DEVICE_KEYS = ("id", "site", "hold", "faults")
"""What a device of a site file has beside its options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """One inverter, or other device, with its companions.

    Attributes:
        config: its options; those that are shared are the emulator's.
        id: its name; empty means its kind, e.g. `inverter`.
        site: devices that name one site share its grid connection and its load; empty means a
            site of its own.
        hold: what an operator holds from the start on, by the names of `HELD`.
        faults: numbers or names of the faults and alarms it starts with.
    """

    config: Config
    id: str = ""
    site: str = ""
    hold: Mapping[str, float] = field(default_factory=dict[str, float])
    faults: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole emulator.

    Attributes:
        config: its own options: control API, time, seed, log.
        devices: at least one.
    """

    config: Config
    devices: tuple[DevicePlan, ...]


def added_plan(config: Config, members: Mapping[str, Any], number: int) -> DevicePlan:
    """Return the plan of a device that is added to a running emulator.

    Args:
        config: the emulator's own, whose shared options hold for the device too.
        members: `id`, `hold`, `faults` and the device's options, by names with hyphens.
        number: how many devices there have been; it makes serial number and seed its own.

    Raises:
        EmulatorError: a member is unknown or its value is wrong.
    """
    names = {flag(name): name for name in Config.names(shared=False)}
    options = {name: getattr(config, name) for name in Config.names(shared=True)}
    options |= {"instance": number, "winet": "none", "count": 1}
    for key, value in members.items():
        if key in names:
            options[names[key]] = value
        elif key not in DEVICE_KEYS:
            raise EmulatorError(unknown_option(key, (*names, *DEVICE_KEYS)))
    hold: Mapping[str, float] = members.get("hold") or {}
    return DevicePlan(
        config=Config.from_mapping(options),
        id=members.get("id") or f"inverter-{number + 1}",
        hold={name.replace("-", "_"): value for name, value in hold.items()},
        faults=tuple(members.get("faults") or ()),
    )


def plan_of(config: Config) -> Plan:
    """Return the plan of one device, or of `count` alike.

    Those alike stand on consecutive ports with unit id 1 each, or behind one port with
    consecutive unit ids where their path is that of a gateway. Serial numbers and seeds are
    those of as many emulators with consecutive `instance`.

    Raises:
        EmulatorError: so many do not fit.
    """
    count = config.count
    if count == 1:
        return Plan(config, (DevicePlan(config=config),))
    config = replace(config, winet="none")
    gateway = config.path in GATEWAY_PATHS
    if gateway and config.unit + count - 1 > MOST_BEHIND_A_GATEWAY:
        raise EmulatorError(
            f"count={count}: behind one logger unit ids end at {MOST_BEHIND_A_GATEWAY}, "
            f"and these begin at {config.unit}"
        )
    if config.modbus_port and not gateway and config.modbus_port + count - 1 > 0xFFFF:
        raise EmulatorError(
            f"count={count}: ports end at 65535, and these begin at {config.modbus_port}"
        )
    return Plan(
        config,
        tuple(
            DevicePlan(
                id=f"inverter-{number + 1}",
                config=replace(
                    config,
                    instance=config.instance + number,
                    unit=config.unit + (number if gateway else 0),
                    modbus_port=config.modbus_port
                    + (number if config.modbus_port and not gateway else 0),
                ),
            )
            for number in range(count)
        ),
    )
