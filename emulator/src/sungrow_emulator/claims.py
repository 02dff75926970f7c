"""What devices ask for, looked at before any door opens: ports, serial lines, certificates."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sungrow_emulator.build import dongle_of
from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.config import Config, flag, shown
from sungrow_emulator.plan import DevicePlan, told_at
from sungrow_emulator.protocol.winet.rules import DONGLES, FIRMWARES, dongle_rules
from sungrow_emulator.servers.listener import find_address
from sungrow_emulator.web_door import ports_of

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is compared, nobody listens there
_SOMEWHERE = "?"
_ALIKE = {"": _EVERYWHERE, "::": _EVERYWHERE, "localhost": "127.0.0.1"}
_MODBUS_PORTS = ("modbus_port", "modbus_second_port", "modbus_tls_port", "rtu_tcp_port")


@dataclass(frozen=True, slots=True)
class _Claim:
    """A port or a line that an option asks for.

    Attributes:
        option: its name, with underscores.
        thing: number of the port, or path of the line.
        host: where the port is, as written; None for a line.
        plan: who asks.
    """

    option: str
    thing: int | str
    host: str | None
    plan: DevicePlan

    @property
    def where(self) -> str | None:
        """The host, the same however it is written."""
        return _ALIKE.get(self.host, self.host) if self.host is not None else None

    def shares(self, other: _Claim) -> bool:
        """Tell whether both stand behind one Modbus door."""
        return (
            self.option == other.option == "modbus_port"
            and self.plan.config.host == other.plan.config.host
        )

    def refused_for(self, other: _Claim) -> ConflictError:
        """Return the sentence about what another has claimed before."""
        theirs = f"the {flag(other.option)}"
        if other.plan is self.plan:
            theirs = f"its {flag(other.option)}"
        elif other.plan.id:
            theirs += f" of {other.plan.id}"
        where = f" on {other.host}" if other.host else ""
        place = other.plan.place_of(other.option)
        value = shown(getattr(self.plan.config, self.option))
        return ConflictError(
            f"{flag(self.option)}={value}: that is {theirs}{where} already"
            f"{f' ({place})' if place else ''}; choose another"
        )


_Held: TypeAlias = dict[tuple[str | None, int | str], _Claim]


def refuse_clashes(plans: Iterable[DevicePlan], control: Config | None = None) -> None:
    """Refuse plans of which two claim the same, or one the same twice.

    Devices may have one Modbus port together; whether their unit ids fit is the door's affair.
    A port that the system chooses is nobody's.

    Args:
        plans: the devices, the one that came last at the end.
        control: where the control API is to be, if there will be one.

    Raises:
        ConflictError: the sentence names both, and begins with the place of the later one.
    """
    held: _Held = {}
    if control is not None and control.control_port:
        plan = DevicePlan(config=control)
        _hold(held, _Claim("control_port", control.control_port, control.control_host, plan))
    for plan in plans:
        with told_at(plan):
            for claim in _claims(plan):
                # What is everywhere is at each address, and each address is somewhere.
                beyond = _SOMEWHERE if claim.where == _EVERYWHERE else _EVERYWHERE
                other = held.get((claim.where, claim.thing)) or held.get((beyond, claim.thing))
                if other is None:
                    _hold(held, claim)
                elif not claim.shares(other):
                    raise claim.refused_for(other)


def refuse_idle_certificates(plans: Iterable[DevicePlan]) -> None:
    """Refuse a certificate that no door of any device uses.

    Raises:
        EmulatorError: the sentence tells which dongles speak TLS.
    """
    plans = tuple(plan for plan in plans if plan.config.winet_certificate or plan.config.winet_key)
    used = {_certificate(plan) for plan in plans if "winet_tls_port" in _web_ports(plan.config)}
    for plan in plans:
        if _certificate(plan) not in used:
            option = "winet-certificate" if plan.config.winet_certificate else "winet-key"
            with told_at(plan):
                raise EmulatorError(
                    f"{option}: no door here speaks TLS; by winet and dongle-firmware that of a"
                    f" {' or '.join(_tls_dongles())} does"
                )


def refuse_missing(plans: Iterable[DevicePlan]) -> None:
    """Refuse hosts without an address and serial lines that are not there; nothing is opened.

    Raises:
        EmulatorError: the sentence names what is missing.
    """
    hosts: set[str] = set()
    for plan in plans:
        with told_at(plan):
            if plan.config.host not in hosts:
                find_address(plan.config.host)
                hosts.add(plan.config.host)
            if plan.config.rtu:
                from sungrow_emulator.servers.terminal import look_for_terminal

                look_for_terminal(plan.config.rtu)


def _certificate(plan: DevicePlan) -> tuple[str, str]:
    return plan.config.winet_certificate, plan.config.winet_key


def _tls_dongles() -> Iterator[str]:
    """Yield the dongles that speak TLS, each with its first firmware that does."""
    for dongle in DONGLES:
        first = next((name for name in FIRMWARES if dongle_rules(dongle, name).tls), "")
        if first:
            yield f"{dongle} from {first} on"


def _hold(held: _Held, claim: _Claim) -> None:
    for where in (claim.where, _SOMEWHERE):
        held.setdefault((where, claim.thing), claim)


def _claims(plan: DevicePlan) -> Iterator[_Claim]:
    config = plan.config
    for option in (*_MODBUS_PORTS, *_web_ports(config)):
        if port := getattr(config, option):
            yield _Claim(option, port, config.host, plan)
    if config.rtu not in {"", "pty"}:
        yield _Claim("rtu", os.path.abspath(config.rtu.removeprefix("pty:")), None, plan)


def _web_ports(config: Config) -> dict[str, int]:
    """Return the ports that the dongle of a device opens, by their options."""
    dongle = dongle_of(config)
    if dongle == "none":
        return {}
    return ports_of(config, dongle_rules(dongle, config.dongle_firmware))
