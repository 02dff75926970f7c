"""Floors: a module imports from floors below its own, never upwards, and never in a circle.

Every import statement counts, also those inside of functions and of `if TYPE_CHECKING`: they
are knowledge of one module about another whenever they are executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from checks.settings import Settings

FACADE = "facade"
Imports = Mapping[str, Mapping[str, int]]
"""Line of the import by importing and imported module, dotted names without the package."""


def problems(settings: Settings) -> list[str]:
    """Return a line for each import that goes the wrong way."""
    imports = read_imports(settings)
    found = [
        f"{source}, line {line}: {reason}"
        for source, targets in imports.items()
        for target, line in targets.items()
        if (reason := wrong_way(source, target, settings))
    ]
    try:
        TopologicalSorter({name: list(targets) for name, targets in imports.items()}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        found.append(f"imports go in a circle: {' <- '.join(circle)}")
    return found


def wrong_way(source: str, target: str, settings: Settings) -> str | None:
    """Say why `source` may not import `target`, both dotted names; None if it may."""
    room, other = room_of(source, settings), room_of(target, settings)
    if not other or room == other or (room, other) in settings.arrows:
        return None
    for name in (room, other):
        if name not in settings.floors:
            return f"room {name!r} has no floor; give it one in [tool.checks.floors]"
    floor, below = settings.floors[room], settings.floors[other]
    if below < floor:
        return None
    return f"{room} (floor {floor}) must not import {target} (floor {below})"


def room_of(module: str, settings: Settings) -> str:
    """Return the room of a module; the package itself, which all may import, has none."""
    first = module.partition(".")[0]
    if not first or first in settings.floors or (settings.package / first).is_dir():
        return first
    return FACADE


def read_imports(settings: Settings) -> Imports:
    """Return what every module of the package imports from the package."""
    modules = {module_name(path, settings.package): path for path in settings.sources()}
    imports: dict[str, dict[str, int]] = {}
    for name, path in modules.items():
        found = imports.setdefault(name, {})
        for target, line in _imported(path, settings.package.name):
            known = target if target in modules else target.rpartition(".")[0]
            if known != name:
                found.setdefault(known, line)
    return imports


def module_name(path: Path, package: Path) -> str:
    """Return the dotted name of a module without its package: `catalog.spec`, or empty."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, package: str) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"), str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == package:
                    yield alias.name.partition(".")[2], node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise SyntaxError(f"{path}, line {node.lineno}: relative import; spell it out")
            if node.module and node.module.partition(".")[0] == package:
                inner = node.module.partition(".")[2]
                for alias in node.names:
                    yield f"{inner}.{alias.name}".lstrip("."), node.lineno
