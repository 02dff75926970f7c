"""A dongle's WebSocket and getParam beside constant bytes on the same server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

from benchmarks import load
from benchmarks.contest import Contest, Entry, Row
from benchmarks.generator import Target
from benchmarks.servers import processes

SERVICES = ("ping", "state")
_PARAMETERS = (
    "/device/getParam?dev_id=1&dev_type=35&dev_code=3587&type=3&param_addr=13000"
    "&param_num=100&param_type=0&token={token}&lang=en_us&time123456=1"
)


def web(contest: Contest, core: int) -> Iterator[Row]:
    """Measure a read of 100 registers by HTTP, and two services of the WebSocket."""
    with processes.started(processes.dongles(), core) as both:
        ours, constant = json.loads(both.line)
        pid = both.process.pid
        greeting = json.loads(_message(ours[1], _text("connect", "")))
        token = str(greeting["result_data"]["token"])
        target = _PARAMETERS.format(token=token)
        _set_constant(both, len(_page(ours[0], target)[1]), 0)
        pages = {
            name: Entry(Target(pid, port), load.page(target, sum(map(len, _page(port, target)))))
            for name, port in (("emulator", ours[0]), ("constant", constant[0]))
        }
        yield from contest.hold("getParam", pages)
        for service in SERVICES:
            text = _text(service, token)
            size = len(_message(ours[1], text))
            _set_constant(both, 0, size)
            answer_size = size + (2 if size < 126 else 4)
            messages = {
                name: Entry(Target(pid, port), load.message(text, answer_size))
                for name, port in (("emulator", ours[1]), ("constant", constant[1]))
            }
            yield from contest.hold(service, messages)


def _text(service: str, token: str) -> str:
    return json.dumps({"lang": "en_us", "service": service, "token": token})


def _set_constant(both: processes.Started, body: int, message: int) -> None:
    """Tell the constant dongle how long its answers are, and let it take note."""
    assert both.process.stdin is not None
    both.process.stdin.write(f"[{body}, {message}]\n")
    both.process.stdin.flush()
    both.settle()


def _page(port: int, target: str) -> tuple[bytes, bytes]:
    """Return head, with the empty line, and body of a page."""
    with socket.create_connection(("127.0.0.1", port), 10) as one, one.makefile("rb") as file:
        one.sendall(load.get(target))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += file.readline()
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        return head, file.read(int(length))


def _message(port: int, text: str) -> bytes:
    """Return the payload of the first message that answers one of ours."""
    with socket.create_connection(("127.0.0.1", port), 10) as one, one.makefile("rb") as file:
        one.sendall(load.UPGRADE)
        while file.readline() != b"\r\n":
            pass
        one.sendall(load.frame(text))
        length = file.read(2)[1]
        if length == 126:
            length = int.from_bytes(file.read(2), "big")
        return file.read(length)
