"""Reads and writes any inverter over Modbus TCP, real or emulated, through pymodbus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.client.errors import RefusedError, UnreachableError

READ_LIMIT = 125
WRITE_LIMIT = 123


class ModbusReader:
    """One Modbus TCP connection to one unit. Addresses are document numbers.

    Args:
        host: name or address of the inverter.
        port: its TCP port, 502 on real ones.
        unit: unit id, 1 … 247.
        timeout: seconds to wait for the connection and for each answer.
    """

    def __init__(self, host: str, port: int, unit: int = 1, *, timeout: float = 3.0) -> None:
        """Prepare the connection; it is opened by the first request."""
        self._where = f"{host}:{port}"
        self._unit = unit
        self._client = ModbusTcpClient(host, port=port, timeout=timeout, retries=0)

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._client.close()

    def read(self, table: Table, address: int, count: int = 1) -> tuple[int, ...]:
        """Return raw words of function 4 (input) or 3 (holding).

        Raises:
            UnreachableError: nothing answers.
            RefusedError: the device answers an exception.
        """
        _within(address, count, READ_LIMIT)
        call = (
            self._client.read_input_registers
            if table is Table.INPUT
            else self._client.read_holding_registers
        )
        answer = self._call(
            f"{table} {address} (wire {address - 1}), {count} word{'s' * (count > 1)}",
            lambda: call(address - 1, count=count, device_id=self._unit),
        )
        # Padded frames of some firmwares carry more words than were asked for.
        return tuple(answer.registers[:count])

    def write(self, address: int, words: Sequence[int], function: int = 0) -> int:
        """Write holding registers; return the function used: 6 for one word, else 16.

        Raises:
            UnreachableError: nothing answers.
            RefusedError: the device answers an exception.
            EmulatorError: function 6 was asked for and there are several words.
        """
        _within(address, len(words), WRITE_LIMIT)
        if function == 6 and len(words) > 1:
            raise EmulatorError("function 6 writes one word; use function 16 for several")
        function = function or (6 if len(words) == 1 else 16)
        what = f"writing holding {address} (wire {address - 1}) with function {function}"
        if function == 6:
            self._call(
                what,
                lambda: self._client.write_register(address - 1, words[0], device_id=self._unit),
            )
        else:
            self._call(
                what,
                lambda: self._client.write_registers(
                    address - 1, list(words), device_id=self._unit
                ),
            )
        return function

    def _call(self, what: str, request: Callable[[], Any]) -> Any:
        try:
            connected = self._client.connected or self._client.connect()
            answer = request() if connected else None
        except ConnectionException:
            answer = None
        except (ModbusException, OSError, UnicodeError):
            raise UnreachableError(
                f"{what}: unit {self._unit} at {self._where} does not answer"
            ) from None
        if answer is None:
            raise UnreachableError(
                f"nothing accepts Modbus connections at {self._where}; "
                "name the inverter with --host and --port"
            )
        if answer.isError():
            raise RefusedError(what, answer.exception_code)
        return answer


def _within(address: int, count: int, limit: int) -> None:
    if not 1 <= count <= limit:
        raise EmulatorError(f"{count} words at once: 1 to {limit} are possible")
    if not 1 <= address <= 65536 - count + 1:
        raise EmulatorError(f"address {address} with {count} words is outside 1 to 65536")
