"""What the tests of the deployed charms share: deploy, wait, act, look."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import jubilant
import pytest

EMULATOR = "sungrow-emulator-k8s"
TESTER = "sungather-tester"
CONNECTION_TYPES = ("modbus", "sungrow", "http")
PORTS = {"modbus": 502, "sungrow": 502, "http": 8082}

# Pulling an image may take minutes; nothing else here takes more than a few seconds.
DEPLOYED = 900.0
SETTLED = 240.0
COLLECTED = 150.0

T = TypeVar("T")


@dataclass(frozen=True)
class Artefacts:
    """What is tested: two packed charms and the images they run, as references to pull."""

    charm: Path
    tester: Path
    emulator_image: str
    sungather_image: str
    next_image: str

    @staticmethod
    def missing() -> str:
        """Return one line that names the variables that are not set, empty where all are."""
        unset = [name for name in VARIABLES if not os.environ.get(name)]
        if not unset:
            return ""
        wanted = "; ".join(f"{name}: {VARIABLES[name]}" for name in unset)
        return f"the integration tests need {', '.join(unset)} in the environment ({wanted})"

    @classmethod
    def from_environment(cls) -> Artefacts:
        """Return what the environment names."""
        charm, tester, emulator_image, sungather_image = (os.environ[name] for name in VARIABLES)
        return cls(
            charm=Path(charm).resolve(),
            tester=Path(tester).resolve(),
            emulator_image=emulator_image,
            sungather_image=sungather_image,
            next_image=os.environ.get(NEXT_IMAGE, emulator_image),
        )


NEXT_IMAGE = "EMULATOR_IMAGE_NEXT"
VARIABLES: Mapping[str, str] = {
    "CHARM_PATH": "the packed charm of the emulator",
    "TESTER_CHARM_PATH": "the packed tester charm",
    "EMULATOR_IMAGE": "reference of the emulator's image",
    "SUNGATHER_IMAGE": "reference of the collector's image",
}


@dataclass(frozen=True)
class Published:
    """What one unit wrote into the relation, as the requirer sees it."""

    endpoints: tuple[tuple[str, str, int], ...]
    devices: tuple[Mapping[str, Any], ...]

    @property
    def connection_types(self) -> tuple[str, ...]:
        """Return the connection types on offer, in the order of the databag."""
        return tuple(kind for kind, _, _ in self.endpoints)

    def where(self, connection_type: str) -> tuple[str, int]:
        """Return host and port of a connection type."""
        return next((host, port) for kind, host, port in self.endpoints if kind == connection_type)


@dataclass(frozen=True)
class Emulator:
    """The deployed emulator charm."""

    juju: jubilant.Juju
    app: str = EMULATOR

    @classmethod
    def deploy(cls, juju: jubilant.Juju, artefacts: Artefacts, **config: Any) -> Emulator:
        """Deploy one unit and wait until it is active; options with underscores for hyphens."""
        juju.deploy(
            artefacts.charm,
            EMULATOR,
            config={name.replace("_", "-"): value for name, value in config.items()} or None,
            resources={"emulator-image": artefacts.emulator_image},
        )
        wait_active(juju, EMULATOR, timeout=DEPLOYED)
        return cls(juju)

    def unit(self, number: int = 0) -> str:
        """Return the name of a unit."""
        return f"{self.app}/{number}"

    def fqdn(self, number: int = 0) -> str:
        """Return the name that the cluster gives to a unit's pod."""
        namespace = self.juju.status().model.name
        return f"{self.app}-{number}.{self.app}-endpoints.{namespace}.svc.cluster.local"

    def act(self, action: str, *, number: int = 0, **params: Any) -> dict[str, Any]:
        """Run an action that succeeds and return its results."""
        return self.juju.run(self.unit(number), action, _hyphenated(params)).results

    def refuse(self, action: str, **params: Any) -> str:
        """Run an action that fails and return the sentence it fails with."""
        with pytest.raises(jubilant.TaskError) as caught:
            self.act(action, **params)
        assert caught.value.task.status == "failed", caught.value
        return caught.value.task.message

    def message(self, number: int = 0) -> str:
        """Return the message of the unit's status."""
        unit = self.juju.status().apps[self.app].units[self.unit(number)]
        return unit.workload_status.message

    def pid(self, number: int = 0) -> int:
        """Return the process of the emulator in its container; another one after a restart."""
        (found,) = json.loads(self.python(_FIND, number))
        return found

    def plan(self, number: int = 0) -> str:
        """Return what Pebble is told to run, with the environment, as YAML."""
        return self.pebble("plan", number)

    def pebble(self, command: str, number: int = 0) -> str:
        """Run Pebble's own client beside the emulator and return what it prints."""
        line = f"PEBBLE_SOCKET=/charm/container/pebble.socket pebble {command}"
        return self.juju.ssh(self.unit(number), line, container="emulator")

    def opened_ports(self, number: int = 0) -> list[str]:
        """Return the ports that the charm opened, e.g. `502/tcp`."""
        task = self.juju.exec("opened-ports --format json", unit=self.unit(number))
        return sorted(json.loads(task.stdout))

    def signal(self, name: str, number: int = 0) -> None:
        """Send a signal, e.g. `SIGSTOP`, to the emulator."""
        self.python(f"import os, signal; os.kill({self.pid(number)}, signal.{name})", number)

    def python(self, code: str, number: int = 0) -> str:
        """Run Python code in the emulator's container and return what it prints."""
        return in_container(self.juju, self.unit(number), "emulator", code)

    def configure(self, **config: Any) -> None:
        """Set options, with underscores for hyphens; None takes the default again."""
        options = _hyphenated(config)
        if given := {name: value for name, value in options.items() if value is not None}:
            self.juju.config(self.app, given)
        if reset := [name for name, value in options.items() if value is None]:
            self.juju.config(self.app, reset=reset)


