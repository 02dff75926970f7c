"""Builds the site and its devices from a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sungrow_emulator.catalog.batteries import find_battery, load_batteries
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.figures import figures as model_figures
from sungrow_emulator.catalog.models import find_model, resolve_model
from sungrow_emulator.catalog.personas import load_path
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec
from sungrow_emulator.config import Config
from sungrow_emulator.device.companions import battery_model, meter_model
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.identity import derive_key, derive_serial, offset_serial, texts
from sungrow_emulator.device.persona import resolve_path
from sungrow_emulator.device.settings import Settings
from sungrow_emulator.device.station import STATION_KINDS, Station
from sungrow_emulator.plan import DevicePlan, told_at
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import BatteryPackSpec, LoadSpec, Location, PlantSpec, SiteSpec

KINDS = {
    "battery-sbr": "battery",
    "meter": "meter",
    "wallbox-ac": "wallbox",
    "logger": "logger",
    "ihomemanager": "ihomemanager",
}
"""Kind of device by family; all other families are inverters."""

_THIRD_PARTY = BatteryPackSpec(
    capacity=14.4, nominal_voltage=192.0, max_charge=7100.0, max_discharge=7100.0, modules=4
)
_COUNTRY = {
    "Europe/Berlin": 1,
    "Europe/London": 0,
    "Australia/Sydney": 6,
    "Australia/Perth": 20,
    "America/Sao_Paulo": 66,
}


@dataclass(frozen=True, slots=True)
class Built:
    """What the plan of one device amounts to.

    Attributes:
        site: the physics, perhaps shared with others.
        devices: the device that was asked for first, then its companions.
        key: public key of encrypted Modbus.
    """

    site: Site
    devices: tuple[Device, ...]
    key: bytes


def model_of(config: Config) -> ModelSpec:
    """Return the model that a configuration asks for: a name, a type code or a battery pack."""
    try:
        return resolve_model(config.model)
    except UnknownNameError:
        packs = {name.casefold(): name for name in load_batteries()}
        if config.model.strip().casefold() in packs:
            return battery_model(find_battery(config.model))
        raise


def kind_of(config: Config) -> str:
    """Return the kind of device that a configuration asks for, e.g. `inverter`."""
    return _kind(model_of(config))


def _kind(model: ModelSpec) -> str:
    return KINDS.get(model.family, "inverter")


def build(config: Config, clock: SimClock, monotonic: Callable[[], float]) -> Built:
    """Build the site and the devices of one configuration.

    Raises:
        EmulatorError: a value does not fit the model; the sentence says what does.
    """
    (built,) = build_site((DevicePlan(config=config),), clock, monotonic)
    return built


def build_site(
    plans: Sequence[DevicePlan], clock: SimClock, monotonic: Callable[[], float]
) -> tuple[Built, ...]:
    """Build one site and all devices that share it, in their order.

    Raises:
        EmulatorError: a value does not fit its model, or the devices do not fit one site.
    """
    first = plans[0].config
    location = Location(first.latitude, first.longitude, first.timezone)
    chosen: list[tuple[ModelSpec, BatterySpec | BatteryPackSpec | None]] = []
    plants: list[PlantSpec] = []
    for plan in plans:
        config = plan.config
        with told_at(plan):
            if Location(config.latitude, config.longitude, config.timezone) != location:
                raise EmulatorError(
                    f"site={plan.site!r}: its devices are in different places; "
                    "give all of them the same latitude, longitude and timezone"
                )
            model = model_of(config)
            pack = _battery(config, model)
            chosen.append((model, pack))
            plants.append(_plant_spec(config, model, pack))
    seed = first.seed + first.instance
    with told_at(plans[0]):
        site = Site(SiteSpec(location, tuple(plants), LoadSpec()), seed, clock.now())
    built: list[Built] = []
    for position, (plan, (model, pack)) in enumerate(zip(plans, chosen, strict=True)):
        with told_at(plan):
            built.append(_Maker(plan, model, pack, site, position, clock, monotonic).build())
    return tuple(built)


class _Maker:
    """Makes the devices of one plan."""

    def __init__(
        self,
        plan: DevicePlan,
        model: ModelSpec,
        battery: BatterySpec | BatteryPackSpec | None,
        site: Site,
        plant: int,
        clock: SimClock,
        monotonic: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._model = model
        self._battery = battery
        self._site = site
        self._plant = plant
        self._clock = clock
        self._monotonic = monotonic

    def build(self) -> Built:
        """Return the device and its companions."""
        config, model = self._plan.config, self._model
        serial = (
            offset_serial(_checked_serial(config.serial_number), config.instance)
            if config.serial_number
            else derive_serial(model, config.seed, config.instance)
        )
        kind = _kind(model)
        devices = [self._device(self._plan.id or kind, kind, model, serial)]
        prefix = f"{self._plan.id}-" if self._plan.id else ""
        for name, what in _companions(config, model, self._battery):
            number = derive_serial(what, config.seed, config.instance)
            devices.append(self._device(f"{prefix}{name}", name, what, number))
        return Built(self._site, tuple(devices), derive_key(config.seed + config.instance, serial))

    def _device(self, name: str, kind: str, model: ModelSpec, serial: str) -> Device:
        config = self._plan.config
        make = Station if kind in STATION_KINDS else Device
        return make(
            name,
            kind,
            model,
            _figures(model, serial, config, self._battery),
            Settings(load_registers(model.family), model_figures(model)),
            site=self._site,
            plant=self._plant,
            clock=self._clock,
            monotonic=self._monotonic,
            has_meter=has_meter(model, config.meter),
        )


def _companions(
    config: Config, model: ModelSpec, battery: BatterySpec | BatteryPackSpec | None
) -> Iterator[tuple[str, ModelSpec]]:
    """Yield name and model of what stands beside the inverter, in the order of a dongle's list."""
    inverter = _kind(model) == "inverter"
    path, _ = resolve_path(model, config.path)
    if inverter and (station := load_path(path).station):
        what = find_model(station)
        yield KINDS[what.family], what
    if inverter and isinstance(battery, BatterySpec):
        yield "battery", battery_model(battery)
    if config.wallbox != "none":
        wallbox = _wallbox(config)
        if wallbox.family != "wallbox-ac":
            raise EmulatorError(f"wallbox={config.wallbox!r}: {wallbox.name} is no wallbox")
        if not inverter:
            raise EmulatorError(f"wallbox={config.wallbox!r}: {model.name} is no inverter")
        yield "wallbox", wallbox
    if config.meter == "dongle":
        if not inverter or config.winet == "none":
            raise EmulatorError("meter=dongle: that takes an inverter with a dongle (winet)")
        yield "meter", meter_model(model.phases)


