"""What a site consists of: places, plants and load as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Profile = Literal["household", "commercial", "flat"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where the site is.

    Attributes:
        latitude: degrees, north positive.
        longitude: degrees, east positive.
        timezone: name in the tz database, e.g. `Europe/Berlin`.
    """

    latitude: float = 48.14
    longitude: float = 11.58
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class BatteryPackSpec:
    """A battery pack on the DC side of a hybrid.

    Attributes:
        capacity: usable capacity in kWh, above 0.
        nominal_voltage: in V.
        max_charge: charging power at the terminals in W.
        max_discharge: discharging power at the terminals in W.
        modules: number of modules.
    """

    capacity: float
    nominal_voltage: float
    max_charge: float
    max_discharge: float
    modules: int


@dataclass(frozen=True, slots=True)
class PlantSpec:
    """One inverter with its PV array, meter and battery.

    Attributes:
        nominal_power: nominal AC power in W.
        phases: 1 or 3.
        output_type: 0 single phase, 1 three-phase four-wire, 2 three-phase three-wire.
        mppt_count: number of MPP trackers, 1 ... 16.
        strings_per_mppt: strings on each tracker, one figure per tracker.
        max_dc_voltage: in V.
        mppt_voltage_min: lower end of the MPP window in V.
        mppt_voltage_max: upper end of the MPP window in V.
        pv_peak: rated power of the array in W; None = 1.1 times nominal power.
        meter: whether a meter sits at the grid connection.
        hybrid: whether it has a battery converter and a backup output.
        battery: the pack; None = none connected.
        commissioned: first day of the lifetime counters.
        start_voltage: DC voltage in V from which it starts in the morning.
        phase_voltage: nominal voltage from phase to neutral in V.
    """

    nominal_power: float
    phases: int
    output_type: int
    mppt_count: int
    strings_per_mppt: tuple[int, ...]
    max_dc_voltage: float
    mppt_voltage_min: float
    mppt_voltage_max: float
    pv_peak: float | None = None
    meter: bool = True
    hybrid: bool = False
    battery: BatteryPackSpec | None = None
    commissioned: date = date(2023, 5, 1)
    start_voltage: float = 180.0
    phase_voltage: float = 230.0

    @property
    def peak(self) -> float:
        """Rated power of the array in W."""
        return 1.1 * self.nominal_power if self.pv_peak is None else self.pv_peak


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """The consumers behind the grid connection.

    Attributes:
        annual_energy: kWh in a year.
        profile: how the day looks: household (morning and evening), commercial (office
            hours) or flat.
    """

    annual_energy: float = 4500.0
    profile: Profile = "household"


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A place, the plants that share its grid connection, and the load.

    Attributes:
        location: where it is.
        plants: at least one.
        load: the consumers.
        grid_frequency: nominal frequency in Hz.
    """

    location: Location
    plants: tuple[PlantSpec, ...]
    load: LoadSpec = LoadSpec()
    grid_frequency: float = 50.0
