"""The doors of an emulator: a protocol, a server and the devices that answer there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sungrow_emulator.answers import DoorAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.personas import Timing
from sungrow_emulator.config import Config
from sungrow_emulator.device.persona import Persona
from sungrow_emulator.device.view import View
from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number for monitoring.

    Attributes:
        name: metric name without prefix, e.g. `modbus_requests_total`.
        help: one line.
        kind: `counter` or `gauge`.
        labels: what tells it from others of the same name.
        value: the number.
    """

    name: str
    help: str
    kind: str
    labels: Mapping[str, str]
    value: float


class ModbusDoor:
    """A Modbus TCP port with the devices behind it.

    Args:
        config: host, port, unit ids, encryption and timing.
        views: the device that was asked for and its companions, as this path shows them.
        key: public key of encrypted Modbus.
    """

    def __init__(self, config: Config, views: Mapping[str, View], key: bytes) -> None:
        self.persona = next(iter(views.values())).program.persona
        self._units: dict[int, View] = {}
        for place, view in enumerate(views.values()):
            if place and view.device.kind not in self.persona.path.companions:
                continue
            unit = _unit_id(config, self.persona, view)
            if unit in self._units:
                raise EmulatorError(
                    f"unit={unit}: that is the {view.device.id} on this path; choose another"
                )
            self._units[unit] = view
        encryption = Encryption(
            self.persona.path.encryption if config.encryption == "auto" else config.encryption
        )
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
        self._host = config.host
        self._bound = False

    def __repr__(self) -> str:
        """Name the address and the persona."""
        return f"<ModbusDoor {self._host}:{self.port} as {self.persona.name}>"

    @property
    def port(self) -> int:
        """TCP port it is bound to, 0 while it is not."""
        return self._server.port if self._bound else 0

    async def start(self) -> None:
        """Bind the port. EmulatorError says what to do where that fails."""
        await self._server.start()
        self._bound = True

    async def stop(self) -> None:
        """Close the port and every connection."""
        self._bound = False
        await self._server.stop()

    def answers(self) -> bool:
        """Tell whether every device here answers a read of its first register, in memory."""
        return all(view.answers() for view in self._units.values())

    def clients(self) -> tuple[str, ...]:
        """Return the addresses of the connected clients."""
        return self._server.clients

    def describe(self) -> tuple[DoorAnswer, ...]:
        """Return what there is to say about the port now."""
        return (self.answer(),)

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
        """Return what the door has seen since start."""
        counters = self._door.counters
        labels = {"door": "modbus"}
        metrics = [
            Metric(
                "modbus_connections",
                "Open connections.",
                "gauge",
                labels,
                self._server.connections,
            ),
            Metric("modbus_replies_total", "Frames sent.", "counter", labels, counters.replies),
            Metric(
                "modbus_key_requests_total",
                "Key requests of encrypted Modbus.",
                "counter",
                labels,
                counters.key_requests,
            ),
            Metric(
                "modbus_encrypted_frames_total",
                "Requests that came encrypted.",
                "counter",
                labels,
                counters.encrypted_frames,
            ),
            Metric(
                "modbus_garbage_closes_total",
                "Connections closed over bytes that are no frame.",
                "counter",
                labels,
                counters.garbage_closes,
            ),
            Metric(
                "modbus_unit_failures_total",
                "Requests that the emulator itself failed at; answered with exception 4.",
                "counter",
                labels,
                counters.unit_failures,
            ),
        ]
        for name, text, label, counts in (
            ("modbus_requests_total", "Requests received.", "function", counters.functions),
            ("modbus_exceptions_total", "Requests refused.", "code", counters.exceptions),
        ):
            metrics += [
                Metric(name, text, "counter", {**labels, label: str(number)}, count)
                for number, count in enumerate(counts)
                if count
            ]
        return tuple(metrics)


def _report(error: Exception) -> None:
    log.error(
        "a fault of the emulator, answered with exception 4; please report it: %s",
        repr(error),
        exc_info=error if log.isEnabledFor(logging.DEBUG) else None,
    )


def _unit_id(config: Config, persona: Persona, view: View) -> int:
    kind = view.device.kind
    if kind == "inverter":
        return config.unit
    return persona.path.units["station" if kind in {"logger", "ihomemanager"} else kind]


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
