"""Client of the emulator's control API: one typed call for each thing the charm asks of it."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any, TypeVar
from urllib.parse import quote

import pydantic

API_VERSION = 1
URL = "http://127.0.0.1:8099"
"""Where the API answers: charm and workload share the pod's loopback."""
_TIMEOUT = 5.0
_SETTLING = 300.0
"""Seconds that a change of the clock may take: years are simulated before it answers."""
_POLL = 0.1

Value = int | float | str | list[float] | None


class ControlError(Exception):
    """The emulator refuses, and nothing has changed; the message is its own sentence."""


class VersionError(ControlError):
    """The emulator speaks another version of the API."""


class UnreachableError(ControlError):
    """No emulator answers."""


class SettlingError(ControlError):
    """The emulator goes on with a change that takes longer than its answer is waited for."""


class _Answer(pydantic.BaseModel):
    """What the emulator answers, as far as the charm uses it."""

    model_config = pydantic.ConfigDict(frozen=True)


class Clock(_Answer):
    """Simulated time in UTC, what the device shows, and how fast time goes."""

    time: str
    device_time: str
    speed: float
    frozen: bool


class Fault(_Answer):
    """An active fault or alarm."""

    number: int
    name: str


class Pin(_Answer):
    """Words that cover registers."""

    table: str
    address: int
    words: tuple[int, ...]


class Device(_Answer):
    """One device; power in W, state of charge in %, None where it has none."""

    id: str
    kind: str
    model: str
    serial_number: str
    state: str
    code: int | None
    power: float | None
    soc: float | None
    overrides: dict[str, float]
    faults: tuple[Fault, ...]
    pins: tuple[Pin, ...]


class Door(_Answer):
    """A port where clients come in: `modbus`, `winet-http`, `winet-ws` or `winet-tls`.

    `port` is 0 while it is closed; `units` maps unit ids to devices.
    """

    kind: str
    port: int
    encryption: str
    units: dict[str, str]
    connections: int
    requests: int
    exceptions: int
    login: bool = False


class State(_Answer):
    """The whole emulator."""

    version: str
    clock: Clock
    devices: tuple[Device, ...]
    doors: tuple[Door, ...]


class RegisterChange(_Answer):
    """A register that shows something else after a command."""

    table: str
    address: int
    name: str
    before: Value
    after: Value


class Change(_Answer):
    """What a command did, and what does not show (yet) and why."""

    action: str
    time: str
    changed: tuple[RegisterChange, ...]
    notes: tuple[str, ...]
    state: Device


class Registers(_Answer):
    """Raw words of one block."""

    device: str
    table: str
    address: int
    words: tuple[int, ...]
    fields: tuple[str, ...]


class Field(_Answer):
    """One register, decoded."""

    name: str
    table: str
    address: int
    value: Value
    unit: str
    label: str


class _Version(_Answer):
    api: int


T = TypeVar("T")


