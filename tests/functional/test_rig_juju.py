"""The rig's `juju` and `kubectl`, driven by Jubilant with a tiny charm."""

from __future__ import annotations

import subprocess

import jubilant
import pytest
from rig import pebble
from rig.artefact_tools import TOOLS
from rig.tiny import Tiny, settled


@pytest.fixture(scope="module")
def deployed(juju: jubilant.Juju, tiny: Tiny) -> jubilant.Juju:
    """A model with one unit of the tiny charm."""
    tiny.deploy(juju)
    return juju


def hooks(juju: jubilant.Juju, unit: str) -> list[str]:
    """Return the events of a unit so far, in their order."""
    tag, marker = f"unit-{unit.replace('/', '-')}:", "Emitting Juju event "
    log = [line for line in juju.debug_log().splitlines() if line.startswith(tag)]
    return [line.partition(marker)[2].rstrip(".") for line in log if marker in line]


def page(juju: jubilant.Juju, unit: str, host: str) -> str:
    """Return what a host serves on port 502, read from a unit's charm container."""
    code = f"import urllib.request as r; print(r.urlopen('http://{host}:502').read().decode())"
    return juju.exec("python3", "-c", code, unit=unit).stdout.strip()


def test_hooks_of_a_new_unit(deployed: jubilant.Juju) -> None:
    """A new unit goes through Juju's hooks in Juju's order."""
    first = ["install", "leader_elected", "config_changed", "start", "web_pebble_ready"]
    assert hooks(deployed, "tiny/0")[:5] == first


def test_status(deployed: jubilant.Juju) -> None:
    """The status shows version, ports, leader and address."""
    app = deployed.status().apps["tiny"]
    unit = app.units["tiny/0"]
    assert (app.version, app.charm_name, app.scale) == ("1.0", "tiny", 1)
    assert (unit.open_ports, unit.leader) == (["502/tcp"], True)
    assert unit.address.startswith("10.152.0.")


def test_name_of_a_pod(deployed: jubilant.Juju) -> None:
    """A pod knows its own full name, and serves under it on a privileged port."""
    fqdn = f"tiny-0.tiny-endpoints.{deployed.model}.svc.cluster.local"
    asked = deployed.exec("python3", "-c", "import socket; print(socket.getfqdn())", unit="tiny/0")
    assert asked.stdout.strip() == fqdn
    assert page(deployed, "tiny/0", fqdn) == "hello"


def test_privileges(deployed: jubilant.Juju) -> None:
    """Workloads have Kubernetes' capabilities; the charm has none and no privileged ports."""
    status = deployed.ssh("tiny/0", "cat", "/proc/1/status", container="web")
    assert "CapEff:\t00000000a80425fb" in status
    assert "NoNewPrivs:\t1" in status
    assert deployed.exec("id -u; id -g", unit="tiny/0").stdout.split() == ["170", "170"]
    with pytest.raises(jubilant.TaskError, match="Permission denied"):
        deployed.exec(
            "python3", "-c", "import socket; socket.create_server(('', 81))", unit="tiny/0"
        )


def test_processes_of_a_container(deployed: jubilant.Juju) -> None:
    """A container sees its own processes only, the first of which is Pebble as Juju runs it."""
    command = deployed.ssh("tiny/0", "cat", "/proc/1/cmdline", container="web").split("\0")
    assert command[:3] == ["/charm/bin/pebble", "run", "--create-dirs"]
    environment = deployed.ssh("tiny/0", "cat /proc/1/environ", container="web").split("\0")
    assert {"FLAVOUR=tiny", "PEBBLE_COPY_ONCE=/var/lib/pebble/default"} <= set(environment)
    assert "rig.daemon" not in deployed.ssh("tiny/0", "ps", container="web")


