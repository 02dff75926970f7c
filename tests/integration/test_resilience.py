"""What happens to pods, processes, charms and relations, and what stays."""

from __future__ import annotations

import jubilant

from .helpers import (
    DEPLOYED,
    EMULATOR,
    TESTER,
    Artefacts,
    Collector,
    Emulator,
    delete_pod,
    eventually,
    wait_active,
    wait_status,
)


def test_stopped_process(juju: jubilant.Juju, emulator: Emulator, collector: Collector) -> None:
    """An emulator that hangs is shown and not restarted; when it goes on, so does the unit."""
    pid, published = emulator.pid(), collector.published()
    emulator.act("set-power", watts=2222)
    emulator.signal("SIGSTOP")
    try:
        assert "emulator" in wait_status(juju, emulator.unit(), "maintenance")
        assert collector.published() == published
    finally:
        emulator.signal("SIGCONT")
    wait_active(juju, emulator.app)
    assert emulator.message() == "simulating: 2222 W"
    assert emulator.pid() == pid
    assert collector.published() == published


def test_killed_process(juju: jubilant.Juju, emulator: Emulator, collector: Collector) -> None:
    """Pebble starts an emulator that died; its endpoints stay, what was set is gone.

    Nobody tells the charm, so the message is of before until the next update-status.
    """
    pid, published = emulator.pid(), collector.published()
    emulator.act("set-power", watts=2222)
    emulator.signal("SIGKILL")
    assert eventually(lambda: _running(emulator)) != pid
    assert collector.published() == published
    juju.model_config({"update-status-hook-interval": "1m"})
    try:
        assert eventually(lambda: emulator.message() == "")
    finally:
        juju.model_config(reset="update-status-hook-interval")
    wait_active(juju, emulator.app)
    assert eventually(lambda: _overrides(emulator)) == "{}"
    assert collector.collect()["model"] == "SH10RT"
    assert collector.published() == published


def test_pod_churn(juju: jubilant.Juju, emulator: Emulator, collector: Collector) -> None:
    """A pod that is deleted comes back as the same inverter under the same name."""
    published, serial = collector.published(), emulator.act("get-status")["serial-number"]
    emulator.act("set-fault", fault="grid-overvoltage")
    delete_pod(juju, emulator.unit())
    assert eventually(lambda: _overrides(emulator), DEPLOYED) == "{}"
    wait_active(juju, emulator.app, timeout=DEPLOYED)
    status = emulator.act("get-status")
    assert (status["serial-number"], status["faults"]) == (serial, "[]")
    assert collector.published() == published
    assert eventually(lambda: emulator.message() == "")
    assert collector.collect("http")["model"] == "SH10RT"


def test_pod_churn_of_the_collector(
    juju: jubilant.Juju, emulator: Emulator, collector: Collector
) -> None:
    """The collector finds its inverter again after its own pod was deleted."""
    delete_pod(juju, f"{TESTER}/0")
    wait_active(juju, TESTER, timeout=DEPLOYED)
    assert eventually(lambda: _collected(collector), DEPLOYED)["host"] == emulator.fqdn()


def test_refresh(
    juju: jubilant.Juju, artefacts: Artefacts, emulator: Emulator, collector: Collector
) -> None:
    """A refresh of charm and image brings a new revision, and the same inverter at its place."""
    published = collector.published()
    emulator.act("set-power", watts=777)
    revision = juju.status().apps[EMULATOR].charm_rev
    juju.refresh(
        EMULATOR,
        path=artefacts.charm,
        resources={"emulator-image": artefacts.next_image},
    )
    eventually(lambda: juju.status().apps[EMULATOR].charm_rev != revision)
    wait_active(juju, EMULATOR, timeout=DEPLOYED)
    assert eventually(lambda: _overrides(emulator), DEPLOYED) == "{}"
    assert collector.published() == published
    assert eventually(lambda: _collected(collector), DEPLOYED)["model"] == "SH10RT"


def test_relation_removed(juju: jubilant.Juju, emulator: Emulator, collector: Collector) -> None:
    """Without the relation the collector is blocked; integrated again, it collects again."""
    juju.remove_relation(f"{TESTER}:inverter", f"{EMULATOR}:inverter")
    assert wait_status(juju, f"{TESTER}/0", "blocked") == "integrate with an inverter"
    assert eventually(lambda: not collector.published())
    wait_active(juju, EMULATOR)
    juju.integrate(f"{TESTER}:inverter", f"{EMULATOR}:inverter")
    wait_active(juju, TESTER, EMULATOR)
    assert collector.collect()["host"] == emulator.fqdn()


def test_application_removed(
    juju: jubilant.Juju, emulator: Emulator, collector: Collector
) -> None:
    """The application goes without an error, and the collector notices."""
    assert emulator.unit() in collector.published()
    juju.remove_application(EMULATOR)
    juju.wait(
        lambda status: EMULATOR not in status.apps, error=jubilant.any_error, timeout=DEPLOYED
    )
    assert wait_status(juju, f"{TESTER}/0", "blocked") == "integrate with an inverter"


def _running(emulator: Emulator) -> int:
    """Return the emulator's process, 0 while there is none."""
    try:
        return emulator.pid()
    except ValueError:
        return 0


def _overrides(emulator: Emulator) -> str:
    """Return what is held, empty while the emulator does not answer."""
    try:
        return emulator.act("get-status")["overrides"]
    except (jubilant.TaskError, jubilant.CLIError, ValueError, TimeoutError):
        return ""


def _collected(collector: Collector) -> dict[str, str]:
    """Return what the collector read, nothing while it or the inverter is away."""
    try:
        return collector.collect()
    except (jubilant.TaskError, jubilant.CLIError, ValueError, TimeoutError):
        return {}
