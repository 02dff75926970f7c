"""The writable registers of one device: what they hold and what may be written to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sungrow_emulator.catalog.allowed import parse_bound, permits, resolve
from sungrow_emulator.catalog.spec import RegisterSpec, Table
from sungrow_emulator.device.units import factor

ILLEGAL_ADDRESS = 2
SETTING_FAILURE = 4

SWITCH_OFF = 0x55
SWITCH_ON = 0xAA
START = 0xCF
STOP = 0xCE

_LOCAL_ONLY = 2


class Settings:
    """Raw values of holding registers by name.

    A register without a default is not available: it is missing here and refuses writes.

    Args:
        registers: those of the family.
        figures: of the model, which defaults and bounds refer to.
        initial: what registers hold instead of their defaults, by name.
    """

    def __init__(
        self,
        registers: Iterable[RegisterSpec],
        figures: Mapping[str, int],
        initial: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._figures = figures
        self._initial = initial
        self._specs = {r.name: r for r in registers if r.table is Table.HOLDING}
        self._values = self._defaults()

    @property
    def values(self) -> Mapping[str, int]:
        """The raw values by register name."""
        return MappingProxyType(self._values)

    def reset(self) -> None:
        """Go back to the defaults."""
        self._values = self._defaults()

    def get(self, name: str, default: int = 0) -> int:
        """Return the raw value of a register, `default` where this device has none."""
        return self._values.get(name, default)

    def is_on(self, name: str) -> bool:
        """Tell whether a switch (0xAA on, 0x55 off) is on; False where there is none."""
        return self._values.get(name) == SWITCH_ON

    def scaled(self, name: str, unit: str) -> float | None:
        """Return a register's value in a unit, None where this device has no such register."""
        raw = self._values.get(name)
        if raw is None:
            return None
        spec = self._specs[name]
        return raw * spec.scale * factor(spec.unit, unit)

    def as_raw(self, name: str, unit: str, scale: float, raw: int | None = None) -> int:
        """Return a register's value as a raw number of a register with another unit and scale.

        `raw` stands for the value that it has.
        """
        spec = self._specs[name]
        raw = self._values[name] if raw is None else raw
        return round(raw * spec.scale * factor(spec.unit, unit) / scale)

    def check(self, spec: RegisterSpec, raw: int, pending: Mapping[str, int]) -> int:
        """Return 0 where `raw` may be written to a register, else the exception code.

        `pending` holds what the same request writes to other registers.
        """
        name, target = self.target(spec, raw)
        if name not in self._values:
            return ILLEGAL_ADDRESS
        if not permits(spec.allowed, raw, self._figures):
            return SETTING_FAILURE
        known = {**self._values, **pending, name: target}
        if known.get("min_soc", 0) >= known.get("max_soc", 1001):
            return SETTING_FAILURE
        if self._values.get("local_remote_control") == _LOCAL_ONLY and (
            name != "local_remote_control"
        ):
            return SETTING_FAILURE
        return 0

    def target(self, spec: RegisterSpec, raw: int) -> tuple[str, int]:
        """Return the setting behind a register, and `raw` in that setting's own scale.

        A shadow (`setting:NAME`) hands on to the register it shadows.
        """
        if not spec.shows.startswith("setting:"):
            return spec.name, raw
        name = spec.shows.removeprefix("setting:")
        owner = self._specs.get(name)
        if owner is None:
            return name, raw
        return name, round(raw * spec.scale * factor(spec.unit, owner.unit) / owner.scale)

    def write(self, spec: RegisterSpec, raw: int) -> None:
        """Store a checked value; twins of it in another unit follow."""
        name, value = self.target(spec, raw)
        if name == "export_power_limit" and self._values.get("export_power_limit_mode") == (
            SWITCH_OFF
        ):
            return  # Silently ignored while the limitation is off (mkaiser control tests).
        self._values[name] = value
        self._follow(name, value)

    def _follow(self, name: str, value: int) -> None:
        """Keep the two active power limits of string inverters, ratio and power, in step."""
        nominal = self._figures["nominal_power"]
        if name == "power_limitation_setting" and "power_limitation_adjustment" in self._values:
            self._values["power_limitation_adjustment"] = round(nominal * value / 1e5)
        elif name == "power_limitation_adjustment" and nominal:
            self._values["power_limitation_setting"] = round(value * 1e5 / nominal)

    def _defaults(self) -> dict[str, int]:
        defaults = {
            name: resolve(parse_bound(spec.default), self._figures)
            for name, spec in self._specs.items()
            if spec.default
        }
        return {**defaults, **self._initial}
