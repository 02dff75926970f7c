"""How a dongle behaves by its kind and firmware."""

from __future__ import annotations

from dataclasses import dataclass

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError

FIRMWARES = ("P008", "P012", "P023", "P024", "P026", "P035", "P043")
DEFAULT_FIRMWARE = "P023"


@dataclass(frozen=True, slots=True)
class DongleRules:
    """What one kind of dongle with one firmware does.

    Attributes:
        firmware: software version, e.g. `P023`.
        product_name: as `/product/list` tells it.
        product_code: number of the product.
        hardware: hardware version.
        software: version of the application software.
        build: version of the build.
        http: whether it has a plain HTTP door (80).
        websocket: whether it has a plain WebSocket door (8082).
        tls: whether it has a door for both over TLS (443).
        websocket_on_http: whether the WebSocket is served at the HTTP door too.
        login_required: data is refused with 401 until a user has logged in (from P024;
            optmybat, SungrowModbusWebClient#5).
        single_login: a new login ends the one before with a notice (NickStallman#14).
        tells_address: `connect` tells the dongle's own address, as a WiNet-S2 does.
        tells_flags: `connect` and `login` tell `virgin_flag` and its like.
        empty_battery_list: `real_battery` without a battery is an empty list, else code 211.
        token_lifetime: a token unused for so long, in seconds, has expired. A guess: clients
            that poll every 10 to 300 s meet an expired token now and then.
        wrong_passwords: after so many in a row the account is locked. A guess.
        lock_seconds: for so long it stays locked.
    """

    firmware: str
    product_name: str
    product_code: int
    hardware: str
    software: str
    build: str
    http: bool
    websocket: bool
    tls: bool
    websocket_on_http: bool = False
    login_required: bool = False
    single_login: bool = False
    tells_address: bool = False
    tells_flags: bool = False
    empty_battery_list: bool = True
    token_lifetime: float = 1200.0
    wrong_passwords: int = 5
    lock_seconds: float = 1800.0

    def __post_init__(self) -> None:
        """Refuse what no dongle does."""
        if min(self.token_lifetime, self.wrong_passwords, self.lock_seconds) <= 0:
            raise EmulatorError("token lifetime, wrong passwords and lock time must be above 0")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of dongle; `login_from` and `tls_from` are the firmware versions that began it."""

    product_name: str
    product_code: int
    series: str
    login_from: str
    tls_from: str
    tells_address: bool = False


# The codes of WiNet-S2 and EyeM4 and the EyeM4's versions are guesses, and so is the WiNet-S2's
# version from which a login is required: older ones take one without asking for it (mkaiser#332).
_NEVER = "~"
_KINDS = {
    "winet-s": _Kind("WiNet-S", 9, "WINET-SV200.001.00", login_from="P024", tls_from="P026"),
    "winet-s2": _Kind(
        "WiNet-S2",
        10,
        "WINET-SV300.001.03",
        login_from="P012",
        tls_from="P012",
        tells_address=True,
    ),
    "eyem4": _Kind("EyeM4", 7, "EYEM4-V100.001.00", login_from=_NEVER, tls_from=_NEVER),
}
DONGLES = tuple(_KINDS)


def dongle_rules(dongle: str, firmware: str = DEFAULT_FIRMWARE) -> DongleRules:
    """Return the rules of a dongle.

    Args:
        dongle: one of `DONGLES`.
        firmware: one of `FIRMWARES`; it changes nothing about an EyeM4 but its version.

    Raises:
        UnknownNameError: there is no such dongle or firmware.
    """
    if dongle not in _KINDS:
        raise UnknownNameError("dongle", dongle, DONGLES)
    if firmware not in FIRMWARES:
        raise UnknownNameError("dongle firmware", firmware, FIRMWARES)
    kind = _KINDS[dongle]
    tls = firmware >= kind.tls_from
    login = firmware >= kind.login_from
    together = dongle == "eyem4"
    return DongleRules(
        firmware=firmware,
        product_name=kind.product_name,
        product_code=kind.product_code,
        hardware=f"M_{kind.product_name}_V01_V01_A",
        software=f"{kind.series}.{firmware}",
        build=f"{kind.series}.B001",
        http=not tls,
        websocket=not tls and not together,
        tls=tls,
        websocket_on_http=together,
        login_required=login,
        single_login=login,
        tells_address=kind.tells_address,
        tells_flags=login,
        empty_battery_list=not login,
    )