class Control:
    """Calls the control API; an empty device means the first one, the inverter.

    Every method raises ControlError where the emulator refuses and UnreachableError where none
    answers; those of the clock raise SettlingError where it goes on beyond five minutes.

    Args:
        url: where the API is.
        token: bearer token, empty where none is needed.
    """

    def __init__(self, url: str = URL, token: str = "") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        # A proxy of the environment cannot reach this pod and must not see the token.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wait_ready(self, seconds: float) -> bool:
        """Wait until every door was opened once; returns whether that came true in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._send("GET", "/readyz")
            except ControlError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_POLL)
            else:
                return True

    def state(self) -> State:
        """Return everything.

        Raises:
            VersionError: the emulator speaks another version of the API.
        """
        answer = self._send("GET", "/api/v1/state")
        version = _parse(_Version, answer).api
        if version != API_VERSION:
            raise VersionError(
                f"emulator-image speaks control API {version}, this charm needs {API_VERSION}; "
                "refresh one of them"
            )
        return _parse(State, answer)

    def set_fault(self, fault: int | str, device: str = "") -> Change:
        """Raise a fault or alarm by number or name."""
        return self._change("POST", "faults", {"fault": fault}, device)

    def clear_fault(self, fault: int | str | None, device: str = "") -> Change:
        """Clear one fault or alarm; None clears all."""
        tail = "faults" if fault is None else f"faults/{quote(str(fault), safe='')}"
        return self._change("DELETE", tail, None, device)

    def set_power(self, watts: float | None, device: str = "") -> Change:
        """Hold the PV power; None gives it back to the sun."""
        return self._hold("power", watts, device)

    def set_battery_power(self, watts: float | None, device: str = "") -> Change:
        """Hold the battery power, above 0 discharges; None lets the battery manage itself."""
        return self._hold("battery", watts, device)

    def set_soc(self, percent: float, device: str = "") -> Change:
        """Set the battery's state of charge."""
        return self._change("PUT", "soc", {"percent": percent}, device)

    def set_clock(self, **change: str | float | bool) -> Clock:
        """Change `time`, `speed` or `frozen`, together or one of them."""
        return self._ask(Clock, "PATCH", "clock", change, _SETTLING)

    def advance(self, seconds: float) -> Clock:
        """Go forward; returns when everything up to then is settled."""
        return self._ask(Clock, "POST", "clock/advance", {"seconds": seconds}, _SETTLING)

    def registers(self, device: str, table: str, address: int, count: int) -> Registers:
        """Return words by document number, as a client would read them."""
        path = f"registers/{table}/{address}?count={count}"
        return self._ask(Registers, "GET", f"{self._device(device)}/{path}")

    def fields(self, device: str) -> tuple[Field, ...]:
        """Return every register, decoded."""
        return self._ask(tuple[Field, ...], "GET", f"{self._device(device)}/fields")

    def write(self, device: str, address: int, words: list[int]) -> Change:
        """Write holding registers as a client would."""
        return self._change("POST", "write", {"address": address, "words": words}, device)

    def reset(self) -> State:
        """Go back to right after the start."""
        return self._ask(State, "POST", "reset")

    def _hold(self, what: str, watts: float | None, device: str) -> Change:
        if watts is None:
            return self._change("DELETE", what, None, device)
        return self._change("PUT", what, {"watts": watts}, device)

    def _change(self, method: str, tail: str, body: object = None, device: str = "") -> Change:
        return self._ask(Change, method, f"{self._device(device)}/{tail}", body)

    def _device(self, device: str) -> str:
        name = device or self._ask(tuple[Device, ...], "GET", "devices")[0].id
        return f"devices/{quote(name, safe='')}"

    def _ask(
        self, kind: type[T], method: str, path: str, body: object = None, timeout: float = _TIMEOUT
    ) -> T:
        return _parse(kind, self._send(method, f"/api/v1/{path}", body, timeout))

    def _send(
        self, method: str, path: str, body: object = None, timeout: float = _TIMEOUT
    ) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({} if data is None else {"Content-Type": "application/json"})
        request = urllib.request.Request(  # noqa: S310 - the charm's own URL
            self._url + path, data, headers, method=method
        )
        try:
            return self._exchange(request, timeout)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError) and timeout == _SETTLING:
                raise SettlingError(
                    "the emulator still simulates the time up to there and goes on; "
                    "get-status shows that time when it is done"
                ) from None
            raise UnreachableError("the emulator does not answer") from None

    def _exchange(self, request: urllib.request.Request, timeout: float) -> bytes:
        try:
            with self._opener.open(request, timeout=timeout) as response:
                answer: bytes = response.read()
                return answer
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None


def _refusal(status: int, answer: bytes) -> ControlError:
    """Return the error that problem details describe."""
    if status == http.HTTPStatus.UNAUTHORIZED:
        return ControlError("the emulator runs with another control-token; restart its pod")
    try:
        detail: Any = json.loads(answer)["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"the emulator refuses with HTTP status {status}"
    return ControlError(str(detail))


def _parse(kind: type[T], answer: bytes) -> T:
    try:
        return pydantic.TypeAdapter(kind).validate_json(answer)
    except pydantic.ValidationError:
        raise ControlError(
            "what answers is not the control API of an emulator; check emulator-image"
        ) from None
