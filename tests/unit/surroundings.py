"""What surrounds the charm in its tests: a real emulator behind its API, and Juju's state."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import yaml
from ops import testing

from charm import SungrowEmulatorCharm
from sungrow_emulator.answers import StateAnswer
from sungrow_emulator.config import Config
from sungrow_emulator.control.server import ControlServer
from sungrow_emulator.emulator import Emulator

ROOT = Path(__file__).parents[2]
FQDN = "emu-0.emu-endpoints.solar.svc.cluster.local"
NOON = "2026-06-21T11:00:00Z"

Answer = TypeVar("Answer")


EXAMPLES: dict[str, dict[str, Any]] = {
    "set-fault": {"fault": "grid-lost"},
    "clear-fault": {},
    "set-power": {"watts": 1000},
    "release-power": {},
    "set-battery": {"soc": 50},
    "set-clock": {"frozen": True},
    "get-status": {},
    "get-connection-info": {},
    "read-registers": {"address": 5000},
    "write-register": {"address": 13059, "value": 500},
    "reset": {},
}
"""Every action with parameters that work on an emulator as right after its start."""


class Running:
    """A real emulator and its control API on free ports, in a thread with a loop of its own."""

    def __init__(self, token: str = "", **options: Any) -> None:
        ports = dict.fromkeys(("modbus_port", "winet_http_port", "winet_ws_port"), 0)
        config = Config(
            **{**ports, "winet_tls_port": 0, "encryption": "key", "start": NOON, "freeze": True}
            | options
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._emulator = Emulator(config)
        self._control = ControlServer(self._emulator, "127.0.0.1", 0, token)

    @property
    def url(self) -> str:
        """Where the control API answers."""
        return self._control.url

    def ask(self, question: Callable[[Emulator], Answer]) -> Answer:
        """Put a question to the emulator on its own loop, where nothing else happens meanwhile."""

        async def answer() -> Answer:
            return question(self._emulator)

        return self._call(answer())

    def state(self) -> StateAnswer:
        """Return the whole emulator."""
        return self.ask(lambda emulator: emulator.state())

    def reset(self) -> None:
        """Go back to right after the start."""
        self.ask(lambda emulator: emulator.reset())

    def pin(self, table: str, address: int, word: int) -> None:
        """Lay a word over a register of the inverter."""
        self.ask(lambda emulator: emulator.pin("", table, address, [word]))

    def _call(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> None:
        await self._emulator.start()
        await self._control.start()
        await self._control.loaded()

    async def _stop(self) -> None:
        await asyncio.gather(self._control.stop(), self._emulator.stop())

    def __enter__(self) -> Self:
        """Open the doors and the API."""
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them and end the thread."""
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Odd(HTTPServer):
    """Something else than an emulator: answers every request alike."""

    status = 200
    body = b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Odd

    def do_GET(self) -> None:
        """Answer as the test says."""
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def emulator_check(environment: Mapping[str, str]) -> testing.Exec:
    """Return what `serve --check` of the real emulator does with an environment."""
    done = subprocess.run(
        [sys.executable, "-m", "sungrow_emulator", "serve", "--check"],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return testing.Exec(
        ["setpriv"], return_code=done.returncode, stdout=done.stdout, stderr=done.stderr
    )


ACCEPTED = testing.Exec(["setpriv"], stdout="ok: SH10RT as hybrid-rt/lan/pre-2024-11")
CONTAINER = testing.Container("emulator", can_connect=True, execs={ACCEPTED})
RELATION = testing.Relation("inverter", interface="sungrow_inverter")
MODEL = testing.Model(name="solar", type="kubernetes")


def new_context(
    *, unit: int = 0, fault_type: str = "string"
) -> testing.Context[SungrowEmulatorCharm]:
    """Return a context for a unit of the application `emu`.

    Juju lets a fault be a string or an integer; `ops.testing` knows parameters of one type only.
    """
    charmcraft = yaml.safe_load((ROOT / "charmcraft.yaml").read_text("utf-8"))
    actions, config = charmcraft.pop("actions"), charmcraft.pop("config")
    for name in ("set-fault", "clear-fault"):
        actions[name]["params"]["fault"]["type"] = fault_type
    return testing.Context(
        SungrowEmulatorCharm,
        charmcraft,
        actions=actions,
        config=config,
        app_name="emu",
        unit_id=unit,
    )


def given(container: testing.Container = CONTAINER, **parts: Any) -> testing.State:
    """Return a state with the container and one relation."""
    return testing.State(
        **{"containers": {container}, "relations": {RELATION}, "model": MODEL, **parts}
    )


def with_exec(container: testing.Container, result: testing.Exec) -> testing.Container:
    """Return the container with another result of `serve --check`."""
    return dataclasses.replace(container, execs={result})


def endpoints(state: testing.State) -> dict[str, tuple[str, int]]:
    """Return what is published: host and port by connection type."""
    text = state.get_relation(RELATION.id).local_unit_data.get("endpoints", "[]")
    return {e["connection_type"]: (e["host"], e["port"]) for e in json.loads(text)}


def environment(state: testing.State) -> dict[str, str]:
    """Return the environment of the service in the plan."""
    return state.get_container("emulator").plan.services["emulator"].environment


def started(context: testing.Context[SungrowEmulatorCharm], **parts: object) -> testing.State:
    """Return the state after pebble-ready."""
    return context.run(context.on.pebble_ready(CONTAINER), given(**parts))


def judged(context: testing.Context[SungrowEmulatorCharm], state: testing.State) -> testing.State:
    """Return the state with what the real emulator says of the environment that it gets there."""
    context.exec_history.clear()
    accepting = dataclasses.replace(state.get_container("emulator"), execs=CONTAINER.execs)
    tried = dataclasses.replace(state, containers={accepting})
    context.run(context.on.config_changed(), tried)
    (call,) = context.exec_history["emulator"]
    container = with_exec(accepting, emulator_check(call.environment))
    return dataclasses.replace(state, containers={container})
