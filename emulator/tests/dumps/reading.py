"""Reads the words of a dump from an emulator, over Modbus TCP."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from sungrow_emulator.catalog.spec import Table

from .dump import Word

LONGEST = 100
ILLEGAL_ADDRESS = 2


def read_words(port: int, unit: int, wanted: Iterable[Word]) -> dict[Word, int]:
    """Return what a unit answers for each word; refused ones are missing.

    Neighbours are read together, as whoever took a dump does: a read may not begin everywhere.
    """
    found: dict[Word, int] = {}
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        for table, first, count in blocks(wanted):
            found.update(_read(client, unit, table, first, count))
    return found


def blocks(wanted: Iterable[Word]) -> list[tuple[Table, int, int]]:
    """Return table, first document number and length of the runs of neighbours in `wanted`."""
    runs: list[tuple[Table, int, int]] = []
    for table, address in sorted(wanted):
        if runs and runs[-1][2] < LONGEST and (table, address) == (runs[-1][0], sum(runs[-1][1:])):
            runs[-1] = (*runs[-1][:2], runs[-1][2] + 1)
        else:
            runs.append((table, address, 1))
    return runs


def _read(
    client: socket.socket, unit: int, table: Table, first: int, count: int
) -> dict[Word, int]:
    """Read a block; a refused one is read in halves, so that no answering word is missed."""
    body = bytes((unit, 4 if table is Table.INPUT else 3))
    body += (first - 1).to_bytes(2, "big") + count.to_bytes(2, "big")
    client.sendall(b"\0\1\0\0" + len(body).to_bytes(2, "big") + body)
    answer = client.recv(9)
    if answer[7] & 0x80:
        assert answer[8] == ILLEGAL_ADDRESS
        half = count // 2
        if not half:
            return {}
        rest = _read(client, unit, table, first + half, count - half)
        return _read(client, unit, table, first, half) | rest
    data = b""
    while len(data) < 2 * count:
        data += client.recv(2 * count - len(data))
    return {(table, first + n): data[2 * n] << 8 | data[2 * n + 1] for n in range(count)}
