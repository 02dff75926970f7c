"""Handles for tests: a running emulator in a few milliseconds.

>>> from sungrow_emulator.testing import SungrowEmulator
>>> with SungrowEmulator(model="SG5.0RT") as inverter:
...     change = inverter.set_power(2500)
...     inverter.connection_info("modbus").host
'127.0.0.1'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sungrow_emulator.testing.handle import (
        AsyncHandle,
        ConnectionInfo,
        Handle,
        SungrowEmulator,
    )

__all__ = ["AsyncHandle", "ConnectionInfo", "Handle", "SungrowEmulator"]


def __getattr__(name: str) -> Any:
    """Import the handle when it is first asked for: pytest loads this package in every run."""
    if name in __all__:
        from sungrow_emulator.testing import handle

        return getattr(handle, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
