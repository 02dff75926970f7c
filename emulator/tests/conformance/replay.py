"""A small Modbus TCP client on a bare socket, and the request lists it replays."""

from __future__ import annotations

import socket
import struct
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FILE = Path(__file__).with_name("replay.toml")
FUNCTIONS = {"input": 4, "holding": 3}


class RefusedError(Exception):
    """The device answered with an exception; `code` tells which."""

    def __init__(self, code: int) -> None:
        """Keep the exception code."""
        super().__init__(f"exception {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One read: table, wire address and count."""

    table: str
    address: int
    count: int

    def __str__(self) -> str:
        """Return it in the notation of the request lists."""
        return f"{FUNCTIONS[self.table]}:{self.address}:{self.count}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A client that is replayed.

    Attributes:
        name: what its users call it.
        version: the version the list was measured on.
        models: the models it is replayed against.
        requests: its reads in order.
        text: reads whose bytes must be UTF-8.
        together: reads that must all be answered or all be refused.
        refused: reads that a model's usual path is known to refuse, by model.
        writes: (wire address, value) of function 6.
        text_on: the models whose texts are looked at; empty = all.
    """

    name: str
    version: str
    models: tuple[str, ...]
    requests: tuple[Request, ...]
    text: frozenset[Request]
    together: frozenset[Request]
    refused: Mapping[str, frozenset[Request]]
    writes: tuple[tuple[int, int], ...]
    text_on: tuple[str, ...]


class RawClient:
    """Sends reads and writes one after the other and checks every byte of the answers."""

    def __init__(self, host: str, port: int, timeout: float = 5.0) -> None:
        """Connect."""
        self._socket = socket.create_connection((host, port), timeout)
        self._transaction = 0

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._socket.close()

    def read(self, request: Request, unit: int = 1) -> bytes:
        """Return the bytes of a read.

        Raises:
            RefusedError: the answer is an exception.
            ValueError: the answer does not belong to the request or has another length.
        """
        function = FUNCTIONS[request.table]
        pdu = self._ask(unit, struct.pack(">BHH", function, request.address, request.count))
        # A padded firmware frame carries more than its byte count says; clients take the count.
        if pdu[1] != 2 * request.count or len(pdu) < 2 + pdu[1]:
            raise ValueError(f"{request}: byte count {pdu[1]}, {len(pdu) - 2} bytes")
        return pdu[2 : 2 + pdu[1]]

    def write(self, address: int, value: int, unit: int = 1) -> None:
        """Write one register with function 6; the device must echo it."""
        asked = struct.pack(">BHH", 6, address, value)
        if self._ask(unit, asked) != asked:
            raise ValueError(f"write {address}={value}: not echoed")

    def _ask(self, unit: int, pdu: bytes) -> bytes:
        self._transaction += 1
        self._socket.sendall(struct.pack(">HHHB", self._transaction, 0, len(pdu) + 1, unit) + pdu)
        transaction, protocol, length, answering = struct.unpack(">HHHB", self._exactly(7))
        answer = self._exactly(length - 1)
        if (transaction, protocol, answering) != (self._transaction, 0, unit):
            raise ValueError(f"an answer to transaction {transaction} of unit {answering}")
        if answer[0] == pdu[0] | 0x80:
            raise RefusedError(answer[1])
        if answer[0] != pdu[0]:
            raise ValueError(f"function {answer[0]} answered to {pdu[0]}")
        return answer

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self._socket.recv(count - len(data))
            if not chunk:
                raise ValueError("the device closed the connection")
            data += chunk
        return data


def load() -> tuple[Replayed, ...]:
    """Return the clients that are replayed."""
    rows: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["client"]
    return tuple(
        Replayed(
            name=row["name"],
            version=row["version"],
            models=tuple(row["models"]),
            requests=(
                *(request("input", item) for item in row.get("input", "").split()),
                *(request("holding", item) for item in row.get("holding", "").split()),
            ),
            text=frozenset(request("input", item) for item in row.get("text", ())),
            together=frozenset(request("input", item) for item in row.get("together", ())),
            refused={
                model: frozenset(request("input", item) for item in items)
                for model, items in row.get("refused", {}).items()
            },
            writes=tuple(
                (int(item.partition("=")[0]), int(item.partition("=")[2]))
                for item in row.get("writes", ())
            ),
            text_on=tuple(row.get("text_on", row["models"])),
        )
        for row in rows
    )


def request(table: str, text: str) -> Request:
    """Return the read that `start:count` or `start` stands for."""
    address, _, count = text.partition(":")
    return Request(table, int(address), int(count or 1))
