"""The small interface behind which the devices of a dongle are handed to its web protocol.

Everything is structural: the device room offers objects of this shape and imports nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Listed(Protocol):
    """A device as the dongle lists it (service `devicelist`, POST `/inverter/list`)."""

    @property
    def dev_id(self) -> int:
        """Number that the dongle gave it: 1 inverter, 2 battery and so on."""
        ...

    @property
    def dev_code(self) -> int:
        """Device type code; for inverters the content of register 5000."""
        ...

    @property
    def dev_type(self) -> int:
        """1 and 21 PV inverter, 35 hybrid, 18 meter, 44 battery, 46 wallbox."""
        ...

    @property
    def protocol(self) -> int:
        """What the dongle calls `dev_procotol`."""
        ...

    @property
    def serial_number(self) -> str:
        """Serial number."""
        ...

    @property
    def model(self) -> str:
        """Model name."""
        ...

    @property
    def unit(self) -> int:
        """Modbus unit id on the bus behind the dongle (`phys_addr`)."""
        ...

    @property
    def forwarding(self) -> int:
        """Unit id under which the dongle forwards Modbus (`logc_addr`)."""
        ...

    @property
    def init_status(self) -> int:
        """1, or 255 for batteries."""
        ...


class Row(Protocol):
    """One line of a data list; every value is a string, `--` = not available."""

    @property
    def name(self) -> str:
        """I18N key, e.g. `I18N_COMMON_BUS_VOLTAGE`."""
        ...

    @property
    def value(self) -> str:
        """Number with the decimals of its item, an I18N key, or `--`."""
        ...

    @property
    def unit(self) -> str:
        """Unit, empty for texts."""
        ...


class Direct(Protocol):
    """One PV input."""

    @property
    def name(self) -> str:
        """`MPPT1` or `I18N_COMMON_GROUP_BUNCH_TITLE_AND%@1`."""
        ...

    @property
    def voltage(self) -> str:
        """In V."""
        ...

    @property
    def current(self) -> str:
        """In A."""
        ...


class Parameter(Protocol):
    """One setting of the dongle's own pages (getParam types 7 and 9, getInitParam)."""

    @property
    def number(self) -> int:
        """`param_id`."""
        ...

    @property
    def address(self) -> int:
        """Document number of the holding register (`param_addr`)."""
        ...

    @property
    def parent(self) -> int:
        """`param_pid`, -1 for none."""
        ...

    @property
    def kind(self) -> int:
        """`param_type`: 1 = choice, 2 = number."""
        ...

    @property
    def accuracy(self) -> int:
        """Decimals of the value."""
        ...

    @property
    def name(self) -> str:
        """I18N key."""
        ...

    @property
    def value(self) -> str:
        """Present value."""
        ...

    @property
    def unit(self) -> str:
        """Unit."""
        ...

    @property
    def relation(self) -> str:
        """Values of the parent with which it is sent, e.g. `[170]`."""
        ...

    @property
    def range(self) -> str:
        """E.g. `[0~23]`, empty for choices."""
        ...

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """Name and value of each choice."""
        ...


class GridCode(Protocol):
    """The country whose grid an inverter is set to (`/device/overview`)."""

    @property
    def code(self) -> int:
        """`country_code`."""
        ...

    @property
    def country(self) -> str:
        """I18N key."""
        ...

    @property
    def company(self) -> str:
        """Grid operator or standard."""
        ...

    @property
    def company_code(self) -> str:
        """Its number."""
        ...


class Station(Protocol):
    """Everything that a dongle knows of its devices. All of it is of one instant."""

    def devices(self) -> Sequence[Listed]:
        """Return the devices, the inverter first."""
        ...

    def real(self, dev_id: int) -> Sequence[Row] | None:
        """Return the live rows of a device, None where there is no such device."""
        ...

    def battery(self, dev_id: int) -> Sequence[Row] | None:
        """Return the battery rows of an inverter, None where no battery is fitted."""
        ...

    def direct(self, dev_id: int) -> Sequence[Direct]:
        """Return the PV inputs of a device."""
        ...

    def figures(self) -> dict[str, float | None]:
        """Return plain numbers of the plant; None = not available.

        `power` W, `reactive` var, `today` kWh, `total` kWh, `rated_power` W, `rated_reactive`
        var, `state` (work state code), `online`, `offline`.
        """
        ...

    def faults(self) -> tuple[int, int]:
        """Return how many faults and how many alarms are active on all devices."""
        ...

    def parameters(self, dev_id: int, page: int) -> Sequence[Parameter]:
        """Return the settings of a page: 7 power control, 9 energy management, 0 protection.

        Those that depend on another one's value are there only while it has that value.
        """
        ...

    def read(self, dev_id: int, function: int, address: int, count: int) -> bytes | int:
        """Read registers by wire address: bytes, or an exception code (11: no such device)."""
        ...

    def write(self, dev_id: int, address: int, words: bytes) -> int:
        """Write holding registers by wire address: 0, or an exception code."""
        ...

    def clock(self) -> datetime:
        """Return the local time of the first device."""
        ...

    def utc_offset(self) -> float:
        """Return local time at the site minus UTC, in seconds."""
        ...

    def grid_code(self) -> GridCode:
        """Return the grid that the first device is set to."""
        ...

    def modbus_clients(self) -> Sequence[str]:
        """Return the addresses of connected Modbus clients."""
        ...
