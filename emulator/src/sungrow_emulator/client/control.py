"""Client of the control API, shared by the command line and remote tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from sungrow_emulator.answers import (
    ChangeAnswer,
    ClockAnswer,
    DeviceAnswer,
    FieldAnswer,
    RegistersAnswer,
    StateAnswer,
)
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.client.errors import ApiError, UnreachableError
from sungrow_emulator.client.parse import parse

DEFAULT_URL = "http://127.0.0.1:8099"
_API = "/api/v1"
_SETTLING = 600.0
"""Seconds that a jump may take: years of simulated time are settled before the answer."""

T = TypeVar("T")


class ControlClient:
    """Calls the control API of one emulator; each method answers what the façade answered.

    An empty device id means the first device. Every method raises UnreachableError where no
    emulator answers, and ApiError with one sentence where it refuses.

    Args:
        url: where the control API is, e.g. `http://127.0.0.1:8099`.
        token: bearer token, empty where none is needed.
        timeout: seconds to wait for an answer.
        transport: what carries the requests; the network unless given.

    Raises:
        EmulatorError: `url` is not an HTTP URL.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str = "",
        *,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare the client; nothing is sent yet."""
        self.url = url.rstrip("/")
        try:
            parsed = httpx.URL(self.url)
        except (httpx.InvalidURL, UnicodeError):
            parsed = httpx.URL("")
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise EmulatorError(f"url={url!r} is not a URL; write e.g. {DEFAULT_URL}")
        self.host = parsed.host
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=parsed,
            headers={"authorization": f"Bearer {token}"} if token else {},
            transport=transport,
            # A proxy of the environment cannot reach loopback and must not see the token.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def ready(self) -> bool:
        """Ask whether every door was bound; False also while nothing answers yet."""
        try:
            return self._send("GET", "/readyz").status_code == 200
        except UnreachableError:
            return False

    def state(self) -> StateAnswer:
        """Return the whole emulator at this instant."""
        return self._ask(StateAnswer, "GET", "/state")

    def devices(self) -> tuple[DeviceAnswer, ...]:
        """Return every device."""
        return self._ask(tuple[DeviceAnswer, ...], "GET", "/devices")

    def device(self, device: str = "") -> DeviceAnswer:
        """Return one device."""
        return self._ask(DeviceAnswer, "GET", self._path(device))

    def add_device(self, **options: Any) -> tuple[DeviceAnswer, ...]:
        """Add a device: `id`, `hold`, `faults` and its options, with underscores.

        Returns:
            The device and its companions.
        """
        body = _hyphens(options)
        if isinstance(body.get("hold"), dict):
            body["hold"] = _hyphens(body["hold"])
        return self._ask(tuple[DeviceAnswer, ...], "POST", "/devices", body)

    def remove_device(self, device: str) -> None:
        """Take a device and its companions away."""
        self._ask(type(None), "DELETE", self._path(device))

    def fields(self, device: str = "") -> tuple[FieldAnswer, ...]:
        """Return every register of a device, decoded."""
        return self._ask(tuple[FieldAnswer, ...], "GET", self._path(device, "fields"))

    def registers(self, device: str, table: str, address: int, count: int = 1) -> RegistersAnswer:
        """Return raw words from a document number on."""
        path = self._path(device, "registers", table, address)
        return self._ask(RegistersAnswer, "GET", f"{path}?count={count}")

    def pin(self, device: str, table: str, address: int, words: Sequence[int]) -> RegistersAnswer:
        """Lay raw words above the register bank."""
        path = self._path(device, "registers", table, address)
        return self._ask(RegistersAnswer, "PUT", path, {"words": list(words)})

    def unpin(self, device: str, table: str, address: int) -> RegistersAnswer:
        """Take pinned words away."""
        path = self._path(device, "registers", table, address)
        return self._ask(RegistersAnswer, "DELETE", path)

    def write(self, device: str, address: int, words: Sequence[int]) -> ChangeAnswer:
        """Write holding registers as a client would."""
        body = {"address": address, "words": list(words)}
        return self._ask(ChangeAnswer, "POST", self._path(device, "write"), body)

    def set_power(self, device: str, watts: float) -> ChangeAnswer:
        """Hold the PV power."""
        return self._change("PUT", device, "power", {"watts": watts})

    def release_power(self, device: str = "") -> ChangeAnswer:
        """Give the PV power back to the sun."""
        return self._change("DELETE", device, "power")

    def set_load(self, device: str, watts: float | None) -> ChangeAnswer:
        """Hold the site's load; None releases it."""
        return self._hold(device, "load", watts)

    def set_soc(self, device: str, percent: float) -> ChangeAnswer:
        """Set the battery's state of charge."""
        return self._change("PUT", device, "soc", {"percent": percent})

    def set_battery_power(self, device: str, watts: float | None) -> ChangeAnswer:
        """Hold the battery power (above 0 discharges); None releases it."""
        return self._hold(device, "battery", watts)

    def set_fault(self, device: str, fault: int | str) -> ChangeAnswer:
        """Set a fault or alarm by number or name."""
        return self._change("POST", device, "faults", {"fault": fault})

    def clear_fault(self, device: str = "", fault: int | str | None = None) -> ChangeAnswer:
        """Clear one fault or alarm, or all."""
        tail = "faults" if fault is None else f"faults/{quote(str(fault), safe='')}"
        return self._change("DELETE", device, tail)

    def clock(self) -> ClockAnswer:
        """Return where simulated time stands."""
        return self._ask(ClockAnswer, "GET", "/clock")

    def freeze(self) -> ClockAnswer:
        """Let simulated time stand still."""
        return self._ask(ClockAnswer, "PATCH", "/clock", {"frozen": True})

    def resume(self) -> ClockAnswer:
        """Let simulated time go on."""
        return self._ask(ClockAnswer, "PATCH", "/clock", {"frozen": False})

    def set_speed(self, speed: float) -> ClockAnswer:
        """Set how many simulated seconds a second has."""
        return self._ask(ClockAnswer, "PATCH", "/clock", {"speed": speed})

    def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time or to sunrise, sunset, solar-noon, midnight or dst."""
        return self._ask(ClockAnswer, "PATCH", "/clock", {"time": target}, _SETTLING)

    def advance(self, seconds: float) -> ClockAnswer:
        """Advance simulated time; returns when everything up to then is settled."""
        return self._ask(ClockAnswer, "POST", "/clock/advance", {"seconds": seconds}, _SETTLING)

    def reset(self) -> StateAnswer:
        """Bring everything back to right after the start."""
        return self._ask(StateAnswer, "POST", "/reset")

    def _hold(self, device: str, what: str, watts: float | None) -> ChangeAnswer:
        if watts is None:
            return self._change("DELETE", device, what)
        return self._change("PUT", device, what, {"watts": watts})

    def _change(self, method: str, device: str, tail: str, body: Any = None) -> ChangeAnswer:
        return self._ask(ChangeAnswer, method, f"{self._path(device)}/{tail}", body)

    def _path(self, device: str, *parts: object) -> str:
        device = device or self.devices()[0].id
        return "/".join(["/devices", *(quote(str(part), safe="") for part in (device, *parts))])

    def _ask(
        self, kind: type[T], method: str, path: str, body: Any = None, timeout: float = 0.0
    ) -> T:
        response = self._send(method, _API + path, body, timeout)
        try:
            data: Any = response.json() if response.content else None
            if response.is_error:
                raise ApiError(response.status_code, str(data["detail"]))
            return parse(kind, data)
        except EmulatorError:
            raise
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnreachableError(
                f"what answers at {self.url} is not the control API of an emulator"
            ) from None

    def _send(
        self, method: str, path: str, body: Any = None, timeout: float = 0.0
    ) -> httpx.Response:
        limit = max(timeout, self._timeout)
        try:
            return self._http.request(method, path, json=body, timeout=limit)
        except httpx.TimeoutException:
            raise UnreachableError(f"the emulator at {self.url} does not answer in time") from None
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"no emulator answers at {self.url} ({error}); "
                "start one with sungrow-emulator serve, or name another with --url"
            ) from None


def _hyphens(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return members as the API names them."""
    return {name.replace("_", "-"): value for name, value in members.items()}
