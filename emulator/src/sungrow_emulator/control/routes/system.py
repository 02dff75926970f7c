"""The emulator as a whole: health, metrics, state, reset."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from sungrow_emulator.answers import StateAnswer
from sungrow_emulator.control.health import health
from sungrow_emulator.control.metrics import MEDIA_TYPE, exposition
from sungrow_emulator.control.routes.common import API, LOOK_SECONDS, Facade

router = APIRouter()


@router.get("/livez", tags=["health"])
@router.get("/healthz", tags=["health"], operation_id="healthz")
async def livez(emulator: Facade, request: Request) -> Response:
    """Say that the event loop runs; no fault that is simulated changes that."""
    return _health(emulator, request)


@router.get("/readyz", tags=["health"], responses={503: {"description": "Not yet"}})
async def readyz(emulator: Facade, request: Request) -> Response:
    """Say that every configured door was bound and answered; never taken back."""
    return _health(emulator, request)


@router.get("/metrics", tags=["health"], response_class=PlainTextResponse)
async def metrics(emulator: Facade) -> Response:
    """Return counters in Prometheus' text format."""
    return Response(exposition(emulator.metrics()), media_type=MEDIA_TYPE)


@router.get(f"{API}/state", tags=["emulator"])
async def get_state(emulator: Facade) -> StateAnswer:
    """Return the whole emulator at this instant: doors and their ports, devices, clock.

    Of hundreds of devices that nobody has looked at, the last may be without readings yet.
    """
    await emulator.look(LOOK_SECONDS)
    return emulator.state(begin=False)


@router.post(f"{API}/reset", tags=["emulator"])
async def reset(emulator: Facade) -> StateAnswer:
    """Bring everything back to right after the start; ports and connections stay."""
    emulator.reset()
    await emulator.look(LOOK_SECONDS)
    return emulator.state(begin=False)


def _health(emulator: Facade, request: Request) -> Response:
    status, body = health(emulator, request.url.path)
    return Response(body, status, media_type="application/json")
