"""A station for tests: an SH5.0RS with an SBR128, as bjeanes/modbus-mqtt recorded them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from sungrow_emulator.protocol.winet.dongle import Dongle, WebSession
from sungrow_emulator.protocol.winet.rules import DongleRules, dongle_rules
from sungrow_emulator.protocol.winet.services import DongleIdentity

REFUSED = 13051
"""Reading or writing here, by wire address, is refused with exception 2."""
PADDED = 2612
"""Reading here gives more than was asked for."""

IDENTITY = DongleIdentity("B2281302388", "10.10.10.219", "e8:68:e7:33:b6:6b")


@dataclass(frozen=True)
class Device:
    """One listed device."""

    dev_id: int = 1
    dev_code: int = 3343
    dev_type: int = 35
    protocol: int = 2
    serial_number: str = "A2281302388"
    model: str = "SH5.0RS"
    unit: int = 1
    forwarding: int = 1
    init_status: int = 1


@dataclass(frozen=True)
class DataRow:
    """One row of a data list."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True)
class Input:
    """One PV input."""

    name: str
    voltage: str
    current: str


@dataclass(frozen=True)
class Grid:
    """The grid that the inverter is set to."""

    code: int = 6
    country: str = "I18N_COMMON_AUSTRALIA"
    company: str = "AS/NZS 4777.2:2020 Australia A"
    company_code: str = "13"


@dataclass(frozen=True)
class Setting:
    """One setting."""

    number: int
    address: int
    name: str
    value: str
    unit: str = ""
    parent: int = -1
    kind: int = 2
    accuracy: int = 0
    relation: str = ""
    range: str = ""
    options: tuple[tuple[str, str], ...] = ()


INVERTER = Device()
METER = Device(3, 0, 18, 2, "A2281302399", "DTSU666-20", 254, 254)
BATTERY = Device(2, 8424, 44, 0, "S2281302388", "SBR128", 200, 2, 255)
ON_OFF = (("I18N_COMMON_ENABLE", "170"), ("I18N_COMMON_PARA_OFF", "85"))
PAGES = {
    0: (
        Setting(1, 31404, "F1", "50.25", "Hz", accuracy=2),
        Setting(2, 31420, "I18N_COMMON_FRE_INCREMENT", "170", kind=1, options=ON_OFF),
    ),
    7: (),
    9: (
        Setting(12, 33179, "I18N_COMMON_WEEKEND_ENABLE", "170", kind=1, options=ON_OFF),
        Setting(13, 33180, "I18N_CONFIG_KEY_6186", "0", "h", 12, relation="[170]", range="[0~23]"),
    ),
}


