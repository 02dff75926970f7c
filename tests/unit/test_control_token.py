"""The control API beyond the pod: exposed only with the operator's secret."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ops
import pytest
from ops import testing
from surroundings import CONTAINER, Running, given

import emulator
from charm import SungrowEmulatorCharm

Context = testing.Context[SungrowEmulatorCharm]
FIRST, SECOND = {"token": "open-sesame"}, {"token": "abracadabra"}


def exposing(secret: testing.Secret, **parts: Any) -> testing.State:
    """Return a state that exposes the control API with a secret."""
    config = {"expose-control": True, "control-token": secret.id}
    return given(config=config, secrets={secret}, **parts)


def variables(state: testing.State) -> dict[str, str]:
    """Return the environment of the service."""
    return state.get_container("emulator").plan.services["emulator"].environment


def token_file(context: Context, state: testing.State) -> Path:
    """Return the file in which the workload finds its token."""
    root = Path(state.get_container("emulator").get_filesystem(context))
    return root / emulator.TOKEN_FILE.lstrip("/")


def test_exposed(context: Context, start: Callable[..., Running]) -> None:
    """With a granted secret the API is open: a file for the token, its hash, and the port."""
    start(token=FIRST["token"])
    state = context.run(context.on.pebble_ready(CONTAINER), exposing(testing.Secret(FIRST)))
    assert state.unit_status == testing.ActiveStatus()
    assert 8099 in {port.port for port in state.opened_ports}
    file = token_file(context, state)
    assert file.read_text() == FIRST["token"]
    assert file.stat().st_mode & 0o777 == 0o600
    environment = variables(state)
    assert environment["SUNGROW_EMULATOR_CONTROL_HOST"] == "0.0.0.0"
    assert environment["SUNGROW_EMULATOR_CONTROL_TOKEN_FILE"] == emulator.TOKEN_FILE
    digest = hashlib.sha256(FIRST["token"].encode()).hexdigest()
    assert environment["SUNGROW_EMULATOR_CONTROL_TOKEN_SHA256"] == digest
    assert FIRST["token"] not in str(state.get_container("emulator").plan)
    (call,) = context.exec_history["emulator"]
    assert not [name for name in call.environment if "CONTROL" in name]


def test_action_shows_the_token(
    context: Context, start: Callable[..., Running], tmp_path: Path
) -> None:
    """An action gets in with the token that the emulator was started with."""
    start(token=FIRST["token"])
    (tmp_path / "control-token").write_text(FIRST["token"])
    mount = testing.Mount(location=str(Path(emulator.TOKEN_FILE).parent), source=tmp_path)
    container = dataclasses.replace(CONTAINER, mounts={"run": mount})
    state = exposing(testing.Secret(FIRST), containers={container})
    context.run(context.on.action("get-status"), state)
    assert (context.action_results or {})["model"] == "SH10RT"


def test_action_without_the_token(context: Context, start: Callable[..., Running]) -> None:
    """An emulator that wants a token which the charm does not have refuses the action."""
    start(token=FIRST["token"])
    with pytest.raises(
        testing.ActionFailed, match="runs with another control-token; restart its pod"
    ):
        context.run(context.on.action("get-status"), given())


def test_rotated(context: Context, start: Callable[..., Running]) -> None:
    """A new revision of the secret reaches the workload and restarts it."""
    start(token=SECOND["token"])
    secret = testing.Secret(FIRST, latest_content=SECOND)
    before = context.run(context.on.pebble_ready(CONTAINER), exposing(testing.Secret(FIRST)))
    state = context.run(context.on.secret_changed(secret), exposing(secret))
    assert token_file(context, state).read_text() == SECOND["token"]
    name = "SUNGROW_EMULATOR_CONTROL_TOKEN_SHA256"
    assert variables(state)[name] != variables(before)[name]


def test_taken_back(context: Context, running: Running) -> None:
    """An API that is not exposed any more loses port and token."""
    state = context.run(context.on.pebble_ready(CONTAINER), exposing(testing.Secret(FIRST)))
    closed = context.run(context.on.config_changed(), dataclasses.replace(state, config={}))
    assert 8099 not in {port.port for port in closed.opened_ports}
    assert not [name for name in variables(closed) if "TOKEN" in name]
    assert not token_file(context, closed).exists()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "expose-control needs control-token: juju add-secret …, juju grant-secret …"),
        (
            {"control-token": "secret:9m4e2mr0ui3e8a215n4g"},
            "control-token: there is no such secret",
        ),
    ],
)
def test_missing(context: Context, running: Running, config: dict[str, str], said: str) -> None:
    """Without a secret nothing is exposed, and the status says what to do."""
    state = context.run(
        context.on.pebble_ready(CONTAINER), given(config={"expose-control": True, **config})
    )
    assert state.unit_status == testing.BlockedStatus(said)
    assert state.get_container("emulator").plan.services == {}


@pytest.mark.parametrize(
    "content", [{"password": "x"}, {"token": " "}, {"token": "two words"}, {"token": "café"}]
)
def test_unusable(context: Context, running: Running, content: dict[str, str]) -> None:
    """A secret that holds no token that a header can carry is refused."""
    state = context.run(context.on.pebble_ready(CONTAINER), exposing(testing.Secret(content)))
    assert state.unit_status == testing.BlockedStatus(
        "control-token: its key token must hold one word of printable ASCII"
    )


def test_not_granted(context: Context, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that Juju does not let the charm read is one to be granted."""

    def denied(*_: Any, **__: Any) -> dict[str, str]:
        raise ops.ModelError("ERROR permission denied")

    monkeypatch.setattr("scenario.mocking._MockModelBackend.secret_get", denied)
    state = context.run(context.on.pebble_ready(CONTAINER), exposing(testing.Secret(FIRST)))
    assert state.unit_status == testing.BlockedStatus(
        "control-token is not granted: juju grant-secret … emu"
    )
