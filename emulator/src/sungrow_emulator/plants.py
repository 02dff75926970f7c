"""Which devices of a site have a plant of their own, and which show somebody else's.

An inverter has a plant: its array, its meter and its battery. A wallbox, a meter, a Logger or an
iHomeManager that is listed beside inverters shows the first one's, and a battery pack is that
of a hybrid without one. Only where a site has no inverter each device stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sungrow_emulator.catalog.batteries import find_battery, load_batteries
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.models import find_model, load_models, resolve_model
from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec
from sungrow_emulator.config import Config
from sungrow_emulator.device.companions import battery_model
from sungrow_emulator.plan import DevicePlan, told_at
from sungrow_emulator.site.spec import BatteryPackSpec, PlantSpec

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


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a device of a site stands.

    Attributes:
        model: what it is.
        battery: its battery, None without one.
        plant: position of the plant that it shows.
        listed: whether that battery is a device of the list itself.
    """

    model: ModelSpec
    battery: BatterySpec | BatteryPackSpec | None
    plant: int = 0
    listed: bool = False

    @property
    def kind(self) -> str:
        """Kind of device, e.g. `inverter`."""
        return kind_of_model(self.model)


def model_of(config: Config) -> ModelSpec:
    """Return the model that a configuration asks for: a name, a type code or a battery pack.

    Raises:
        UnknownNameError: there is none; the error names the nearest.
    """
    try:
        return resolve_model(config.model)
    except UnknownNameError as error:
        packs = {name.casefold(): name for name in load_batteries()}
        if config.model.strip().casefold() in packs:
            return battery_model(find_battery(config.model))
        if error.kind != "model":
            raise
        raise UnknownNameError("model", error.name, (*load_models(), *packs.values())) from None


def kind_of_model(model: ModelSpec) -> str:
    """Return the kind of device that a model is, e.g. `inverter`."""
    return KINDS.get(model.family, "inverter")


def has_meter(model: ModelSpec, choice: str = "auto", cluster: str = "none") -> bool:
    """Tell whether a grid meter is fitted.

    Commercial string inverters come without one, and in a cluster only the master has it (dump
    SH10RT-V112 slave).
    """
    if choice == "auto":
        return model.family != "string-com" and cluster != "slave"
    return choice != "none"


def place(plans: Sequence[DevicePlan]) -> tuple[tuple[Stand, ...], tuple[PlantSpec, ...]]:
    """Return where the devices of one site stand, in their order, and the plants there.

    Raises:
        EmulatorError: a value does not fit its model, or there is no hybrid for a pack.
    """
    stands: list[Stand] = []
    for plan in plans:
        with told_at(plan):
            model = model_of(plan.config)
            stands.append(Stand(model, _battery(plan.config, model)))
    owners = [n for n, stand in enumerate(stands) if stand.kind == "inverter"]
    if owners:
        _connect_packs(plans, stands)
    else:
        owners = list(range(len(stands)))
        stands = [replace(stand, plant=position) for position, stand in enumerate(stands)]
    return tuple(stands), tuple(_plant(plans[n].config, stands[n]) for n in owners)


def _connect_packs(plans: Sequence[DevicePlan], stands: list[Stand]) -> None:
    """Give inverters their plants, and listed packs to hybrids without a battery, in order."""
    inverters = [n for n, stand in enumerate(stands) if stand.kind == "inverter"]
    for position, n in enumerate(inverters):
        stands[n] = replace(stands[n], plant=position)
    free = [n for n in inverters if stands[n].model.hybrid and stands[n].battery is None]
    for plan, (n, pack) in zip(plans, tuple(enumerate(stands)), strict=True):
        if pack.kind != "battery":
            continue
        if not free:
            with told_at(plan):
                raise EmulatorError(
                    f"model={plan.config.model!r}: no hybrid of site={plan.site!r} is without a "
                    "battery; give one battery=none, or the pack a site of its own"
                )
        hybrid = free.pop(0)
        stands[n] = replace(pack, plant=stands[hybrid].plant)
        stands[hybrid] = replace(stands[hybrid], battery=pack.battery, listed=True)


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


def _plant(config: Config, stand: Stand) -> PlantSpec:
    inverter, pv = stand.model, config.pv
    if stand.kind == "battery":  # Something has to charge it.
        inverter = find_model("SH10RT")
    elif stand.kind != "inverter":
        inverter, pv = find_model("SG10RT"), config.pv or 0.0
    return PlantSpec(
        nominal_power=float(inverter.nominal_power),
        phases=inverter.phases,
        output_type=inverter.output_type,
        mppt_count=inverter.mppt_count,
        strings_per_mppt=inverter.strings_per_mppt,
        max_dc_voltage=float(inverter.max_dc_voltage),
        mppt_voltage_min=float(inverter.mppt_voltage_min),
        mppt_voltage_max=float(inverter.mppt_voltage_max),
        pv_peak=pv,
        meter=has_meter(inverter, config.meter, config.cluster),
        hybrid=inverter.hybrid,
        battery=_pack(stand.battery, inverter),
    )


def _pack(
    battery: BatterySpec | BatteryPackSpec | None, inverter: ModelSpec
) -> BatteryPackSpec | None:
    if not isinstance(battery, BatterySpec):
        return battery
    limit = battery.max_current * battery.nominal_voltage
    return BatteryPackSpec(
        capacity=battery.capacity,
        nominal_voltage=battery.nominal_voltage,
        max_charge=min(limit, float(inverter.battery_max_charge)),
        max_discharge=min(limit, float(inverter.battery_max_discharge)),
        modules=battery.modules,
    )
