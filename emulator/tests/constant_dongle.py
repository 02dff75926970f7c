"""Serves an emulated dongle and, on the same loop and stack, one that answers constant bytes.

Run as a program it prints the ports of both as JSON, then reads how long the constant answers
of HTTP and WebSocket are to be, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.servers.loop import new_event_loop
from sungrow_emulator.servers.winet import WinetPorts, WinetServer


@dataclass
class Page:
    """The one answer to every HTTP request."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"


class ConstantDongle:
    """A dongle, and its only session, that look at nothing."""

    def __init__(self) -> None:
        self.page = Page()
        self.answers: Sequence[str] = ()

    def http(self, _method: str, _path: str, _query: str, _body: bytes) -> Page:
        """Return the constant page."""
        return self.page

    def open(self, _now: float, _peer: str, _local: str) -> ConstantDongle:
        """Return the constant session."""
        return self

    def receive(self, _text: str) -> Sequence[str]:
        """Return the constant answer."""
        return self.answers

    def close(self) -> None:
        """Keep nothing."""

    def due(self, _now: float) -> Iterable[tuple[ConstantDongle, str]]:
        """Say nothing unasked."""
        return ()


async def serve() -> None:
    """Serve both until standard input ends."""
    options = {"model": "SH10RT", "modbus_port": 0, "winet_http_port": 0, "winet_ws_port": 0}
    real = Emulator(Config.from_mapping(options))
    dongle = ConstantDongle()
    constant = WinetServer(dongle, ports=WinetPorts(http=0, ws=0))
    await real.start()
    await constant.start()
    ports = {door.kind: door.port for door in real.state().doors}
    ours, theirs = (
        (ports["winet-http"], ports["winet-ws"]),
        (constant.ports.http, constant.ports.ws),
    )
    print(json.dumps([ours, theirs]), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        body, message = json.loads(line)
        dongle.page.body = b"x" * body
        dongle.answers = ("x" * message,)
    await constant.stop()
    await real.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve())