def _wallbox(config: Config) -> ModelSpec:
    try:
        return find_model(config.wallbox)
    except UnknownNameError as error:
        raise EmulatorError(f"wallbox={config.wallbox!r}: {error}") from None


def _battery(config: Config, model: ModelSpec) -> BatterySpec | BatteryPackSpec | None:
    choice = config.battery.strip()
    if model.family == "battery-sbr":
        return find_battery(model.name)
    if not model.hybrid:
        if choice not in {"auto", "none"}:
            raise EmulatorError(f"battery={choice!r}: {model.name} has no battery converter")
        return None
    if choice == "none":
        return None
    if choice == "third-party":
        return _THIRD_PARTY
    return find_battery("SBR128" if choice == "auto" else choice)


def _checked_serial(serial: str) -> str:
    if not serial.isascii() or not serial.isprintable() or not 1 <= len(serial) <= 20:
        raise EmulatorError(
            f"serial-number={serial!r} must be 1 to 20 printable ASCII characters, "
            "e.g. A2320857820"
        )
    return serial


def _plant_spec(
    config: Config, model: ModelSpec, battery: BatterySpec | BatteryPackSpec | None
) -> PlantSpec:
    inverter = model
    if model.family == "battery-sbr":
        inverter = find_model("SH10RT")
    elif model.nominal_power == 0:
        inverter = find_model("SG10RT")
    nominal = float(inverter.nominal_power)
    pack: BatteryPackSpec | None = None
    if isinstance(battery, BatteryPackSpec):
        pack = battery
    elif battery is not None:
        limit = battery.max_current * battery.nominal_voltage
        pack = BatteryPackSpec(
            capacity=battery.capacity,
            nominal_voltage=battery.nominal_voltage,
            max_charge=min(limit, float(inverter.battery_max_charge)),
            max_discharge=min(limit, float(inverter.battery_max_discharge)),
            modules=battery.modules,
        )
    return PlantSpec(
        nominal_power=nominal,
        phases=inverter.phases,
        output_type=inverter.output_type,
        mppt_count=inverter.mppt_count,
        strings_per_mppt=inverter.strings_per_mppt,
        max_dc_voltage=float(inverter.max_dc_voltage),
        mppt_voltage_min=float(inverter.mppt_voltage_min),
        mppt_voltage_max=float(inverter.mppt_voltage_max),
        pv_peak=config.pv,
        meter=has_meter(inverter, config.meter),
        hybrid=inverter.hybrid,
        battery=pack,
    )


def has_meter(model: ModelSpec, choice: str = "auto") -> bool:
    """Tell whether a grid meter is fitted; commercial string inverters come without one."""
    return model.family != "string-com" if choice == "auto" else choice != "none"


def _charger_max(model: ModelSpec) -> float:
    """Return what a wallbox gives at most in W: whole amperes at 230 V (dump AC22E-01)."""
    per_ampere = 230.0 * model.phases
    return per_ampere * round(model.nominal_power / per_ampere) if per_ampere else 0.0


def _figures(
    model: ModelSpec, serial: str, config: Config, battery: BatterySpec | BatteryPackSpec | None
) -> dict[str, float | str | bytes]:
    """Return the identity texts and numbers of a device that never change."""
    numbers = model_figures(model)
    pack_name = battery.name if isinstance(battery, BatterySpec) else ""
    figures: dict[str, float | str | bytes] = {
        **texts(model, serial, config.firmware, pack_name),
        "model.type_code": model.type_code,
        "model.nominal_power": model.nominal_power,
        "model.output_type": model.output_type,
        "model.nominal_reactive": model.reactive_limit * 100 or model.nominal_power * 0.6,
        "model.phases": model.phases,
        "country.code": _COUNTRY.get(config.timezone, 1),
        "limits.export_min": numbers["export_min"],
        "limits.export_max": numbers["export_max"],
        "limits.bdc_rated": numbers["bdc_rated"],
        "limits.charger_min": 1380.0,
        "limits.charger_max": _charger_max(model),
        "battery.capacity": battery.capacity if isinstance(battery, BatterySpec) else 0.0,
    }
    if isinstance(battery, BatterySpec):
        for module in range(1, battery.modules + 1):
            text = derive_serial(replace(model, name=f"module {module}"), config.seed, module)
            figures[f"identity.module.{module}.serial"] = text
    return figures
