"""What may be written to a register: the grammar of the column `allowed`.

Alternatives are separated by `|`; each is a number (`0xAA`, `-800`) or an inclusive range
(`0..1000`). A bound of a range may be the name of a model figure, optionally negated:
`-reactive_limit..reactive_limit`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sungrow_emulator.catalog.figures import FIGURES
from sungrow_emulator.catalog.spec import Allowed


def parse_allowed(text: str) -> Allowed | None:
    """Return what a cell of the column allows; None where it is empty (any value).

    Raises:
        ValueError: the text does not follow the grammar; the message says what is allowed.
    """
    if not text:
        return None
    values: list[int] = []
    ranges: list[tuple[int | str, int | str]] = []
    for part in text.split("|"):
        low_text, dots, high_text = part.partition("..")
        if not dots:
            values.append(_number(part))
            continue
        low, high = parse_bound(low_text), parse_bound(high_text)
        if isinstance(low, int) and isinstance(high, int) and low > high:
            raise ValueError(f"a range with the lower bound first, as in {high}..{low}")
        ranges.append((low, high))
    return Allowed(tuple(values), tuple(ranges))


def parse_bound(text: str) -> int | str:
    """Return a number, or the (optionally negated) name of a model figure.

    Raises:
        ValueError: it is neither; the message says what is allowed.
    """
    name = text.strip()
    if name.removeprefix("-") in FIGURES:
        return name
    return _number(text)


def resolve(bound: int | str, figures: Mapping[str, int]) -> int:
    """Return the number that a bound or default means for one model."""
    if isinstance(bound, int):
        return bound
    value = figures[bound.removeprefix("-")]
    return -value if bound.startswith("-") else value


def permits(allowed: Allowed | None, value: int, figures: Mapping[str, int]) -> bool:
    """Return whether `value` may be written on a model with these figures."""
    if allowed is None or value in allowed.values:
        return True
    return any(
        resolve(low, figures) <= value <= resolve(high, figures) for low, high in allowed.ranges
    )


def _number(text: str) -> int:
    try:
        return int(text.strip(), 0)
    except ValueError:
        raise ValueError(
            "numbers, ranges such as 0..1000 and bounds named "
            f"{', '.join(FIGURES)}, separated by |"
        ) from None
