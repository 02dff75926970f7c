"""Answers health at once while the rest of the API is still being loaded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sungrow_emulator.control.guard import App, Receive, Scope
from sungrow_emulator.control.health import HEALTH_PATHS, health
from sungrow_emulator.control.problems import Send, send_body

if TYPE_CHECKING:
    from sungrow_emulator.emulator import Emulator


class Front:
    """ASGI application in front of one that is not there yet.

    Loading the API takes several times as long as everything else at start; a probe of
    `/readyz` must not wait for it, every other request does.
    """

    def __init__(self, emulator: Emulator, api: asyncio.Future[App]) -> None:
        """Stand in front of `api`."""
        self._emulator = emulator
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a health request, hand any other to the API as soon as it is there."""
        if scope["path"] in HEALTH_PATHS and scope["method"] in {"GET", "HEAD"}:
            status, body = health(self._emulator, scope["path"])
            await send_body(send, status, {"content-type": "application/json"}, body)
            return
        api = await asyncio.shield(self._api)
        await api(scope, receive, send)
