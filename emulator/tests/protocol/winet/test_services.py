"""Services of the WebSocket, as captured and as clients ask for them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from protocol.winet.stand import IDENTITY, INVERTER, METER, REFUSED, Bench, DataRow, ask, codes

from sungrow_emulator.protocol.winet import lists
from sungrow_emulator.protocol.winet.services import DongleIdentity

SERVICES = (
    "logout", "devicelist", "state", "statistics", "runtime", "real", "real_battery", "direct",
    "local", "proto_modbus104", "param", "fault", "meter", "energyflow",
)  # fmt: skip
FLAGS = {"virgin_flag": 0, "isFirstLogin": 0, "forceModifyPasswd": 0}
SUCCESS = (1, "success")
UNAUTHORISED = (401, "I18N_COMMON_INTER_ABNORMAL")
NO_TOKEN = (106, "I18N_COMMON_ACCOUNT_OUT_FRESH")


class Talk(Bench):
    """A dongle and one WebSocket to it, connected."""

    def __init__(self, dongle: str = "winet-s", firmware: str = "P023", **rules: Any) -> None:
        super().__init__(dongle, firmware, **rules)
        self.session = self.open()
        self.connected = self.ask("connect", token="")

    def ask(self, service: str, **members: object) -> Any:
        """Ask with the token that was given last."""
        return ask(self.session, service, **{"token": self.session.token, **members})

    def login(self, name: str = "admin", password: str = "pw8888") -> Any:
        """Log in."""
        return self.ask("login", username=name, passwd=password)

    def data(self, service: str, **members: object) -> Any:
        """Return what a successful answer tells beside the name of its service."""
        reply = self.ask(service, **members)
        assert codes(reply) == SUCCESS
        assert reply["result_data"].pop("service") == service
        return reply["result_data"]


@pytest.mark.parametrize(
    ("dongle", "firmware", "more"),
    [
        ("winet-s", "P012", {}),
        ("winet-s", "P026", FLAGS),
        ("winet-s2", "P008", {"ip": "10.10.10.219"}),
        ("winet-s2", "P026", {"ip": "10.10.10.219", **FLAGS}),
        ("eyem4", "P023", {}),
    ],
)
def test_connect(dongle: str, firmware: str, more: dict[str, object]) -> None:
    """Clients tell the generations apart by the members of the answer."""
    assert Talk(dongle, firmware).connected == {
        "result_code": 1,
        "result_msg": "success",
        "result_data": {
            "service": "connect",
            "token": "848a0ca3-b37d-46c1-aa95-000000000001",
            "uid": 1,
            "tips_disable": 1,
            **more,
        },
    }


@pytest.mark.parametrize(("firmware", "more"), [("P012", {}), ("P024", FLAGS)])
def test_login(firmware: str, more: dict[str, object]) -> None:
    """A login gets a new token and its password back (bjeanes/modbus-mqtt)."""
    assert Talk(firmware=firmware).login() == {
        "result_code": 1,
        "result_msg": "success",
        "result_data": {
            "service": "login",
            "token": "848a0ca3-b37d-46c1-aa95-000000000002",
            "passwd": "pw8888",
            "uid": 3,
            "role": 0,
            "tips_disable": 1,
            **more,
        },
    }


def test_wrong_passwords_and_the_lock() -> None:
    """A wrong password is told, after five the account is locked."""
    talk = Talk()
    for _ in range(5):
        reply = talk.login(password="?")
        assert codes(reply) == (115, "I18N_COMMON_USR_PASSWD_ERROR_TIMES")
        assert reply["result_data"] == {"service": "login"}
    assert codes(talk.login()) == (114, "I18N_COMMON_USR_ACCOUNT_LOCK")
    assert codes(talk.login("user", "pw1111")) == SUCCESS


def test_ping_is_the_shortest_answer() -> None:
    """A ping is answered without data, whatever its token."""
    talk = Talk()
    text = '{"lang":"zh_cn","service":"ping","token":"","id":"cf1530ff-71e5-456a-8450"}'
    expected = '{\n\t"result_code":\t1,\n\t"result_msg":\t"success"\n}'
    assert talk.session.receive(text) == [expected]
    assert talk.open().receive('{"service":"ping"}') == [expected]


def test_ping_keeps_the_login_alive() -> None:
    """The token that the client was given last lives on, although a ping does not tell it."""
    talk = Talk(token_lifetime=60.0)
    for _ in range(5):
        talk.clock.now += 50
        talk.ask("ping", token="")
    assert codes(talk.ask("state")) == SUCCESS
    talk.clock.now += 60
    assert codes(talk.ask("state")) == NO_TOKEN


def test_logout() -> None:
    """After a logout the token is worth nothing."""
    talk = Talk()
    assert talk.data("logout") == {}
    assert codes(talk.ask("logout")) == NO_TOKEN


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("token", ["", "848a0ca3-b37d-46c1-aa95-921936ee5e87", 7, None])
def test_every_service_wants_a_token(service: str, token: object) -> None:
    """A token that is not valid is told as 106, with the name of the service."""
    reply = Talk().ask(service, token=token)
    assert codes(reply) == NO_TOKEN
    assert reply["result_data"] == {"service": service}


@pytest.mark.parametrize("service", SERVICES)
def test_newer_firmware_wants_a_login(service: str) -> None:
    """From P024 a guest is told 401 until there was a login (optmybat)."""
    talk = Talk(firmware="P024")
    reply = talk.ask(service, type="0")
    assert codes(reply) == UNAUTHORISED
    assert reply["result_data"] == {"service": service}
    talk.login()
    assert codes(talk.ask(service, dev_id=1)) != UNAUTHORISED


def test_state() -> None:
    """The state is all text; faults and alarms are counted (bjeanes/modbus-mqtt)."""
    talk = Talk()
    talk.station.active = (1, 0)
    assert talk.data("state") == {
        "total_fault": "1",
        "total_alarm": "0",
        "wireless_conn_sts": "0",
        "wifi_conn_sts": "0",
        "eth_conn_sts": "1",
        "eth2_conn_sts": "0",
        "wireless_cmd": "170",
        "wifi_cmd": "170",
        "cloud_conn_sts": "1",
        "server_net_type": "0",
    }


def test_devices_and_numbers() -> None:
    """Devices, statistics and runtime are the lists of the plant."""
    talk = Talk()
    devices, numbers = talk.station.listed, talk.station.numbers
    expected = lists.device_list_with_lists(devices, False)
    assert talk.data("devicelist", type="0", is_check_token="0") == expected
    assert talk.data("devicelist", type=0, is_check_token=0) == expected
    assert talk.data("statistics") == lists.statistics(numbers)
    assert talk.data("runtime") == lists.runtime(devices, numbers)


def test_newer_firmware_tells_more_of_devices() -> None:
    """A firmware that has flags has them in the list of devices too."""
    talk = Talk(firmware="P043")
    talk.login()
    assert talk.data("devicelist")["list"][1]["optimizer_insert"] == 0


@pytest.mark.parametrize(
    "members",
    [
        {"dev_id": "1", "time123456": 1661762597181},
        {"dev_id": 1, "time123456": "1795223552"},
        {"dev_id": "2", "time123456": 1.5, "level": 3, "extended": "true", "grid": "true"},
        {"dev_id": 1, "dev_type": 35},
        {"dev_id": 1, "lang": None},
    ],
)
def test_real(members: dict[str, object]) -> None:
    """Live rows are asked for in many styles (facts of the public clients)."""
    assert Talk().data("real", **members) == {
        "list": [
            {
                "data_name": "I18N_COMMON_TOTAL_GRID_RUNNING_TIME",
                "data_value": "--",
                "data_unit": "h",
            },
            {
                "data_name": "I18N_COMMON_AIR_TEM_INSIDE_MACHINE",
                "data_value": "25.8",
                "data_unit": "℃",
            },
        ],
        "count": 2,
    }


@pytest.mark.parametrize("dev_id", [9, "", None, "x", [1]])
def test_real_of_no_device(dev_id: object) -> None:
    """A device that is not there cannot be read."""
    assert codes(Talk().ask("real", dev_id=dev_id)) == (301, "I18N_COMMON_READ_FAILED")


def test_rows_are_rendered_once() -> None:
    """As long as the station hands out the same rows, the same text is sent."""
    talk = Talk()
    text = json.dumps({"service": "real", "dev_id": 1, "token": talk.session.token})
    first, again = talk.session.receive(text)[0], talk.session.receive(text)[0]
    assert first is again
    talk.station.rows = (DataRow("I18N_COMMON_BUS_VOLTAGE", "652.0", "V"),)
    assert json.loads(talk.session.receive(text)[0])["result_data"]["count"] == 1


def test_battery() -> None:
    """Rows of the battery are asked for with the inverter's number."""
    talk = Talk()
    rows = [{"data_name": "I18N_CONFIG_KEY_3907", "data_value": "0.000", "data_unit": "kW"}]
    assert talk.data("real_battery", dev_id="1") == {"list": rows, "count": 1}