@dataclass
class Station:
    """Word n of input reads n, of holding n + 0x8000 until it is written."""

    listed: tuple[Device, ...] = (INVERTER, BATTERY)
    rows: tuple[DataRow, ...] = (
        DataRow("I18N_COMMON_TOTAL_GRID_RUNNING_TIME", "--", "h"),
        DataRow("I18N_COMMON_AIR_TEM_INSIDE_MACHINE", "25.8", "℃"),
    )
    battery_rows: tuple[DataRow, ...] | None = (DataRow("I18N_CONFIG_KEY_3907", "0.000", "kW"),)
    written: list[tuple[int, int, str]] = field(default_factory=list)
    clients: tuple[str, ...] = ("10.10.10.73",)
    offset: float = 36000.0
    active: tuple[int, int] = (0, 0)
    numbers: dict[str, float | None] = field(
        default_factory=lambda: {
            "power": 670.0,
            "reactive": 0.0,
            "today": None,
            "total": None,
            "rated_power": 5000.0,
            "rated_reactive": 3000.0,
            "state": 33280.0,
            "online": 2.0,
            "offline": 0.0,
        }
    )

    def devices(self) -> Sequence[Device]:
        """Return the devices."""
        return self.listed

    def real(self, dev_id: int) -> Sequence[DataRow] | None:
        """Return the same rows for each device."""
        return self.rows if self._has(dev_id) else None

    def battery(self, dev_id: int) -> Sequence[DataRow] | None:
        """Return the battery's rows for the inverter."""
        return self.battery_rows if dev_id == 1 else None

    def direct(self, dev_id: int) -> Sequence[Input]:
        """Return one input of the inverter."""
        return (Input("MPPT1", "580.0", "5.0"),) if dev_id == 1 else ()

    def figures(self) -> dict[str, float | None]:
        """Return the numbers."""
        return self.numbers

    def faults(self) -> tuple[int, int]:
        """Return how many there are."""
        return self.active

    def parameters(self, dev_id: int, page: int) -> Sequence[Setting]:
        """Return the settings of the inverter."""
        return PAGES[page] if dev_id == 1 else ()

    def read(self, dev_id: int, function: int, address: int, count: int) -> bytes | int:
        """Answer from the image."""
        if not self._has(dev_id):
            return 11
        if address == REFUSED:
            return 2
        count += 4 if address == PADDED else 0
        base = 0x8000 if function == 3 else 0
        return b"".join(
            ((number + base) & 0xFFFF).to_bytes(2, "big")
            for number in range(address, address + count)
        )

    def write(self, dev_id: int, address: int, words: bytes) -> int:
        """Keep what is written."""
        if not self._has(dev_id):
            return 11
        if address == REFUSED:
            return 2
        self.written.append((dev_id, address, words.hex()))
        return 0

    def clock(self) -> datetime:
        """Return the time of the capture."""
        return datetime(2022, 8, 29, 20, 14, 44)  # noqa: DTZ001

    def utc_offset(self) -> float:
        """Return the zone of the capture, or what a test sets."""
        return self.offset

    def grid_code(self) -> Grid:
        """Return the grid of the capture."""
        return Grid()

    def modbus_clients(self) -> Sequence[str]:
        """Return the clients."""
        return self.clients

    def _has(self, dev_id: int) -> bool:
        return any(device.dev_id == dev_id for device in self.listed)


class Clock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def tokens() -> Iterator[str]:
    """Yield tokens that tell their number."""
    return (f"848a0ca3-b37d-46c1-aa95-{number:012x}" for number in count(1))


class Bench:
    """A dongle and what it takes to ask it."""

    def __init__(self, dongle: str = "winet-s", firmware: str = "P023", **rules: Any) -> None:
        self.station = Station()
        self.clock = Clock()
        self.rules: DongleRules = replace(dongle_rules(dongle, firmware), **rules)
        self.dongle = Dongle(
            self.station,
            self.rules,
            IDENTITY,
            clock=self.clock,
            tokens=tokens(),
            texts={"en_US": "A=1\n", "de_DE": "A=Ä\n"}.get,
        )

    def open(self) -> WebSession:
        """Begin to talk."""
        return self.dongle.open(self.clock.now, "10.10.10.73")

    def token(self, name: str = "", password: str = "") -> str:
        """Return a token, after a login if there is a name."""
        session = self.open()
        ask(session, "connect", token="")
        if name:
            ask(session, "login", token=session.token, username=name, passwd=password)
        return session.token

    def admin(self) -> str:
        """Return the token of an administrator."""
        return self.token("admin", "pw8888")

    def get(self, path: str, **query: object) -> Any:
        """Return the JSON of a page."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return _content(self.dongle.http("GET", path, text, b""))

    def post(self, path: str, **members: object) -> Any:
        """Post JSON, return JSON."""
        return _content(self.dongle.http("POST", path, "", json.dumps(members).encode()))


def ask(session: WebSession, service: str, **members: object) -> Any:
    """Ask for a service, return its answer."""
    (text,) = session.receive(json.dumps({"lang": "en_us", "service": service, **members}))
    return json.loads(text)


def codes(reply: Any) -> tuple[int, str]:
    """Return result code and message."""
    return reply["result_code"], reply["result_msg"]


def _content(answer: Any) -> Any:
    assert (answer.status, answer.content_type) == (200, "application/json")
    return json.loads(answer.body)
