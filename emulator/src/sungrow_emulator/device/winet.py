"""The devices behind a WiNet dongle as its web protocol sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.winet import GridCode, ListingSpec, find_grid_code, load_listings
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.values import CLOCK, slots
from sungrow_emulator.device.view import View
from sungrow_emulator.device.winet_rows import DataRow, Input, InputList, RowList
from sungrow_emulator.device.winet_settings import Page, Setting

NO_SUCH_DEVICE = 11
"""Exception code: the gateway's target does not answer."""

MODBUS_PATHS: Final = MappingProxyType(
    {"winet-s": "winet-s", "winet-s2": "winet-s2", "eyem4": "winet-s"}
)
"""The access path of the Modbus port of each kind of dongle, from which its web side is derived.

That an EyeM4 forwards what a WiNet-S does is a guess.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of the device list (`protocol.winet.station.Listed`).

    Attributes:
        dev_id: number that the dongle gave it, 1 is the first.
        dev_code: device type code (register 5000), or the code of a battery pack.
        dev_type: 1 and 21 PV inverter, 35 hybrid, 18 meter, 44 battery, 46 wallbox.
        protocol: what the dongle calls `dev_procotol`.
        serial_number: its serial number.
        model: its model name.
        unit: unit id on the bus behind the dongle.
        forwarding: unit id under which the dongle forwards Modbus.
        init_status: 1, or 255 for batteries.
    """

    dev_id: int
    dev_code: int
    dev_type: int
    protocol: int
    serial_number: str
    model: str
    unit: int
    forwarding: int
    init_status: int


class _Behind:
    """One device behind the dongle: its view and its lists."""

    def __init__(
        self, listing: Listing, spec: ListingSpec, device: Device, view: View, *, new_names: bool
    ) -> None:
        self.listing = listing
        self.device = device
        self.view = view
        self.real = RowList(spec.rows, device, new_names=new_names)
        inverter = device.kind == "inverter"
        self.battery = RowList("battery", device, new_names=new_names) if inverter else None
        self.direct = InputList(device) if inverter else None
        self.pages: dict[int, Page] = {}

    def page(self, number: int) -> Page:
        """Return a page, made when it is first asked for."""
        if number not in self.pages:
            self.pages[number] = Page(number, self.view)
        return self.pages[number]