@pytest.mark.parametrize("dev_id", [1, 2, None])
def test_no_battery(dev_id: object) -> None:
    """Without a battery the list is empty; newer firmware has a code for it."""
    older, newer = Talk(firmware="P023"), Talk(firmware="P024")
    newer.login()
    older.station.battery_rows = newer.station.battery_rows = None
    assert older.data("real_battery", dev_id=dev_id) == {"list": [], "count": 0}
    reply = newer.ask("real_battery", dev_id=dev_id)
    assert reply["result_code"] == 211
    assert reply["result_data"] == {"service": "real_battery"}


def test_inputs() -> None:
    """Each PV input has voltage and current; what is no inverter has none."""
    talk = Talk()
    assert talk.data("direct", dev_id="1")["list"][0]["voltage"] == "580.0"
    assert talk.data("direct", dev_id=2) == {"list": [], "count": 0}
    assert talk.data("direct") == {"list": [], "count": 0}


def test_local() -> None:
    """The dongle tells its addresses; it counts fewer rows than it sends (bjeanes)."""
    data = Talk().data("local")
    assert data["count"] == 8
    assert [tuple(row.values()) for row in data["list"]] == [
        ("I18N_COMMON_SYSTEM_TIME", "2022-08-29 20:14", ""),
        ("I18N_COMMON_ETH_IP_ADDRESS", "10.10.10.219", ""),
        ("I18N_COMMON_ETH_MAC_ADDRESS", "e8:68:e7:33:b6:6b", ""),
        ("I18N_COMMON_WIFI_AP_IP_ADDRESS", "--", ""),
        ("I18N_COMMON_WIFI_STA_IP_ADDRESS", "--", ""),
        ("I18N_COMMON_WLAN_MAC_ADDRESS", "e8:68:e7:33:b6:68", ""),
        ("I18N_COMMON_WIFI_SIGNAL_STRN", "--", "dBm"),
        ("I18N_COMMON_FTP_UPLOAD_TIME", "--", ""),
        ("I18N_COMMON_FTP_UPLOAD_RESULT", "--", ""),
        ("ETH1 IPV6", "--", ""),
        ("WIFI IPV6", "--", ""),
    ]


