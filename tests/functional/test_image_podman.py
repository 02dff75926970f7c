"""The emulator's image in a container: alone and under the charm, read across a wire."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator
from pathlib import Path

import ops
import pytest
from rig.artefact_podman import (
    KUBERNETES_CAPABILITIES,
    Container,
    Link,
    Podman,
    link,
    podman,
)
from rig.artefact_tools import ArtefactError

import emulator as workload

DEVICE_TYPE = 5000
SH10RT, SG3_0RT = 0x0E03, 0x243D
NET_BIND_SERVICE = 1 << 10
COLLECTED = ("modbus", "sungrow", "http")

ASK_DONGLE = """
import json, sys, urllib.request
from websockets.sync.client import connect
host = sys.argv[1]
page = urllib.request.urlopen(f"http://{host}:8080/about/list", timeout=10)
with connect(f"ws://{host}:8082/ws/home/overview", open_timeout=10) as session:
    session.send(json.dumps({"lang": "en_us", "token": "", "service": "connect"}))
    reply = json.loads(session.recv(timeout=10))
print(json.dumps({"http": page.status, "websocket": reply}))
"""


@pytest.fixture(scope="module")
def engine() -> Generator[Podman, None, None]:
    """A podman of this module's own."""
    with tempfile.TemporaryDirectory(prefix="podman-") as home, podman(Path(home)) as made:
        yield made


@pytest.fixture(scope="module")
def image(engine: Podman, emulator_image: Path) -> str:
    """The id of the emulator's image in the store."""
    return engine.load(emulator_image)


def device_type(wire: Link, port: int) -> int | None:
    """Read the device type code across the wire by the own client; None if nothing answers."""
    read = ("sungrow-emulator", "read", str(DEVICE_TYPE), "--host", wire.address, "--json")
    printed = wire.run(*read, "--port", str(port), "--timeout", "2", allowed=(0, 3))
    return json.loads(printed)[0]["words"][0] if printed else None


def mbpoll(wire: Link, port: int) -> str:
    """Read the device type code across the wire by a client that knows nothing of the project."""
    once = ("mbpoll", "-m", "tcp", "-a", "1", "-t", "3:hex", "-r", str(DEVICE_TYPE), "-1")
    return wire.run(*once, "-p", str(port), wire.address)


@pytest.fixture(scope="module")
def alone(engine: Podman, image: str) -> Generator[Container, None, None]:
    """The image as it comes, with nothing but its network."""
    with link() as wire, engine.container(image, into=wire) as container:
        container.wait(lambda: device_type(wire, 5020) is not None, "answer on 5020")
        yield container


def test_ordinary_user(alone: Container) -> None:
    """Everything in the container runs as the rock's ordinary user, with no capabilities."""
    status = "import pathlib; print(pathlib.Path('/proc/1/status').read_text())"
    fields = dict(
        line.split(":", 1) for line in alone.run("python3", "-c", status).splitlines() if line
    )
    assert alone.run("id", "--user") == str(workload.USER_ID)
    assert alone.run("id", "--user", "--name") == workload.USER
    assert fields["Uid"].split() == [str(workload.USER_ID)] * 4
    assert int(fields["CapEff"], 16) == 0


def test_layer(alone: Container) -> None:
    """The rock's own layer starts one service and looks at it with one check."""
    services = alone.run("pebble", "services").splitlines()[1:]
    checks = alone.run("pebble", "checks").splitlines()[1:]
    assert [line.split()[:3] for line in services] == [["emulator", "enabled", "active"]]
    assert [line.split()[:4] for line in checks] == [["control", "ready", "enabled", "up"]]


def test_emulator_reads(alone: Container) -> None:
    """The project's own client reads the model across the wire."""
    assert device_type(alone.wire, 5020) == SH10RT


def test_mbpoll_reads(alone: Container) -> None:
    """A Modbus client that knows nothing of the project reads the model across the wire."""
    assert f"0x{SH10RT:04X}" in mbpoll(alone.wire, 5020)


def test_dongle_answers(alone: Container) -> None:
    """The dongle's HTTP and WebSocket answer across the wire."""
    answer = json.loads(alone.wire.run("python", "-c", ASK_DONGLE, alone.wire.address))
    assert answer["http"] == 200
    assert answer["websocket"]["result_msg"] == "success"


def test_control_stays_inside(alone: Container) -> None:
    """The control API answers inside the container and not across the wire."""
    assert "SH10RT" in alone.run("sungrow-emulator", "status")
    ask = ("sungrow-emulator", "status", "--url", f"http://{alone.wire.address}:8099")
    with pytest.raises(ArtefactError, match="ended with 3"):
        alone.wire.run(*ask)


