"""Tests of web_door.py."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import emulator
from websockets.asyncio.client import connect

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.protocol.winet.rules import FIRMWARES
from sungrow_emulator.servers.tls import dongle_certificate

FREE = {"winet_http_port": 0, "winet_ws_port": 0, "winet_tls_port": 0}


def with_dongle(**options: Any) -> Emulator:
    """Build an emulator with a dongle at ports that the system chooses."""
    return emulator(**{"winet": "winet-s", **FREE, **options})


async def page(url: str, **options: Any) -> Any:
    """Return the data of a page of the dongle."""
    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.request("POST" if "list" in url else "GET", url, **options)
    return answer.json()["result_data"]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({}, ["modbus", "winet-http", "winet-ws"]),
        ({"dongle_firmware": "P024"}, ["modbus", "winet-http", "winet-ws"]),
        ({"dongle_firmware": "P043"}, ["modbus", "winet-tls"]),
        ({"winet": "eyem4"}, ["modbus", "winet-http"]),
        ({"winet": "none"}, ["modbus"]),
        ({"model": "Logger1000"}, ["modbus"]),
    ],
)
async def test_doors_follow_kind_and_firmware(options: dict[str, Any], kinds: list[str]) -> None:
    """Which ports a dongle has depends on its kind and firmware; a logger has no dongle."""
    one = with_dongle(**options)
    await one.start()
    try:
        doors = one.state().doors
        assert [door.kind for door in doors] == kinds
        assert all(door.port for door in doors)
        needs_login = options.get("dongle_firmware", "") >= "P024"
        assert [door.login for door in doors] == [False, *[needs_login] * (len(kinds) - 1)]
        assert one.ready
        assert {m.name for m in one.metrics()} >= {"modbus_connections"}
    finally:
        await one.stop()


async def test_the_dongle_shows_the_same_devices() -> None:
    """The device list names inverter and battery with the serial numbers that Modbus shows."""
    one = with_dongle(model="SH10RT")
    await one.start()
    try:
        ports = {door.kind: door.port for door in one.state().doors}
        listed = await page(f"http://127.0.0.1:{ports['winet-http']}/inverter/list")
        assert [d["dev_sn"] for d in listed["list"]] == [d.serial_number for d in one.devices()]
        requests = {m.name: m.value for m in one.metrics()}["winet_http_requests_total"]
        assert requests == 1
    finally:
        await one.stop()


async def test_tls_has_the_pages_too() -> None:
    """From P026 on everything is at one TLS port."""
    one = with_dongle(model="SG5.0RS", dongle_firmware="P026")
    await one.start()
    try:
        port = one.state().doors[1].port
        product = await page(f"https://127.0.0.1:{port}/product/list".replace("list", "l%69st"))
        assert product["product_name"] == "WiNet-S"
    finally:
        await one.stop()


async def test_a_port_in_use_is_said_and_nothing_stays_open() -> None:
    """The message names the option, and the ports of the first emulator go on."""
    one = with_dongle()
    await one.start()
    try:
        taken = {door.kind: door.port for door in one.state().doors}["winet-http"]
        two = with_dongle(winet_http_port=taken)
        with pytest.raises(EmulatorError, match=r"^winet-http-port="):
            await two.start()
        assert [door.port for door in two.state().doors] == [0]
    finally:
        await one.stop()


def test_certificate_and_key_belong_together() -> None:
    """One without the other is refused."""
    with pytest.raises(EmulatorError, match="winet-certificate and winet-key belong together"):
        with_dongle(dongle_firmware="P043", winet_certificate="only.pem")
    with pytest.raises(EmulatorError, match="winet-certificate and winet-key belong together"):
        with_dongle(dongle_firmware="P043", winet_key="only.key")


def test_a_certificate_that_cannot_be_read_is_said() -> None:
    """The message names the file, before any door opens."""
    with pytest.raises(EmulatorError, match=r"^winet-certificate='no\.pem' cannot be read: No su"):
        with_dongle(dongle_firmware="P043", winet_certificate="no.pem", winet_key="no.key")


async def test_a_certificate_of_ones_own_is_shown(tmp_path: Path) -> None:
    """Clients get the one that was given."""
    certificate, key = dongle_certificate()
    files = {"winet_certificate": tmp_path / "own.pem", "winet_key": tmp_path / "own.key"}
    files["winet_certificate"].write_bytes(certificate)
    files["winet_key"].write_bytes(key)
    given = {name: str(path) for name, path in files.items()}
    one = with_dongle(model="SG5.0RS", dongle_firmware="P026", **given)
    await one.start()
    try:
        address = "127.0.0.1", one.state().doors[1].port
        shown = await asyncio.to_thread(ssl.get_server_certificate, address)
    finally:
        await one.stop()
    assert shown.strip() == certificate.decode().strip()


async def ask(one: Emulator, *requests: dict[str, str], host: str = "127.0.0.1") -> list[Any]:
    """Return the answers of the dongle's WebSocket, all in one connection."""
    door = next(door for door in one.state().doors if door.kind in {"winet-ws", "winet-tls"})
    anybody = ssl._create_unverified_context() if door.kind == "winet-tls" else None
    url = f"ws{'s' if anybody else ''}://{host}:{door.port}/ws/home/overview"
    answers: list[Any] = []
    async with connect(url, ssl=anybody) as talk:
        for request in requests:
            await talk.send(json.dumps({"lang": "en_us", **request}))
            answers.append(json.loads(await talk.recv()))
    return answers


