"""Lets the synchronous client talk to the real API without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx


class Bridge(httpx.BaseTransport):
    """Carries each request into an ASGI application in an event loop of its own."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._carry(request))

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        carried = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await httpx.ASGITransport(self._app).handle_async_request(carried)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )
