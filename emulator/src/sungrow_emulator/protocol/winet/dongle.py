"""A WiNet dongle without sockets: what it answers to its WebSocket and HTTP clients."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from sungrow_emulator.protocol.winet.envelope import ResultCode, answer
from sungrow_emulator.protocol.winet.http import HttpAnswer, Pages
from sungrow_emulator.protocol.winet.requests import Request, parse_object
from sungrow_emulator.protocol.winet.rules import DongleRules
from sungrow_emulator.protocol.winet.services import DongleIdentity, Services
from sungrow_emulator.protocol.winet.sessions import Sessions
from sungrow_emulator.protocol.winet.station import Station

_MOST_KEPT = 512
"""Characters of a message that is kept parsed; honest requests mostly have some 100."""
_KEEP_ALIVE = "ping"
"""What anicoll/winet-intergration sends every 8 s, as bare text."""


class Dongle:
    """One dongle, at whatever doors it is served.

    Args:
        station: the devices behind it.
        rules: how it behaves, see `dongle_rules`.
        identity: who it is.
        clock: monotonic time in seconds.
        tokens: yields new tokens, lower-case UUIDs of version 4.
        texts: returns the properties file of a locale, one of the catalog's.
    """

    def __init__(
        self,
        station: Station,
        rules: DongleRules,
        identity: DongleIdentity,
        *,
        clock: Callable[[], float],
        tokens: Iterator[str],
        texts: Callable[[str], str | None],
    ) -> None:
        self.rules = rules
        self._identity = identity
        self._sessions = Sessions(rules, clock, tokens)
        self._services = Services(station, rules, self._sessions, identity)
        self._pages = Pages(station, rules, self._sessions, identity, texts)
        self._notices: list[tuple[WebSession, str]] = []

    def __repr__(self) -> str:
        """Show the kind and how many tokens are out."""
        return f"<Dongle {self.rules.software}, {len(self._sessions)} tokens>"

    def open(self, now: float, peer: str, local: str = "") -> WebSession:
        """Begin to talk to a WebSocket client.

        Args:
            now: the dongle's time in seconds.
            peer: address of the client.
            local: address of the dongle that the client has come to; where that is not IPv4,
                the client is told the one of the dongle's identity.
        """
        self._sessions.expire(now)
        address = ipv4(local) or self._identity.address
        return WebSession(self._services, peer, address, self._notices)

    def reset(self) -> None:
        """Forget every token and what was wrong with passwords; WebSockets stay open."""
        self._sessions.clear()
        self._notices.clear()

    def http(self, method: str, path: str, query: str, body: bytes) -> HttpAnswer:
        """Answer an HTTP request.

        Args:
            method: e.g. `GET`.
            path: the path, decoded.
            query: what follows the question mark, as sent.
            body: the whole body.
        """
        return self._pages.answer(method, path, query, body)

    def due(self, now: float) -> list[tuple[WebSession, str]]:
        """Return the notices that are to be sent, each once, with the session they are for.

        Args:
            now: the dongle's time in seconds; logins that have been idle too long end.
        """
        self._sessions.expire(now)
        due = [notice for notice in self._notices if not notice[0].closed]
        self._notices.clear()
        return due


class WebSession:
    """The talk with one WebSocket client.

    Args:
        services: what it can ask for.
        peer: its address.
        address: IPv4 address of the dongle that it has come to.
        notices: where notices for it are left.

    Attributes:
        peer: as given.
        address: as given.
        token: the token that it was given last.
        closed: whether it is gone.
    """

    def __init__(
        self,
        services: Services,
        peer: str,
        address: str,
        notices: list[tuple[WebSession, str]],
    ) -> None:
        self.peer = peer
        self.address = address
        self.token = ""
        self.closed = False
        self._services = services
        self._notices = notices
        self._last: tuple[str, Request | None] = ("", None)

    def __repr__(self) -> str:
        """Show the client."""
        return f"<WebSession of {self.peer}{', closed' if self.closed else ''}>"

    def receive(self, text: str) -> list[str]:
        """Return the answers to a message.

        The bare text `ping` has none. Whatever else is no JSON object is refused with code
        401; nobody has recorded what the device does.
        """
        last, request = self._last
        if text != last or request is None:  # Pollers say the same again and again.
            request = parse_object(text)
            if len(text) <= _MOST_KEPT:
                self._last = text, request
        if request is not None:
            return [self._services.answer(request, self)]
        if text.strip() == _KEEP_ALIVE:
            return []
        return [answer(ResultCode.ABNORMAL, {"service": ""})]

    def notify(self, message: str) -> None:
        """Leave a notice for it; nothing where it is gone."""
        if not self.closed:
            data = {"service": "notice"}
            self._notices.append((self, answer(ResultCode.USER_LIMIT, data, message)))

    def close(self) -> None:
        """Forget the client. Its token stays valid: clients go on with it over HTTP."""
        self.closed = True


def ipv4(address: str) -> str:
    """Return an address as IPv4 text; empty where it is none, or stands for all of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped
    return "" if found is None or found.is_unspecified else str(found)
