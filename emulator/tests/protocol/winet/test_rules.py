"""How a dongle behaves by its kind and firmware."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.winet.rules import DONGLES, FIRMWARES, dongle_rules


@pytest.mark.parametrize(
    ("dongle", "firmware", "doors", "login"),
    [
        ("winet-s", "P008", "http ws", False),
        ("winet-s", "P012", "http ws", False),
        ("winet-s", "P023", "http ws", False),
        ("winet-s", "P024", "http ws", True),
        ("winet-s", "P026", "tls", True),
        ("winet-s", "P043", "tls", True),
        ("winet-s2", "P008", "http ws", False),
        ("winet-s2", "P012", "tls", True),
        ("winet-s2", "P023", "tls", True),
        ("eyem4", "P008", "http", False),
        ("eyem4", "P043", "http", False),
    ],
)
def test_doors_and_logins(dongle: str, firmware: str, doors: str, login: bool) -> None:
    """Firmware closes the plain doors in favour of TLS, and begins to want a login."""
    rules = dongle_rules(dongle, firmware)
    shown = (("http", rules.http), ("ws", rules.websocket), ("tls", rules.tls))
    assert " ".join(name for name, there in shown if there) == doors
    assert rules.login_required is rules.single_login is rules.tells_flags is login
    assert rules.empty_battery_list is not login


@pytest.mark.parametrize("dongle", DONGLES)
@pytest.mark.parametrize("firmware", FIRMWARES)
def test_every_dongle_has_a_door(dongle: str, firmware: str) -> None:
    """Each combination can be reached, and its WebSocket somewhere."""
    rules = dongle_rules(dongle, firmware)
    assert rules.http or rules.tls
    assert rules.websocket or rules.tls or rules.websocket_on_http


def test_p012_tells_the_versions_of_the_capture() -> None:
    """Versions are those of a WiNet-S on P012 (bjeanes/modbus-mqtt)."""
    rules = dongle_rules("winet-s", "P012")
    assert rules.software == "WINET-SV200.001.00.P012"
    assert rules.build == "WINET-SV200.001.00.B001"
    assert rules.hardware == "M_WiNet-S_V01_V01_A"
    assert (rules.product_name, rules.product_code) == ("WiNet-S", 9)


def test_the_winet_s2_tells_its_address() -> None:
    """Clients tell the generations apart by the address."""
    assert dongle_rules("winet-s2").tells_address
    assert dongle_rules("winet-s2").software == "WINET-SV300.001.03.P023"
    assert not dongle_rules("winet-s").tells_address


@pytest.mark.parametrize(
    ("dongle", "firmware", "message"),
    [
        ("winet-s3", "P023", "unknown dongle 'winet-s3'; did you mean winet-s or winet-s2?"),
        ("winet-s", "P02", "unknown dongle firmware 'P02'; did you mean P02"),
    ],
)
def test_unknown_names_are_refused(dongle: str, firmware: str, message: str) -> None:
    """An unknown dongle or firmware is told with what is near."""
    with pytest.raises(EmulatorError) as refused:
        dongle_rules(dongle, firmware)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("name", ["token_lifetime", "wrong_passwords", "lock_seconds"])
def test_limits_are_positive(name: str) -> None:
    """A limit of nothing is refused."""
    with pytest.raises(EmulatorError, match="above 0"):
        replace(dongle_rules("winet-s"), **{name: 0})
