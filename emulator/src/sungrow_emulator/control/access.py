"""Who may use the control API: its token and the addresses it may listen on."""

from __future__ import annotations

import hmac
import ipaddress
import os
from pathlib import Path

from sungrow_emulator.catalog.errors import EmulatorError

TOKEN_VARIABLE = "SUNGROW_EMULATOR_CONTROL_TOKEN"  # noqa: S105 - the variable, not a token
_TOKEN_LIMIT = 4096


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address literal can only mean this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def resolve_token(token: str, token_file: str) -> str:
    """Return the bearer token given directly or by file, empty where there is none.

    Raises:
        EmulatorError: both are given, or the file holds no usable token.
    """
    if token and token_file:
        raise EmulatorError(
            f"a control token comes from {TOKEN_VARIABLE} or control-token-file, not from both"
        )
    origin = TOKEN_VARIABLE
    if token_file:
        origin = f"control-token-file {token_file!r}"
        token = _read(token_file, origin)
    if not token and not token_file:
        return ""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise EmulatorError(f"{origin} must hold one word of printable ASCII")
    return token


def require_token(host: str, token: str) -> None:
    """Refuse to listen beyond loopback without a token.

    Raises:
        EmulatorError: `host` is reachable from other machines and `token` is empty.
    """
    if not token and not is_loopback(host):
        raise EmulatorError(
            f"control-host {host!r} is reachable by others and needs a token: "
            f"set {TOKEN_VARIABLE} or --control-token-file"
        )


def token_matches(header: str, token: str) -> bool:
    """Tell whether an Authorization header carries the token; takes constant time."""
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode("utf-8"), token.encode("utf-8"))


def _read(path: str, origin: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_TOKEN_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise EmulatorError(f"{origin} cannot be read: {reason}") from None
    if len(data) > _TOKEN_LIMIT:
        raise EmulatorError(f"{origin} is longer than {_TOKEN_LIMIT} bytes")
    return data.decode("utf-8", "replace").strip()
