"""The HTTP endpoints of a dongle."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import NamedTuple

from sungrow_emulator.catalog.winet import LOCALES
from sungrow_emulator.protocol.winet import lists, registers
from sungrow_emulator.protocol.winet.envelope import Json, ResultCode, answer, success
from sungrow_emulator.protocol.winet.requests import Request, parse_body, parse_query, whole
from sungrow_emulator.protocol.winet.rules import DongleRules
from sungrow_emulator.protocol.winet.services import DongleIdentity, connected, write_refusal
from sungrow_emulator.protocol.winet.sessions import Login, Sessions
from sungrow_emulator.protocol.winet.station import Listed, Station

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
"""No header of the device is recorded, these are guesses."""

_WORDS_BEFORE, _WORDS_AFTER = success({"param_value": "%s"}).encode().split(b"%s")

_PROPERTIES = {f"/i18n/{locale}.properties": locale for locale in LOCALES}

_DEVICE_TYPES = {
    "I18N_COMMON_STRING_INVERTER": 1,
    "I18N_COMMON_SOLAR_INVERTER": 21,
    "I18N_COMMON_STORE_INVERTER": lists.HYBRID,
    "I18N_COMMON_AMMETER": lists.METER,
    "I18N_COMMON_CHARGING_PILE": 46,
}
_TYPES = success(
    {
        "count": len(_DEVICE_TYPES),
        "list": [{"name": name, "value": value} for name, value in _DEVICE_TYPES.items()],
    }
)

_WORDS_TYPE = 3
_PAGE_TYPES = (7, 9)
_PROTECTION_PAGE = 0

_PLACE = "".join(
    f'\t\t"data_name":\t"{name}",\n\t\t"data_value":\t"--",\n\t\t"data_unit":\t"",\n'
    for name in ("I18N_COMMON_LONGITUDE", "I18N_COMMON_LATITUDE")
)
_AFTER_PLACE = '\t\t"timezone_gps"'
Page = Callable[[Request], str | bytes]
Private = Callable[[Request, Login], str | bytes]


class HttpAnswer(NamedTuple):
    """An answer to an HTTP request.

    Attributes:
        status: HTTP status.
        content_type: Content-Type header.
        body: the whole body.
    """

    status: int
    content_type: str
    body: bytes


# Those of the ESP32's own HTTP server, which routers and MAC addresses hint at; a guess.
_NOT_FOUND = HttpAnswer(404, TEXT, b"Nothing matches the given URI")
_WRONG_METHOD = HttpAnswer(405, TEXT, b"Specified method is invalid for this resource")


class Pages:
    """Answers HTTP requests.

    Args:
        station: the devices.
        rules: how the dongle behaves.
        sessions: who has logged in.
        identity: who the dongle is.
        texts: returns the properties file of a locale, one of the catalog's.
    """

    def __init__(
        self,
        station: Station,
        rules: DongleRules,
        sessions: Sessions,
        identity: DongleIdentity,
        texts: Callable[[str], str | None],
    ) -> None:
        self._station = station
        self._rules = rules
        self._sessions = sessions
        self._identity = identity
        self._texts = texts
        self._read = b"", b""
        self._get: dict[str, Page] = {
            "/device/getParam": self._for_users(self._get_param),
            "/about/list": self._about,
            "/product/list": self._product,
            "/device/getType": lambda _: _TYPES,
            "/time/get": self._for_users(self._time),
            "/device/overview": self._for_users(self._overview),
            "/device/getInfo": self._for_users(self._info),
            "/device/getInitParam": self._for_users(self._initial_parameters),
        }
        # The last three take the token of /user/connect on firmware that wants a login too:
        # sungrow_http_config knows no password.
        self._post: dict[str, Page] = {
            "/inverter/list": self._inverters,
            "/device/setParam": self._for_users(self._set_param),
            "/user/connect": self._connect,
            "/device/list": self._for_tokens(self._devices),
            "/upgrade/upgradeStatus": self._for_tokens(self._upgrade_status),
            "/device/passthroughway": self._for_tokens(self._pass_through),
        }

    def answer(self, method: str, path: str, query: str, body: bytes) -> HttpAnswer:
        """Answer a request; what is wrong with its content shows in the result code only."""
        if method == "GET":
            page = self._get.get(path)
            if page is not None:
                return _answered(page(parse_query(query)))
            if path in _PROPERTIES:
                return HttpAnswer(200, TEXT, (self._texts(_PROPERTIES[path]) or "").encode())
        elif method == "POST":
            page = self._post.get(path)
            if page is not None:
                request = {**parse_query(query), **parse_body(body)}
                return _answered(page(request))
        known = path in self._get or path in self._post or path in _PROPERTIES
        return _WRONG_METHOD if known else _NOT_FOUND

    def _for_tokens(self, page: Private, *, users: bool = False) -> Page:
        """Make a page one for whoever has a token, or for users where firmware wants a login."""
        find = self._sessions.find
        named_only = users and self._rules.login_required

        def checked(request: Request) -> str | bytes:
            login = find(request.get("token"))
            if login is None:
                return answer(ResultCode.TOKEN)
            if named_only and not login.named:
                return answer(ResultCode.ABNORMAL)
            return page(request, login)

        return checked

    def _for_users(self, page: Private) -> Page:
        """Make a page one for users, where the firmware wants a login."""
        return self._for_tokens(page, users=True)

    def _get_param(self, request: Request, _login: Login) -> str | bytes:
        kind = whole(request.get("type"))
        if kind == _WORDS_TYPE:
            words = registers.read_words(self._station, request)
            if words is None:
                return answer(ResultCode.READ_FAILED)
            if words != self._read[0]:  # Several pollers mostly read the same block.
                # Bytes all the way: nothing is read as often as this.
                shown = binascii.hexlify(words, " ").upper()
                self._read = words, b"%b%b %b" % (_WORDS_BEFORE, shown, _WORDS_AFTER)
            return self._read[1]
        dev_id = whole(request.get("dev_id"))
        if kind not in _PAGE_TYPES or not any(
            device.dev_id == dev_id for device in self._station.devices()
        ):
            return answer(ResultCode.READ_FAILED)
        settings = self._station.parameters(dev_id or 0, kind)
        return success({"list": [lists.parameter(item) for item in settings]})

    def _set_param(self, request: Request, login: Login) -> str:
        refusal = write_refusal(login)
        if refusal is not None:
            return answer(refusal)
        done = registers.write_word(self._station, whole(request.get("dev_id")), request)
        # Clients look at the code alone; whether there is more is not recorded.
        return answer(ResultCode.SUCCESS if done else ResultCode.SET_FAILED)

    def _about(self, _request: Request) -> str:
        rules = self._rules
        rows = (
            ("I18N_COMMON_DEVICE_SN", self._identity.serial_number, "1"),
            ("I18N_COMMON_APPLI_SOFT_VERSION", rules.software, "2"),
            ("I18N_COMMON_BUILD_SOFT_VERSION", rules.build, "2"),
            ("I18N_COMMON_VERSION", rules.hardware, "0"),
        )
        return success(
            {"list": [lists.row(name, value) | {"type": kind} for name, value, kind in rows]}
        )

    def _product(self, _request: Request) -> str:
        rules = self._rules
        return success({"product_name": rules.product_name, "product_code": rules.product_code})

    def _time(self, _request: Request, _login: Login) -> str:
        now = self._station.clock()
        text = success(
            {
                "time": f"{now:%Y-%m-%d %H:%M}",
                "sync_device": "0",
                "dispatching_mode": "0",
                "ntp_server_jp": "re-ene.kyuden.co.jp",
                "curr_timezone": _zone(self._station),
                "source": "7",
                "ntp_server": "pool.ntp.org",
                "ntp_port": "123",
                "ntp_interval": "5",
                "ntp_timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
                "tz_reboot_flag": "0",
                "timezone_gps": "UTC",
            }
        )
        # The device sends three names twice in one object (bjeanes/modbus-mqtt).
        return text.replace(_AFTER_PLACE, _PLACE + _AFTER_PLACE)

    def _overview(self, _request: Request, _login: Login) -> str:
        serial = self._identity.serial_number
        grid = self._station.grid_code()
        return success(
            {
                "module_info": {"module_sn": serial, "module_ver": self._rules.hardware},
                "net_info": {
                    "wifi_conn_sts": 0,
                    "eth_conn_sts": 1,
                    "eth2_conn_sts": 0,
                    "wifi_cmd": 170,
                },
                "remote_info": {"module_sn": serial, "ip": "app.isolarcloud.com"},
                "sys_time": {
                    "sync_device": 0,
                    "time": f"{self._station.clock():%Y-%m-%d %H:%M}",
                    "timezone": _zone(self._station),
                },
                "list": [
                    {
                        **_name(device),
                        "link_status": 1,
                        "country_code": grid.code,
                        "country": grid.country,
                        "company": grid.company,
                        "company_code": grid.company_code,
                    }
                    for device in self._station.devices()
                    if device.dev_type in lists.INVERTERS
                ],
            }
        )

    def _info(self, request: Request, _login: Login) -> str:
        # Clients ask for it (liamcottle), but nobody has published what it tells: a guess.
        dev_id = whole(request.get("dev_id"))
        for device in self._station.devices():
            if device.dev_id == dev_id:
                rows = [lists.row("I18N_COMMON_DEVICE_SN", device.serial_number)]
                return success(lists.counted(rows))
        return answer(ResultCode.READ_FAILED)

    def _initial_parameters(self, _request: Request, _login: Login) -> str:
        found: list[Json] = []
        for device in self._station.devices():
            settings = self._station.parameters(device.dev_id, _PROTECTION_PAGE)
            if settings:
                rows = [lists.initial_parameter(item) for item in settings]
                found.append({**_name(device), "list": rows})
        return success({"list": found})

    def _inverters(self, _request: Request) -> str:
        return success(lists.device_list(self._station.devices()))

    def _connect(self, _request: Request) -> str:
        return success(connected(self._sessions.connect(), self._rules, self._identity))

    def _devices(self, _request: Request, _login: Login) -> str:
        return success(lists.device_list(self._station.devices()))

    def _upgrade_status(self, _request: Request, _login: Login) -> str:
        return success({"nextProcess": "0"})

    def _pass_through(self, request: Request, _login: Login) -> str:
        reply = registers.pass_through(self._station, request.get("msgValue"))
        return answer(ResultCode.READ_FAILED) if reply is None else success({"data": reply})


def _answered(body: str | bytes) -> HttpAnswer:
    return HttpAnswer(200, JSON, body if isinstance(body, bytes) else body.encode())


def _zone(station: Station) -> str:
    """Return the site's zone as the dongle writes it, e.g. `UTC+10:00`.

    Recorded in a winter; that it follows daylight saving time is a guess.
    """
    minutes = round(station.utc_offset() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _name(device: Listed) -> dict[str, Json]:
    return {"dev_name": lists.device_name(device), "dev_sn": device.serial_number}
