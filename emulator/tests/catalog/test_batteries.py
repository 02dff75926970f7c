"""Battery packs."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.batteries import find_battery, load_batteries
from sungrow_emulator.catalog.errors import UnknownNameError


def test_packs_consist_of_modules() -> None:
    """SBR064 to SBR256: 3.2 kWh and one device code per module."""
    packs = load_batteries()
    assert list(packs) == [f"SBR{n:03d}" for n in (64, 96, 128, 160, 192, 224, 256)]
    assert all(pack.capacity == pytest.approx(3.2 * pack.modules) for pack in packs.values())
    assert all(pack.dev_code == 8420 + pack.modules for pack in packs.values())
    assert all(pack.sources for pack in packs.values())


def test_only_two_device_codes_are_known() -> None:
    """The interpolated codes are marked."""
    known = [pack.name for pack in load_batteries().values() if "dev_code" not in pack.unverified]
    assert known == ["SBR128", "SBR224"]
    assert (find_battery("SBR128").dev_code, find_battery("SBR224").dev_code) == (8424, 8427)


def test_name_in_any_case() -> None:
    """Letter case does not count."""
    assert find_battery(" sbr096 ").name == "SBR096"


def test_unknown_pack_names_the_nearest() -> None:
    """A typing mistake is answered with the pack that was meant."""
    with pytest.raises(UnknownNameError, match="unknown battery 'SBR-128'; did you mean SBR128"):
        find_battery("SBR-128")
