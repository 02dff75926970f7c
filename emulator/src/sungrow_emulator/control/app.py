"""Builds the control API. Imported late: the first Modbus answer does not wait for it."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sungrow_emulator import __version__
from sungrow_emulator.control.describe import complete
from sungrow_emulator.control.docs import render_docs
from sungrow_emulator.control.errors import install_error_handlers
from sungrow_emulator.control.guard import Guard
from sungrow_emulator.control.routes import catalog, clock, devices, system
from sungrow_emulator.control.routes.common import known_query
from sungrow_emulator.emulator import Emulator

_DESCRIPTION = (
    "Steers an emulator of Sungrow solar inverters. A change is checked, takes effect at once "
    "and answers the new state. Addresses are document numbers (wire address + 1). "
    "Errors are problem details (RFC 9457)."
)
_REFUSALS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused; the problem says what is wrong and what is allowed",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
}


def create_app(emulator: Emulator, token: str = "") -> FastAPI:
    """Return the control API of an emulator as an ASGI application.

    Args:
        emulator: the façade that every route calls; it belongs to the loop that serves.
        token: bearer token; without one only loopback names are served.
    """
    app = FastAPI(
        title="sungrow-emulator",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(known_query)],
        responses=_REFUSALS,
    )
    app.state.emulator = emulator
    for part in (system, devices, clock, catalog):
        app.include_router(part.router)
    _add_docs(app)
    install_error_handlers(app)
    app.add_middleware(Guard, token=token)
    _describe(app, bool(token))
    app.openapi()  # Builds what the framework would otherwise build during the first request.
    return app


def _add_docs(app: FastAPI) -> None:
    async def docs() -> Response:
        return HTMLResponse(render_docs(app.openapi()))

    async def root() -> Response:
        return RedirectResponse("/docs")

    app.add_api_route("/docs", docs, include_in_schema=False)
    app.add_api_route("/", root, include_in_schema=False)


def _describe(app: FastAPI, secured: bool) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        return complete(generate(), secured=secured)

    app.openapi = openapi
