"""The exposed control API and its token, which only the operator's secret holds."""

from __future__ import annotations

import jubilant
import pytest

from .helpers import Collector, Emulator, eventually, wait_active, wait_status

FIRST, SECOND = "first-token-of-the-test", "second-token-of-the-test"
# Asks from another pod; prints the HTTP status, or `closed`.
ASK = """
import urllib.error, urllib.request
request = urllib.request.Request("http://{host}:8099/api/v1/state", headers={headers})
try:
    print(urllib.request.urlopen(request, timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError:
    print("closed")
"""


@pytest.fixture
def secret(juju: jubilant.Juju) -> str:
    """Return a secret of the operator that holds the first token, granted to nobody."""
    return juju.add_secret("emulator-token", {"token": FIRST})


def _answer(emulator: Emulator, collector: Collector, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return collector.python(ASK.format(host=emulator.fqdn(), headers=headers)).strip()


def test_token(juju: jubilant.Juju, emulator: Emulator, collector: Collector, secret: str) -> None:
    """Exposed only with a granted token; the token can be rotated and taken away again."""
    pid = emulator.pid()
    assert _answer(emulator, collector, FIRST) == "closed"

    emulator.configure(expose_control=True)
    message = wait_status(juju, emulator.unit(), "blocked")
    assert message.startswith("expose-control needs control-token: juju add-secret")
    assert _answer(emulator, collector, FIRST) == "closed"

    emulator.configure(control_token=secret)
    eventually(lambda: "grant" in emulator.message() and "needs" not in emulator.message())
    assert wait_status(juju, emulator.unit(), "blocked").startswith("control-token")
    assert emulator.pid() == pid

    juju.grant_secret(secret, emulator.app)
    # Juju tells a charm of a grant with its next event at the latest.
    emulator.configure(log_level="warning")
    wait_active(juju, emulator.app)
    eventually(lambda: _answer(emulator, collector, FIRST) == "200")
    assert _answer(emulator, collector) == "401"
    assert _answer(emulator, collector, SECOND) == "401"
    assert "8099/tcp" in emulator.opened_ports()
    assert emulator.act("get-status")["model"] == "SH10RT"
    assert FIRST not in emulator.plan()
    assert FIRST not in str(emulator.act("get-connection-info"))

    juju.update_secret(secret, {"token": SECOND})
    eventually(lambda: _answer(emulator, collector, SECOND) == "200")
    assert _answer(emulator, collector, FIRST) == "401"
    assert emulator.act("get-status")["model"] == "SH10RT"

    emulator.configure(expose_control=None, control_token=None, log_level=None)
    eventually(lambda: _answer(emulator, collector, SECOND) == "closed")
    wait_active(juju, emulator.app)
    assert "8099/tcp" not in emulator.opened_ports()
    assert collector.collect()["model"] == "SH10RT"
