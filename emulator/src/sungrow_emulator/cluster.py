"""Hybrids of one site that work as one: a master and up to four slaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import ModelSpec
from sungrow_emulator.plan import DevicePlan, told_at

MOST_SLAVES = 4
"""Roles 0xA1 to 0xA4."""
_ENABLED = 0xAA
_MASTER = 0xA0
_SIZE = "slave_count"


@dataclass(frozen=True, slots=True)
class Role:
    """What being in a cluster changes about an inverter.

    Attributes:
        settings: raw values that registers hold from the start, by register name.
        figures: figures of the model that are others for it, in their raw units.
    """

    settings: Mapping[str, int] = field(default_factory=dict[str, int])
    figures: Mapping[str, int] = field(default_factory=dict[str, int])


def roles(plans: Sequence[DevicePlan], models: Sequence[ModelSpec]) -> tuple[Role, ...]:
    """Return the roles of the devices of one site, in their order.

    The master shows role 0xA0, slaves 0xA1 and on, and all show how many inverters the
    cluster has: 33502 reads 2 in one of two (dump SH8.0RT-20). What the master may feed in is
    the sum of the cluster (5623, same dump).

    Raises:
        EmulatorError: it is no cluster; the sentence says what is missing or too many.
    """
    members = [n for n, plan in enumerate(plans) if plan.config.cluster != "none"]
    masters = [n for n in members if plans[n].config.cluster == "master"]
    slaves = [n for n in members if plans[n].config.cluster == "slave"]
    for n in members:
        with told_at(plans[n]):
            _check(plans[n], models[n], n in masters[1:], bool(masters), n in slaves[MOST_SLAVES:])
    found = [Role()] * len(plans)
    together = sum(models[n].nominal_power for n in members)
    for number, n in enumerate([*masters, *slaves]):
        found[n] = Role(
            {
                "master_slave_mode": _ENABLED,
                "master_slave_role": _MASTER + number,
                _SIZE: len(members),
            },
            {} if number else {"export_max": together},
        )
    return tuple(found)


def _check(
    plan: DevicePlan, model: ModelSpec, second: bool, has_master: bool, too_many: bool
) -> None:
    asked = f"cluster={plan.config.cluster!r}"
    if all(spec.name != _SIZE for spec in load_registers(model.family)):
        raise EmulatorError(f"{asked}: {model.name} is none of the hybrids that can be in one")
    where = f"site={plan.site!r}" if plan.site else "a site of its own"
    if second:
        raise EmulatorError(f"{asked}: {where} has a master already; make this one a slave")
    if not has_master:
        raise EmulatorError(
            f"{asked}: {where} has no master; give another hybrid there cluster=master"
        )
    if too_many:
        raise EmulatorError(f"{asked}: {where} has {MOST_SLAVES} slaves already, the most")
