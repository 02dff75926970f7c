"""Tests of device/identity.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.device.identity import derive_key, derive_serial, offset_serial, texts


@given(st.integers(0, 2**63 - 1), st.integers(0, 999_999))
def test_serials_look_like_real_ones(seed: int, instance: int) -> None:
    """A serial number is a letter and ten digits."""
    serial = derive_serial(find_model("SG5.0RT"), seed, instance)
    assert len(serial) == 11
    assert serial[0].isalpha()
    assert serial[1:].isdigit()


def test_serials_of_a_fleet_differ() -> None:
    """Models and instances have serial numbers of their own, and the same ones every time."""
    sg, sh = find_model("SG5.0RT"), find_model("SH10RT")
    serials = [derive_serial(sg, 1, instance) for instance in range(50)]
    assert len({*serials, derive_serial(sh, 1)}) == 51
    assert serials == [derive_serial(sg, 1, instance) for instance in range(50)]


def test_given_serials_count_up() -> None:
    """An instance adds to the trailing digits and keeps their number."""
    assert offset_serial("A2320857899", 2) == "A2320857901"
    assert offset_serial("A2320857899", 0) == "A2320857899"
    assert offset_serial("PROTOTYPE", 0) == "PROTOTYPE"
    assert offset_serial("X98", 1) == "X99"


@pytest.mark.parametrize(
    ("serial", "number", "says"),
    [
        ("ABC", 100, "counting it up by 100 takes 3 or more digits at its end, e.g. ABC000"),
        ("A9", 1, "takes 2 or more digits at its end, e.g. A09"),
        ("99", 100, "takes 3 or more digits at its end, e.g. 099"),
        ("", 1, "must be 1 to 20 printable ASCII characters"),
    ],
)
def test_given_serials_never_wrap(serial: str, number: int, says: str) -> None:
    """What has too few digits is refused with how many it takes."""
    with pytest.raises(EmulatorError, match=says):
        offset_serial(serial, number)


@given(st.integers(), st.text(max_size=20))
def test_keys_never_mean_no_encryption(seed: int, serial: str) -> None:
    """A key has 16 bytes and is never all 0x00 or all 0xFF."""
    key = derive_key(seed, serial)
    assert len(key) == 16
    assert set(key) not in ({0x00}, {0xFF})
    assert key == derive_key(seed, serial)


def test_texts_follow_firmware_and_battery() -> None:
    """Firmware texts carry the wave, and a battery text is there only with a battery."""
    model = find_model("SH10RT")
    old, new = (texts(model, "A1", f, "SBR128") for f in ("pre-2024-11", "2026"))
    assert old["identity.arm"] == "ARM_SAPPHIRE-H_V11_V01_B"
    assert new["identity.firmware.main"] == "SAPPHIRE-H_01011.95.12"
    assert old["identity.firmware.battery"] == "SBRBCU-S_22011.01.30"
    assert texts(model, "A1", "2026", "")["identity.firmware.battery"] == ""
    assert texts(find_model("SG5.0RT"), "A1", "2026", "")["identity.protocol_number"] == 0x41533100


def test_versions_of_an_sh_t_are_those_of_its_dumps() -> None:
    """It counts its own way: SH20T and SH15T, both of 2026."""
    of_t = texts(find_model("SH20T"), "A1", "2026", "")
    assert of_t["identity.firmware.main"] == "PEARL-H_01011.01.45"
    assert of_t["identity.firmware.bundle"] == "PEARL-H_B000.V000.P063"
    of_rt = texts(find_model("SH10RT"), "A1", "2026", "")
    assert of_rt["identity.firmware.bundle"] == "SAPPHIRE-H_B001.V000.P020"


def test_texts_follow_the_family() -> None:
    """SH-T show a later protocol than SH-RT (dumps); a wallbox has a firmware text of its own."""
    versions = [
        texts(find_model(name), "A1", "2026", "")["identity.protocol_version"]
        for name in ("SH10RT", "SH15T", "SG5.0RT")
    ]
    assert versions == [0x01001100, 0x01010700, 0x01013500]
    assert texts(find_model("AC22E-01"), "C1", "2026", "") == {
        "identity.serial": "C1",
        "identity.model": "AC22E-01",
        "identity.firmware.main": "LE-01.1E1.001.",
    }
