"""Tests of claims.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.claims import refuse_clashes, refuse_idle_certificates, refuse_missing
from sungrow_emulator.config import Config
from sungrow_emulator.plan import DevicePlan

Options = dict[str, Any]


def plans(*devices: Options) -> list[DevicePlan]:
    """Return devices called a, b … that stand in the lines of a file."""
    return [
        DevicePlan(
            config=Config.from_mapping({"winet": "none", **options}),
            id=chr(ord("a") + number),
            place=f"site.yaml:{number + 1}",
        )
        for number, options in enumerate(devices)
    ]


@pytest.mark.parametrize(
    "devices",
    [
        [{}, {"unit": 2}],
        [{"host": "127.0.0.2"}, {"host": "127.0.0.3"}],
        [{"rtu": "pty"}, {"rtu": "pty", "unit": 2}],
        [{"rtu": "pty:x"}, {"rtu": "pty:y", "modbus_port": 0}],
        [{"winet": "winet-s", "winet_http_port": 0, "winet_ws_port": 0, "winet_tls_port": 5020}],
        [{"model": "Logger1000", "winet": "winet-s"}, {"modbus_port": 8080}],
        [{"winet": "eyem4", "winet_ws_port": 8080}],
        [{"modbus_second_port": 0, "modbus_tls_port": 0, "rtu_tcp_port": 0}] * 3,
        [{"winet": "winet-s"}, {"winet": "winet-s", "dongle_firmware": "P043", "unit": 2}],
    ],
)
def test_what_does_not_clash(devices: list[Options]) -> None:
    """A door may be shared, the system chooses anew each time, and a door may not be there."""
    assert refuse_clashes(plans(*devices)) is None


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        (
            [{"modbus_tls_port": 5020}],
            "site.yaml:1: modbus-tls-port=5020: that is its modbus-port on 127.0.0.1 already"
            " (site.yaml:1); choose another",
        ),
        (
            [{}, {"modbus_port": 5021, "rtu_tcp_port": 5020}],
            "site.yaml:2: rtu-tcp-port=5020: that is the modbus-port of a on 127.0.0.1 already"
            " (site.yaml:1); choose another",
        ),
        (
            [{}, {"host": "0.0.0.0"}],
            "site.yaml:2: modbus-port=5020: that is the modbus-port of a on 127.0.0.1 already",
        ),
        (
            [{"host": "::"}, {}],
            "site.yaml:2: modbus-port=5020: that is the modbus-port of a on :: already",
        ),
        (
            [{"host": "0.0.0.0"}, {"host": ""}],
            "site.yaml:2: modbus-port=5020: that is the modbus-port of a on 0.0.0.0 already",
        ),
        (
            [{"host": "localhost"}, {}],
            "site.yaml:2: modbus-port=5020: that is the modbus-port of a on localhost already",
        ),
        (
            [{"winet": "winet-s"}, {"winet": "winet-s", "modbus_port": 0}],
            "site.yaml:2: winet-http-port=8080: that is the winet-http-port of a on 127.0.0.1",
        ),
        (
            [{"winet": "winet-s", "winet_ws_port": 8080}],
            "site.yaml:1: winet-ws-port=8080: that is its winet-http-port on 127.0.0.1 already",
        ),
        (
            [{"winet": "winet-s2", "winet_tls_port": 5020}],
            "site.yaml:1: winet-tls-port=5020: that is its modbus-port on 127.0.0.1 already",
        ),
        (
            [{"rtu": "pty:a/../lk"}, {"rtu": "pty:lk", "unit": 2}],
            "site.yaml:2: rtu='pty:lk': that is the rtu of a already (site.yaml:1); choose",
        ),
        (
            [{"rtu": "/dev/ttyUSB0"}, {"rtu": "/dev//ttyUSB0", "unit": 2}],
            "site.yaml:2: rtu='/dev//ttyUSB0': that is the rtu of a already",
        ),
    ],
)
def test_clashes_name_both_sides(devices: list[Options], said: str) -> None:
    """The later one begins the sentence, and the one before is told with its place."""
    with pytest.raises(ConflictError) as caught:
        refuse_clashes(plans(*devices))
    assert str(caught.value).startswith(said)


def test_lines_of_options_are_told() -> None:
    """Where a file says which line an option is in, that line is meant."""
    first, second = plans({"modbus_port": 502}, {"rtu_tcp_port": 502})
    first = replace(first, places={"modbus_port": "site.yaml:11"})
    second = replace(second, places={"rtu_tcp_port": "site.yaml:22"})
    with pytest.raises(ConflictError, match=r"^site.yaml:22: .* \(site\.yaml:11\); choose"):
        refuse_clashes([first, second])


def test_the_control_api_has_its_port() -> None:
    """It is told without a place; a port that the system chooses does not clash."""
    device = DevicePlan(config=Config(modbus_port=8099))
    with pytest.raises(EmulatorError) as caught:
        refuse_clashes([device], device.config)
    said = "modbus-port=8099: that is the control-port on 127.0.0.1 already; choose another"
    assert str(caught.value) == said
    refuse_clashes([device], Config(control_port=0))
    refuse_clashes([device])


CERTIFICATE = {"winet_certificate": "own.pem", "winet_key": "own.key"}


@pytest.mark.parametrize(
    "devices",
    [
        [{}],
        [{"winet": "winet-s", "dongle_firmware": "P043", **CERTIFICATE}],
        [{"winet": "winet-s2", "dongle_firmware": "P012", **CERTIFICATE}],
        [{"winet": "winet-s2", **CERTIFICATE}, CERTIFICATE],
    ],
)
def test_certificates_that_a_door_uses(devices: list[Options]) -> None:
    """What holds for all devices is used if one of them speaks TLS."""
    assert refuse_idle_certificates(plans(*devices)) is None


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        ([CERTIFICATE], "site.yaml:1: winet-certificate: no door here speaks TLS; by winet and"),
        ([{"winet": "winet-s", **CERTIFICATE}], "a winet-s from P026 on or winet-s2 from P012 on"),
        ([{"winet": "eyem4", "dongle_firmware": "P043", "winet_key": "k"}], "winet-key: no door"),
        ([{"model": "Logger1000", "winet": "winet-s2", **CERTIFICATE}], "no door here"),
        ([{"winet": "winet-s2", **CERTIFICATE}, {"winet_key": "k"}], "site.yaml:2: winet-key: no"),
    ],
)
def test_certificates_without_a_door_are_refused(devices: list[Options], said: str) -> None:
    """The sentence tells which dongles speak TLS."""
    with pytest.raises(EmulatorError) as caught:
        refuse_idle_certificates(plans(*devices))
    assert said in str(caught.value)


def test_what_is_there_is_not_missed() -> None:
    """Nothing is opened: a terminal may be in use."""
    devices = [{}, {"host": "localhost"}, {"rtu": "pty"}, {"rtu": "pty:lk"}, {"rtu": "/dev/null"}]
    assert refuse_missing(plans(*devices)) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "no.such.host.invalid"}, "host='no.such.host.invalid' has no address; use"),
        ({"rtu": "/dev/tty-none"}, "rtu='/dev/tty-none' is no serial line to be had: no such"),
        ({"rtu": "pty:/no/where"}, "rtu='pty:/no/where' is no serial line to be had: no such"),
    ],
)
def test_what_is_missing_is_told_at_its_place(options: Options, said: str) -> None:
    """The sentence begins with where it is written."""
    with pytest.raises(EmulatorError) as caught:
        refuse_missing(plans({}, options))
    assert str(caught.value).startswith(f"site.yaml:2: {said}")
