"""The doors of an emulator: a protocol, a server and the devices that answer there."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from sungrow_emulator.answers import DoorAnswer
from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.catalog.personas import PATHS, Layer, Timing, load_path
from sungrow_emulator.config import BESIDE, Config, flag
from sungrow_emulator.device.persona import Persona
from sungrow_emulator.device.station import STATION_KINDS, Station
from sungrow_emulator.device.view import View
from sungrow_emulator.metrics import Metric, of_connections, of_door, of_line
from sungrow_emulator.plan import MOST_BEHIND_A_GATEWAY
from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer

if TYPE_CHECKING:
    from sungrow_emulator.servers.serial_line import SerialLine

Server: TypeAlias = "ModbusTcpServer | SerialLine"

log = logging.getLogger(__name__)


class ModbusDoor:
    """A Modbus TCP port with the devices behind it.

    Args:
        config: host, port, unit ids, encryption and timing.
        views: the device that was asked for and its companions, as this path shows them.
        key: public key of encrypted Modbus.

    Raises:
        ConflictError: two of them would have one unit id.
        EmulatorError: the real device has no such port on this path.
    """

    def __init__(self, config: Config, views: Mapping[str, View], key: bytes) -> None:
        self.address = config.host, config.modbus_port
        self.persona = next(iter(views.values())).program.persona
        _refuse_closed_ports(config, self.persona.path)
        self._units: dict[int, View] = {}
        encryption = _encryption(config, self.persona)
        rules = DoorRules(
            encryption=encryption,
            public_key=key,
            malformed_exceptions=encryption is Encryption.MALFORMED,
        )
        self._door = Door(
            self._units,
            rules,
            pacer=_pacer(config, self.persona.path.timing),
            on_error=_report,
        )
        self._server = ModbusTcpServer(self._door, config.host, config.modbus_port)
        self._beside = dict(_servers_beside(config, self._door))
        self._host = config.host
        self._timing = config.timing
        self._bound = False
        self.attach(config, views)

    def __repr__(self) -> str:
        """Name the address and the persona."""
        return f"<ModbusDoor {self._host}:{self.port} as {self.persona.name}>"

    @property
    def port(self) -> int:
        """TCP port it is bound to, 0 while it is not."""
        return self._server.port if self._bound else 0

    @property
    def empty(self) -> bool:
        """Whether no device is left behind it."""
        return not self._units

    def attach(self, config: Config, views: Mapping[str, View]) -> None:
        """Let a device and its companions answer here, too.

        Raises:
            ConflictError: a unit id is taken or too high, or this port has other manners.
        """
        place = f"{config.host}:{config.modbus_port}"
        if self._units:
            _refuse_servers_beside(config, place)
        wanted, spoken = _encryption(config, self.persona), self._door.rules.encryption
        if wanted is not spoken:
            raise ConflictError(
                f"encryption={wanted.value}: {place} speaks {spoken.value} already; "
                "choose that, or another modbus-port"
            )
        if config.timing != self._timing:
            raise ConflictError(
                f"timing={config.timing}: {place} has timing={self._timing} already; "
                "choose that, or another modbus-port"
            )
        units: dict[int, View] = {}
        one = next(iter(views.values()))
        for position, view in enumerate(views.values()):
            persona = view.program.persona
            if position and view.device.kind not in persona.path.companions:
                continue
            if view.device.kind == "inverter" and persona.path.inverters == "none":
                continue
            unit = _unit_id(config, view, listed=not position)
            taken = self._units.get(unit) or units.get(unit)
            if taken is not None:
                whose, change = "", "unit or modbus-port"
                if position:
                    whose = f", the {view.device.kind} of {one.device.id}"
                    change = "unit" if taken is one else "modbus-port"
                at = "" if taken is one else f" at {place} already"
                raise ConflictError(
                    f"unit={unit}{whose}: that is {taken.device.id}{at}; choose another {change}"
                )
            units[unit] = view
        self._units.update(units)
        for station in self._stations():
            station.join(view.device for view in views.values())

    def detach(self, views: Iterable[View]) -> None:
        """Let devices answer here no more; connections stay."""
        views = tuple(views)
        for station in self._stations():
            station.leave(view.device for view in views)
        gone = {id(view) for view in views}
        for unit in [unit for unit, view in self._units.items() if id(view) in gone]:
            del self._units[unit]

    @property
    def has_station(self) -> bool:
        """Whether a Logger or an iHomeManager stands here, which speaks for all."""
        return bool(self._stations())

    def _stations(self) -> tuple[Station, ...]:
        found = (view.device for view in self._units.values())
        return tuple(device for device in found if isinstance(device, Station))

    async def start(self) -> None:
        """Bind the ports and open the line. EmulatorError says what to do where that fails."""
        await self._server.start()
        self._bound = True
        for server in self._beside.values():
            await server.start()

    async def stop(self) -> None:
        """Close every port, line and connection."""
        self._bound = False
        for server in (self._server, *self._beside.values()):
            await server.stop()

    def answers(self) -> bool:
        """Tell whether every device here answers a read of its first register, in memory."""
        return all(view.answers() for view in self._units.values())

    def clients(self) -> tuple[str, ...]:
        """Return the addresses of the clients of the Modbus TCP ports, each once."""
        beside = (server for kind, server in self._beside.items() if kind.startswith("modbus"))
        found = {client for server in (self._server, *beside) for client in server.clients}
        return tuple(sorted(found))

    def describe(self) -> tuple[DoorAnswer, ...]:
        """Return what there is to say about each port, and the line, now."""
        one = self.answer()
        beside = (_answer_of(kind, server, one) for kind, server in self._beside.items())
        return (one, *beside)

    def answer(self) -> DoorAnswer:
        """Return what there is to say about the door now."""
        return DoorAnswer(
            kind="modbus",
            host=self._host,
            port=self.port,
            path=self.persona.path.name,
            firmware=self.persona.firmware.name,
            persona=self.persona.name,
            encryption=self._door.rules.encryption.value,
            units={str(unit): view.device.id for unit, view in sorted(self._units.items())},
            connections=self._server.connections,
            requests=self._door.counters.requests,
            exceptions=sum(self._door.counters.exceptions),
        )

    def metrics(self) -> tuple[Metric, ...]:
        """Return what the door and each of its servers have seen since start."""
        port = str(self.port or self.address[1])
        labels = {"door": "modbus", "host": self._host, "port": port}
        found = [of_connections(labels, self._server.connections)]
        found += of_door(labels, self._door.counters)
        for kind, server in self._beside.items():
            at = str(server.port) if isinstance(server, ModbusTcpServer) else server.name
            labels = {"door": kind, "host": self._host, "port": at}
            found.append(of_connections(labels, server.connections))
            if server.heard is not None:
                found += of_line(labels, server.heard)
        return tuple(found)


def _servers_beside(config: Config, door: Door) -> Iterator[tuple[str, Server]]:
    """Yield what serves the same door beside the plain port, by the kind of door."""
    if config.modbus_second_port is not None:
        option = "modbus-second-port"
        server = ModbusTcpServer(door, config.host, config.modbus_second_port, option=option)
        yield "modbus-second", server
    if config.modbus_tls_port is not None:
        from sungrow_emulator.servers.modbus_tls import ModbusTlsServer

        yield "modbus-tls", ModbusTlsServer(door, config.host, config.modbus_tls_port)
    if config.rtu:
        from sungrow_emulator.protocol.rtu import FRAME_GAP
        from sungrow_emulator.servers.serial_line import SerialLine

        turnaround = FRAME_GAP if config.timing == "persona" else 0.0
        yield "rtu", SerialLine(door, config.rtu, turnaround=turnaround)
    if config.rtu_tcp_port is not None:
        from sungrow_emulator.servers.rtu_tcp import RtuTcpServer

        yield "rtu-tcp", RtuTcpServer(door, config.host, config.rtu_tcp_port)


def _refuse_closed_ports(config: Config, path: Layer) -> None:
    """Refuse options whose ports are closed on the real device; the data of the path tells."""
    if config.modbus_second_port is not None and len(path.ports) < 2:
        there = " or ".join(name for name in PATHS if len(load_path(name).ports) > 1)
        raise EmulatorError(
            f"modbus-second-port: path {path.name} has one Modbus port; choose path {there} for"
            " a second"
        )
    if config.modbus_tls_port is not None and not path.tls_port:
        there = " or ".join(name for name in PATHS if load_path(name).tls_port)
        raise EmulatorError(
            f"modbus-tls-port: path {path.name} has no Modbus over TLS; choose path {there} for it"
        )


def _refuse_servers_beside(config: Config, place: str) -> None:
    for name, none in BESIDE.items():
        if getattr(config, name) != none:
            raise ConflictError(
                f"{flag(name)}: {place} has its doors already; give it to the first device there"
            )


def _answer_of(kind: str, server: Server, whole: DoorAnswer) -> DoorAnswer:
    """Return what there is to say about one server; requests are those of all."""
    if isinstance(server, ModbusTcpServer):
        port = server.port if whole.port else 0
        return replace(whole, kind=kind, port=port, connections=server.connections)
    link = f" <- {server.link}" if server.link else ""
    return replace(
        whole,
        kind=kind,
        host="",
        port=0,
        connections=server.connections,
        place=f"{server.name}{link}",
    )


def _report(error: Exception) -> None:
    log.error(
        "a fault of the emulator, answered with exception 4; please report it: %s",
        repr(error),
        exc_info=error if log.isEnabledFor(logging.DEBUG) else None,
    )


def _encryption(config: Config, persona: Persona) -> Encryption:
    if config.encryption != "auto":
        return Encryption(config.encryption)
    # A WiNet-S has given the zero key, and from P024 on no answer (SungrowInverter#19).
    if persona.path.name == "winet-s" and config.dongle_firmware >= "P024":
        return Encryption.SILENT
    return Encryption(persona.path.encryption)


def _unit_id(config: Config, view: View, *, listed: bool) -> int:
    """Return the unit id of a device that is listed itself, or of a companion."""
    path, kind = view.program.persona.path, view.device.kind
    if kind != "inverter":
        own = path.units["station" if kind in STATION_KINDS else kind]
        return config.unit or own if listed else own
    if path.inverters == "many" and config.inverter_unit > MOST_BEHIND_A_GATEWAY:
        raise ConflictError(
            f"unit={config.unit}: behind one logger unit ids of inverters end at "
            f"{MOST_BEHIND_A_GATEWAY}"
        )
    return config.inverter_unit


def _pacer(config: Config, timing: Timing | None) -> Pacer | None:
    if config.timing == "none" or timing is None:
        return None
    manners = Manners(
        input_latency=timing.input_latency,
        holding_latency=timing.holding_latency,
        contention=timing.contention,
        minimum_gap=timing.minimum_gap,
        sessions=timing.sessions,
    )
    return Pacer(manners, splitmix64(config.seed + config.instance))
