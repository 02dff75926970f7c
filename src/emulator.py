"""The workload: the emulator as a Pebble service that is configured by its environment."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import shlex
from collections.abc import Generator, Mapping
from typing import cast

import ops
from charmlibs import pathops

import control

SERVICE = "emulator"
CHECK = "control"
PREFIX = "SUNGROW_EMULATOR_"
CONTROL_PORT = 8099
TOKEN_FILE = "/run/sungrow-emulator/control-token"  # noqa: S105 - where it is, not what
USER = "_daemon_"
USER_ID = 584792
"""The user of the workload in the image, as rocks number it."""

COMMAND = (
    f"setpriv --reuid={USER_ID} --regid={USER_ID} --clear-groups "
    "--inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service "
    "sungrow-emulator serve"
)
"""Root only gives up all its rights but one: to bind a port below 1024, also later on."""

DOORS: Mapping[str, str] = {
    "modbus": f"{PREFIX}MODBUS_PORT",
    "winet-http": f"{PREFIX}WINET_HTTP_PORT",
    "winet-ws": f"{PREFIX}WINET_WS_PORT",
    "winet-tls": f"{PREFIX}WINET_TLS_PORT",
}
"""Kind of door -> variable that holds its port."""

_ALWAYS: Mapping[str, str] = {
    "HOST": "0.0.0.0",  # noqa: S104 - clients come from other pods
    "WINET_HTTP_PORT": "80",
    "WINET_WS_PORT": "8082",
    "WINET_TLS_PORT": "443",
    "CONTROL_PORT": str(CONTROL_PORT),
}
_CONTROL_HOST, _CONTROL_TOKEN_FILE = f"{PREFIX}CONTROL_HOST", f"{PREFIX}CONTROL_TOKEN_FILE"
_CONTROL_TOKEN_SHA256 = f"{PREFIX}CONTROL_TOKEN_SHA256"
_IMAGE_FAILS = "emulator-image does not start"
_CHECK_TIMEOUT = 30.0
_USAGE = 2
"""Exit code with which the emulator refuses its configuration."""


class RefusedError(Exception):
    """The emulator refuses its configuration; the message is its own sentence."""


class StartError(Exception):
    """The image does not start the emulator; the message is one sentence that says why."""


class AwayError(Exception):
    """Pebble does not answer: the container is not there yet, hangs, or goes at this moment."""


_OF_THE_IMAGE = (
    ops.pebble.APIError,
    ops.pebble.ChangeError,
    ops.pebble.PathError,
    LookupError,
    PermissionError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
)
"""What Pebble answers where the image lacks a command, a user, or a place for the token."""


@contextlib.contextmanager
def _pebble() -> Generator[None, None, None]:
    """Make one error of all the ways in which Pebble fails to answer a question.

    ops wraps only those in which no connection is made. Where Pebble hangs or goes in the middle
    of an answer, the errors of sockets and of HTTP come through.
    """
    try:
        yield
    except (ops.pebble.Error, http.client.HTTPException, OSError) as error:
        raise AwayError(f"{type(error).__name__}: {error}") from error


def environment(options: Mapping[str, str], token: str = "") -> dict[str, str]:
    """Return the environment of the service.

    Args:
        options: options of the emulator as its variables name them, without the prefix.
        token: bearer token of the control API; with one, the API is open to other pods. It goes
            to a file; the environment holds its hash, so that another token means a restart.
    """
    variables = {f"{PREFIX}{name}": value for name, value in {**_ALWAYS, **options}.items()}
    if token:
        variables[_CONTROL_HOST] = "0.0.0.0"  # noqa: S104 - that is what exposing means
        variables[_CONTROL_TOKEN_FILE] = TOKEN_FILE
        variables[_CONTROL_TOKEN_SHA256] = hashlib.sha256(token.encode()).hexdigest()
    return variables


def layer(variables: Mapping[str, str]) -> ops.pebble.LayerDict:
    """Return the Pebble layer: one service and one check, named as in the image's own layer.

    The check asks only whether the emulator's event loop is alive. It looks at nothing that the
    emulator may be asked to break, and its failure restarts nothing: that would wipe what a
    test has set.
    """
    return {
        "summary": "Sungrow inverter emulator",
        "services": {
            SERVICE: {
                "override": "replace",
                "summary": "emulator of a Sungrow inverter",
                "command": COMMAND,
                "startup": "enabled",
                "environment": dict(variables),
            }
        },
        "checks": {
            CHECK: {
                "override": "replace",
                "level": "ready",
                "period": "5s",
                "timeout": "3s",
                "threshold": 3,
                "http": {"url": f"{control.URL}/livez"},
            }
        },
    }


class Workload:
    """The emulator in its container.

    Every method raises AwayError while Pebble does not answer.

    Args:
        container: where Pebble runs.
        url: where the control API answers.
    """

    def __init__(self, container: ops.Container, url: str = control.URL) -> None:
        self._container = container
        self._url = url
        self._token = pathops.ContainerPath(TOKEN_FILE, container=container)

    @_pebble()
    def apply(self, variables: Mapping[str, str], token: str = "") -> None:
        """Let the emulator run with this environment; an unchanged one restarts nothing.

        Raises:
            RefusedError: the emulator would not accept it; what runs goes on as it is.
            StartError: the image does not start an emulator.
        """
        # Only a call that fails while Pebble is away is one that tells.
        self._container.pebble.get_system_info()
        changed = self.environment() != variables
        try:
            if changed:
                self._try_out(variables)
            self._keep_token(token)
            self._container.add_layer(SERVICE, layer(variables), combine=True)
            self._container.replan()
        except _OF_THE_IMAGE as error:
            raise StartError(f"{_IMAGE_FAILS}: {reason(error)}") from error

    @_pebble()
    def environment(self) -> dict[str, str]:
        """Return the environment that the service has in Pebble's plan."""
        service = self._container.get_plan().services.get(SERVICE)
        return dict(service.environment) if service else {}

    @_pebble()
    def started(self) -> bool:
        """Tell whether the service was started and not stopped; a restart counts as started."""
        service = self._container.get_services(SERVICE).get(SERVICE)
        return service is not None and service.current != ops.pebble.ServiceStatus.INACTIVE

    @_pebble()
    def failing(self) -> bool:
        """Tell whether the check of the control API is down."""
        check = self._container.get_checks(CHECK).get(CHECK)
        return check is not None and check.status == ops.pebble.CheckStatus.DOWN

    @_pebble()
    def control(self) -> control.Control:
        """Return a client of the control API with the token that the emulator was started with."""
        try:
            token = self._token.read_text()
        except FileNotFoundError:
            token = ""
        return control.Control(self._url, token)

    @_pebble()
    def ports(self, state: control.State) -> set[int]:
        """Return the TCP ports that belong to the emulator, whether open or closed by a fault."""
        variables = self.environment()
        names = {DOORS.get(door.kind, "") for door in state.doors}
        ports = {int(variables[name]) for name in names if name in variables}
        return ports | ({CONTROL_PORT} if _CONTROL_TOKEN_FILE in variables else set())

    def _try_out(self, variables: Mapping[str, str]) -> None:
        # The token is not there yet, and the charm has looked at it.
        device = {name: value for name, value in variables.items() if "_CONTROL_" not in name}
        command = [*shlex.split(COMMAND), "--check"]
        try:
            self._container.exec(command, environment=device, timeout=_CHECK_TIMEOUT).wait_output()
        except ops.pebble.ExecError as error:  # pyright: ignore[reportUnknownVariableType]
            failed = cast("ops.pebble.ExecError[str]", error)
            said = _last_line(failed.stderr or "") or f"exit code {failed.exit_code}"
            if failed.exit_code == _USAGE:
                raise RefusedError(said) from error
            raise StartError(f"{_IMAGE_FAILS}: {said}") from error

    def _keep_token(self, token: str) -> None:
        if token:
            pathops.ensure_contents(self._token, token, mode=0o600, user=USER, group=USER)
        else:
            self._token.unlink(missing_ok=True)


def simulating(state: control.State) -> str:
    """Say what the emulator is made to do beyond following the sun, empty if nothing."""
    several = sum(device.kind == "inverter" for device in state.devices) > 1
    parts: list[str] = []
    for device in state.devices:
        of = f"{device.id} " if several else ""
        parts += [f"{of}{fault.name}" for fault in device.faults]
        for name, value in device.overrides.items():
            what = name.removesuffix("_power").removesuffix("pv")
            parts.append(of + f"{what} {value:g} W".strip())
        if device.pins:
            parts.append(f"pins of {device.id}")
    return f"simulating: {', '.join(parts)}" if parts else ""


def reason(error: Exception) -> str:
    """Return the line of an error that says most: what the service printed last, if it did."""
    lines = [line for line in str(error).splitlines() if line.strip(" -")]
    printed = [line for line in lines if line.startswith("    ")]
    return _last_line("\n".join(printed or lines[:2])) or type(error).__name__


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("- ").removeprefix("sungrow-emulator: ") if lines else ""
