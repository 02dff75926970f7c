"""Errors of the control API as RFC 9457 problem details."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request.

    Attributes:
        field: where it is, e.g. `body.words[0]`, `query.count`, `device`.
        message: what is wrong, one line.
        allowed: what would be right, empty where the message says it.
        nearest: known names that look like the one given, best first.
    """

    field: str
    message: str
    allowed: str = ""
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document.

    Attributes:
        status: HTTP status.
        detail: one sentence for people.
        title: what kind of problem it is; the phrase of the status where not given.
        errors: the fields that caused it.
    """

    status: int
    detail: str
    title: str = ""
    errors: tuple[FieldProblem, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the members of the document; `about:blank` says the status is the type."""
        return {
            "type": "about:blank",
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "errors": [asdict(error) for error in self.errors],
        }

    def body(self) -> bytes:
        """Return the document as JSON."""
        return json.dumps(self.document(), ensure_ascii=False).encode("utf-8", "replace")


async def send_problem(send: Send, problem: Problem, headers: Mapping[str, str]) -> None:
    """Answer an HTTP request with a problem document."""
    lines = {"content-type": MEDIA_TYPE, **headers}
    await send_body(send, problem.status, lines, problem.body())


async def send_body(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Answer an HTTP request whole."""
    lines = {**headers, "content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def sentence(errors: Iterable[FieldProblem]) -> str:
    """Join the messages of several fields to one line."""
    parts: list[str] = []
    for error in errors:
        hint = f"; did you mean {' or '.join(error.nearest)}?" if error.nearest else ""
        allowed = f" (allowed: {error.allowed})" if error.allowed else ""
        parts.append(f"{error.field}: {error.message}{allowed}{hint}")
    return ". ".join(parts)
