"""Tests of problem documents."""

from __future__ import annotations

import json
from typing import Any

from sungrow_emulator.control.problems import (
    FieldProblem,
    Problem,
    send_body,
    send_problem,
    sentence,
)


def test_document() -> None:
    """A problem names its status, and each field what is allowed and what is near."""
    problem = Problem(422, "no", errors=(FieldProblem("body.a", "wrong", "1", ("b",)),))
    assert json.loads(problem.body()) == {
        "type": "about:blank",
        "title": problem.document()["title"],
        "status": 422,
        "detail": "no",
        "errors": [{"field": "body.a", "message": "wrong", "allowed": "1", "nearest": ["b"]}],
    }
    assert problem.document()["title"].startswith("Unprocessable")


def test_own_title() -> None:
    """A title of its own goes before the phrase of the status."""
    assert Problem(404, "no", "Gone fishing").document()["title"] == "Gone fishing"


def test_unpaired_surrogates() -> None:
    """Text that UTF-8 cannot carry does not break the answer."""
    assert b"a?" in Problem(422, "a\ud800").body()


def test_sentence() -> None:
    """The fields of a problem read as one line."""
    fields = [FieldProblem("a", "is needed"), FieldProblem("b", "unknown", "x, y", ("x", "y"))]
    assert sentence(fields) == ("a: is needed. b: unknown (allowed: x, y); did you mean x or y?")


async def test_send_problem() -> None:
    """A problem is sent with its media type, its length and further headers."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await send_problem(send, Problem(401, "no"), {"www-authenticate": "Bearer"})
    start, body = sent
    assert start["status"] == 401
    assert dict(start["headers"]) == {
        b"content-type": b"application/problem+json",
        b"www-authenticate": b"Bearer",
        b"content-length": str(len(body["body"])).encode(),
    }


async def test_send_body() -> None:
    """A plain body is sent whole."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await send_body(send, 200, {}, b"{}")
    assert [message["type"] for message in sent] == [
        "http.response.start",
        "http.response.body",
    ]
