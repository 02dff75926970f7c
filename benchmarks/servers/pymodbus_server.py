"""The server of pymodbus, as its documentation sets it up, with one block of registers."""

from __future__ import annotations

import asyncio
import socket

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def free_port() -> int:
    """Return a port that nothing listens at; this server wants to know it beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def serve() -> None:
    """Serve until the process is told to end."""
    port = free_port()
    block = SimData(4900, count=400, values=0x1234, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(1, simdata=[block]), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
