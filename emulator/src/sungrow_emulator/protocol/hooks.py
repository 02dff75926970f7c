"""Seams at which others watch or change what a door answers; nobody there costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end of a connection.

    Attributes:
        number: how many connections the door had accepted, this one included.
        host: address of the peer; empty where there is no socket.
    """

    number: int = 0
    host: str = ""


class Trace(Protocol):
    """Learns of each exchange after it was answered."""

    def __call__(self, client: Client, request: bytes, reply: bytes, encrypted: bool) -> None:
        """Take both frames in clear; the reply is empty where there was none."""
        ...


class FrameFilter(Protocol):
    """Decides what goes out instead of an honest reply."""

    def __call__(
        self, client: Client, request: bytes, reply: bytes, delay: float
    ) -> Iterable[tuple[float, bytes]]:
        """Return frames to send, in order, each with its delay from now in seconds.

        `request` and `reply` are in clear (encryption follows); the reply is empty where the
        device stays silent. A frame that is held back may be returned at a later call.
        """
        ...
