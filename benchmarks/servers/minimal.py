"""The least that asyncio needs to answer Modbus TCP: every read from one image of bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import cast

import uvloop

IMAGE = bytes(range(256)) * 512
HEADER = struct.Struct(">HHHBBHH")


class Minimal(asyncio.Protocol):
    """Answers every complete request of a chunk with one write."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing held."""
        self.transport = cast("asyncio.Transport", transport)
        self.held = b""

    def data_received(self, data: bytes) -> None:
        """Answer functions 3 and 4; whatever else comes is not understood."""
        data = self.held + data
        answers: list[bytes] = []
        position = 0
        while len(data) - position >= HEADER.size:
            tid, protocol, length, unit, function, address, count = HEADER.unpack_from(
                data, position
            )
            if protocol or length != 6 or not 0 < count <= 125:
                self.transport.close()
                return
            body = IMAGE[2 * address : 2 * (address + count)]
            answers.append(
                struct.pack(">HHHBBB", tid, 0, 3 + len(body), unit, function, 2 * count) + body
            )
            position += HEADER.size
        self.held = data[position:]
        self.transport.write(b"".join(answers))


async def serve() -> None:
    """Serve until the process is told to end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Minimal, "127.0.0.1", 0, family=socket.AF_INET, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(uvloop.run(serve()))
