"""Factors between the unit that a quantity is kept in and the unit that a register is in."""

from __future__ import annotations

from sungrow_emulator.catalog.errors import EmulatorError

_IN_BASE = {
    "": ("", 1.0),
    "A": ("A", 1.0),
    "mA": ("A", 1e-3),
    "Ah": ("Ah", 1.0),
    "V": ("V", 1.0),
    "W": ("W", 1.0),
    "kW": ("W", 1e3),
    "var": ("var", 1.0),
    "kvar": ("var", 1e3),
    "VA": ("VA", 1.0),
    "Wh": ("kWh", 1e-3),
    "kWh": ("kWh", 1.0),
    "Hz": ("Hz", 1.0),
    "%": ("%", 1.0),
    "degC": ("degC", 1.0),
    "kOhm": ("kOhm", 1.0),
    "s": ("s", 1.0),
    "min": ("s", 60.0),
    "h": ("s", 3600.0),
    "kg": ("kg", 1.0),
    "C": ("C", 1.0),
    "km/kWh": ("km/kWh", 1.0),
}


def factor(kept: str, shown: str) -> float:
    """Return what a value in unit `kept` is multiplied with to be in unit `shown`.

    A quantity without a unit (a code, a count) goes into any register as it is.

    Raises:
        EmulatorError: the units do not measure the same thing.
    """
    if kept in {"", "text", "bytes"} or not shown:
        return 1.0
    try:
        (kept_base, kept_size), (shown_base, shown_size) = _IN_BASE[kept], _IN_BASE[shown]
    except KeyError as error:
        known = ", ".join(_IN_BASE)
        raise EmulatorError(f"unit {error.args[0]!r} is not one of {known}") from None
    if kept_base != shown_base:
        raise EmulatorError(f"a quantity in {kept} cannot be shown in {shown}")
    return kept_size / shown_size