@pytest.mark.parametrize(
    ("mac", "wlan"),
    [("e8:68:e7:33:b6:00", "e8:68:e7:33:b5:fd"), ("00:00:00:00:00:01", "ff:ff:ff:ff:ff:fe")],
)
def test_wlan_mac(mac: str, wlan: str) -> None:
    """The Wi-Fi's address is three below the Ethernet's."""
    assert replace(IDENTITY, mac=mac).wlan_mac == wlan
    assert isinstance(IDENTITY, DongleIdentity)


@pytest.mark.parametrize(
    ("clients", "shown"),
    [
        ((), ["--", "--", "--"]),
        (("10.10.10.73",), ["10.10.10.73", "--", "--"]),
        (("a", "b", "c", "d"), ["a", "b", "c"]),
    ],
)
def test_modbus_clients(clients: tuple[str, ...], shown: list[str]) -> None:
    """There are three slots for Modbus clients, whoever is connected."""
    talk = Talk()
    talk.station.clients = clients
    data = talk.data("proto_modbus104")
    assert data["count"] == 3
    assert [row["data_value"] for row in data["list"]] == shown
    assert [row["data_name"] for row in data["list"]] == [f"MODBUS-TCP IP{n}" for n in (1, 2, 3)]


PARAM = {
    "time123456": "1716900000000",
    "park_serial": "1716900000000",
    "dev_code": 3344,
    "dev_type": 35,
    "devid_array": ["1"],
    "type": "9",
    "count": "1",
    "current_pack_num": 1,
    "pack_num_total": 1,
    "list": [
        {
            "accuracy": 0,
            "param_addr": 33146,
            "param_id": 1,
            "param_type": 1,
            "param_value": "0",
            "param_name": "Energy Management Mode",
        }
    ],
}


