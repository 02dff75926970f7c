"""Pebble may go away at any call: no traceback, no wrong status, nothing withdrawn."""

from __future__ import annotations

import builtins
import dataclasses
import http.client
import itertools
from collections.abc import Iterator
from typing import Any

import ops
import pytest
import scenario.mocking
from ops import testing
from surroundings import CONTAINER, EXAMPLES, RELATION, Running, given

from charm import SungrowEmulatorCharm

Context = testing.Context[SungrowEmulatorCharm]


AWAY = [
    ops.pebble.ConnectionError("connection refused"),
    ops.pebble.TimeoutError("timed out waiting for change 7 (30 seconds)"),
    ops.pebble.ProtocolError("expected Content-Type 'application/json', got 'text/html'"),
    http.client.RemoteDisconnected("Remote end closed connection without response"),
    http.client.IncompleteRead(b"{", 80),
    builtins.ConnectionResetError(104, "Connection reset by peer"),
    builtins.TimeoutError("timed out"),
]
"""How ops shows that Pebble is not there, hangs, or goes in the middle of an answer."""

REFUSED = ops.pebble.APIError({}, 500, "Internal Server Error", "no such thing")


def named(error: Exception) -> str:
    """Return the name of an error with its module, as test ids show it."""
    return f"{type(error).__module__}.{type(error).__name__}"


class Leaving:
    """A Pebble, or a process that it runs, that fails from the n-th call on."""

    def __init__(self, wrapped: Any, countdown: Iterator[int], error: Exception) -> None:
        self._wrapped = wrapped
        self._countdown = countdown
        self._error = error

    def __getattr__(self, name: str) -> Any:
        """Return what counts down before it does what is asked."""
        there = getattr(self._wrapped, name)
        if not callable(there):
            return there

        def call(*args: Any, **kwargs: Any) -> Any:
            if next(self._countdown) <= 0:
                raise self._error
            answer = there(*args, **kwargs)
            if name != "exec":
                return answer
            return Leaving(answer, self._countdown, self._error)

        return call


class Countdown:
    """Lets Pebble answer `calls` times, then fail; `used` is how often it was called."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, calls: int, error: Exception = AWAY[0]
    ) -> None:
        counter = itertools.count(calls, -1)
        self.used = 0

        def counting() -> Iterator[int]:
            for left in counter:
                self.used += 1
                yield left

        real = scenario.mocking._MockModelBackend.get_pebble
        countdown = counting()
        monkeypatch.setattr(
            scenario.mocking._MockModelBackend,
            "get_pebble",
            lambda backend, path: Leaving(real(backend, path), countdown, error),
        )


def calls_of(
    context: Context, monkeypatch: pytest.MonkeyPatch, event: Any, state: testing.State
) -> int:
    """Return how often an undisturbed dispatch calls Pebble."""
    with monkeypatch.context() as patch:
        countdown = Countdown(patch, 10_000)
        context.run(event, state)
    return countdown.used


def failing_at_each(
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    event: Any,
    state: testing.State,
    error: Exception,
) -> Iterator[testing.State]:
    """Dispatch once for every call of Pebble, with that one failing; yield the state after."""
    for calls in range(calls_of(context, monkeypatch, event, state)):
        with monkeypatch.context() as patch:
            Countdown(patch, calls, error)
            after = context.run(event, state)
        yield after


WAITING = testing.WaitingStatus("waiting for the workload container")


@pytest.mark.parametrize("error", AWAY, ids=named)
@pytest.mark.parametrize("config", [{}, {"modbus-port": 1502}], ids=["same", "changed"])
def test_reconcile(
    context: Context,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
    error: Exception,
) -> None:
    """Whichever call fails, and however, the charm waits and leaves the endpoints as they are."""
    state = context.run(context.on.pebble_ready(CONTAINER), given())
    published = state.get_relation(RELATION.id).local_unit_data
    state = dataclasses.replace(state, config=config)
    event, total = context.on.config_changed(), 0
    for after in failing_at_each(context, monkeypatch, event, state, error):
        assert after.unit_status == WAITING, total
        assert after.get_relation(RELATION.id).local_unit_data == published
        total += 1
    assert total > 5


@pytest.mark.parametrize("error", AWAY, ids=named)
def test_first_start(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Also before anything runs, a failing call only means waiting."""
    event = context.on.pebble_ready(CONTAINER)
    failing = failing_at_each(context, monkeypatch, event, given(), error)
    for calls, after in enumerate(failing):
        assert after.unit_status == WAITING, calls


