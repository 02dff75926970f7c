"""The hooks as others implement them."""

from __future__ import annotations

from collections.abc import Iterable

from sungrow_emulator.protocol.hooks import Client, FrameFilter, Trace


class Recorder:
    """Keeps each exchange."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, bytes, bytes, bool]] = []

    def __call__(self, client: Client, request: bytes, reply: bytes, encrypted: bool) -> None:
        self.seen.append((client.number, request, reply, encrypted))


def drop(
    client: Client, request: bytes, reply: bytes, delay: float
) -> Iterable[tuple[float, bytes]]:
    """Let nothing out."""
    return ()


def test_plain_callables_are_hooks() -> None:
    """A function or an object with the right signature will do."""
    recorder = Recorder()
    trace: Trace = recorder
    frame_filter: FrameFilter = drop
    trace(Client(3, "127.0.0.1"), b"ask", b"tell", False)
    assert recorder.seen == [(3, b"ask", b"tell", False)]
    assert frame_filter(Client(), b"ask", b"tell", 0.0) == ()


def test_a_client_without_a_socket_has_no_number() -> None:
    """In-memory connections have a default client."""
    assert Client() == Client(number=0, host="")
