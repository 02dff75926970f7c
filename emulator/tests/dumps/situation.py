"""Site files: the situation of a dump, told to an emulator in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sungrow_emulator.testing import SungrowEmulator
from sungrow_emulator.testing.handle import Handle

SITES = Path(__file__).parent / "sites"


def load_site(path: Path) -> dict[str, Any]:
    """Read the little YAML that site files are written in.

    That is `key: value` lines, one list of devices whose first line begins with `- `, and flow
    maps `{a: 1}` and lists `[a, b]` of plain values.
    """
    site: dict[str, Any] = {"devices": []}
    into = site
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("- "):
            into = {}
            site["devices"].append(into)
        key, _, value = text.removeprefix("- ").partition(": ")
        if value:
            into[key] = _value(value)
    return site


def _value(text: str) -> Any:
    if text.startswith("{"):
        pairs = (part.split(": ") for part in text.strip("{}").split(", "))
        return {key: _value(value) for key, value in pairs}
    if text.startswith("["):
        return [_value(part) for part in text.strip("[]").split(", ")]
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text.strip('"')


@contextmanager
def situation(site: dict[str, Any]) -> Iterator[Handle]:
    """Run an emulator of the site's one device, held as the site file says."""
    (device,) = site["devices"]
    common = {key: value for key, value in site.items() if key != "devices"}
    own = {key: value for key, value in device.items() if key not in ("id", "hold", "faults")}
    options = {key.replace("-", "_"): value for key, value in {**common, **own}.items()}
    with SungrowEmulator(**options) as emulator:
        hold = {
            "soc": emulator.set_soc,
            "battery-power": emulator.set_battery_power,
            "load-power": emulator.set_load,
            "pv-power": emulator.set_power,
        }
        for name, value in device.get("hold", {}).items():
            hold[name](value)
        for fault in device.get("faults", ()):
            emulator.set_fault(fault)
        yield emulator
