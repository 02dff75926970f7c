"""Changes of the configuration, good and bad."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jubilant
import pytest

from .helpers import (
    CONNECTION_TYPES,
    Collector,
    Emulator,
    Published,
    eventually,
    wait_active,
    wait_status,
)

Configure = Callable[..., None]


@pytest.fixture
def configure(emulator: Emulator, collector: Collector) -> Iterator[Configure]:
    """Return what sets options; after the test they have their defaults again."""
    plan, published, given = emulator.plan(), collector.published(), set[str]()

    def set_options(**config: Any) -> None:
        given.update(config)
        emulator.configure(**config)

    yield set_options
    emulator.configure(**dict.fromkeys(given))
    eventually(lambda: (emulator.plan(), collector.published()) == (plan, published))
    wait_active(emulator.juju, emulator.app)


def _published(collector: Collector, emulator: Emulator) -> Published:
    return collector.published()[emulator.unit()]


def test_model(configure: Configure, emulator: Emulator, collector: Collector) -> None:
    """Another model is another inverter: for actions, in the relation and for the collector."""
    configure(model="SG5.0RT", serial_number="A2100000007")
    eventually(lambda: _published(collector, emulator).devices[0]["model"] == "SG5.0RT")
    status = emulator.act("get-status")
    assert (status["model"], status["serial-number"]) == ("SG5.0RT", "A2100000007")
    assert _published(collector, emulator).devices[0]["serial_number"] == "A2100000007"
    collected = collector.collect()
    assert (collected["model"], collected["serial-number"]) == ("SG5.0RT", "A210000000")


def test_port(configure: Configure, emulator: Emulator, collector: Collector) -> None:
    """Another Modbus port is published and opened, and the collector follows."""
    configure(modbus_port=1502)
    eventually(lambda: _published(collector, emulator).where("modbus")[1] == 1502)
    assert eventually(lambda: emulator.opened_ports() == ["1502/tcp", "80/tcp", "8082/tcp"])
    assert collector.collect("sungrow")["port"] == "1502"
    assert emulator.act("get-connection-info")["modbus-port"] == "1502"


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        ({"encryption": "silent"}, ("modbus", "http")),
        ({"encryption": "zero"}, CONNECTION_TYPES),
        ({"winet": "none"}, ("modbus", "sungrow")),
        ({"dongle_firmware": "P024"}, ("modbus", "sungrow")),
        ({"dongle_firmware": "P026"}, ("modbus", "sungrow")),
    ],
)
def test_offered(
    configure: Configure,
    emulator: Emulator,
    collector: Collector,
    config: dict[str, str],
    offered: tuple[str, ...],
) -> None:
    """Only what a client can use is published."""
    before = emulator.plan()
    configure(**config)
    eventually(lambda: emulator.plan() != before)
    assert eventually(lambda: _published(collector, emulator).connection_types == offered)
    assert collector.collect()["model"] == "SH10RT"


def test_hostname(configure: Configure, emulator: Emulator, collector: Collector) -> None:
    """A host name for clients outside the cluster is published, and nothing restarts for it."""
    pid = emulator.pid()
    configure(external_hostname="inverter-{unit}.example.com")
    eventually(
        lambda: _published(collector, emulator).where("http") == ("inverter-0.example.com", 8082)
    )
    assert emulator.act("get-connection-info")["host"] == "inverter-0.example.com"
    assert emulator.pid() == pid


def test_nothing_new(configure: Configure, emulator: Emulator, collector: Collector) -> None:
    """A change that changes nothing restarts nothing, and keeps what was set."""
    pid = emulator.pid()
    emulator.act("set-power", watts=1234)
    # The host name shows when the charm has seen the change.
    configure(log_level="info", seed=1, speed=1.0, external_hostname="elsewhere.example.com")
    eventually(lambda: _published(collector, emulator).where("modbus")[0] != emulator.fqdn())
    assert emulator.pid() == pid
    assert emulator.message() == "simulating: 1234 W"
    emulator.act("release-power")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model": "SH10RX"}, "model=SH10RX: "),
        ({"encryption": "kye"}, "encryption=kye: "),
        ({"latitude": 91.0}, "latitude=91"),
        ({"timezone": "Europe/Berln"}, "timezone=Europe/Berln: "),
        ({"start_time": "noon"}, "start-time=noon: "),
        ({"modbus_port": 8082}, "modbus-port=8082: "),
    ],
)
def test_bad(
    configure: Configure,
    emulator: Emulator,
    collector: Collector,
    config: dict[str, Any],
    message: str,
) -> None:
    """A bad value blocks and is named; the emulator goes on as it was, and recovers."""
    pid, published = emulator.pid(), collector.published()
    configure(**config)
    shown = wait_status(emulator.juju, emulator.unit(), "blocked")
    assert shown.startswith(message)
    assert len(shown) <= 120
    assert emulator.pid() == pid
    assert collector.published() == published
    assert emulator.act("get-status")["model"] == "SH10RT"
    configure(**dict.fromkeys(config))
    wait_active(emulator.juju, emulator.app)
    assert emulator.pid() == pid


def test_nearest(configure: Configure, emulator: Emulator) -> None:
    """The message of a misspelt value names the value that was probably meant."""
    configure(model="SH10RX")
    assert "did you mean SH10RT" in wait_status(emulator.juju, emulator.unit(), "blocked")


def test_restart_forgets(configure: Configure, juju: jubilant.Juju, emulator: Emulator) -> None:
    """A change that restarts the emulator ends what was set, and the status says so."""
    emulator.act("set-fault", fault="grid-overvoltage")
    pid = emulator.pid()
    configure(seed=7)
    eventually(lambda: emulator.message() == "")
    wait_active(juju, emulator.app)
    assert emulator.pid() != pid
    assert emulator.act("get-status")["faults"] == "[]"
