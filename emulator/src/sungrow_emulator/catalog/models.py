"""Loads the models: data/models.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.spec import ModelSpec
from sungrow_emulator.catalog.tables import Row, read_table, split

COLUMNS = (
    "name", "type_code", "family", "phases", "nominal_power", "mppt_count",
    "strings_per_mppt", "max_dc_voltage", "mppt_voltage_min", "mppt_voltage_max", "hybrid",
    "output_type", "battery_max_charge", "battery_max_discharge", "bdc_rated",
    "power_limit_ratio_max", "power_limit_max", "reactive_limit", "unverified", "note",
    "sources",
)  # fmt: skip


@cache
def load_models() -> Mapping[str, ModelSpec]:
    """Return all models by name, in the order of the file.

    Raises:
        CatalogError: a row is malformed.
    """
    return {row.cells[0]: _model(row) for row in _rows()}


@cache
def find_model(name: str) -> ModelSpec:
    """Return the model of that name, whatever its letter case.

    Raises:
        UnknownNameError: there is none; the error names the nearest.
    """
    wanted = name.strip().casefold()
    for row in _rows():
        if row.cells[0].casefold() == wanted:
            return _model(row)
    raise UnknownNameError("model", name, [row.cells[0] for row in _rows()])


def models_by_type_code(code: int) -> tuple[ModelSpec, ...]:
    """Return all models that share a device type code, the canonical one first."""
    return tuple(_model(row) for row in _rows() if row.integer("type_code", row.cells[1]) == code)


def resolve_model(text: str) -> ModelSpec:
    """Return the model that a name or a type code (`0x2430`, `9264`) stands for.

    Of several models with that code it is the canonical one.

    Raises:
        UnknownNameError: there is none; the error names the nearest.
    """
    try:
        code = int(text.strip(), 0)
    except ValueError:
        return find_model(text)
    candidates = models_by_type_code(code)
    if candidates:
        return candidates[0]
    known = [f"0x{row.integer('type_code', row.cells[1]):04X}" for row in _rows()]
    raise UnknownNameError("type code", f"0x{code:04X}", known)


def _rows() -> Iterator[Row]:
    return read_table("models.csv", COLUMNS)


def _model(row: Row) -> ModelSpec:
    (
        name, type_code, family, phases, nominal_power, mppt_count, strings, max_dc_voltage,
        voltage_min, voltage_max, hybrid, output_type, charge, discharge, bdc_rated,
        ratio_max, power_max, reactive, unverified, note, sources,
    ) = row.cells  # fmt: skip
    trackers = row.integer("mppt_count", mppt_count)
    per_tracker = _strings(row, strings, trackers)
    return ModelSpec(
        name=name,
        type_code=row.integer("type_code", type_code),
        family=family,
        phases=row.integer("phases", phases),
        nominal_power=row.integer("nominal_power", nominal_power),
        mppt_count=trackers,
        strings_per_mppt=per_tracker,
        string_currents=family.startswith("string-") and max(per_tracker) > 1,
        max_dc_voltage=row.integer("max_dc_voltage", max_dc_voltage),
        mppt_voltage_min=row.integer("mppt_voltage_min", voltage_min),
        mppt_voltage_max=row.integer("mppt_voltage_max", voltage_max),
        hybrid=row.flag("hybrid", hybrid),
        output_type=row.integer("output_type", output_type),
        battery_max_charge=row.integer("battery_max_charge", charge),
        battery_max_discharge=row.integer("battery_max_discharge", discharge),
        bdc_rated=row.integer("bdc_rated", bdc_rated),
        power_limit_ratio_max=row.integer("power_limit_ratio_max", ratio_max),
        power_limit_max=row.integer("power_limit_max", power_max),
        reactive_limit=row.integer("reactive_limit", reactive),
        unverified=split(unverified),
        note=note,
        sources=split(sources),
    )


def _strings(row: Row, text: str, trackers: int) -> tuple[int, ...]:
    """Return the strings of each tracker; one figure stands for all of them."""
    counts = tuple(row.integer("strings_per_mppt", part) for part in split(text))
    if len(counts) == 1:
        counts *= trackers
    if len(counts) != trackers:
        allowed = f"one figure, or one for each of the {trackers} trackers"
        raise row.wrong("strings_per_mppt", text, allowed)
    return counts