CONNECT = {"service": "connect", "token": ""}


def login(password: str) -> dict[str, str]:
    """Return a request to log in."""
    return {"service": "login", "token": "", "username": "admin", "passwd": password}


async def test_reset_unlocks_accounts_and_ends_logins() -> None:
    """After a reset the dongle is as right after the start; its WebSocket stays open."""
    one = with_dongle()
    one.reset()
    await one.start()
    try:
        *wrong, right = await ask(one, *[login("?")] * 5, login("pw8888"))
        assert [answer["result_code"] for answer in (*wrong, right)] == [115] * 5 + [114]
        (connected,) = await ask(one, CONNECT)
        token = connected["result_data"]["token"]
        one.reset()
        state, right = await ask(one, {"service": "state", "token": token}, login("pw8888"))
        assert (state["result_code"], right["result_code"]) == (106, 1)
    finally:
        await one.stop()


async def test_idle_time_and_lock_can_be_chosen() -> None:
    """A test of a client's way out of an expired token need not wait for minutes."""
    config = with_dongle(winet_idle_seconds=3.0, winet_lock_seconds=5.0).config
    now = 100.0
    one = Emulator(config, monotonic=lambda: now)
    await one.start()
    try:
        *_, locked, connected = await ask(one, *[login("?")] * 5, login("pw8888"), CONNECT)
        now += 4.0
        still, state = await ask(
            one,
            login("pw8888"),
            {"service": "state", "token": connected["result_data"]["token"]},
        )
        now += 1.5
        (right,) = await ask(one, login("pw8888"))
    finally:
        await one.stop()
    answers = (locked, still, state, right)
    assert [answer["result_code"] for answer in answers] == [114, 114, 106, 1]


@pytest.mark.parametrize("firmware", ["P008", "P043"])
@pytest.mark.parametrize(
    ("host", "reached", "told"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.2", "127.0.0.2"),
        ("localhost", "127.0.0.1", "127.0.0.1"),
        ("::", "127.0.0.2", "127.0.0.2"),
        ("::1", "[::1]", "127.0.0.1"),
    ],
)
async def test_the_address_of_the_dongle(
    host: str, reached: str, told: str, firmware: str
) -> None:
    """Clients are told the address that they came to, and always one that is IPv4."""
    one = with_dongle(winet="winet-s2", dongle_firmware=firmware, host=host)
    await one.start()
    try:
        (answer,) = await ask(one, CONNECT, host=reached)
        assert answer["result_data"]["ip"] == told
    finally:
        await one.stop()


async def test_tokens_of_before_a_restart_are_worth_nothing() -> None:
    """They differ from start to start, and are the same ones for the same instant and seed."""
    tokens: list[str] = []
    for started in (1.0, 2.0, 1.0):
        config = with_dongle().config
        one = Emulator(config, monotonic=lambda started=started: started)
        await one.start()
        try:
            tokens += [a["result_data"]["token"] for a in await ask(one, CONNECT)]
        finally:
            await one.stop()
    first, second, third = tokens
    assert first == third != second


def test_every_firmware_can_be_chosen() -> None:
    """The option offers what the rules know."""
    option = next(spec for spec in fields(Config) if spec.name == "dongle_firmware")
    assert option.metadata["choices"] == FIRMWARES


def test_the_door_says_where_it_is() -> None:
    """Before it is open it says so."""
    one = with_dongle()
    assert repr(one).endswith("<WinetDoor winet-s P023: closed>>")
    assert len(one.metrics()) == 6


def test_the_web_stack_is_imported_late() -> None:
    """Building an emulator with a dongle imports none of it."""
    code = (
        "import sys; from sungrow_emulator.config import Config; "
        "from sungrow_emulator.emulator import Emulator; Emulator(Config()); "
        "print({'uvicorn', 'websockets', 'pydantic', 'cryptography'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "set()"