@dataclass(frozen=True)
class Collector:
    """The deployed tester charm, related to the emulator."""

    juju: jubilant.Juju

    @classmethod
    def deploy(cls, juju: jubilant.Juju, artefacts: Artefacts) -> Collector:
        """Deploy the tester, integrate it with the emulator and wait until both are active."""
        juju.deploy(
            artefacts.tester, TESTER, resources={"sungather-image": artefacts.sungather_image}
        )
        juju.integrate(f"{TESTER}:inverter", f"{EMULATOR}:inverter")
        wait_active(juju, TESTER, EMULATOR, timeout=DEPLOYED)
        return cls(juju)

    def collect(self, connection_type: str = "modbus", level: int = 1) -> dict[str, Any]:
        """Let the collector read once; returns the results of the action."""
        params = {"connection-type": connection_type, "level": level}
        return self.juju.run(f"{TESTER}/0", "run-once", params, wait=COLLECTED).results

    def published(self) -> dict[str, Published]:
        """Return what each unit of the emulator published, by the name of the unit."""
        relations = self.juju.show_unit(f"{TESTER}/0").relation_info
        return {
            unit: _published(related.data)
            for relation in relations
            if relation.endpoint == "inverter"
            for unit, related in sorted(relation.related_units.items())
        }

    def python(self, code: str) -> str:
        """Run Python code in the collector's container and return what it prints."""
        return in_container(self.juju, f"{TESTER}/0", "sungather", code)


def wait_active(juju: jubilant.Juju, *apps: str, timeout: float = SETTLED) -> None:
    """Wait until applications are active and their agents idle; an error ends it at once."""
    juju.wait(
        lambda status: (
            jubilant.all_active(status, *apps) and jubilant.all_agents_idle(status, *apps)
        ),
        error=jubilant.any_error,
        timeout=timeout,
    )


def wait_status(juju: jubilant.Juju, unit: str, current: str, timeout: float = SETTLED) -> str:
    """Wait until a unit shows a status, e.g. `blocked`, and return its message."""
    app = unit.split("/")[0]

    def shown(status: jubilant.Status) -> bool:
        there = status.apps[app].units.get(unit)
        return there is not None and there.workload_status.current == current

    status = juju.wait(shown, error=jubilant.any_error, timeout=timeout, successes=1)
    return status.apps[app].units[unit].workload_status.message


def eventually(probe: Callable[[], T], timeout: float = SETTLED, every: float = 1.0) -> T:
    """Call until the answer is true and return it.

    Juju reports a change before a charm has seen it, so that being idle proves nothing.

    Raises:
        AssertionError: it did not come true in time.
    """
    deadline = time.monotonic() + timeout
    while not (answer := probe()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not true within {timeout:g} s; the last answer is {answer!r}")
        time.sleep(every)
    return answer


def in_container(juju: jubilant.Juju, unit: str, container: str, code: str) -> str:
    """Run Python code in a workload container and return what it prints."""
    return juju.ssh(unit, f"python3 -c {shlex.quote(code)}", container=container)


def delete_pod(juju: jubilant.Juju, unit: str) -> None:
    """Let Kubernetes end the pod of a unit; its StatefulSet makes another."""
    pod, namespace = unit.replace("/", "-"), juju.status().model.name
    subprocess.run(
        ["kubectl", "delete", "pod", pod, "--namespace", namespace, "--timeout=180s"],
        check=True,
        capture_output=True,
        text=True,
        timeout=SETTLED,
    )


def decoded(register: Mapping[str, Any], words: Mapping[int, int]) -> float:
    """Return the value of a register as its documents say, from raw words by address.

    Args:
        register: address, datatype and accuracy as the collector knows them.
        words: document number -> word.
    """
    address, kind = register["address"], register["datatype"]
    raw = words[address] | (words[address + 1] << 16 if kind.endswith("32") else 0)
    bits = int(kind[1:])
    if kind.startswith("S") and raw >> (bits - 1):
        raw -= 1 << bits
    return round(raw * register.get("accuracy", 1), 2)


def _published(data: Mapping[str, str]) -> Published:
    endpoints = json.loads(data.get("endpoints") or "null") or ()
    return Published(
        tuple((each["connection_type"], each["host"], each["port"]) for each in endpoints),
        tuple(json.loads(data.get("devices") or "null") or ()),
    )


def _hyphenated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in values.items()}


# The image holds no tools for processes, but it holds Python.
_FIND = """
import json, pathlib
found = []
for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        words = entry.read_bytes().split(bytes(1))
    except OSError:
        continue
    if len(words) > 2 and words[1].endswith(b"/sungrow-emulator") and words[2] == b"serve":
        found.append(int(entry.parent.name))
print(json.dumps(found))
"""
