"""Imports go downwards, and in no circle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checks import layering
from checks.settings import Settings

Write = Callable[[str, str], Path]


def test_downwards(write: Write, settings: Settings) -> None:
    """Importing from a floor below, from the own room, the package or elsewhere is fine."""
    write("src/house/catalog/spec.py", "import os\n")
    write(
        "src/house/site/sun.py", "from house import __version__\nfrom house.catalog import spec\n"
    )
    write(
        "src/house/site/site.py",
        "from house.site.sun import elevation\nimport house.catalog.spec\n",
    )
    write("src/house/faults/wire.py", "from house.protocol import frames\n")
    write("src/house/protocol/frames.py", "import json\n")
    assert layering.problems(settings) == []


@pytest.mark.parametrize(
    "statement",
    [
        "from house.site.sun import elevation",
        "from house.site import sun",
        "import house.site.sun",
        "def late():\n    from house.site import sun",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.site import sun",
    ],
)
def test_upwards(write: Write, settings: Settings, statement: str) -> None:
    """Importing from a floor above is named with its line, wherever the import stands."""
    write("src/house/site/sun.py", "")
    write("src/house/catalog/spec.py", statement)
    line = statement.count("\n") + 1
    assert layering.problems(settings) == [
        f"catalog.spec, line {line}: catalog (floor 0) must not import site.sun (floor 1)"
    ]


def test_sideways(write: Write, settings: Settings) -> None:
    """On one floor only the drawn arrow may be followed."""
    write("src/house/faults/wire.py", "")
    write("src/house/protocol/frames.py", "from house.faults import wire\n")
    (problem,) = layering.problems(settings)
    assert "protocol (floor 2) must not import faults.wire (floor 2)" in problem


def test_facade(write: Write, settings: Settings) -> None:
    """Modules beside the rooms are the facade, which no room below may import."""
    write("src/house/emulator.py", "from house.site import sun\n")
    write("src/house/site/sun.py", "import house.emulator\n")
    assert layering.problems(settings)[0].endswith("must not import emulator (floor 4)")


def test_circle(write: Write, settings: Settings) -> None:
    """A circle inside of one room is named."""
    write("src/house/site/sun.py", "from house.site import pv\n")
    write("src/house/site/pv.py", "from house.site import sun\n")
    (problem,) = layering.problems(settings)
    assert problem.startswith("imports go in a circle: ")


def test_room_without_floor(write: Write, settings: Settings) -> None:
    """A new room needs a floor before it may be imported."""
    write("src/house/attic/box.py", "")
    write("src/house/emulator.py", "from house.attic import box\n")
    assert "room 'attic' has no floor" in layering.problems(settings)[0]


def test_relative(write: Write, settings: Settings) -> None:
    """Relative imports are refused, as nobody reads their floor at a glance."""
    write("src/house/site/sun.py", "from . import pv\n")
    with pytest.raises(SyntaxError, match="relative import"):
        layering.problems(settings)