def test_param() -> None:
    """An administrator writes settings (anicoll/winet-intergration)."""
    talk = Talk()
    talk.login()
    assert talk.data("param", **PARAM) == {
        "count": 1,
        "list": [
            {
                "result": 0,
                "param_pid": -1,
                "param_id": 1,
                "param_name": "Energy Management Mode",
            }
        ],
    }
    assert talk.station.written == [(1, 33145, "0000")]


def test_refused_param() -> None:
    """What the device refuses is told as 391, and no client takes the row for a success."""
    talk = Talk()
    talk.login()
    setting = {"param_addr": REFUSED + 1, "param_value": "1", "param_id": 4}
    reply = talk.ask("param", devid_array=["1"], list=[setting])
    assert codes(reply) == (391, "I18N_COMMON_SET_FAILED")
    (row,) = reply["result_data"]["list"]
    assert row["result"] != 0
    assert row["param_pid"] != -1


def test_param_is_for_administrators() -> None:
    """Guests are out of date, users refused; nothing is written."""
    talk = Talk()
    assert codes(talk.ask("param", **PARAM)) == NO_TOKEN
    talk.login("user", "pw1111")
    assert codes(talk.ask("param", **PARAM)) == (391, "I18N_COMMON_SET_FAILED")
    assert talk.station.written == []


def test_what_nobody_has_published() -> None:
    """No faults are listed, and there is no meter."""
    talk = Talk()
    assert talk.data("fault") == {"list": [], "count": 0}
    for service in ("meter", "energyflow"):
        reply = talk.ask(service)
        assert reply["result_code"] == 215
        assert reply["result_data"] == {"service": service}


@pytest.mark.parametrize("service", ["meter", "energyflow"])
def test_a_meter_on_the_bus_of_the_dongle(service: str) -> None:
    """Its rows are told; no capture shows how."""
    talk = Talk()
    talk.station.listed = (INVERTER, METER)
    assert [row["data_value"] for row in talk.data(service)["list"]] == ["--", "25.8"]


@pytest.mark.parametrize("service", ["device/getType", "notice", "reboot", ""])
def test_unknown_services_are_acknowledged(service: str) -> None:
    """A service that is none gets a bare code 200 (bjeanes/modbus-mqtt)."""
    talk = Talk()
    text = json.dumps({"service": service, "token": talk.session.token})
    assert talk.session.receive(text) == ['{\n\t"result_code":\t200\n}']


@pytest.mark.parametrize("service", [None, 1, ["real"], {"real": 1}])
def test_requests_without_a_service(service: object) -> None:
    """What names no service cannot be understood."""
    (text,) = Talk().session.receive(json.dumps({"service": service}))
    reply = json.loads(text)
    assert codes(reply) == UNAUTHORISED
    assert reply["result_data"] == {"service": ""}
