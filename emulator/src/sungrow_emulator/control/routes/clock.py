"""Simulated time."""

from __future__ import annotations

from fastapi import APIRouter

from sungrow_emulator.answers import ClockAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.control.bodies import AdvanceBody, ClockBody
from sungrow_emulator.control.routes.common import API, Facade

router = APIRouter(prefix=f"{API}/clock", tags=["clock"])


@router.get("")
async def get_clock(emulator: Facade) -> ClockAnswer:
    """Return where simulated time stands."""
    return emulator.clock()


@router.put("", operation_id="put_clock")
@router.patch("", operation_id="patch_clock")
async def set_clock(emulator: Facade, body: ClockBody) -> ClockAnswer:
    """Freeze or resume simulated time, set its speed, or go to an instant."""
    was_frozen = emulator.clock().frozen
    if body.frozen:
        emulator.freeze()  # First, so that a frozen clock shows exactly the instant asked for.
    if body.time is not None:
        try:
            await emulator.jump(body.time)
        except EmulatorError:
            if body.frozen and not was_frozen:
                emulator.resume()
            raise
    if body.speed is not None:
        emulator.set_speed(body.speed)
    if body.frozen is False:
        emulator.resume()
    return emulator.clock()


@router.post("/advance")
async def advance_clock(emulator: Facade, body: AdvanceBody) -> ClockAnswer:
    """Advance simulated time; the answer comes when everything up to then is settled."""
    return await emulator.advance(body.seconds)
