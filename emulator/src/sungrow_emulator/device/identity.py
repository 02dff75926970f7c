"""Who a device is: serial number, firmware texts and the key of encrypted Modbus."""

from __future__ import annotations

import hashlib

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import ModelSpec

_SERIAL_LETTER = {
    "battery-sbr": "S",
    "wallbox-ac": "C",
    "logger": "B",
    "ihomemanager": "B",
}


def derive_serial(model: ModelSpec, seed: int, instance: int = 0) -> str:
    """Return a serial number: a letter and ten digits, as real ones are.

    It is a function of model and seed; `instance` counts its digits up, so that emulators of
    one fleet are told apart.
    """
    digest = hashlib.sha256(f"serial/{model.name}/{seed}".encode()).digest()
    number = (int.from_bytes(digest[:6], "big") + instance) % 10**9
    return f"{_SERIAL_LETTER.get(model.family, 'A')}2{number:09d}"


def offset_serial(serial: str, number: int) -> str:
    """Return a given serial number with the digits at its end counted up by `number`.

    Raises:
        EmulatorError: it is none, or has too few digits for that.
    """
    head = checked_serial(serial).rstrip("0123456789")
    digits = serial[len(head) :]
    if not number:
        return serial
    counted = int(digits or "0") + number
    if not digits or counted >= 10 ** len(digits):
        needed = len(str(counted))
        raise EmulatorError(
            f"serial-number={serial!r}: counting it up by {number} takes {needed} or more digits "
            f"at its end, e.g. {head}{digits.zfill(needed)}"
        )
    return f"{head}{counted:0{len(digits)}d}"


def checked_serial(serial: str) -> str:
    """Return a given serial number if it can be shown.

    Raises:
        EmulatorError: it is not 1 to 20 printable ASCII characters.
    """
    if not serial.isascii() or not serial.isprintable() or not 1 <= len(serial) <= 20:
        raise EmulatorError(
            f"serial-number={serial!r} must be 1 to 20 printable ASCII characters, "
            "e.g. A2320857820"
        )
    return serial


def derive_key(seed: int, serial: str) -> bytes:
    """Return the 16-byte public key of a device, never all 0x00 or all 0xFF.

    Those two mean "no encryption" to clients (SungrowModbusTcpClient). The first byte is kept
    away from both.
    """
    key = hashlib.sha256(f"key/{seed}/{serial}".encode()).digest()[:16]
    return bytes([key[0] % 0xFE + 1]) + key[1:]


def texts(model: ModelSpec, serial: str, firmware: str, battery: str) -> dict[str, str | int]:
    """Return the identity texts that registers show.

    Names follow those seen in dumps: `ARM_SAPPHIRE-H_V11_V01_B` (SH-RT), `ARM_PEARL-H_…`
    (SH-T), `SAPPHIRE-H_B001.V000.P020` (firmware of 2026). Those of families without a dump
    are formed alike.
    """
    if model.family == "wallbox-ac":
        return {"identity.serial": serial, "identity.model": model.name, **_WALLBOX}
    line, letter = _LINES.get(model.family, ("SUNGROW", "A"))
    version, bundle = _OWN_VERSIONS.get((model.family, firmware)) or _VERSIONS[firmware]
    hybrid = model.hybrid
    protocol = _PROTOCOLS.get(model.family, 0x01001100) if hybrid else 0x01013500
    return {
        "identity.serial": serial,
        "identity.model": model.name,
        "identity.arm": f"ARM_{line}_V11_V01_{letter}",
        "identity.dsp": f"MDSP_{line}_V11_V01_{letter}",
        "identity.protocol_number": 0x41423000 if hybrid else 0x41533100,
        "identity.protocol_version": protocol,
        "identity.firmware.main": f"{line}_01011.{version}",
        "identity.firmware.dsp": f"{line}_03011.{version}",
        "identity.firmware.sub": "SUBCTL-S_04011.01.01",
        "identity.firmware.battery": f"{battery[:3]}BCU-S_22011.01.30" if battery else "",
        "identity.firmware.module": "",
        "identity.firmware.bundle": f"{line}_{bundle}",
    }


_VERSIONS = {
    "pre-2024-11": ("95.02", "B000.V000.P002"),
    "2024-11": ("95.03", "B000.V000.P003"),
    "2026": ("95.12", "B001.V000.P020"),
}
"""Version of the controllers and bundle of a firmware wave; that of 2026 as in dump SH10RT/LAN."""

_OWN_VERSIONS = {("hybrid-t", "2026"): ("01.45", "B000.V000.P063")}
"""Where a family counts otherwise (dumps SH20T and SH15T)."""

_PROTOCOLS = {"hybrid-t": 0x01010700}
"""V1.1.7 (dumps SH15T and SH20T); other hybrids show V1.0.17 (dump SH10RT/LAN)."""

_WALLBOX = {"identity.firmware.main": "LE-01.1E1.001."}
"""As an AC22E-01 shows it at 21226 (dump)."""

_LINES = {
    "hybrid-rt": ("SAPPHIRE-H", "B"),
    "hybrid-t": ("PEARL-H", "A"),
    "hybrid-rs": ("AMBER-H", "A"),
    "hybrid-k": ("SAPPHIRE-H", "A"),
    "hybrid-cx": ("OPAL-H", "A"),
    "string-rt": ("AGATE-S", "B"),
    "string-1ph": ("JADE-S", "B"),
    "string-com": ("LCD_RUBY-S", "A"),
}
