"""Builds the site and its devices from a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sungrow_emulator.catalog.batteries import find_battery, load_batteries
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.figures import figures as model_figures
from sungrow_emulator.catalog.models import find_model, resolve_model
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec
from sungrow_emulator.config import Config
from sungrow_emulator.device.companions import battery_model, meter_model
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.identity import derive_key, derive_serial, offset_serial, texts
from sungrow_emulator.device.settings import Settings
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
_COUNTRY = {"Europe/Berlin": 1, "Europe/London": 0, "Australia/Sydney": 6, "Australia/Perth": 20}


@dataclass(frozen=True, slots=True)
class Built:
    """What a configuration amounts to.

    Attributes:
        site: the physics.
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


def build(config: Config, clock: SimClock, monotonic: Callable[[], float]) -> Built:
    """Build the site and the devices of a configuration.

    Raises:
        EmulatorError: a value does not fit the model; the sentence says what does.
    """
    model = model_of(config)
    seed = config.seed + config.instance
    battery = _battery(config, model)
    site = Site(_site_spec(config, model, battery), seed, clock.now())
    serial = (
        offset_serial(_checked_serial(config.serial_number), config.instance)
        if config.serial_number
        else derive_serial(model, config.seed, config.instance)
    )
    kind = KINDS.get(model.family, "inverter")

    def make(name: str, what: ModelSpec, number: str) -> Device:
        return Device(
            name,
            name,
            what,
            _figures(what, number, config, battery),
            Settings(load_registers(what.family), model_figures(what)),
            site=site,
            plant=0,
            clock=clock,
            monotonic=monotonic,
            has_meter=has_meter(what, config.meter),
        )

    devices = [make(kind, model, serial)]
    for name, what in _companions(config, model, battery):
        devices.append(make(name, what, derive_serial(what, config.seed, config.instance)))
    return Built(site, tuple(devices), derive_key(seed, serial))


def _companions(
    config: Config, model: ModelSpec, battery: BatterySpec | BatteryPackSpec | None
) -> Iterator[tuple[str, ModelSpec]]:
    """Yield name and model of what stands beside the inverter, in the order of a dongle's list."""
    inverter = KINDS.get(model.family, "inverter") == "inverter"
    if inverter and isinstance(battery, BatterySpec):
        yield "battery", battery_model(battery)
    if config.wallbox != "none":
        wallbox = find_model(config.wallbox)
        if wallbox.family != "wallbox-ac":
            raise EmulatorError(f"wallbox={config.wallbox!r}: {wallbox.name} is no wallbox")
        if not inverter:
            raise EmulatorError(f"wallbox={config.wallbox!r}: {model.name} is no inverter")
        yield "wallbox", wallbox
    if config.meter == "dongle":
        if not inverter or config.winet == "none":
            raise EmulatorError("meter=dongle: that takes an inverter with a dongle (--winet)")
        yield "meter", meter_model(model.phases)


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


def _site_spec(
    config: Config, model: ModelSpec, battery: BatterySpec | BatteryPackSpec | None
) -> SiteSpec:
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
    plant = PlantSpec(
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
    location = Location(config.latitude, config.longitude, config.timezone)
    return SiteSpec(location, (plant,), LoadSpec())


def has_meter(model: ModelSpec, choice: str = "auto") -> bool:
    """Tell whether a grid meter is fitted; commercial string inverters come without one."""
    return model.family != "string-com" if choice == "auto" else choice != "none"


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
        "limits.charger_max": float(model.nominal_power),
        "battery.capacity": battery.capacity if isinstance(battery, BatterySpec) else 0.0,
    }
    if isinstance(battery, BatterySpec):
        for module in range(1, battery.modules + 1):
            text = derive_serial(replace(model, name=f"module {module}"), config.seed, module)
            figures[f"identity.module.{module}.serial"] = text
    return figures