def test_config(deployed: jubilant.Juju) -> None:
    """A change of configuration reaches the workload; setting the same value runs no hook."""
    deployed.config("tiny", {"greeting": "salut"})
    deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    assert page(deployed, "tiny/0", "127.0.0.1") == "salut"
    before = hooks(deployed, "tiny/0")
    deployed.config("tiny", {"greeting": "salut"})
    deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    assert hooks(deployed, "tiny/0") == before
    deployed.config("tiny", reset="greeting")
    assert deployed.config("tiny")["greeting"] == "hello"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"count": "many"}, 'option "count" expected int'),
        ({"nosuch": "1"}, 'unknown option "nosuch"'),
    ],
)
def test_wrong_config(deployed: jubilant.Juju, values: dict[str, str], text: str) -> None:
    """An option of the wrong type or name is refused by `juju config` itself."""
    with pytest.raises(jubilant.CLIError) as caught:
        deployed.config("tiny", values)
    assert text in str(caught.value)


def test_actions(deployed: jubilant.Juju) -> None:
    """Actions get their defaults and give results and a log."""
    task = deployed.run("tiny/leader", "echo", {"text": "ha"})
    assert task.results["said"] == "ha"
    assert task.log[0].endswith("echoing")
    assert deployed.run("tiny/0", "echo", {"text": "ha", "times": 3}).results["said"] == "hahaha"


@pytest.mark.parametrize(
    ("action", "params"),
    [("nosuch", {}), ("echo", {}), ("echo", {"text": 1}), ("echo", {"text": "a", "times": 0})],
)
def test_actions_not_run(deployed: jubilant.Juju, action: str, params: dict[str, object]) -> None:
    """An action that is not declared, or not called as declared, does not reach the charm."""
    before = hooks(deployed, "tiny/0")
    with pytest.raises(ValueError, match="failed to schedule"):
        deployed.run("tiny/0", action, params)
    assert hooks(deployed, "tiny/0") == before


def test_failing_actions(deployed: jubilant.Juju) -> None:
    """An action fails with its message, a crashing one with its traceback."""
    with pytest.raises(jubilant.TaskError) as caught:
        deployed.run("tiny/0", "fail")
    assert (caught.value.task.message, caught.value.task.return_code) == ("on purpose", 0)
    with pytest.raises(jubilant.TaskError) as caught:
        deployed.run("tiny/0", "crash")
    assert "crashed on purpose" in caught.value.task.stderr


def test_hook_error(deployed: jubilant.Juju) -> None:
    """A failing hook puts the unit in error until it is told to try again."""
    deployed.config("tiny", {"broken": True})
    status = deployed.wait(lambda status: jubilant.any_error(status, "tiny"), delay=0.3)
    assert status.apps["tiny"].units["tiny/0"].workload_status.message == (
        'hook failed: "config-changed"'
    )
    assert "broken on purpose" in deployed.debug_log()
    deployed.config("tiny", {"broken": False})
    deployed.cli("resolved", "tiny/0")
    deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    assert hooks(deployed, "tiny/0")[-1] == "config_changed"


def test_check_failed_and_recovered(deployed: jubilant.Juju) -> None:
    """A check that goes down or up runs its hook."""
    of_httpd = "case $(cat $p/cmdline) in /bin/httpd*) echo ${p#/proc/};; esac"
    find = f"for p in /proc/[0-9]*; do {of_httpd}; done"
    (pid,) = deployed.ssh("tiny/0", find, container="web").split()
    deployed.ssh("tiny/0", "kill", "-STOP", pid, container="web")
    deployed.wait(lambda status: jubilant.all_maintenance(status, "tiny"), delay=0.3)
    deployed.ssh("tiny/0", "kill", "-CONT", pid, container="web")
    deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    seen = hooks(deployed, "tiny/0")
    assert seen[-2:] == ["web_pebble_check_failed", "web_pebble_check_recovered"]


