"""Tests of cluster.py."""

from __future__ import annotations

import pytest
from support import emulator, field, several

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.emulator import Emulator

HYBRID = {"model": "SH10RT", "site": "house", "path": "lan"}
MASTER = {**HYBRID, "cluster": "master"}
SLAVE = {**HYBRID, "cluster": "slave", "battery": "none"}


def words(one: Emulator, device: str) -> bytes | int:
    """Return holding registers 33500 to 33502 of a device."""
    return one._fleet.find(device)[1].read(3, 33499, 3)


def shown(role: int, size: int) -> bytes:
    """Return them as a member of a cluster shows them."""
    return bytes([0, 0xAA, 0, role, 0, size])


def test_master_and_slave_tell_their_roles() -> None:
    """As the dump of two SH8.0RT: enabled, 160 and 161, two inverters."""
    one = several({"id": "b", **SLAVE}, {"id": "a", **MASTER}, {"id": "c", **HYBRID})
    assert words(one, "a") == shown(160, 2)
    assert words(one, "b") == shown(161, 2)
    assert words(one, "c") == bytes([0, 0x55, 0, 160, 0, 0])
    one.reset()
    assert words(one, "b") == shown(161, 2)


def test_the_master_shows_what_the_cluster_may_feed_in() -> None:
    """Register 5623 is the sum at the master and the own nominal power at a slave."""
    one = several({"id": "a", **MASTER}, {"id": "b", **SLAVE}, {"id": "c", **SLAVE})
    assert [field(one, "export_limit_max", name) for name in "abc"] == [30, 10, 10]
    _, master = one._fleet.find("a")
    assert master.write(6, 13073, (25000).to_bytes(2, "big")) == 0


def test_only_the_master_has_a_meter() -> None:
    """A slave has one only where that is asked for."""
    one = several({"id": "a", **MASTER}, {"id": "b", **SLAVE}, {"id": "c", **SLAVE})
    metered = {name: one._fleet.find(name)[1].device.value("export.power") for name in "abc"}
    assert [name for name, power in metered.items() if power is not None] == ["a"]


@pytest.mark.parametrize(
    ("devices", "says"),
    [
        ([MASTER, MASTER], "cluster='master': site='house' has a master already; make this one"),
        ([HYBRID, SLAVE], "cluster='slave': site='house' has no master; give another hybrid"),
        ([MASTER, *[SLAVE] * 5], "site='house' has 4 slaves already, the most"),
        ([MASTER, {**SLAVE, "model": "SG5.0RT"}], "SG5.0RT is none of the hybrids that can be"),
        ([MASTER, {**SLAVE, "model": "AC22E-01"}], "AC22E-01 is none of the hybrids"),
    ],
)
def test_what_is_no_cluster(devices: list[dict[str, str]], says: str) -> None:
    """One sentence says what is missing or too many."""
    with pytest.raises(EmulatorError, match=says):
        several(*devices)


def test_a_slave_alone_is_refused() -> None:
    """A site of its own has no master."""
    with pytest.raises(EmulatorError, match="a site of its own has no master"):
        emulator(model="SH10RT", cluster="slave")
