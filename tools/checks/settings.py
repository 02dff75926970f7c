"""What the checks are told: the table `[tool.checks]` of the root pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The table `[tool.checks]`.

    Attributes:
        root: the repository.
        package: directory of the package under check; its name is the package's.
        tests: directory of the tests that mirror it.
        floors: floor by room; the modules beside the rooms form the room `facade`.
        arrows: rooms of one floor that may import each other, as `from -> to`.
        max_lines: the most lines that a Python module may have.
        own_coverage: percentage of a module that its own test file covers, with branches.
        coverage_debt: modules that are allowed less for now; the list may only shrink.
    """

    root: Path
    package: Path
    tests: Path
    floors: Mapping[str, int]
    arrows: frozenset[tuple[str, str]]
    max_lines: int
    own_coverage: float
    coverage_debt: tuple[str, ...]

    @classmethod
    def load(cls, root: Path) -> Settings:
        """Read the table from the pyproject.toml of `root`."""
        table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["checks"]
        arrows = (arrow.split(" -> ") for arrow in table["arrows"])
        return cls(
            root=root,
            package=root / table["package"],
            tests=root / table["tests"],
            floors=table["floors"],
            arrows=frozenset((source, target) for source, target in arrows),
            max_lines=table["max-lines"],
            own_coverage=table["own-coverage"],
            coverage_debt=tuple(table["coverage-debt"]),
        )

    def sources(self) -> list[Path]:
        """Return the modules of the package, sorted."""
        return sorted(self.package.rglob("*.py"))
