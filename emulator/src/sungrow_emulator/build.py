"""Builds the site and its devices from a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.figures import figures as model_figures
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.personas import load_path
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec
from sungrow_emulator.cluster import Role, roles
from sungrow_emulator.config import Config
from sungrow_emulator.device.companions import battery_model, meter_model
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.identity import checked_serial, derive_key, derive_serial, texts
from sungrow_emulator.device.persona import resolve_path
from sungrow_emulator.device.settings import Settings
from sungrow_emulator.device.station import STATION_KINDS, Station
from sungrow_emulator.plan import DevicePlan, plan_of, told_at
from sungrow_emulator.plants import Stand, has_meter, kind_of_model, model_of, place
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import BatteryPackSpec, LoadSpec, Location, SiteSpec

_LISTED_KINDS = frozenset({"inverter", "battery", "meter", "wallbox"})
"""Kinds of device that a dongle lists; loggers and iHomeManagers have pages of their own."""
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
        path: access path that the Modbus door shows.
        dongle: kind of dongle whose web doors stand beside it, `none` for none.
        notes: what the user should be told.
    """

    site: Site
    devices: tuple[Device, ...]
    key: bytes
    path: str
    dongle: str
    notes: tuple[str, ...]


def kind_of(config: Config) -> str:
    """Return the kind of device that a configuration asks for, e.g. `inverter`."""
    return kind_of_model(model_of(config))


def dongle_of(config: Config) -> str:
    """Return the kind of dongle whose web doors stand beside a device, `none` for none."""
    model = model_of(config)
    path, _ = resolve_path(model, config.path)
    return _dongle(config, kind_of_model(model), path)


def _dongle(config: Config, kind: str, path: str) -> str:
    if load_path(path).station or kind not in _LISTED_KINDS:
        return "none"
    return "winet-s" if config.winet == "auto" else config.winet


def build(config: Config, clock: SimClock, monotonic: Callable[[], float]) -> Built:
    """Build the site and the devices of one configuration.

    Raises:
        EmulatorError: a value does not fit the model; the sentence says what does.
    """
    (built,) = build_site(plan_of(config).devices, clock, monotonic)
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
    for plan in plans:
        config = plan.config
        if Location(config.latitude, config.longitude, config.timezone) != location:
            with told_at(plan):
                raise EmulatorError(
                    f"site={plan.site!r}: its devices are in different places; "
                    "give all of them the same latitude, longitude and timezone"
                )
    stands, plants = place(plans)
    cluster = roles(plans, [stand.model for stand in stands])
    seed = first.seed + first.instance
    with told_at(plans[0]):
        site = Site(SiteSpec(location, plants, LoadSpec()), seed, clock.now())
    built: list[Built] = []
    for plan, stand, role in zip(plans, stands, cluster, strict=True):
        with told_at(plan):
            built.append(_Maker(plan, stand, role, site, clock, monotonic).build())
    return tuple(built)


class _Maker:
    """Makes the devices of one plan."""

    def __init__(
        self,
        plan: DevicePlan,
        stand: Stand,
        role: Role,
        site: Site,
        clock: SimClock,
        monotonic: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._stand = stand
        self._role = role
        self._site = site
        self._clock = clock
        self._monotonic = monotonic
        self._path, self._notes = resolve_path(stand.model, plan.config.path)

    def build(self) -> Built:
        """Return the device and its companions."""
        config, stand = self._plan.config, self._stand
        serial = (
            checked_serial(config.serial_number)
            if config.serial_number
            else derive_serial(stand.model, config.seed, config.instance)
        )
        dongle = _dongle(config, stand.kind, self._path)
        devices = [self._device(self._plan.id or stand.kind, stand.kind, stand.model, serial)]
        prefix = f"{self._plan.id}-" if self._plan.id else ""
        for name, what in _companions(config, stand, self._path, dongle):
            number = derive_serial(what, config.seed, config.instance)
            devices.append(self._device(f"{prefix}{name}", name, what, number))
        return Built(
            self._site,
            tuple(devices),
            derive_key(config.seed + config.instance, serial),
            self._path,
            dongle,
            (*self._plan.notes, *self._notes, *self._left_out(dongle)),
        )

    def _left_out(self, dongle: str) -> Iterator[str]:
        """Yield what was asked for and cannot be seen."""
        config, path = self._plan.config, load_path(self._path)
        if config.winet not in {"auto", dongle}:
            manager = path.station or self._stand.model.name
            yield f"winet {config.winet}: a dongle does not stand beside {manager}"
        if config.wallbox != "none" and "wallbox" not in path.companions:
            seen = "nothing shows it" if dongle == "none" else "only the dongle lists it"
            yield f"wallbox {config.wallbox}: on path {path.name} it has no unit id; {seen}"

    def _device(self, name: str, kind: str, model: ModelSpec, serial: str) -> Device:
        config = self._plan.config
        make = Station if kind in STATION_KINDS else Device
        role = self._role if kind == "inverter" else Role()
        numbers = {**model_figures(model), **role.figures}
        return make(
            name,
            kind,
            model,
            _figures(model, serial, config, numbers, self._stand.battery),
            Settings(load_registers(model.family), numbers, role.settings),
            site=self._site,
            plant=self._stand.plant,
            clock=self._clock,
            monotonic=self._monotonic,
            has_meter=has_meter(model, config.meter, config.cluster),
        )


def _companions(
    config: Config, stand: Stand, path: str, dongle: str
) -> Iterator[tuple[str, ModelSpec]]:
    """Yield name and model of what stands beside the inverter, in the order of a dongle's list."""
    model, battery = stand.model, stand.battery
    inverter = stand.kind == "inverter"
    if inverter and (station := load_path(path).station):
        what = find_model(station)
        yield kind_of_model(what), what
    if inverter and isinstance(battery, BatterySpec) and not stand.listed:
        yield "battery", battery_model(battery)
    if config.wallbox != "none":
        wallbox = _wallbox(config)
        if wallbox.family != "wallbox-ac":
            raise EmulatorError(f"wallbox={config.wallbox!r}: {wallbox.name} is no wallbox")
        if not inverter:
            raise EmulatorError(f"wallbox={config.wallbox!r}: {model.name} is no inverter")
        yield "wallbox", wallbox
    if config.meter == "dongle":
        if not inverter or dongle == "none":
            raise EmulatorError(
                "meter=dongle: that takes an inverter with a dongle (winet), and no path logger "
                "or ihomemanager"
            )
        yield "meter", meter_model(model.phases)


def _wallbox(config: Config) -> ModelSpec:
    try:
        return find_model(config.wallbox)
    except UnknownNameError as error:
        raise EmulatorError(f"wallbox={config.wallbox!r}: {error}") from None


def _charger_max(model: ModelSpec) -> float:
    """Return what a wallbox gives at most in W: whole amperes at 230 V (dump AC22E-01)."""
    per_ampere = 230.0 * model.phases
    return per_ampere * round(model.nominal_power / per_ampere) if per_ampere else 0.0


def _figures(
    model: ModelSpec,
    serial: str,
    config: Config,
    numbers: Mapping[str, int],
    battery: BatterySpec | BatteryPackSpec | None,
) -> dict[str, float | str | bytes]:
    """Return the identity texts and numbers of a device that never change."""
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