@pytest.mark.parametrize("config", [{}, {"modbus-port": 1502}], ids=["same", "changed"])
def test_refusals(
    context: Context,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
) -> None:
    """Where Pebble answers with an error, that is said of the image only if it is about it."""
    state = context.run(context.on.pebble_ready(CONTAINER), given())
    published = state.get_relation(RELATION.id).local_unit_data
    state = dataclasses.replace(state, config=config)
    event = context.on.config_changed()
    seen: list[testing.StatusBase] = []
    for after in failing_at_each(context, monkeypatch, event, state, REFUSED):
        seen.append(after.unit_status)
        assert after.get_relation(RELATION.id).local_unit_data == published
    blocked = testing.BlockedStatus("emulator-image does not start: no such thing")
    assert [status for status, _ in itertools.groupby(seen)] == [WAITING, blocked, WAITING]


def test_bad_configuration(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the operator has to change is said before what comes by itself."""
    state = dataclasses.replace(given(), config={"modbus-port": 0})
    with monkeypatch.context() as patch:
        Countdown(patch, 0)
        after = context.run(context.on.config_changed(), state)
    assert after.unit_status == testing.BlockedStatus("modbus-port=0: must be 1 to 65535")


@pytest.mark.parametrize("name", EXAMPLES)
def test_actions(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An action either fails with one sentence before it did anything, or has done it."""
    state = context.run(context.on.pebble_ready(CONTAINER), given())
    published = state.get_relation(RELATION.id).local_unit_data
    action = context.on.action(name, params=EXAMPLES[name])
    total = calls_of(context, monkeypatch, action, state)
    running.reset()
    untouched, done = running.state(), False
    for calls in range(total):
        with monkeypatch.context() as patch:
            Countdown(patch, calls, AWAY[calls % len(AWAY)])
            try:
                after = context.run(action, state)
            except testing.ActionFailed as failed:
                after, message = failed.state, failed.message
            else:
                done, message = True, ""
        if message:
            assert not done
            assert message.startswith("the workload container does not answer")
            assert running.state() == untouched
        else:
            assert context.action_results
        assert after.unit_status == WAITING, calls
        assert after.get_relation(RELATION.id).local_unit_data == published
    assert done


@pytest.mark.parametrize("event", ["stop", "remove"])
def test_departure(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """On its way out the charm does not ask Pebble anything."""
    state = context.run(context.on.pebble_ready(CONTAINER), given())
    countdown = Countdown(monkeypatch, 0)
    after = context.run(getattr(context.on, event)(), state)
    assert countdown.used == 0
    assert after.unit_status == state.unit_status


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ops.pebble.APIError(
                {}, 500, "Internal Server Error", 'cannot find executable "setpriv"'
            ),
            'cannot find executable "setpriv"',
        ),
        (
            ops.pebble.PathError("generic-file-error", "read-only file system"),
            "generic-file-error - read-only file system",
        ),
    ],
)
def test_other_errors(
    context: Context,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    said: str,
) -> None:
    """An error that Pebble reports means that the image is not what it should be."""

    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("scenario.mocking._MockPebbleClient.exec", refuse)
    state = context.run(context.on.pebble_ready(CONTAINER), given())
    assert state.unit_status == testing.BlockedStatus(f"emulator-image does not start: {said}")
