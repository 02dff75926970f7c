"""Units meet, talk and part on the rig in Juju's order."""

from __future__ import annotations

import jubilant
import pytest
from rig.tiny import Tiny, settled

MANY = 5


@pytest.fixture(scope="module")
def related(juju: jubilant.Juju, tiny: Tiny) -> jubilant.Juju:
    """A model in which `asker` is related to `teller`."""
    tiny.deploy(juju, "teller")
    tiny.deploy(juju, "asker")
    juju.integrate("asker:client", "teller:server")
    return juju


def fqdn(juju: jubilant.Juju, app: str, number: int) -> str:
    """Return the name that the cluster gives to a unit's pod."""
    return f"{app}-{number}.{app}-endpoints.{juju.model}.svc.cluster.local"


def heard(juju: jubilant.Juju, *hosts: str) -> None:
    """Wait until `asker` has heard of exactly these hosts."""
    juju.wait(
        lambda status: (
            settled(status) and status.apps["asker"].app_status.message == " ".join(hosts)
        ),
        delay=0.3,
    )


def meetings(juju: jubilant.Juju, unit: str) -> list[str]:
    """Return a unit's relation events so far, in their order."""
    tag, marker = f"unit-{unit.replace('/', '-')}:", "Emitting Juju event "
    found = [
        line.partition(marker)[2].rstrip(".")
        for line in juju.debug_log().splitlines()
        if line.startswith(tag) and marker in line
    ]
    return [name for name in found if "_relation_" in name]


def test_integrate(related: jubilant.Juju) -> None:
    """What one end writes, the other reads; its hooks are created, joined, changed."""
    heard(related, fqdn(related, "teller", 0))
    told = [f"client_relation_{kind}" for kind in ("created", "joined", "changed")]
    assert meetings(related, "asker/0")[:3] == told
    (info,) = related.show_unit("asker/0").relation_info
    data = info.related_units["teller/0"].data
    assert data["host"] == fqdn(related, "teller", 0)
    assert data["ingress-address"] == related.status().apps["teller"].units["teller/0"].address
    assert related.status().apps["asker"].relations["client"][0].related_app == "teller"


def test_pods_reach_each_other(related: jubilant.Juju) -> None:
    """A pod connects to a privileged port of another by its full name."""
    code = f"import socket; socket.create_connection(('{fqdn(related, 'teller', 0)}', 502), 5)"
    assert related.exec("python3", "-c", code, unit="asker/0").success


def test_limit(related: jubilant.Juju, tiny: Tiny) -> None:
    """An endpoint takes no more relations than it declares, and none twice."""
    with pytest.raises(jubilant.CLIError) as caught:
        related.integrate("asker:client", "teller:server")
    assert "already exists" in caught.value.stderr
    related.deploy(tiny.charm, "second", resources={"web-image": f"oci-archive:{tiny.image}"})
    with pytest.raises(jubilant.CLIError) as caught:
        related.integrate("asker:client", "second:server")
    assert "relation limit of 1" in caught.value.stderr
    with pytest.raises(jubilant.CLIError) as caught:
        related.integrate("second", "teller")
    assert "ambiguous relation" in caught.value.stderr
    related.remove_application("second")
    related.wait(lambda status: "second" not in status.apps, delay=0.3)


def test_scaling(related: jubilant.Juju) -> None:
    """Units that come are met, and those that go depart; the highest number goes first."""
    hosts = [fqdn(related, "teller", number) for number in range(3)]
    related.add_unit("teller", num_units=2)
    heard(related, *hosts)
    related.remove_unit("teller", num_units=1)
    heard(related, *hosts[:2])
    related.cli("scale-application", "teller", "1")
    heard(related, hosts[0])
    related.wait(lambda status: list(status.apps["teller"].units) == ["teller/0"], delay=0.3)
    assert meetings(related, "asker/0").count("client_relation_departed") == 2
    gone = [f"server_relation_{kind}" for kind in ("departed", "broken")]
    assert meetings(related, "teller/2")[-2:] == gone


def test_many_at_once(related: jubilant.Juju) -> None:
    """Units that come and go at the same time have distinct addresses and know each other's."""
    hosts = [fqdn(related, "teller", number) for number in range(MANY)]
    related.add_unit("teller", num_units=MANY - 1)
    heard(related, *hosts)
    assert not jubilant.any_error(related.status())
    units = related.status().apps["teller"].units.values()
    addresses = {unit.address for unit in units}
    assert len(addresses) == MANY
    for number in range(MANY):
        known = related.ssh(f"teller/{number}", "cat", "/etc/hosts")
        assert all(f"{host}\n" in known or f"{host} " in known for host in hosts)
    related.remove_unit("teller", num_units=MANY - 1)
    heard(related, hosts[0])
    related.wait(lambda status: list(status.apps["teller"].units) == ["teller/0"], delay=0.3)
    assert not jubilant.any_error(related.status())


def test_remove_relation(related: jubilant.Juju) -> None:
    """A relation that is removed ends with departed and broken, and is gone."""
    related.remove_relation("asker:client", "teller:server")
    heard(related, "")
    gone = [f"client_relation_{kind}" for kind in ("departed", "broken")]
    assert meetings(related, "asker/0")[-2:] == gone
    assert related.show_unit("asker/0").relation_info == []


def test_remove_application(related: jubilant.Juju) -> None:
    """An application that is removed leaves its relation first, then stops."""
    related.integrate("asker:client", "teller:server")
    heard(related, fqdn(related, "teller", 0))
    related.remove_application("teller")
    related.wait(lambda status: list(status.apps) == ["asker"] and settled(status), delay=0.3)
    log = related.debug_log()
    events = [
        line.partition("Emitting Juju event ")[2].rstrip(".")
        for line in log.splitlines()
        if line.startswith("unit-teller-0:") and "Emitting" in line
    ]
    ending = ["server_relation_departed", "server_relation_broken", "stop", "remove"]
    assert events[-4:] == ending
