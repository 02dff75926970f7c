"""Who talks to a dongle: tokens, logins and locked accounts."""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sungrow_emulator.protocol.winet.envelope import ResultCode
from sungrow_emulator.protocol.winet.rules import DongleRules

MAX_TOKENS = 4096
"""Tokens that are kept; one more takes the place of the one that was unused for longest."""


class Role(enum.IntEnum):
    """What a token may do; the numbers are those of `role` in the answer to `login`."""

    ADMIN = 0
    USER = 1  # The number is a guess.
    GUEST = 2  # Never told.


_PASSWORDS = {"admin": ("pw8888", Role.ADMIN), "user": ("pw1111", Role.USER)}
_USER_IDS = {Role.GUEST: 1, Role.USER: 2, Role.ADMIN: 3}  # That of `user` is a guess.


class Listener(Protocol):
    """Something that notices can be addressed to."""

    address: str
    """Address of the dongle's that it has come to."""

    def notify(self, message: str) -> None:
        """Take a notice of result code 100."""
        ...


@dataclass(slots=True)
class Login:
    """What a token stands for.

    Attributes:
        token: the token.
        role: what it may do.
        listener: who is told when it ends; None for tokens of HTTP. The end of a WebSocket is
            not the end of its token, which HTTP may go on using.
        used: when it was last used, in seconds.
    """

    token: str
    role: Role
    listener: Listener | None
    used: float

    @property
    def user_id(self) -> int:
        """The `uid` that clients are told."""
        return _USER_IDS[self.role]

    @property
    def named(self) -> bool:
        """Whether somebody logged in with a password."""
        return self.role is not Role.GUEST


@dataclass(slots=True)
class _Account:
    password: str
    role: Role
    wrong: int = 0
    locked_until: float = float("-inf")


def _accounts() -> dict[str, _Account]:
    return {name: _Account(*entry) for name, entry in _PASSWORDS.items()}


class Sessions:
    """The tokens of a dongle.

    Args:
        rules: how the dongle behaves.
        clock: monotonic time in seconds.
        tokens: yields new tokens, lower-case UUIDs of version 4.
    """

    def __init__(
        self, rules: DongleRules, clock: Callable[[], float], tokens: Iterator[str]
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._tokens = tokens
        self._lifetime = rules.token_lifetime
        self._accounts = _accounts()
        # The one unused for longest comes first.
        self._logins: OrderedDict[str, Login] = OrderedDict()

    def __len__(self) -> int:
        """Return how many tokens are kept."""
        return len(self._logins)

    def find(self, token: object) -> Login | None:
        """Return what a token stands for, and keep it alive; None if it is not valid."""
        login = self._logins.get(token) if isinstance(token, str) else None
        if login is None:
            return None
        now = self._clock()
        if now - login.used >= self._lifetime:
            self.expire(now)
            return None
        login.used = now
        self._logins.move_to_end(login.token)
        return login

    def connect(self, listener: Listener | None = None) -> Login:
        """Issue a token without a login."""
        return self._issue(Role.GUEST, listener)

    def login(
        self, name: object, password: object, listener: Listener | None = None
    ) -> Login | ResultCode:
        """Issue a token to a user, or tell why not.

        Wrong passwords of an account that exists lock it in the end. Where there can be only
        one login, the others end.
        """
        account = self._accounts.get(name) if isinstance(name, str) else None
        if account is None:
            return ResultCode.PASSWORD
        now = self._clock()
        if now < account.locked_until:
            return ResultCode.LOCKED
        if password != account.password:
            account.wrong += 1
            if account.wrong >= self._rules.wrong_passwords:
                account.wrong = 0
                account.locked_until = now + self._rules.lock_seconds
            return ResultCode.PASSWORD
        account.wrong = 0
        if self._rules.single_login:
            self._end_others(listener)
        return self._issue(account.role, listener)

    def logout(self, login: Login) -> None:
        """End a login."""
        self._logins.pop(login.token, None)

    def clear(self) -> None:
        """Forget every token, every wrong password and every lock, and tell nobody."""
        self._logins.clear()
        self._accounts = _accounts()

    def expire(self, now: float) -> None:
        """End what has been unused for too long; who had logged in is told."""
        while self._logins:
            login = next(iter(self._logins.values()))
            if now - login.used < self._lifetime:
                return
            del self._logins[login.token]
            if login.named and login.listener is not None:
                # The text is recorded (anicoll/winet-intergration), its code is a guess.
                login.listener.notify("login timeout")

    def _issue(self, role: Role, listener: Listener | None) -> Login:
        while len(self._logins) >= MAX_TOKENS:
            self._logins.popitem(last=False)
        login = Login(next(self._tokens), role, listener, self._clock())
        self._logins[login.token] = login
        return login

    def _end_others(self, listener: Listener | None) -> None:
        for login in [login for login in self._logins.values() if login.named]:
            del self._logins[login.token]
            if login.listener is not None and login.listener is not listener:
                login.listener.notify(ResultCode.USER_LIMIT.message)