def test_secret(deployed: jubilant.Juju) -> None:
    """An operator's secret is missing, then not granted, then read; a new revision runs a hook."""

    def said(word: str) -> None:
        deployed.wait(
            lambda status: (
                settled(status, "tiny") and word in status.apps["tiny"].app_status.message
            ),
            delay=0.3,
        )

    uri = deployed.add_secret("token", {"token": "one"})
    deployed.config("tiny", {"token": uri})
    said("not granted")
    deployed.grant_secret("token", "tiny")
    deployed.config("tiny", {"count": 1})
    said("one")
    deployed.update_secret(uri, {"token": "two"})
    said("two")
    assert "secret_changed" in hooks(deployed, "tiny/0")
    deployed.config("tiny", {"token": "secret:d0000000000000009999"})
    said("missing")
    deployed.config("tiny", reset="token")


def test_pod_deleted(deployed: jubilant.Juju) -> None:
    """A deleted pod comes back under its name with a new address, and with a fresh file system."""
    deployed.ssh("tiny/0", "echo x > /leftover", container="web")
    before = deployed.status().apps["tiny"].units["tiny/0"].address
    subprocess.run(
        ["kubectl", "delete", "pod", "tiny-0", "-n", str(deployed.model)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    status = deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    assert status.apps["tiny"].units["tiny/0"].address != before
    assert "leftover" not in deployed.ssh("tiny/0", "echo /*", container="web")
    replayed = ["stop", "upgrade_charm", "config_changed", "start", "web_pebble_ready"]
    assert hooks(deployed, "tiny/0")[-5:] == replayed


def test_refresh(deployed: jubilant.Juju, tiny: Tiny) -> None:
    """Another revision of the charm replaces the pod and counts up."""
    deployed.refresh("tiny", path=tiny.charm)
    status = deployed.wait(
        lambda status: settled(status, "tiny") and status.apps["tiny"].charm_rev == 1, delay=0.3
    )
    assert status.apps["tiny"].units["tiny/0"].is_active
    assert "upgrade_charm" in hooks(deployed, "tiny/0")


def test_pebble_killed(deployed: jubilant.Juju) -> None:
    """A container whose Pebble ends is started again, and the charm hears that it is ready."""
    before = hooks(deployed, "tiny/0").count("web_pebble_ready")
    deployed.ssh("tiny/0", "kill", "-TERM", "1", container="web")
    deployed.wait(
        lambda _: hooks(deployed, "tiny/0").count("web_pebble_ready") > before, delay=0.3
    )
    deployed.wait(lambda status: settled(status, "tiny"), delay=0.3)
    assert page(deployed, "tiny/0", "127.0.0.1") == "hello"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["deploy", "ghost"], "the rig has no Charmhub"),
        (["deploy", "/nowhere.charm"], "no charm was found"),
        (["integrate", "tiny", "ghost"], 'application "ghost" not found'),
        (["remove-unit", "tiny/0"], "--num-units"),
        (["offer", "tiny"], "is no command of the rig"),
        (["status", "--nosuch"], "unrecognized arguments"),
        (["show-unit", "tiny/7"], 'unit "tiny/7" not found'),
        (["ssh", "--container", "nosuch", "tiny/0", "true"], 'container "nosuch"'),
    ],
)
def test_refusals(deployed: jubilant.Juju, words: list[str], text: str) -> None:
    """What the rig does not have, or does not know, is an error that says so."""
    with pytest.raises(jubilant.CLIError) as caught:
        deployed.cli(*words)
    assert text in caught.value.stderr


def test_newer_pebble(monkeypatch: pytest.MonkeyPatch, juju: jubilant.Juju, tiny: Tiny) -> None:
    """A model can run its workloads on the Pebble of today's rocks as well."""
    monkeypatch.setenv("RIG_PEBBLE", str(pebble.binary(TOOLS, pebble.ROCK_S)))
    model = jubilant.Juju(wait_timeout=90)
    model.add_model(f"{juju.model}-whose-name-is-a-good-deal-longer")
    try:
        tiny.deploy(model)
        said = model.ssh("tiny/0", "/charm/bin/pebble version --client", container="web")
        assert said.strip() == f"v{pebble.ROCK_S}"
        assert page(model, "tiny/0", "127.0.0.1") == "hello"
    finally:
        model.destroy_model(str(model.model), force=True)
