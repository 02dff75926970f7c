"""Each module is covered by its own test file: catalog/spec.py by tests/catalog/test_spec.py.

A long test file may be split by topic: catalog/test_spec_units.py belongs to it as well, as long
as there is no module catalog/spec_units.py.

One run of the suite is enough: its coverage data tells the test files apart by context (see
emulator/tests/conftest.py). What runs at import belongs to no test file and counts for all;
a module that importing covers completely has no behaviour and needs no test file.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from coverage import Coverage

from checks.settings import Settings

_AT_IMPORT = "^$"


@dataclass(frozen=True, slots=True)
class Covered:
    """How far a module is covered, in percent with branches.

    Attributes:
        percent: how far its own test file covers it.
        at_import: how far importing it alone does.
        missing: first lines that the own test file misses.
    """

    percent: float
    at_import: float
    missing: tuple[int, ...]


def problems(settings: Settings, data_file: Path) -> list[str]:
    """Return a line for each module that its own test file covers too little."""
    found: list[str] = []
    for path in settings.sources():
        name = path.relative_to(settings.package).as_posix()
        test = own_test(name)
        files = [test, *companions(name, settings)]
        covered = measure(path, files, data_file)
        reason = judge(test, (settings.tests / test).is_file(), covered, settings)
        if name in settings.coverage_debt:
            if reason is None:
                found.append(f"{name}: covered now; take it out of coverage-debt")
        elif reason is not None:
            found.append(f"{name}: {reason}")
    gone = [name for name in settings.coverage_debt if not (settings.package / name).is_file()]
    return found + [f"{name}: no such module; take it out of coverage-debt" for name in gone]


def own_test(name: str) -> str:
    """Return the test file of a module: `catalog/spec.py` -> `catalog/test_spec.py`."""
    path = Path(name)
    stem = path.stem.strip("_") if path.stem.startswith("__") else path.stem
    return path.with_name(f"test_{stem}.py").as_posix()


def companions(name: str, settings: Settings) -> list[str]:
    """Return the test files by topic that belong to a module beside its own."""
    module = settings.package / name
    test = Path(own_test(name))
    return [
        test.with_name(found.name).as_posix()
        for found in sorted((settings.tests / test).parent.glob(f"{test.stem}_*.py"))
        if not module.with_name(found.name.removeprefix("test_")).is_file()
    ]


def judge(test: str, exists: bool, covered: Covered, settings: Settings) -> str | None:
    """Say what is wrong with the coverage of a module; None if nothing is."""
    if covered.at_import == 100 or covered.percent >= settings.own_coverage:
        return None
    if not exists:
        return f"has no test file of its own, {test}"
    lines = ", ".join(map(str, covered.missing))
    return (
        f"{test} covers {covered.percent:.1f} % of it; at least {settings.own_coverage:g} % "
        f"is needed, and it misses lines {lines}"
    )


def measure(path: Path, tests: list[str], data_file: Path) -> Covered:
    """Return how far `path` is covered by its test files alone."""
    own = [f"^{re.escape(test)}$" for test in tests]
    at_import, _ = _report(path, [_AT_IMPORT], data_file)
    percent, missing = _report(path, [_AT_IMPORT, *own], data_file)
    return Covered(percent, at_import, missing)


def _report(path: Path, contexts: list[str], data_file: Path) -> tuple[float, tuple[int, ...]]:
    coverage = Coverage(data_file=str(data_file), branch=True, config_file=False)
    coverage.load()
    with tempfile.TemporaryDirectory() as directory, redirect_stdout(io.StringIO()):
        out = Path(directory, "report.json")
        coverage.json_report(morfs=[str(path)], outfile=str(out), contexts=contexts)
        report = json.loads(out.read_text("utf-8"))
    (file,) = report["files"].values()
    partial = {source for source, _ in file["missing_branches"]}
    missing = sorted({*file["missing_lines"], *partial})
    return file["summary"]["percent_covered"], tuple(missing[:20])
