"""The web doors of the dongle that stands beside an inverter: HTTP, WebSocket, TLS."""

from __future__ import annotations

import asyncio
import importlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sungrow_emulator.answers import DoorAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config
from sungrow_emulator.device.device import Device
from sungrow_emulator.metrics import Metric

if TYPE_CHECKING:
    from sungrow_emulator.device.winet import DeviceStation
    from sungrow_emulator.protocol.winet.dongle import Dongle
    from sungrow_emulator.protocol.winet.rules import DongleRules
    from sungrow_emulator.servers.tls import CertificateFiles
    from sungrow_emulator.servers.winet import WinetServer

_MAC_PREFIX = "e8:68:e7"
"""The maker of the radio module, as one capture shows it."""
_LOOPBACK = "127.0.0.1"


class WinetDoor:
    """A dongle's ports with the devices behind it. The web stack is loaded when it starts.

    Args:
        config: kind and firmware of the dongle, host and ports.
        devices: the device that was asked for and its companions.
        monotonic: the wall clock that simulated time is driven by.
        modbus_clients: addresses of the clients of the Modbus door, which the dongle lists.

    Raises:
        EmulatorError: the certificate is given without its key, or the other way round, or
            they cannot be used.
    """

    def __init__(
        self,
        config: Config,
        devices: Sequence[Device],
        monotonic: Callable[[], float],
        modbus_clients: Callable[[], Sequence[str]],
    ) -> None:
        self._config = config
        self._devices = devices
        self._monotonic = monotonic
        self._modbus_clients = modbus_clients
        self._certificate = _certificate(config)
        self._server: WinetServer | None = None
        self._dongle: Dongle | None = None
        self._login = False
        self._answered = False

    def __repr__(self) -> str:
        """Name the kind, the firmware and where it listens."""
        where = ", ".join(f"{d.kind} {d.port}" for d in self.describe()) or "closed"
        return f"<WinetDoor {self._config.winet} {self._config.dongle_firmware}: {where}>"

    async def start(self) -> None:
        """Load the web stack off the loop, then bind the ports.

        Raises:
            EmulatorError: a port or the certificate cannot be had; the message says what to do.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="sungrow-emulator winet") as worker:
            await loop.run_in_executor(worker, _load_web_stack)
        server = self._make()
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Close the ports and every connection."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    def reset(self) -> None:
        """Forget tokens, wrong passwords and locks, as after a start; connections stay."""
        if self._dongle is not None:
            self._dongle.reset()

    def answers(self) -> bool:
        """Tell whether the dongle read every device when it was made, in memory."""
        return self._answered

    def describe(self) -> tuple[DoorAnswer, ...]:
        """Return what there is to say about each open port now."""
        server = self._server
        if server is None:
            return ()
        ports = (("http", server.ports.http), ("ws", server.ports.ws), ("tls", server.ports.tls))
        return tuple(
            DoorAnswer(
                kind=f"winet-{name}",
                host=self._config.host,
                port=port,
                path=self._config.winet,
                firmware=self._config.dongle_firmware,
                persona="",
                encryption="",
                units={str(n): device.id for n, device in enumerate(self._devices, 1)},
                connections=server.connections,
                requests=server.http_requests,
                exceptions=0,
                login=self._login,
            )
            for name, port in ports
            if port is not None
        )

    def metrics(self) -> tuple[Metric, ...]:
        """Return what the doors have seen since start."""
        if self._server is None:
            return ()
        port = next((str(door.port) for door in self.describe()), "")
        labels = {"door": "winet", "host": self._config.host, "port": port}
        return (
            Metric(
                "winet_connections",
                "Open connections.",
                "gauge",
                labels,
                self._server.connections,
            ),
            Metric(
                "winet_http_requests_total",
                "HTTP requests answered.",
                "counter",
                labels,
                self._server.http_requests,
            ),
        )

    def _make(self) -> WinetServer:
        from sungrow_emulator.catalog.winet import properties
        from sungrow_emulator.protocol.winet.dongle import Dongle, ipv4
        from sungrow_emulator.protocol.winet.rules import dongle_rules
        from sungrow_emulator.protocol.winet.services import DongleIdentity
        from sungrow_emulator.servers.winet import WinetPorts, WinetServer

        config = self._config
        rules = replace(
            dongle_rules(config.winet, config.dongle_firmware),
            token_lifetime=config.winet_idle_seconds,
            lock_seconds=config.winet_lock_seconds,
        )
        station = self._station(rules)
        self._login = rules.login_required
        self._answered = all(station.answers(listed.dev_id) for listed in station.devices())
        first = self._devices[0]
        identity = DongleIdentity(
            serial_number=f"B{first.serial_number[1:]}",
            address=ipv4(config.host) or _LOOPBACK,
            mac=_mac(first),
        )
        self._dongle = Dongle(
            station,
            rules,
            identity,
            clock=self._monotonic,
            tokens=_tokens(config.seed + config.instance, self._monotonic()),
            texts=properties,
        )
        ports = ports_of(config, rules)
        return WinetServer(
            self._dongle,
            config.host,
            WinetPorts(
                http=ports.get("winet_http_port"),
                ws=ports.get("winet_ws_port"),
                tls=ports.get("winet_tls_port"),
            ),
            websocket_on_http=rules.websocket_on_http,
            certificate=self._certificate,
        )

    def _station(self, rules: DongleRules) -> DeviceStation:
        from sungrow_emulator.device.winet import DeviceStation

        config = self._config
        return DeviceStation(
            self._devices,
            dongle=config.winet,
            firmware=config.firmware,
            strict=config.strict,
            monotonic=self._monotonic,
            unit=config.inverter_unit,
            new_names=rules.tls,
            modbus_clients=self._modbus_clients,
        )


def ports_of(config: Config, rules: DongleRules) -> dict[str, int]:
    """Return the ports that a dongle of these rules opens, by their options."""
    doors = {
        "winet_http_port": rules.http,
        "winet_ws_port": rules.websocket,
        "winet_tls_port": rules.tls,
    }
    return {option: getattr(config, option) for option, there in doors.items() if there}


def _certificate(config: Config) -> CertificateFiles | None:
    """Return the certificate that is given, if there is one and it can be used."""
    if not config.winet_certificate and not config.winet_key:
        return None
    if not config.winet_certificate or not config.winet_key:
        raise EmulatorError("winet-certificate and winet-key belong together; give both")
    from sungrow_emulator.servers.tls import CertificateFiles, server_context

    files = CertificateFiles(Path(config.winet_certificate), Path(config.winet_key))
    server_context(files)  # So that it is known before any door opens.
    return files


def _load_web_stack() -> None:
    """Import what takes long, so that Modbus is answered meanwhile."""
    for name in ("servers.tls", "servers.winet", "device.winet", "protocol.winet.dongle"):
        importlib.import_module(f"sungrow_emulator.{name}")


def _mac(device: Device) -> str:
    digits = int.from_bytes(device.serial_number.encode()[-3:], "big")
    return f"{_MAC_PREFIX}:{digits >> 16 & 0xFF:02x}:{digits >> 8 & 0xFF:02x}:{digits & 0xFF:02x}"


def _tokens(seed: int, started: float) -> Iterator[str]:
    """Yield tokens as dongles give them.

    They follow from the seed and from the instant of the start, in seconds: what a client kept
    from before a restart is worth nothing after it, as with a real dongle.
    """
    from sungrow_emulator.protocol.manners import splitmix64

    numbers = splitmix64(seed ^ round(started * 1e9))
    while True:
        yield str(uuid.UUID(int=next(numbers) << 64 | next(numbers), version=4))
