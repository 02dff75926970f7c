"""What all routes share: the façade they call and how their parameters are described."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from sungrow_emulator.catalog.errors import nearest
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.emulator import Emulator

API = "/api/v1"
LOOK_SECONDS = 3.0
"""How long an answer about all devices waits for sites to begin; clients wait 10 s."""


async def _emulator(request: Request) -> Emulator:
    # Not a plain function: the framework would call that in a worker thread.
    return request.app.state.emulator


Facade = Annotated[Emulator, Depends(_emulator)]
DeviceId = Annotated[
    str, Path(title="Device", description="As listed by devices.", examples=["inverter"])
]
RegisterTable = Annotated[Table, Path(title="Register table", examples=["input"])]
Address = Annotated[
    int,
    Path(ge=1, le=65536, title="Document number of the first word", examples=[5031]),
]


async def known_query(request: Request) -> None:
    """Refuse query parameters that the route does not know instead of ignoring them.

    Raises:
        RequestValidationError: there is one.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = [str(param.alias) for param in route.dependant.query_params]
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {
                    "type": "unknown_parameter",
                    "loc": ("query", name),
                    "msg": "unknown parameter",
                    "known": known,
                    "nearest": nearest(name, known),
                }
                for name in unknown
            ]
        )
