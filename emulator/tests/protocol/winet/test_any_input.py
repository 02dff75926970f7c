"""Whatever clients send, the dongle answers or refuses."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from protocol.winet.stand import Bench, ask

SERVICES = (
    "connect", "login", "ping", "logout", "devicelist", "state", "statistics", "runtime", "real",
    "real_battery", "direct", "local", "proto_modbus104", "param", "fault", "meter",
)  # fmt: skip
PAGES = (
    "/about/list", "/product/list", "/device/getType", "/time/get", "/device/overview",
    "/device/getInfo", "/device/getInitParam", "/device/getParam",
)  # fmt: skip
POSTS = (
    "/inverter/list", "/device/setParam", "/user/connect", "/device/list",
    "/upgrade/upgradeStatus", "/device/passthroughway",
)  # fmt: skip
NAMES = ("dev_id", "type", "param_addr", "param_num", "param_type", "lang")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.sampled_from(SERVICES) | st.text() | json_values,
    st.dictionaries(
        st.sampled_from(("dev_id", "type", "username", "passwd", "list", "devid_array", "lang"))
        | st.text(),
        json_values,
    ),
    st.booleans(),
)
def test_any_request_is_answered(service: Any, members: dict[str, Any], known: bool) -> None:
    """Whatever an administrator or a stranger asks, the answer is one the device could give."""
    bench = Bench()
    session = bench.open()
    session.token = bench.admin()
    token = session.token if known else "848a0ca3"
    request = {**members, "service": service, "token": token}
    (text,) = session.receive(json.dumps(request))
    text.encode()
    assert json.loads(text)["result_code"] in {1, 106, 114, 115, 200, 215, 301, 391, 401}


@given(st.lists(json_values, max_size=5), st.lists(json_values, max_size=5))
def test_any_settings_are_answered(dev_ids: list[Any], settings: list[Any]) -> None:
    """Whatever is to be written, it is taken or refused."""
    bench = Bench()
    session = bench.open()
    session.token = bench.admin()
    reply = ask(session, "param", token=session.token, devid_array=dev_ids, list=settings)
    assert reply["result_code"] in {1, 391}
    assert reply["result_data"]["count"] == len(settings)


@given(
    st.sampled_from(PAGES) | st.text(),
    st.text(),
    st.dictionaries(st.sampled_from(NAMES), st.text() | st.integers()),
)
def test_any_query_is_answered(path: str, query: str, members: dict[str, object]) -> None:
    """No query does harm."""
    bench = Bench()
    more = "&".join(f"{name}={value}" for name, value in members.items())
    answer = bench.dongle.http("GET", path, f"{more}&token={bench.token()}&{query}", b"")
    if answer.status == 200:
        assert json.loads(answer.body)["result_code"] in {1, 106, 301}
    else:
        assert answer.status in {404, 405}


@given(
    st.sampled_from(POSTS),
    st.binary() | st.text().map(str.encode),
    st.booleans(),
)
def test_any_body_is_answered(path: str, body: bytes, known: bool) -> None:
    """No body does harm, with a token or without."""
    bench = Bench()
    query = f"token={bench.admin()}" if known else ""
    answer = bench.dongle.http("POST", path, query, body)
    assert answer.status == 200
    assert json.loads(answer.body)["result_code"] in {1, 106, 301, 391}


@given(
    st.dictionaries(
        st.sampled_from(("dev_id", "param_addr", "param_value", "msgValue")),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_any_write_is_taken_or_refused(members: dict[str, Any]) -> None:
    """Whatever is to be written, the answer is a right one."""
    bench = Bench()
    token = bench.admin()
    reply = bench.post("/device/setParam", **{**members, "token": token})
    assert reply["result_code"] in {1, 391}
    reply = bench.post("/device/passthroughway", **{**members, "token": token})
    assert reply["result_code"] in {1, 301}
