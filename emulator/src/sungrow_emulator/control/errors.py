"""Turn what goes wrong inside the API into problem details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError, nearest
from sungrow_emulator.control.problems import MEDIA_TYPE, FieldProblem, Problem, sentence

_MESSAGES = {
    "missing": "is needed",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
}


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(EmulatorError, _emulator)


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    return Response(problem.body(), problem.status, headers, MEDIA_TYPE)


async def _emulator(request: Request, error: Exception) -> Response:
    if isinstance(error, UnknownNameError):
        field = FieldProblem(error.kind, f"unknown {error.kind}", nearest=error.nearest)
        # What the path names is not found; a name in the body only is a wrong value.
        status = 404 if error.name in request.path_params.values() else 422
        return respond(Problem(status, str(error), errors=(field,)))
    return respond(Problem(409 if isinstance(error, ConflictError) else 422, str(error)))


async def _http(request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    path = request.url.path
    paths = _paths(request)
    if found.status_code == 404:
        close = nearest_paths(path, paths)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; /docs lists what is"
        field = FieldProblem("path", "unknown path", nearest=close)
        return respond(Problem(404, f"nothing is at {path}{hint}", errors=(field,)))
    if found.status_code == 405:
        methods = {m for known, ms in paths.items() if _fits(path, known) for m in ms}
        allowed = ", ".join(sorted(methods)) or "GET"
        field = FieldProblem("method", f"{request.method} is not possible here", allowed)
        return respond(
            Problem(405, f"{path} takes {allowed}, not {request.method}", errors=(field,)),
            {"allow": allowed},
        )
    detail = "the body cannot be read as JSON" if found.status_code == 400 else found.detail
    return respond(Problem(found.status_code, detail), found.headers)


async def _validation(request: Request, error: Exception) -> Response:
    known = _known_members(request)
    rows = cast("Sequence[Mapping[str, Any]]", cast("RequestValidationError", error).errors())
    if any(row["type"] == "json_invalid" for row in rows):
        row = rows[0]
        said = row.get("ctx", {}).get("error", "invalid")
        field = FieldProblem("body", f"{said} at position {row['loc'][-1]}")
        return respond(Problem(400, f"the body is not JSON: {field.message}", errors=(field,)))
    fields = _merged(_field(row, known) for row in rows)
    return respond(Problem(422, sentence(fields), errors=fields))


def _merged(fields: Iterable[FieldProblem]) -> tuple[FieldProblem, ...]:
    """Join the complaints about one field: a number or a name is refused as neither."""
    by_place: dict[str, FieldProblem] = {}
    for field in fields:
        earlier = by_place.get(field.field)
        message = f"{earlier.message}, or {field.message}" if earlier else field.message
        by_place[field.field] = replace(field, message=message)
    return tuple(by_place.values())


def _field(row: Mapping[str, Any], members: Mapping[str, Sequence[str]]) -> FieldProblem:
    where, known = _where(row["loc"]), tuple(members)
    inner = members.get(str(row["loc"][1])) if len(row["loc"]) > 2 else None
    if inner:
        where, known = f"{where}.{row['loc'][2]}", tuple(inner)
    kind = str(row["type"])
    context = cast("Mapping[str, Any]", row.get("ctx", {}))
    message = str(row["msg"]).removeprefix("Value error, ")
    message = _MESSAGES.get(kind, message[:1].lower() + message[1:])
    if kind == "extra_forbidden":
        name = str(row["loc"][-1])
        return FieldProblem(where, "unknown member", ", ".join(known), nearest(name, known))
    if kind == "unknown_parameter":
        return FieldProblem(where, message, ", ".join(row["known"]), tuple(row["nearest"]))
    if kind in {"enum", "literal_error"}:
        choices = [part.strip("' ") for part in _split(str(context["expected"]))]
        return FieldProblem(
            where,
            f"{row['input']!r} is not one of the choices",
            ", ".join(choices),
            nearest(str(row["input"]), choices),
        )
    return FieldProblem(where, message)


def _split(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _where(location: Sequence[str | int]) -> str:
    """Return `body.words[0]`; what names the branch of a union is no part of the place."""
    place = ".".join(str(part) for part in location[:2])
    return place + "".join(f"[{part}]" for part in location[2:] if isinstance(part, int))


def _known_members(request: Request) -> dict[str, tuple[str, ...]]:
    """Return the members of the body that the matched route takes, each with its own ones."""
    route = request.scope.get("route")
    body = route.body_field if isinstance(route, APIRoute) else None
    return {
        name: tuple(inner for part in get_args(kind) for inner in _members(part))
        for name, kind in _members(body.field_info.annotation if body else None).items()
    }


def _members(kind: Any) -> dict[str, Any]:
    """Return the members of an object and their types; nothing else has any."""
    fields: Mapping[str, FieldInfo] = getattr(kind, "model_fields", {})
    return {field.alias or name: field.annotation for name, field in fields.items()}


def _paths(request: Request) -> dict[str, list[str]]:
    """Return the methods that each documented path takes."""
    document = cast("FastAPI", request.app).openapi()
    return {path: [m.upper() for m in methods] for path, methods in document["paths"].items()}


def _fits(path: str, template: str) -> bool:
    parts, pieces = path.split("/"), template.split("/")
    return len(parts) == len(pieces) and all(
        piece.startswith("{") or piece == part for part, piece in zip(parts, pieces, strict=True)
    )


def nearest_paths(path: str, templates: Iterable[str]) -> tuple[str, ...]:
    """Return the routes that look like `path`, parameters filled in from it."""
    parts = path.strip("/").split("/")
    candidates: set[str] = set()
    for template in templates:
        pieces = template.strip("/").split("/")
        filled = [
            parts[index] if piece.startswith("{") and index < len(parts) else piece
            for index, piece in enumerate(pieces)
        ]
        candidates.add("/" + "/".join(filled))
    return nearest(path, sorted(candidates))
