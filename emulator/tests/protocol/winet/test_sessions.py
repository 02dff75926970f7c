"""Tokens, logins and locked accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from protocol.winet.stand import Clock, tokens

from sungrow_emulator.protocol.winet.envelope import ResultCode
from sungrow_emulator.protocol.winet.rules import dongle_rules
from sungrow_emulator.protocol.winet.sessions import MAX_TOKENS, Login, Role, Sessions


class Listener:
    """Keeps what it is told."""

    address = "10.10.10.219"

    def __init__(self) -> None:
        self.told: list[str] = []

    def notify(self, message: str) -> None:
        """Keep a notice."""
        self.told.append(message)


class Desk:
    """Sessions and their clock."""

    def __init__(self, firmware: str = "P023", **rules: Any) -> None:
        self.clock = Clock()
        rules_now = replace(dongle_rules("winet-s", firmware), **rules)
        self.sessions = Sessions(rules_now, self.clock, tokens())

    def admin(self, listener: Listener | None = None) -> Login:
        """Log in."""
        login = self.sessions.login("admin", "pw8888", listener)
        assert isinstance(login, Login)
        return login


def test_a_connection_gets_a_token() -> None:
    """A guest has user id 1 and can do little."""
    desk = Desk()
    login = desk.sessions.connect()
    assert desk.sessions.find(login.token) is login
    assert (login.user_id, login.role, login.named) == (1, Role.GUEST, False)
    assert len(desk.sessions) == 1


@pytest.mark.parametrize(
    ("name", "password", "user_id", "role"),
    [("admin", "pw8888", 3, Role.ADMIN), ("user", "pw1111", 2, Role.USER)],
)
def test_accounts(name: str, password: str, user_id: int, role: Role) -> None:
    """Both accounts have their published passwords."""
    login = Desk().sessions.login(name, password)
    assert isinstance(login, Login)
    assert (login.user_id, login.role, login.named) == (user_id, role, True)


@pytest.mark.parametrize("token", ["", "wrong", None, 5, ["a"], {"a": 1}])
def test_wrong_tokens(token: object) -> None:
    """What is no token of ours finds nothing."""
    assert Desk().sessions.find(token) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("admin", "pw1111"), ("nobody", "pw8888"), (None, None), (["admin"], "pw8888")],
)
def test_wrong_passwords(name: object, password: object) -> None:
    """A wrong name is told like a wrong password."""
    assert Desk().sessions.login(name, password) is ResultCode.PASSWORD


def test_too_many_wrong_passwords_lock_the_account() -> None:
    """After five the right one does not help either, for half an hour."""
    desk = Desk()
    login = desk.sessions.login
    assert [login("admin", "?") for _ in range(5)] == [ResultCode.PASSWORD] * 5
    assert login("admin", "pw8888") is ResultCode.LOCKED
    assert isinstance(login("user", "pw1111"), Login)
    desk.clock.now += 1799.9
    assert login("admin", "pw8888") is ResultCode.LOCKED
    desk.clock.now += 0.1
    assert isinstance(login("admin", "pw8888"), Login)


def test_a_right_password_makes_up_for_wrong_ones() -> None:
    """Only wrong passwords in a row count."""
    desk = Desk()
    for _ in range(3):
        assert [desk.sessions.login("admin", "?") for _ in range(4)] == [ResultCode.PASSWORD] * 4
        desk.admin()


def test_idle_tokens_expire() -> None:
    """A token lives as long as it is used."""
    desk = Desk(token_lifetime=60.0)
    login = desk.sessions.connect()
    desk.clock.now += 59
    assert desk.sessions.find(login.token) is login
    desk.clock.now += 59
    assert desk.sessions.find(login.token) is login
    desk.clock.now += 60
    assert desk.sessions.find(login.token) is None
    assert len(desk.sessions) == 0


def test_users_are_told_of_the_end_of_their_login() -> None:
    """A time-out is told to those who had logged in, in the order of their last use."""
    desk = Desk(token_lifetime=60.0)
    guest, user, web = Listener(), Listener(), Listener()
    desk.sessions.connect(guest)
    kept = desk.admin(user)
    desk.admin(web)
    desk.admin(None)
    desk.clock.now += 59
    desk.sessions.find(kept.token)
    desk.clock.now += 1
    desk.sessions.expire(desk.clock.now)
    assert (guest.told, user.told, web.told) == ([], [], ["login timeout"])
    assert len(desk.sessions) == 1


def test_older_firmware_bears_several_logins() -> None:
    """Up to P023 a new login leaves the others alone."""
    desk = Desk("P023")
    first = Listener()
    login = desk.admin(first)
    desk.admin(Listener())
    assert desk.sessions.find(login.token) is login
    assert first.told == []


def test_newer_firmware_ends_the_other_login() -> None:
    """From P024 the other user is told and is out, guests are not touched."""
    desk = Desk("P024")
    first, second = Listener(), Listener()
    guest = desk.sessions.connect(first)
    login = desk.admin(first)
    desk.admin(None)
    again = desk.admin(second)
    last = desk.admin(second)
    assert first.told == ["normal user limit"]
    assert second.told == []
    assert desk.sessions.find(login.token) is None
    assert desk.sessions.find(again.token) is None
    assert desk.sessions.find(last.token) is last
    assert desk.sessions.find(guest.token) is guest


def test_logout() -> None:
    """A token that was given back is worth nothing, and giving it back again no error."""
    desk = Desk()
    login = desk.admin()
    desk.sessions.logout(login)
    desk.sessions.logout(login)
    assert desk.sessions.find(login.token) is None


def test_clear() -> None:
    """Tokens, wrong passwords and locks are gone, and nobody is told."""
    desk, listener = Desk(), Listener()
    token = desk.admin(listener).token
    for name, often in (("admin", 5), ("user", 4)):
        assert {desk.sessions.login(name, "?") for _ in range(often)} == {ResultCode.PASSWORD}
    desk.sessions.clear()
    assert (desk.sessions.find(token), listener.told) == (None, [])
    assert desk.sessions.login("user", "?") is ResultCode.PASSWORD
    assert isinstance(desk.sessions.login("user", "pw1111"), Login)
    assert desk.admin().token != token


def test_tokens_are_bounded() -> None:
    """A flood of connections pushes out what is unused for longest."""
    desk = Desk()
    first, second = desk.sessions.connect(), desk.sessions.connect()
    desk.sessions.find(first.token)
    for _ in range(MAX_TOKENS - 1):
        desk.sessions.connect()
    assert len(desk.sessions) == MAX_TOKENS
    assert desk.sessions.find(second.token) is None
    assert desk.sessions.find(first.token) is first
