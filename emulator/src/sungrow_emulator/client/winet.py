"""Looks into the web doors of a dongle, real or emulated, without logging in."""

from __future__ import annotations

import json
import ssl
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from sungrow_emulator.client.errors import UnreachableError

_PATH = "/ws/home/overview"
_PING = {"lang": "en_us", "service": "ping", "token": "", "id": "0"}


def product(url: str, *, timeout: float = 3.0) -> str:
    """Return the name of the dongle's product, e.g. `WiNet-S`, from its pages.

    Args:
        url: `http://host:port` or `https://host:port`; certificates of dongles are self-signed
            and are not verified.
        timeout: seconds to wait for the connection and for the answer.

    Raises:
        UnreachableError: nothing answers there, or no dongle.
    """
    try:
        with httpx.Client(verify=False, timeout=timeout, trust_env=False) as client:  # noqa: S501
            answer: Any = client.get(f"{url}/product/list").json()
        return str(answer["result_data"]["product_name"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        raise UnreachableError(f"no dongle answers at {url}") from None


def ping(url: str, *, timeout: float = 3.0) -> None:
    """Have the dongle's WebSocket answer a ping.

    Args:
        url: `ws://host:port` or `wss://host:port`; certificates are not verified.
        timeout: seconds to wait for the connection and for the answer.

    Raises:
        UnreachableError: nothing answers there, or no dongle.
    """
    url += _PATH
    context = _unverified() if url.startswith("wss:") else None
    try:
        with connect(
            url, ssl=context, open_timeout=timeout, compression=None, proxy=None
        ) as socket:
            socket.send(json.dumps(_PING))
            answer: Any = json.loads(socket.recv(timeout=timeout))
        code = answer["result_code"]
    except (OSError, WebSocketException, ValueError, LookupError, TypeError):
        code = None
    if code != 1:
        raise UnreachableError(f"no dongle answers a ping at {url}")


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
