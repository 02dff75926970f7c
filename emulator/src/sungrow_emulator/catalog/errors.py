"""Errors that name what is wrong, what is allowed and the nearest match."""

from __future__ import annotations

from collections.abc import Iterable

_FEW = 12
_LISTS = {
    "model": "sungrow-emulator models lists them",
    "type code": "sungrow-emulator models lists them",
    "fault": "sungrow-emulator faults lists them",
    "time zone": "write a name such as Europe/Berlin",
}
"""Where to find what is known, by what was looked for."""


class EmulatorError(ValueError):
    """Something a user asked for cannot be done; the message is one clear sentence.

    Attributes:
        place: where the user wrote it, e.g. `site.yaml:3`, once the message begins with that.
    """

    place = ""


class UnknownNameError(EmulatorError):
    """A name that the catalog does not have.

    Attributes:
        kind: what was looked for, e.g. `model`.
        name: the name as given.
        nearest: the closest known names, best first.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        known = tuple(known)
        self.nearest = nearest(name, known)
        if self.nearest:
            hint = f"; did you mean {' or '.join(self.nearest)}?"
        elif kind in _LISTS:
            hint = f"; {_LISTS[kind]}"
        else:
            hint = f"; known are {', '.join(known)}" if 0 < len(known) <= _FEW else ""
        super().__init__(f"unknown {kind} {name!r}{hint}")


class ConflictError(EmulatorError):
    """Something cannot be added because what is there already has its place."""


class CatalogError(EmulatorError):
    """A data file of the catalog holds something that it must not hold.

    Attributes:
        file: name of the data file, relative to the catalog's data.
        line: line number, starting at 1.
        column: name of the column.
    """

    def __init__(self, file: str, line: int, column: str, text: str, allowed: str) -> None:
        self.file = file
        self.line = line
        self.column = column
        super().__init__(f"{file}, line {line}, column {column}: {text!r} is not {allowed}")


def nearest(name: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return up to `limit` known names that look like `name`, best first."""
    import difflib  # Only errors need it, and start-up should not pay for it.

    by_folded = {item.casefold(): item for item in known}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=limit, cutoff=0.5)
    return tuple(by_folded[match] for match in matches)
