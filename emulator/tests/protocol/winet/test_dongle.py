"""A dongle with its WebSocket sessions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.winet.stand import Bench, ask, codes

from sungrow_emulator.protocol.winet.dongle import WebSession, ipv4

NOTICE = '{\n\t"result_code":\t100,\n\t"result_msg":\t"%s",\n\t"result_data":\t{\n\t\t"service":\t"notice"\n\t}\n}'  # noqa: E501


def login(bench: Bench) -> WebSession:
    """Return a session of an administrator."""
    session = bench.open()
    ask(session, "connect")
    ask(session, "login", username="admin", passwd="pw8888", token=session.token)
    return session


def test_the_way_of_sungrow_modbus_web_client() -> None:
    """A WebSocket gives the token with which HTTP reads, in the style of the client."""
    bench = Bench()
    session = bench.open()
    (text,) = session.receive('{"lang": "en_us", "token": "", "service": "connect"}')
    assert '"token":\t"848a0ca3-b37d-46c1-aa95-000000000001"' in text
    token = json.loads(text)["result_data"]["token"]
    devices = ask(session, "devicelist", token=token, type="0", is_check_token="0")
    assert devices["result_data"]["list"][0]["dev_code"] == 3343
    session.close()
    reply = bench.get(
        "/device/getParam", dev_id=1, type=3, param_addr=5001, param_num=3, param_type=1,
        token=token,
    )  # fmt: skip
    assert reply["result_data"]["param_value"] == "93 88 93 89 93 8A "


@pytest.mark.parametrize("text", ["ping", " ping\n"])
def test_the_bare_word_ping(text: str) -> None:
    """Bare text is ignored, as any answer would disturb the client that sends it."""
    assert Bench().open().receive(text) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '"connect"', "null", "12", "[" * 60_000, "\0"])
def test_what_is_no_request(text: str) -> None:
    """What is no JSON object is refused."""
    (answer,) = Bench().open().receive(text)
    reply = json.loads(answer)
    assert codes(reply) == (401, "I18N_COMMON_INTER_ABNORMAL")
    assert reply["result_data"] == {"service": ""}


@given(st.text())
def test_any_text_is_answered_or_ignored(text: str) -> None:
    """No text does harm."""
    for answer in Bench().open().receive(text):
        assert json.loads(answer)["result_code"] in {1, 200, 401}


def test_a_new_login_kicks_the_old_one() -> None:
    """From P024 the old session is told once, and its token is out."""
    bench = Bench(firmware="P024")
    old, new = login(bench), login(bench)
    assert bench.dongle.due(bench.clock.now) == [(old, NOTICE % "normal user limit")]
    assert bench.dongle.due(bench.clock.now) == []
    assert codes(ask(old, "state", token=old.token))[0] == 106
    assert codes(ask(new, "state", token=new.token))[0] == 1


def test_older_firmware_kicks_nobody() -> None:
    """Up to P023 both sessions go on."""
    bench = Bench(firmware="P023")
    old = login(bench)
    login(bench)
    assert bench.dongle.due(bench.clock.now) == []
    assert codes(ask(old, "state", token=old.token))[0] == 1


def test_idle_sessions_are_told() -> None:
    """A login that is idle for too long ends with a notice."""
    bench = Bench()
    session = login(bench)
    assert bench.dongle.due(bench.clock.now + 1199) == []
    assert bench.dongle.due(bench.clock.now + 1200) == [(session, NOTICE % "login timeout")]


def test_who_is_gone_is_told_nothing() -> None:
    """Neither a notice that waits nor a later one goes to a closed session."""
    bench = Bench(firmware="P024")
    first, second = login(bench), login(bench)
    first.close()
    second.close()
    login(bench)
    assert bench.dongle.due(bench.clock.now) == []


def test_opening_clears_up() -> None:
    """A new session ends what has expired, so that nothing piles up."""
    bench = Bench(token_lifetime=60.0)
    bench.token()
    assert repr(bench.dongle) == "<Dongle WINET-SV200.001.00.P023, 1 tokens>"
    bench.clock.now += 60
    bench.open()
    assert repr(bench.dongle) == "<Dongle WINET-SV200.001.00.P023, 0 tokens>"


def test_reset() -> None:
    """Nothing is left of logins, not even a notice that waits; WebSockets can begin again."""
    bench = Bench(firmware="P024")
    first, second = login(bench), login(bench)
    bench.dongle.reset()
    assert bench.dongle.due(bench.clock.now) == []
    assert codes(ask(second, "state", token=second.token))[0] == 106
    assert codes(ask(first, "connect"))[0] == 1


@pytest.mark.parametrize(
    ("local", "told"),
    [("192.0.2.9", "192.0.2.9"), ("::ffff:192.0.2.9", "192.0.2.9"), ("::1", "10.10.10.219")],
)
def test_clients_are_told_the_address_that_they_came_to(local: str, told: str) -> None:
    """Clients want an address in numbers, IPv4; the rest hears of the dongle's own."""
    session = Bench("winet-s2", "P008").dongle.open(0.0, "10.10.10.73", local)
    assert session.address == told
    assert ask(session, "connect")["result_data"]["ip"] == told
    rows = ask(session, "local", token=session.token)["result_data"]["list"]
    assert [row["data_value"] for row in rows if "ETH_IP" in row["data_name"]] == [told]


@pytest.mark.parametrize("address", ["", "localhost", "0.0.0.0", "::", "::1", "::ffff:0:0"])
def test_what_is_no_ipv4_address(address: str) -> None:
    """Names, IPv6, and what stands for every address are no IPv4 address."""
    assert ipv4(address) == ""


def test_repr_of_a_session() -> None:
    """A session shows its client."""
    session = Bench().open()
    assert repr(session) == "<WebSession of 10.10.10.73>"
    session.close()
    assert repr(session) == "<WebSession of 10.10.10.73, closed>"
