"""HTTP endpoints, as captured and as clients ask for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from protocol.winet.stand import PAGES, REFUSED, Bench, codes

from sungrow_emulator.protocol.winet import lists
from sungrow_emulator.protocol.winet.http import HttpAnswer

SUCCESS = (1, "success")
NO_TOKEN = (106, "I18N_COMMON_ACCOUNT_OUT_FRESH")
READ_FAILED = (301, "I18N_COMMON_READ_FAILED")
SET_FAILED = (391, "I18N_COMMON_SET_FAILED")
UNAUTHORISED = (401, "I18N_COMMON_INTER_ABNORMAL")

OPEN_PAGES = ("/about/list", "/product/list", "/device/getType")
USER_PAGES = (
    "/time/get", "/device/overview", "/device/getInfo", "/device/getInitParam", "/device/getParam",
)  # fmt: skip
TOKEN_POSTS = ("/device/list", "/upgrade/upgradeStatus", "/device/passthroughway")
WORDS = {
    "dev_id": 1,
    "dev_type": 35,
    "dev_code": 3599,
    "type": 3,
    "param_addr": 5000,
    "param_num": 3,
    "param_type": 0,
    "lang": "en_us",
    "time123456": 1795223552,
}


def test_words_as_the_device_sends_them() -> None:
    """Bytes are two capital digits each, with a blank after the last one too.

    SungrowModbusWebClient loses the last byte without it.
    """
    bench = Bench()
    query = "&".join(f"{name}={value}" for name, value in WORDS.items())
    answer = bench.dongle.http("GET", "/device/getParam", f"{query}&token={bench.token()}", b"")
    assert answer == HttpAnswer(
        200,
        "application/json",
        b'{\n\t"result_code":\t1,\n\t"result_msg":\t"success",\n\t"result_data":\t{\n'
        b'\t\t"param_value":\t"13 87 13 88 13 89 "\n\t}\n}',
    )


def test_words_of_a_client_that_knows_no_device() -> None:
    """Device type and code may be empty, as after a refused devicelist."""
    bench = Bench()
    reply = bench.get(
        "/device/getParam", **{**WORDS, "dev_type": "", "dev_code": "", "token": bench.token()}
    )
    assert reply["result_data"] == {"param_value": "13 87 13 88 13 89 "}


@pytest.mark.parametrize(
    "changes",
    [
        {"param_addr": REFUSED + 1},
        {"param_num": 126},
        {"param_addr": ""},
        {"dev_id": 7},
        {"type": 5},
        {"type": ""},
        {"type": 9, "dev_id": 7},
        {"type": 7, "dev_id": ""},
    ],
)
def test_what_cannot_be_read(changes: dict[str, object]) -> None:
    """A refused register, an unknown device and an unknown type are told alike."""
    bench = Bench()
    reply = bench.get("/device/getParam", **{**WORDS, **changes, "token": bench.token()})
    assert codes(reply) == READ_FAILED
    assert "result_data" not in reply


def test_settings() -> None:
    """Type 9 is the page of energy management, type 7 of power control."""
    bench = Bench()
    token = bench.token()
    energy = bench.get("/device/getParam", **{**WORDS, "type": 9, "token": token})
    assert energy["result_data"] == {"list": [lists.parameter(item) for item in PAGES[9]]}
    power = bench.get("/device/getParam", **{**WORDS, "type": 7, "token": token})
    assert power["result_data"] == {"list": []}


@pytest.mark.parametrize("path", USER_PAGES)
@pytest.mark.parametrize("token", ["", "848a0ca3-b37d-46c1-aa95-921936ee5e87"])
def test_pages_that_want_a_token(path: str, token: str) -> None:
    """A token that is not valid is told as 106 with HTTP 200."""
    assert codes(Bench().get(path, token=token)) == NO_TOKEN
    assert codes(Bench().get(path)) == NO_TOKEN


def test_an_expired_token() -> None:
    """A token that was idle too long is told like a wrong one."""
    bench = Bench()
    token = bench.token()
    bench.clock.now += 1200
    assert codes(bench.get("/device/getParam", **WORDS, token=token)) == NO_TOKEN


@pytest.mark.parametrize("path", USER_PAGES)
def test_newer_firmware_wants_a_login(path: str) -> None:
    """From P024 the token of a guest is not enough."""
    bench = Bench(firmware="P024")
    assert codes(bench.get(path, **WORDS, token=bench.token())) == UNAUTHORISED
    assert codes(bench.get(path, **WORDS, token=bench.admin())) == SUCCESS


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_pages_for_everybody(path: str) -> None:
    """About, product and types need no token, whatever the firmware."""
    assert codes(Bench(firmware="P024").get(path)) == SUCCESS


def test_about() -> None:
    """The dongle tells its serial number and versions (bjeanes/modbus-mqtt)."""
    rows = Bench(firmware="P012").get("/about/list", lang="en_us")["result_data"]["list"]
    assert [tuple(row.values()) for row in rows] == [
        ("I18N_COMMON_DEVICE_SN", "B2281302388", "", "1"),
        ("I18N_COMMON_APPLI_SOFT_VERSION", "WINET-SV200.001.00.P012", "", "2"),
        ("I18N_COMMON_BUILD_SOFT_VERSION", "WINET-SV200.001.00.B001", "", "2"),
        ("I18N_COMMON_VERSION", "M_WiNet-S_V01_V01_A", "", "0"),
    ]


def test_product() -> None:
    """sungrow_http_config wants to see WiNet-S/9."""
    data = Bench().get("/product/list")["result_data"]
    assert data == {"product_name": "WiNet-S", "product_code": 9}


def test_types() -> None:
    """The types of devices are the five that were captured."""
    data = Bench().get("/device/getType")["result_data"]
    assert data["count"] == 5
    assert [(row["name"], row["value"]) for row in data["list"]] == [
        ("I18N_COMMON_STRING_INVERTER", 1),
        ("I18N_COMMON_SOLAR_INVERTER", 21),
        ("I18N_COMMON_STORE_INVERTER", 35),
        ("I18N_COMMON_AMMETER", 18),
        ("I18N_COMMON_CHARGING_PILE", 46),
    ]


def test_time() -> None:
    """Three names come twice in one object (bjeanes/modbus-mqtt)."""
    bench = Bench()
    answer = bench.dongle.http("GET", "/time/get", f"token={bench.token()}", b"")
    pairs: list[list[tuple[str, Any]]] = []

    def keep(object_: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs.append(object_)
        return dict(object_)

    json.loads(answer.body, object_pairs_hook=keep)
    assert pairs[0] == [
        ("time", "2022-08-29 20:14"),
        ("sync_device", "0"),
        ("dispatching_mode", "0"),
        ("ntp_server_jp", "re-ene.kyuden.co.jp"),
        ("curr_timezone", "UTC+10:00"),
        ("source", "7"),
        ("ntp_server", "pool.ntp.org"),
        ("ntp_port", "123"),
        ("ntp_interval", "5"),
        ("ntp_timestamp", "2022-08-29 20:14:44"),
        ("tz_reboot_flag", "0"),
        ("data_name", "I18N_COMMON_LONGITUDE"),
        ("data_value", "--"),
        ("data_unit", ""),
        ("data_name", "I18N_COMMON_LATITUDE"),
        ("data_value", "--"),
        ("data_unit", ""),
        ("timezone_gps", "UTC"),
    ]


@pytest.mark.parametrize(
    ("seconds", "zone"),
    [(0, "UTC+00:00"), (7200, "UTC+02:00"), (-12600, "UTC-03:30"), (20700, "UTC+05:45")],
)
def test_time_zones(seconds: float, zone: str) -> None:
    """Zones are told with their sign, hours and minutes."""
    bench = Bench()
    bench.station.offset = seconds
    time = bench.get("/time/get", token=bench.token())["result_data"]
    assert time["curr_timezone"] == zone


def test_overview() -> None:
    """The overview has the module and the inverter, numbers as numbers (bjeanes)."""
    bench = Bench()
    assert bench.get("/device/overview", token=bench.token())["result_data"] == {
        "module_info": {"module_sn": "B2281302388", "module_ver": "M_WiNet-S_V01_V01_A"},
        "net_info": {
            "wifi_conn_sts": 0,
            "eth_conn_sts": 1,
            "eth2_conn_sts": 0,
            "wifi_cmd": 170,
        },
        "remote_info": {"module_sn": "B2281302388", "ip": "app.isolarcloud.com"},
        "sys_time": {"sync_device": 0, "time": "2022-08-29 20:14", "timezone": "UTC+10:00"},
        "list": [
            {
                "dev_name": "SH5.0RS(COM1-001)",
                "dev_sn": "A2281302388",
                "link_status": 1,
                "country_code": 6,
                "country": "I18N_COMMON_AUSTRALIA",
                "company": "AS/NZS 4777.2:2020 Australia A",
                "company_code": "13",
            }
        ],
    }


def test_info() -> None:
    """A device tells its serial number; one that is not there cannot be read."""
    bench = Bench()
    token = bench.token()
    data = bench.get("/device/getInfo", dev_id=2, lang="en_us", token=token)["result_data"]
    assert data["list"][0]["data_value"] == "S2281302388"
    assert codes(bench.get("/device/getInfo", dev_id=9, token=token)) == READ_FAILED


def test_initial_settings() -> None:
    """Devices without such settings are not listed."""
    bench = Bench()
    data = bench.get("/device/getInitParam", token=bench.token())["result_data"]
    assert data == {
        "list": [
            {
                "dev_name": "SH5.0RS(COM1-001)",
                "dev_sn": "A2281302388",
                "list": [lists.initial_parameter(item) for item in PAGES[0]],
            }
        ]
    }


def test_inverters() -> None:
    """The list of devices is open and takes an empty body."""
    bench = Bench()
    answer = bench.dongle.http("POST", "/inverter/list", "", b"")
    assert answer.status == 200
    assert json.loads(answer.body)["result_data"] == lists.device_list(bench.station.listed)


@pytest.mark.parametrize("firmware", ["P023", "P026"])
def test_the_way_of_sungrow_http_config(firmware: str) -> None:
    """Connect, list, upgrade and pass a frame through, without any password."""
    bench = Bench(firmware=firmware)
    lang = {"lang": "_en_US"}
    reply = bench.post("/user/connect", **lang, service="connect", token="")
    token = reply["result_data"]["token"]
    request = {"is_check_token": "0", **lang, "service": "devicelist", "token": token, "type": "0"}
    devices = bench.post("/device/list", **request)["result_data"]["list"]
    assert devices[0]["dev_procotol"] == 2
    reply = bench.post("/upgrade/upgradeStatus", **lang, token=token)
    assert reply["result_data"] == {"nextProcess": "0"}
    frame = {
        "dev_code": 9734,
        "dev_id": 1,
        "dev_type": 21,
        "msgLength": 8,
        "msgType": "0",
        "msgValue": "010679F400AA511B",
    }
    reply = bench.post("/device/passthroughway", **frame, **lang, token=token)
    assert reply["result_data"] == {"data": "010679F400AA511B"}
    assert bench.station.written == [(1, 31220, "00aa")]


def test_broken_frames() -> None:
    """What is no frame is refused."""
    bench = Bench()
    reply = bench.post("/device/passthroughway", msgValue="0106", token=bench.token())
    assert codes(reply) == READ_FAILED


@pytest.mark.parametrize("path", [*TOKEN_POSTS, "/device/setParam"])
def test_posts_that_want_a_token(path: str) -> None:
    """A token that is not valid is told as 106."""
    assert codes(Bench().post(path, token="848a0ca3")) == NO_TOKEN
    assert codes(Bench().post(path)) == NO_TOKEN


SET = {
    "dev_id": 1,
    "dev_type": 35,
    "dev_code": 3343,
    "param_addr": "33148",
    "param_size": "1",
    "param_value": "200",
    "lang": "en_us",
}


def test_set_param() -> None:
    """An administrator writes one register (bjeanes/modbus-mqtt)."""
    bench = Bench()
    assert codes(bench.post("/device/setParam", **SET, token=bench.admin())) == SUCCESS
    assert bench.station.written == [(1, 33147, "00c8")]


def test_set_param_as_a_form() -> None:
    """A shell client sends the members as a form, or in the query."""
    bench = Bench()
    form = f"dev_id=1&param_addr=33148&param_size=3&param_value=200&token={bench.admin()}"
    for query, body in ((form, b""), ("", form.encode())):
        answer = bench.dongle.http("POST", "/device/setParam", query, body)
        assert codes(json.loads(answer.body)) == SUCCESS
    assert len(bench.station.written) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"param_addr": str(REFUSED + 1)},
        {"param_value": "65536"},
        {"param_value": "much"},
        {"param_addr": "0"},
        {"dev_id": 9},
        {"dev_id": None},
    ],
)
def test_refused_set_param(changes: dict[str, object]) -> None:
    """What cannot be written is told as 391."""
    bench = Bench()
    reply = bench.post("/device/setParam", **{**SET, **changes, "token": bench.admin()})
    assert codes(reply) == SET_FAILED
    assert bench.station.written == []


def test_set_param_is_for_administrators() -> None:
    """The token of `connect` is not enough, nor is that of a user."""
    bench = Bench()
    assert codes(bench.post("/device/setParam", **SET, token=bench.token())) == NO_TOKEN
    user = bench.token("user", "pw1111")
    assert codes(bench.post("/device/setParam", **SET, token=user)) == SET_FAILED
    assert bench.station.written == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/i18n/en_US.properties", "A=1\n"),
        ("/i18n/de_DE.properties", "A=Ä\n"),
        ("/i18n/zh_CN.properties", ""),
    ],
)
def test_properties(path: str, text: str) -> None:
    """Texts are plain UTF-8."""
    answer = Bench().dongle.http("GET", path, "", b"")
    assert (answer.status, answer.body.decode()) == (200, text)
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/i18n/xx_XX.properties", 404),
        ("GET", "/i18n/en_US", 404),
        ("POST", "/inverter/web", 404),
        ("PUT", "/nothing", 404),
        ("POST", "/i18n/en_US.properties", 405),
        ("POST", "/device/getParam", 405),
        ("GET", "/device/setParam", 405),
        ("DELETE", "/about/list", 405),
    ],
)
def test_wrong_paths_and_methods(method: str, path: str, status: int) -> None:
    """A path that is none is 404, another method 405, with a word of text."""
    answer = Bench().dongle.http(method, path, "", b"")
    assert answer.status == status
    assert answer.body