def test_environment_chooses(engine: Podman, image: str) -> None:
    """A variable of the container chooses the model, another one the port."""
    chosen = {"MODEL": "SG3.0RT", "MODBUS_PORT": "1502"}
    options = [f"--env=SUNGROW_EMULATOR_{name}={value}" for name, value in chosen.items()]
    with link() as wire, engine.container(image, *options, into=wire) as container:
        container.wait(lambda: device_type(wire, 1502) is not None, "answer on 1502")
        assert device_type(wire, 1502) == SG3_0RT


def test_stops(engine: Podman, image: str) -> None:
    """The container ends by itself when it is asked to."""
    with link() as wire, engine.container(image, into=wire) as container:
        container.wait(lambda: device_type(wire, 5020) is not None, "answer on 5020")
        engine("stop", "--time=30", container.id)
        state = engine("inspect", "--format={{.State.ExitCode}}", container.id)
    assert state == "0"


@pytest.fixture(scope="module")
def under_charm(
    engine: Podman, image: str
) -> Generator[tuple[Container, ops.pebble.Client], None, None]:
    """The image as in a pod that sets nothing, with the charm's layer on top."""
    # Beside podman's own, since a socket's path must be short.
    shared = engine.home / "pebble"
    shared.mkdir()
    granted = [f"--cap-add={name}" for name in KUBERNETES_CAPABILITIES]
    options = (
        *("--user=0:0", "--cap-drop=all", *granted, "--security-opt=no-new-privileges"),
        *(f"--volume={shared}:/run/pebble", "--env=PEBBLE_SOCKET=/run/pebble/socket"),
        '--entrypoint=["/usr/bin/pebble", "run", "--hold"]',
    )
    with link() as wire, engine.container(image, *options, into=wire) as container:
        container.wait((shared / "socket").exists, "Pebble")
        client = ops.pebble.Client(str(shared / "socket"))
        variables = workload.environment({"MODBUS_PORT": "502"})
        client.add_layer("emulator", workload.layer(variables), combine=True)
        client.replan_services()
        container.wait(lambda: device_type(wire, 502) is not None, "answer on 502")
        yield container, client


def test_one_plan(under_charm: tuple[Container, ops.pebble.Client]) -> None:
    """The charm's layer replaces the rock's: one service and one check, both the charm's."""
    plan = under_charm[1].get_plan()
    expected = workload.layer(workload.environment({"MODBUS_PORT": "502"}))
    assert {name: service.to_dict() for name, service in plan.services.items()} == expected.get(
        "services"
    )
    assert list(plan.checks) == [workload.CHECK]
    assert [service.name for service in under_charm[1].get_services()] == [workload.SERVICE]


def test_one_right(under_charm: tuple[Container, ops.pebble.Client]) -> None:
    """Under the charm the emulator is an ordinary user that may bind ports below 1024."""
    script = (
        "import pathlib\n"
        "for found in pathlib.Path('/proc').glob('[0-9]*'):\n"
        "    if b'serve' in (found / 'cmdline').read_bytes().split(b'\\0'):\n"
        "        print((found / 'status').read_text())\n"
    )
    lines = under_charm[0].run("python3", "-c", script).splitlines()
    fields = dict(line.split(":", 1) for line in lines if line)
    assert fields["Uid"].split() == [str(workload.USER_ID)] * 4
    assert fields["Groups"].split() == []
    assert int(fields["CapEff"], 16) == NET_BIND_SERVICE
    assert int(fields["NoNewPrivs"]) == 1


def test_real_ports(under_charm: tuple[Container, ops.pebble.Client]) -> None:
    """Under the charm the device listens where real ones do."""
    assert f"0x{SH10RT:04X}" in mbpoll(under_charm[0].wire, 502)


@pytest.fixture(scope="module")
def collector(engine: Podman, sungather_image: Path) -> str:
    """The id of the collector's image in the store."""
    return engine.load(sungather_image)


@pytest.mark.parametrize("connection_type", COLLECTED)
def test_collects(
    connection_type: str,
    under_charm: tuple[Container, ops.pebble.Client],
    engine: Podman,
    collector: str,
) -> None:
    """The collector's image reads the emulator's across the wire, by each connection type."""
    wire = under_charm[0].wire
    port = "8082" if connection_type == "http" else "502"
    printed = engine(
        *("run", "--rm", f"--network=ns:/run/netns/{wire.client}", "--entrypoint=collect"),
        *(collector, wire.address, port, connection_type),
        timeout=120,
    )
    report = json.loads(printed)
    assert report["model"] == "SH10RT"
    assert report["values"]["device_type_code"] == "SH10RT"