class DeviceStation:
    """What a dongle knows of its devices (`protocol.winet.station.Station`).

    Everything is of the devices' present instant, the one that Modbus doors show too; rows are
    rendered at most once per instant. Registers are read and written as at the dongle's own
    Modbus port; where its web side is known to differ, personas/web/winet-web.toml says so. Two
    things differ by nature: unit ids, for which the web has its own numbers, and that settings
    are never read back late, which is the manner of the Modbus port's own memory (a guess).

    Args:
        devices: the device that was asked for, then its companions.
        dongle: its kind, one of `MODBUS_PATHS`.
        firmware: firmware wave of the inverter.
        strict: whether only documented bands of registers answer.
        monotonic: wall clock that the devices live by.
        unit: unit id of the inverter.
        new_names: whether the dongle's firmware uses the newer keys of rows (from P026; a
            guess, as only the keys are recorded).
        modbus_clients: returns the addresses of connected Modbus clients.

    Raises:
        EmulatorError: a dongle does not list devices of such a family.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        *,
        dongle: str,
        firmware: str,
        strict: bool,
        monotonic: Callable[[], float],
        unit: int = 1,
        new_names: bool = False,
        modbus_clients: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        path = MODBUS_PATHS[dongle]
        self._modbus_clients = modbus_clients
        self._behind: dict[int, _Behind] = {}
        for dev_id, device in enumerate(devices, 1):
            spec = _listing_spec(device)
            listing = Listing(
                dev_id=dev_id,
                dev_code=device.model.type_code,
                dev_type=spec.dev_type,
                protocol=spec.protocol,
                serial_number=device.serial_number,
                model=device.model.name,
                unit=spec.unit or unit,
                forwarding=spec.forwarding or unit,
                init_status=spec.init_status,
            )
            program = compile_program(device.model, path, firmware, strict, web=True)
            view = View(device, program, monotonic)
            self._behind[dev_id] = _Behind(listing, spec, device, view, new_names=new_names)

    def __repr__(self) -> str:
        """Name the devices."""
        names = (behind.listing.model for behind in self._behind.values())
        return f"<DeviceStation of {', '.join(names)}>"

    def devices(self) -> tuple[Listing, ...]:
        """Return the devices, the inverter first."""
        return tuple(behind.listing for behind in self._behind.values())

    def real(self, dev_id: int) -> tuple[DataRow, ...] | None:
        """Return the live rows of a device, None where there is no such device."""
        behind = self._behind.get(dev_id)
        return behind.real.rows() if behind else None

    def battery(self, dev_id: int) -> tuple[DataRow, ...] | None:
        """Return the battery rows of an inverter, None where no battery is fitted."""
        behind = self._behind.get(dev_id)
        if not behind or not behind.battery or behind.device.value("battery.soc") is None:
            return None
        return behind.battery.rows()

    def direct(self, dev_id: int) -> tuple[Input, ...]:
        """Return the PV inputs of a device."""
        behind = self._behind.get(dev_id)
        return behind.direct.rows() if behind and behind.direct else ()

    def figures(self) -> dict[str, float | None]:
        """Return plain numbers of the plant; None = not available.

        `power` W, `reactive` var, `today` kWh, `total` kWh, `rated_power` W, `rated_reactive`
        var, `state` (work state code), `online`, `offline`.
        """
        device = self._first.device
        hybrid = device.model.hybrid  # The dongle leaves the yields of hybrids empty (bjeanes).
        return {
            "power": device.value("ac.power"),
            "reactive": device.value("ac.reactive"),
            "today": None if hybrid else device.value("energy.output.daily"),
            "total": None if hybrid else device.value("energy.output.total"),
            "rated_power": _number(device, "model.nominal_power"),
            "rated_reactive": _number(device, "model.nominal_reactive"),
            "state": device.value("state.string"),
            "online": float(len(self._behind)),
            "offline": 0.0,
        }

    def faults(self) -> tuple[int, int]:
        """Return how many faults and how many alarms are active on all devices."""
        active = [fault for behind in self._behind.values() for fault in behind.device.faults]
        stopping = sum(fault.stops for fault in active)
        return stopping, len(active) - stopping

    def parameters(self, dev_id: int, page: int) -> tuple[Setting, ...]:
        """Return the settings of a page: 7 power control, 9 energy management, 0 protection."""
        behind = self._behind.get(dev_id)
        return behind.page(page).settings() if behind else ()

    def read(self, dev_id: int, function: int, address: int, count: int) -> bytes | int:
        """Read registers by wire address: bytes, or an exception code (11: no such device)."""
        behind = self._behind.get(dev_id)
        return behind.view.read(function, address, count) if behind else NO_SUCH_DEVICE

    def write(self, dev_id: int, address: int, words: bytes) -> int:
        """Write holding registers by wire address: 0, or an exception code.

        It is taken or refused exactly as at the Modbus port. bjeanes/modbus-mqtt saw setParam
        refuse 13052 on one SH5.0RS behind a WiNet-S of P012, whose Modbus port takes it; that
        one firmware's whim is left out, so that a register is either writable or not.
        """
        behind = self._behind.get(dev_id)
        if not behind:
            return NO_SUCH_DEVICE
        return behind.view.write(6 if len(words) == 2 else 16, address, words)

    def clock(self) -> datetime:
        """Return the local time of the first device, by the device's own clock."""
        values = self._first.device.instant().values
        place = slots()
        year, month, day, hour, minute, second = (int(values[place[part]]) for part in CLOCK)
        # A device's own clock has no zone.
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001

    def utc_offset(self) -> float:
        """Return local time at the site minus UTC, in seconds."""
        device = self._first.device
        return device.site.utc_offset(device.instant().time)

    def grid_code(self) -> GridCode:
        """Return the grid that the first device is set to."""
        return find_grid_code(int(self._first.device.figures["country.code"]))

    def answers(self, dev_id: int) -> bool:
        """Tell whether a device has rows, and one of its registers, if any, can be read."""
        behind = self._behind[dev_id]
        silent = not behind.view.program.persona.registers
        return bool(behind.real.rows()) and (silent or behind.view.answers())

    def modbus_clients(self) -> Sequence[str]:
        """Return the addresses of connected Modbus clients."""
        return self._modbus_clients()

    @property
    def _first(self) -> _Behind:
        return next(iter(self._behind.values()))


def _listing_spec(device: Device) -> ListingSpec:
    listings = load_listings()
    family = device.model.family
    if family not in listings:
        raise EmulatorError(
            f"{device.model.name} is not read through a WiNet dongle; "
            f"families that are: {', '.join(listings)}"
        )
    return listings[family]


def _number(device: Device, figure: str) -> float | None:
    value = device.figures.get(figure)
    return None if value is None else float(value)
