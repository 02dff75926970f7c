"""Tests of config.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, parse_time


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"path": "winet"}, r"path='winet': allowed are auto, lan, .*did you mean winet-s"),
        ({"modbus_port": 70000}, "modbus-port=70000 must be between 0 and 65535"),
        ({"modbus_port": "502"}, "modbus-port='502' must be a whole number"),
        ({"modbus_port": True}, "modbus-port=True must be a whole number"),
        ({"strict": 1}, "strict=1 must be true or false"),
        ({"latitude": None}, "latitude must be a number"),
        ({"latitude": float("nan")}, "latitude=nan must be between -90 and 90"),
        ({"timing": "slow"}, "timing='slow': allowed are none, persona"),
        ({"mdoel": "SG5.0RT"}, "unknown option 'mdoel'; did you mean model"),
        ({"zzz": 1}, "unknown option 'zzz'; sungrow-emulator serve --help lists them$"),
        ({"start": "noon"}, "'noon' is not a time; write ISO 8601"),
        ({"start": "1999-01-01"}, "outside the years 2015 to 2098"),
    ],
)
def test_bad_values_are_refused_with_one_sentence(values: dict[str, object], message: str) -> None:
    """The sentence names the option, the value, what is allowed and the nearest match."""
    with pytest.raises(EmulatorError, match=message):
        Config.from_mapping(values)


def test_defaults_are_valid() -> None:
    """With nothing given there is an emulator on an unprivileged port of loopback."""
    config = Config()
    assert (config.host, config.modbus_port, config.control_host) == (
        "127.0.0.1",
        5020,
        "127.0.0.1",
    )
    assert config.pv is None


def test_start_is_utc_unless_it_has_an_offset() -> None:
    """A time without offset is UTC; without any start it is now."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Config().start_time(now) == now
    assert parse_time("2026-06-21T12:00:00") == parse_time("2026-06-21T14:00:00+02:00")
    start = Config(start="2026-06-21T12:00:00Z").start_time(now)
    assert start == datetime(2026, 6, 21, 12, tzinfo=UTC)
