"""The reference page of the dongle says what the emulated dongle does."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from protocol.winet.stand import Bench

from sungrow_emulator import protocol
from sungrow_emulator.catalog.winet import LOCALES
from sungrow_emulator.config import Config
from sungrow_emulator.protocol.winet.envelope import ResultCode
from sungrow_emulator.protocol.winet.rules import DONGLES, FIRMWARES, dongle_rules
from sungrow_emulator.protocol.winet.sessions import MAX_TOKENS, Login
from sungrow_emulator.servers.winet import MAX_CONNECTIONS
from sungrow_emulator.servers.winet_app import BODY_LIMIT

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "dongle.md").read_text("utf-8")
PACKAGE = Path(protocol.__file__).parents[1]


def table(heading: str, number: int = 0) -> list[list[str]]:
    """Return the rows of a table below a heading, as text without its quotes."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE)[number]
    rows = [line.strip("|").split("|") for line in found.splitlines()[2:]]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows]


def test_doors() -> None:
    """Every dongle has the doors that the page says with every firmware, and wants a login."""
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for dongle, firmwares, doors, login in table("Doors"):
        told |= {(dongle, firmware): (doors, login) for firmware in firmwares.split(", ")}
    shown: dict[tuple[str, str], tuple[str, str]] = {}
    for dongle, firmware in product(DONGLES, FIRMWARES):
        rules = dongle_rules(dongle, firmware)
        doors = {"http": rules.http, "ws": rules.websocket, "tls": rules.tls}
        names = ", ".join(name for name, there in doors.items() if there)
        if rules.websocket_on_http:
            names += " with ws"
        shown[dongle, firmware] = names, "yes" if rules.login_required else "no"
    assert told == shown


def test_ports() -> None:
    """Ports are the defaults of their options."""
    for _, _, port, _, option in table("Doors", 1):
        assert getattr(Config(), option.removeprefix("--").replace("-", "_")) == int(port)


def test_accounts() -> None:
    """Every account can log in with its password."""
    bench = Bench()
    guest, *users = table("Accounts")
    assert guest[2] == str(bench.dongle._sessions.connect().user_id)
    for name, password, user_id, role, _ in users:
        login = bench.dongle._sessions.login(name, password)
        assert isinstance(login, Login)
        assert (str(login.user_id), str(int(login.role))) == (user_id, role)


def test_limits() -> None:
    """Times and sizes are those that hold where nobody chooses others."""
    text = "\n".join(" ".join(row) for row in table("Sessions and limits"))
    config, rules = Config(), dongle_rules("winet-s")
    assert rules.wrong_passwords == 5
    for number in (config.winet_idle_seconds, config.winet_lock_seconds):
        assert f"{number:g} s" in text
    for number in (MAX_TOKENS, BODY_LIMIT, MAX_CONNECTIONS):
        assert re.search(rf"\b{number}\b", text)


def test_services() -> None:
    """The page lists the services that there are."""
    told = [name for row in table("WebSocket services") for name in row[0].split(", ")]
    there = {"connect", "login", "ping", *Bench().dongle._services._services}
    assert sorted(told) == sorted(there)


def test_endpoints() -> None:
    """The page lists the endpoints that there are, and for whom."""
    bench = Bench(firmware="P024")
    pages, guest = bench.dongle._pages, bench.token()
    told = [(method, path) for method, path, _, _ in table("HTTP endpoints")]
    there = [("GET", path) for path in pages._get] + [("POST", path) for path in pages._post]
    assert sorted(told) == sorted([*there, ("GET", "/i18n/<locale>.properties")])
    for method, path, needs, answers in table("HTTP endpoints"):
        if path.startswith("/i18n/"):
            assert sorted(answers.split(", ")[1:]) == sorted(LOCALES)
            continue
        ask = bench.get if method == "GET" else bench.post
        refused = {106: "a token", 401: "a login"}
        codes = [ask(path)["result_code"], ask(path, token=guest)["result_code"]]
        need = next((refused[code] for code in reversed(codes) if code in refused), "nothing")
        assert needs.startswith(need), path


def test_result_codes() -> None:
    """The page lists the codes that there are, with their messages."""
    told = [(int(code), message) for code, message, _ in table("Result codes")]
    assert told == [(code.value, code.message) for code in ResultCode]


@pytest.mark.parametrize("file", [row[0] for row in table("Guesses")])
def test_guesses_are_marked(file: str) -> None:
    """What the page calls a guess the source does, too."""
    assert "guess" in (PACKAGE / file).read_text("utf-8").lower()


def test_no_guess_is_left_out() -> None:
    """Each module of the protocol that guesses is on the page."""
    guessing = {
        f"protocol/winet/{path.name}"
        for path in (PACKAGE / "protocol" / "winet").glob("*.py")
        if "guess" in path.read_text("utf-8").lower()
    }
    assert guessing <= {row[0] for row in table("Guesses")}
