"""The services that a dongle offers on its WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sungrow_emulator.protocol.winet import lists, registers
from sungrow_emulator.protocol.winet.envelope import Json, ResultCode, answer, success
from sungrow_emulator.protocol.winet.requests import Request, whole
from sungrow_emulator.protocol.winet.rules import DongleRules
from sungrow_emulator.protocol.winet.sessions import Listener, Login, Role, Sessions
from sungrow_emulator.protocol.winet.station import Row, Station

_PING = answer(ResultCode.SUCCESS)
# Recorded for `device/getType`, which is a page and no service (bjeanes/modbus-mqtt); that every
# unknown service is acknowledged in this way is a guess.
_UNKNOWN = '{\n\t"result_code":\t200\n}'

_STATE = success(
    {
        "service": "state",
        "total_fault": "%d",
        "total_alarm": "%d",
        "wireless_conn_sts": "0",
        "wifi_conn_sts": "0",
        "eth_conn_sts": "1",
        "eth2_conn_sts": "0",
        "wireless_cmd": "170",
        "wifi_cmd": "170",
        "cloud_conn_sts": "1",
        "server_net_type": "0",
    }
)

_LOCAL_COUNT = 8
"""What `local` tells of its eleven rows (bjeanes/modbus-mqtt)."""
_MODBUS_SLOTS = 3
_WLAN_BEHIND_ETHERNET = 3
"""By so much the Wi-Fi's MAC is below the Ethernet's (bjeanes/modbus-mqtt)."""


@dataclass(frozen=True, slots=True)
class DongleIdentity:
    """One dongle among others.

    Attributes:
        serial_number: its own, not the inverter's.
        address: IPv4 address at its Ethernet port, for clients that do not show which they
            have come to.
        mac: address of that port, e.g. `e8:68:e7:33:b6:6b`.
    """

    serial_number: str
    address: str
    mac: str

    @property
    def wlan_mac(self) -> str:
        """Address of its Wi-Fi."""
        value = int(self.mac.replace(":", ""), 16) - _WLAN_BEHIND_ETHERNET
        return (value & (1 << 48) - 1).to_bytes(6, "big").hex(":")


class Client(Listener, Protocol):
    """The other end of a WebSocket."""

    token: str
    """The token that it was given last."""


class Services:
    """Answers requests; what follows from one for others is left to them.

    Args:
        station: the devices.
        rules: how the dongle behaves.
        sessions: who has logged in.
        identity: who the dongle is.
    """

    def __init__(
        self, station: Station, rules: DongleRules, sessions: Sessions, identity: DongleIdentity
    ) -> None:
        self._station = station
        self._rules = rules
        self._sessions = sessions
        self._identity = identity
        self._services: dict[str, Callable[[Request, Login], str]] = {
            "logout": self._logout,
            "devicelist": self._device_list,
            "state": self._state,
            "statistics": self._statistics,
            "runtime": self._runtime,
            "real": self._real,
            "real_battery": self._real_battery,
            "direct": self._direct,
            "local": self._local,
            "proto_modbus104": self._modbus_clients,
            "param": self._param,
            "fault": self._fault,
            "meter": self._meter,
            "energyflow": self._meter,
        }
        self._stated = (0, 0), _STATE % (0, 0)
        self._rendered: dict[tuple[str, int], tuple[Sequence[Row], str]] = {}

    def answer(self, request: Request, client: Client) -> str:
        """Return the answer to a request.

        One without the name of a service is refused with code 401, which is a guess.
        """
        service = request.get("service")
        if service == "ping":
            self._sessions.find(client.token)  # Keeps the login alive; its own token is empty.
            return _PING
        if service == "connect":
            return self._connect(client)
        if service == "login":
            return self._login(request, client)
        if not isinstance(service, str):
            return answer(ResultCode.ABNORMAL, {"service": ""})
        handler = self._services.get(service)
        if handler is None:
            return _UNKNOWN
        login = self._sessions.find(request.get("token"))
        if login is None:
            return answer(ResultCode.TOKEN, {"service": service})
        if self._rules.login_required and not login.named:
            return answer(ResultCode.ABNORMAL, {"service": service})
        return handler(request, login)

    def _connect(self, client: Client) -> str:
        login = self._sessions.connect(client)
        client.token = login.token
        return success(connected(login, self._rules, self._identity))

    def _login(self, request: Request, client: Client) -> str:
        password = request.get("passwd")
        login = self._sessions.login(request.get("username"), password, client)
        if isinstance(login, ResultCode):
            return answer(login, {"service": "login"})
        client.token = login.token
        data: dict[str, Json] = {
            "service": "login",
            "token": login.token,
            "passwd": str(password),
            "uid": login.user_id,
            "role": int(login.role),
            "tips_disable": 1,
        }
        return success(data | _flags(self._rules))

    def _logout(self, _request: Request, login: Login) -> str:
        self._sessions.logout(login)
        return success({"service": "logout"})

    def _device_list(self, _request: Request, _login: Login) -> str:
        flags = self._rules.tells_flags
        devices = lists.device_list_with_lists(self._station.devices(), flags)
        return success({"service": "devicelist", **devices})

    def _state(self, _request: Request, _login: Login) -> str:
        faults = self._station.faults()
        if faults != self._stated[0]:
            self._stated = faults, _STATE % faults
        return self._stated[1]

    def _statistics(self, _request: Request, _login: Login) -> str:
        figures = self._station.figures()
        return success({"service": "statistics", **lists.statistics(figures)})

    def _runtime(self, _request: Request, _login: Login) -> str:
        data = lists.runtime(self._station.devices(), self._station.figures())
        return success({"service": "runtime", **data})

    def _real(self, request: Request, _login: Login) -> str:
        dev_id = whole(request.get("dev_id"))
        rows = None if dev_id is None else self._station.real(dev_id)
        if dev_id is None or rows is None:  # The code for a device that is not there is a guess.
            return answer(ResultCode.READ_FAILED, {"service": "real"})
        return self._rows("real", dev_id, rows)

    def _real_battery(self, request: Request, _login: Login) -> str:
        dev_id = whole(request.get("dev_id"))
        rows = None if dev_id is None else self._station.battery(dev_id)
        if dev_id is not None and rows is not None:
            return self._rows("real_battery", dev_id, rows)
        if self._rules.empty_battery_list:
            return success({"service": "real_battery", **lists.row_list(())})
        return answer(ResultCode.NOT_APPLICABLE, {"service": "real_battery"})

    def _rows(self, service: str, dev_id: int, rows: Sequence[Row]) -> str:
        """Return rows, rendered once as long as the station hands out the same ones."""
        known = self._rendered.get((service, dev_id))
        if known is not None and known[0] is rows:
            return known[1]
        text = success({"service": service, **lists.row_list(rows)})
        self._rendered[service, dev_id] = (rows, text)
        return text

    def _direct(self, request: Request, _login: Login) -> str:
        dev_id = whole(request.get("dev_id"))
        inputs = () if dev_id is None else self._station.direct(dev_id)
        return success({"service": "direct", **lists.direct_list(inputs)})

    def _local(self, _request: Request, login: Login) -> str:
        identity = self._identity
        rows = [
            lists.row("I18N_COMMON_SYSTEM_TIME", f"{self._station.clock():%Y-%m-%d %H:%M}"),
            lists.row("I18N_COMMON_ETH_IP_ADDRESS", _address(login, identity)),
            lists.row("I18N_COMMON_ETH_MAC_ADDRESS", identity.mac),
            lists.row("I18N_COMMON_WIFI_AP_IP_ADDRESS", lists.MISSING),
            lists.row("I18N_COMMON_WIFI_STA_IP_ADDRESS", lists.MISSING),
            lists.row("I18N_COMMON_WLAN_MAC_ADDRESS", identity.wlan_mac),
            lists.row("I18N_COMMON_WIFI_SIGNAL_STRN", lists.MISSING, "dBm"),
            lists.row("I18N_COMMON_FTP_UPLOAD_TIME", lists.MISSING),
            lists.row("I18N_COMMON_FTP_UPLOAD_RESULT", lists.MISSING),
            lists.row("ETH1 IPV6", lists.MISSING),
            lists.row("WIFI IPV6", lists.MISSING),
        ]
        return success({"service": "local", "list": rows, "count": _LOCAL_COUNT})

    def _modbus_clients(self, _request: Request, _login: Login) -> str:
        clients = [*self._station.modbus_clients(), *[lists.MISSING] * _MODBUS_SLOTS]
        rows = [
            lists.row(f"MODBUS-TCP IP{slot + 1}", clients[slot]) for slot in range(_MODBUS_SLOTS)
        ]
        return success({"service": "proto_modbus104", **lists.counted(rows)})

    def _param(self, request: Request, login: Login) -> str:
        refusal = write_refusal(login)
        if refusal is not None:
            return answer(refusal, {"service": "param"})
        rows, done = registers.write_settings(self._station, request)
        # That the code tells of refused settings is a guess.
        code = ResultCode.SUCCESS if done else ResultCode.SET_FAILED
        return answer(code, {"service": "param", "count": len(rows), "list": rows})

    def _fault(self, _request: Request, _login: Login) -> str:
        # Clients ask for it (liamcottle), but nobody has published what it tells.
        return success({"service": "fault", **lists.counted([])})

    def _meter(self, request: Request, _login: Login) -> str:
        # What they tell of a meter on the dongle's own bus is not recorded; its rows are a guess.
        service = str(request["service"])
        for device in self._station.devices():
            if device.dev_type == lists.METER:
                rows = self._station.real(device.dev_id)
                return self._rows(service, device.dev_id, rows or ())
        return answer(ResultCode.NO_METER, {"service": service})


def connected(login: Login, rules: DongleRules, identity: DongleIdentity) -> dict[str, Json]:
    """Return what `connect` tells a client of its new token."""
    data: dict[str, Json] = {
        "service": "connect",
        "token": login.token,
        "uid": login.user_id,
        "tips_disable": 1,
    }
    if rules.tells_address:
        data["ip"] = _address(login, identity)
    return data | _flags(rules)


def write_refusal(login: Login) -> ResultCode | None:
    """Return why somebody may not write; None for an administrator.

    That a `user` is refused like this is a guess.
    """
    if login.role is Role.ADMIN:
        return None
    return ResultCode.SET_FAILED if login.named else ResultCode.TOKEN


def _address(login: Login, identity: DongleIdentity) -> str:
    """Return where the client found the dongle."""
    return login.listener.address if login.listener else identity.address


def _flags(rules: DongleRules) -> dict[str, Json]:
    """Return the members that newer firmware adds; the owner has set a password long ago."""
    names = ("virgin_flag", "isFirstLogin", "forceModifyPasswd")
    return dict.fromkeys(names, 0) if rules.tells_flags else {}
