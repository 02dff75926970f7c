"""What the façade answers: plain frozen dataclasses that REST, CLI and tests show as they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Where simulated time stands.

    Attributes:
        time: simulated time in UTC, ISO 8601.
        device_time: what the device's own clock shows, local, ISO 8601 without offset.
        timezone: IANA name of the site's time zone.
        speed: simulated seconds per second.
        frozen: whether simulated time stands still.
    """

    time: str
    device_time: str
    timezone: str
    speed: float
    frozen: bool


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """One place where clients may come in.

    Attributes:
        kind: `modbus`, `modbus-second`, `modbus-tls`, `rtu`, `rtu-tcp`, `winet-http`,
            `winet-ws` or `winet-tls`.
        host: address it is bound to.
        port: TCP port it is bound to (0 until it is bound).
        path: access path whose manners it shows, e.g. `lan`.
        firmware: inverter firmware wave, e.g. `pre-2024-11`.
        persona: name of the persona, `family/path/firmware`.
        encryption: mode of the key request: key, zero, ff, silent or malformed.
        units: unit id -> device id.
        connections: open connections.
        requests: requests answered or kept silent to, since start.
        exceptions: exception answers, since start.
        login: whether data are refused until a user has logged in.
        place: path of the terminal where it is no port, and where a link to it leads from.
    """

    kind: str
    host: str
    port: int
    path: str
    firmware: str
    persona: str
    encryption: str
    units: dict[str, str]
    connections: int
    requests: int
    exceptions: int
    login: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """Words laid above a register bank until they are taken away.

    Attributes:
        table: `input` or `holding`.
        address: document number of the first word.
        words: the raw words.
    """

    table: str
    address: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """One active fault or alarm.

    Attributes:
        number: as displays show it.
        name: for people.
        stops: whether it stops the feed-in.
        meaning: one line.
    """

    number: int
    name: str
    stops: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """One device and what it is doing.

    Attributes:
        id: name of the device in this emulator, e.g. `inverter`, `battery`.
        kind: inverter, battery, wallbox, meter, logger or ihomemanager.
        model: catalog name.
        family: register family.
        type_code: device type code, 0 where it has none.
        serial_number: its own serial number.
        state: operating state, e.g. `run`; empty for devices without one.
        code: the raw state code that registers show, None where there is none.
        power: AC power in W (battery: discharge power), None where it has none.
        soc: state of charge in %, None without battery.
        overrides: what an operator holds, e.g. `{"pv_power": 2500.0}` (W, %).
        faults: active faults and alarms.
        pins: pinned registers.
    """

    id: str
    kind: str
    model: str
    family: str
    type_code: int
    serial_number: str
    state: str
    code: int | None
    power: float | None
    soc: float | None
    overrides: dict[str, float]
    faults: tuple[FaultAnswer, ...]
    pins: tuple[PinAnswer, ...]


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """The whole emulator at one instant.

    Attributes:
        api: version of the control API.
        version: version of the emulator.
        ready: whether every configured door was bound once and answered a self-read.
        seed: seed of everything random.
        clock: simulated time.
        devices: every device.
        doors: every door.
        control: URL of the control API, empty where there is none.
        notes: what the configuration made it say (path chosen, unusual combination).
    """

    api: int
    version: str
    ready: bool
    seed: int
    clock: ClockAnswer
    devices: tuple[DeviceAnswer, ...]
    doors: tuple[DoorAnswer, ...]
    control: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """One register of a device as it shows it now, decoded.

    Attributes:
        name: register name.
        table: `input` or `holding`.
        address: document number.
        wire: address on the wire (document number - 1).
        count: number of words.
        words: raw words as a client reads them now.
        value: the words decoded and scaled; None where they mean "not available".
        unit: unit of the value.
        label: meaning of the value where it is an enumeration.
        shows: the quantity, setting or literal behind it.
        truth: the physical value before encoding, in `unit`; None for constants.
        writable: whether clients may write it.
        unverified: whether no document or dump backs the row.
    """

    name: str
    table: str
    address: int
    wire: int
    count: int
    words: tuple[int, ...]
    value: int | float | str | list[float] | None
    unit: str
    label: str
    shows: str
    truth: int | float | str | list[float] | None
    writable: bool
    unverified: bool


@dataclass(frozen=True, slots=True)
class RegistersAnswer:
    """Raw words of one block.

    Attributes:
        device: device id.
        table: `input` or `holding`.
        address: document number of the first word.
        wire: the same on the wire (document number - 1).
        words: raw words.
        pinned: whether any of them is pinned.
        fields: names of the registers that begin in the block.
    """

    device: str
    table: str
    address: int
    wire: int
    words: tuple[int, ...]
    pinned: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A register that a command changed.

    Attributes:
        table: `input` or `holding`.
        address: document number.
        name: register name.
        before: decoded value before.
        after: decoded value after.
    """

    table: str
    address: int
    name: str
    before: int | float | str | list[float] | None
    after: int | float | str | list[float] | None


@dataclass(frozen=True, slots=True)
class ChangeAnswer:
    """What a command did.

    Attributes:
        device: device id.
        action: what was done, one sentence.
        time: simulated time in UTC, ISO 8601.
        changed: registers that show something else at once.
        notes: what does not show fully and why, what needs time, what the family lacks.
        state: the device after the command.
    """

    device: str
    action: str
    time: str
    changed: tuple[RegisterChange, ...]
    notes: tuple[str, ...]
    state: DeviceAnswer
