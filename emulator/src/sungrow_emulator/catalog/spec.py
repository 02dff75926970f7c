"""The catalog's vocabulary: typed, frozen rows of the data files."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Table(enum.StrEnum):
    """A Modbus register table."""

    INPUT = "input"
    HOLDING = "holding"


class Datatype(enum.StrEnum):
    """How the words of a register form a value; 32 and 64 bit: low word first."""

    U16 = "U16"
    S16 = "S16"
    U32 = "U32"
    S32 = "S32"
    S64 = "S64"
    UTF8 = "UTF8"
    BITS16 = "BITS16"
    BITS32 = "BITS32"
    BYTES = "BYTES"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing a register can show.

    Attributes:
        name: dotted name such as `ac.power`.
        unit: the unit the value is kept in (`W`, `kWh`, `V`, `text`, …).
        origin: `site`, `device` or `history`.
        meaning: one line of English.
    """

    name: str
    unit: str
    origin: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be written to a register, as raw value decoded by the register's datatype.

    Attributes:
        values: single values that are allowed.
        ranges: inclusive ranges; a bound is a number or the name of a model figure
            (`power_limit_ratio_max`, `bdc_rated`, …), optionally negated.
    """

    values: tuple[int, ...] = ()
    ranges: tuple[tuple[int | str, int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterSpec:
    """One register (or array of registers) of one or more families.

    Attributes:
        address: document number (wire address + 1).
        count: number of 16-bit words.
        table: input or holding.
        name: snake_case name, unique per family and table.
        datatype: type of one element.
        length: number of elements; more than 1 for arrays.
        scale: value = raw * scale, in `unit`.
        unit: unit of the scaled value, empty for plain numbers.
        writable: whether function 6 and 16 reach it.
        families: the model families that have it.
        shows: what it shows: a quantity name, `setting:NAME` (a mirror of the holding
            register NAME), `=LITERAL` (a constant: number, 0x… or "text"), or empty
            where nothing is known and the sentinel is shown.
        default: raw value of a writable register after start: a number, 0x…, or the name
            of a model figure, optionally negated; empty = it shows what `shows` says, and
            with that empty too it is not available: it reads as the sentinel and refuses
            writes.
        allowed: what may be written, compared after decoding by datatype; None = any value.
        labels: meaning of single raw values, `170 -> "on"`.
        sentinel: the `count` words that mean "not available" on a transparent path.
        unverified: the row rests on inference or on one weak source.
        note: what a user should know.
        aliases: names of the same register in clients, `client:name`.
        sources: documents, clients and dumps that back the row.
        opaque: a dump shows it alive, but no source says what it means; it reads the
            literal that the dump has.
    """

    address: int
    count: int
    table: Table
    name: str
    datatype: Datatype
    length: int
    scale: float
    unit: str
    writable: bool
    families: tuple[str, ...]
    shows: str
    default: str
    allowed: Allowed | None
    labels: tuple[tuple[int, str], ...]
    sentinel: tuple[int, ...]
    unverified: bool
    note: str
    aliases: tuple[str, ...]
    sources: tuple[str, ...]
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: an inverter, battery, wallbox, logger or iHomeManager.

    Attributes:
        name: as Sungrow prints it.
        type_code: device type code; several models may share one.
        family: register family, e.g. `hybrid-rt`.
        phases: 1 or 3; 0 where it has no AC side.
        nominal_power: nominal AC power in W; 0 where it has none.
        mppt_count: number of MPP trackers.
        strings_per_mppt: strings on each tracker, one figure per tracker.
        string_currents: whether the string current registers (7013 …) are served.
        max_dc_voltage: in V.
        mppt_voltage_min: in V.
        mppt_voltage_max: in V.
        hybrid: whether it has a battery converter.
        output_type: 0 single phase, 1 3P4L, 2 3P3L (register 5002).
        battery_max_charge: in W, 0 for string inverters.
        battery_max_discharge: in W, 0 for string inverters.
        power_limit_ratio_max: upper bound of holding 5008 in 0.1 %.
        power_limit_max: upper bound of holding 5039 in 0.1 kW.
        reactive_limit: bound of holding 5040 in 0.1 kvar.
        unverified: names of the fields that no source backs.
        note: what a user should know.
        sources: documents and clients that back the row.
        bdc_rated: rated power of the battery converter (register 5628) in W, 0 for
            string inverters.
    """

    name: str
    type_code: int
    family: str
    phases: int
    nominal_power: int
    mppt_count: int
    strings_per_mppt: tuple[int, ...]
    string_currents: bool
    max_dc_voltage: int
    mppt_voltage_min: int
    mppt_voltage_max: int
    hybrid: bool
    output_type: int
    battery_max_charge: int
    battery_max_discharge: int
    power_limit_ratio_max: int
    power_limit_max: int
    reactive_limit: int
    unverified: tuple[str, ...]
    note: str
    sources: tuple[str, ...]
    bdc_rated: int = 0


@dataclass(frozen=True, slots=True)
class BatterySpec:
    """One battery pack.

    Attributes:
        name: as Sungrow prints it, e.g. `SBR128`.
        dev_code: device code that a WiNet-S lists.
        capacity: usable capacity in kWh.
        modules: number of modules.
        nominal_voltage: in V.
        max_current: charge and discharge current in A.
        unverified: names of the fields that no source backs.
        sources: what backs the row.
    """

    name: str
    dev_code: int
    capacity: float
    modules: int
    nominal_voltage: float
    max_current: float
    unverified: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanBand:
    """A block that a known client reads on some families.

    Attributes:
        client: who reads it.
        table: input or holding.
        address: document number of the first word.
        count: number of words.
        families: the families it is read on.
    """

    client: str
    table: Table
    address: int
    count: int
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkState:
    """One operating state and its code in each style.

    Attributes:
        name: e.g. `run`, `standby`, `key-stop`.
        string_code: code of register 5038 and of new-style hybrids.
        hybrid_old_code: code of register 13000 in the older style, None where it has none.
        work_state_2: value of the bit field 5081, None where it has none.
        feeds_in: whether the inverter delivers power in this state.
        meaning: one line.
        sources: documents that back the row.
    """

    name: str
    string_code: int
    hybrid_old_code: int | None
    work_state_2: int | None
    feeds_in: bool
    meaning: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault or alarm number.

    Attributes:
        number: decimal number as displays and apps show it.
        name: kebab-case name for people, unique.
        stops: True for a fault (feed-in stops), False for an alarm (it goes on).
        meaning: one line.
        word: fault word of hybrids that carries it (`grid_fault`, …), empty where none.
        bit: bit in that word, -1 where none.
        sources: what backs the row.
        note: where sources disagree, and what else a user should know.
    """

    number: int
    name: str
    stops: bool
    meaning: str
    word: str
    bit: int
    sources: tuple[str, ...]
    note: str = ""
