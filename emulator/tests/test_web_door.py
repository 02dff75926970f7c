"""Tests of web_door.py."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest
from support import emulator

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.emulator import Emulator

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
        with pytest.raises(EmulatorError, match="--winet-http-port"):
            await two.start()
        assert [door.port for door in two.state().doors] == [0]
    finally:
        await one.stop()


def test_certificate_and_key_belong_together() -> None:
    """One without the other is refused."""
    with pytest.raises(EmulatorError, match="winet-certificate and winet-key belong together"):
        with_dongle(winet_certificate="only.pem")


async def test_a_certificate_that_cannot_be_read_is_said() -> None:
    """The message names the file."""
    one = with_dongle(dongle_firmware="P043", winet_certificate="no.pem", winet_key="no.key")
    with pytest.raises(EmulatorError, match=r"no\.(pem|key)"):
        await one.start()
    await one.stop()


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
