"""Every inverter model answers SunGather's plain scans as its default persona does.

A block that the real device is known to refuse is refused; SunGather goes on without it.
"""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.models import load_models
from sungrow_emulator.catalog.personas import load_path, usual_path
from sungrow_emulator.catalog.spec import ModelSpec
from sungrow_emulator.testing import SungrowEmulator

from .registers import HOLDING_SCANS, INPUT_SCANS, LEVEL_1_SCANS
from .replay import RawClient, RefusedError, Request

MODELS = [
    model for model in load_models().values() if model.family.startswith(("string", "hybrid"))
]
DETECTION = [Request("input", 4999, 1), Request("input", 4989, 10)]
LEVEL_3 = [
    *(Request("input", *scan) for scan in INPUT_SCANS),
    *(Request("holding", *scan) for scan in HOLDING_SCANS),
]


def test_catalog_has_the_inverters() -> None:
    """The catalog holds some 280 inverters; fewer means that this suite lost them."""
    assert len(MODELS) > 250


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_sungather_scans_are_answered(model: ModelSpec) -> None:
    """Detection finds type code and serial; levels 1 and 3 are answered but for known refusals."""
    level_1 = LEVEL_1_SCANS["SH10RT" if model.hybrid else "SG5.0RT"]
    with (
        SungrowEmulator(model=model.name) as inverter,
        RawClient(inverter.host, inverter.modbus_port) as modbus,
    ):
        code, serial = (modbus.read(request) for request in DETECTION)
        assert int.from_bytes(code, "big") == model.type_code
        assert serial.rstrip(b"\0").decode().isalnum()
        for request in (*(Request(*scan) for scan in level_1), *LEVEL_3):
            if _known_to_be_refused(model, request):
                with pytest.raises(RefusedError, match="exception 2"):
                    modbus.read(request)
            else:
                assert len(modbus.read(request)) == 2 * request.count


def _known_to_be_refused(model: ModelSpec, request: Request) -> bool:
    first = request.address + 1
    return any(
        first <= end and begin < first + request.count
        for entry in load_path(usual_path(model)).refused
        if entry.always and not entry.starting and entry.table == request.table
        if entry.scope.covers(model.name, model.family)
        for begin, end in entry.ranges
    )
