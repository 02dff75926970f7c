"""What can go wrong between a client and what it talks to."""

from __future__ import annotations

from sungrow_emulator.catalog.errors import EmulatorError


class UnreachableError(EmulatorError):
    """Nothing answers where an emulator or inverter was expected."""


class ApiError(EmulatorError):
    """The control API refused a request; the message is the detail of its problem document.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, status: int, detail: str) -> None:
        """Carry the detail of a problem document."""
        self.status = status
        super().__init__(detail)


class RefusedError(EmulatorError):
    """A device answered a Modbus request with an exception.

    Attributes:
        code: exception code, 1 … 11.
    """

    def __init__(self, what: str, code: int) -> None:
        """Name what was refused and by which exception code."""
        self.code = code
        meaning = _MEANINGS.get(code, "unknown")
        super().__init__(f"{what}: the device answers exception {code} ({meaning})")


_MEANINGS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}
