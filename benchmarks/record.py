"""Everything that was measured, as JSON in the docs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.contest import Row
from benchmarks.generator import BenchmarkError

FILE = Path("reference") / "benchmark.json"
_CASES = {"web": ("getParam", "ping", "state")}


@dataclass(frozen=True, slots=True)
class Record:
    """One run, or several of different parts.

    Attributes:
        machine: how and on what the last run measured.
        rows: a row for each server in each case.
        devices: what further devices cost, see `fleet.devices`.
        first_answer: milliseconds from start to first answer, by server.
    """

    machine: dict[str, str]
    rows: list[Row] = field(default_factory=list[Row])
    devices: dict[str, float] = field(default_factory=dict[str, float])
    first_answer: dict[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def begin(cls, docs: Path, parts: set[str], machine: dict[str, str]) -> Record:
        """Return what is known already without the parts that are measured now."""
        if not (docs / FILE).exists():
            return cls(machine)
        known = cls.load(docs)
        cases = {case for part in parts for case in _CASES.get(part, (part,))}
        rows = [row for row in known.rows if row.case not in cases]
        return cls(machine, rows, known.devices, known.first_answer)

    @classmethod
    def load(cls, docs: Path) -> Record:
        """Read what was measured last.

        Raises:
            BenchmarkError: nothing was.
        """
        try:
            kept = json.loads((docs / FILE).read_text("utf-8"))
        except FileNotFoundError:
            raise BenchmarkError(f"there is no {docs / FILE}; measure first") from None
        rows = [Row(**row) for row in kept["rows"]]
        return cls(kept["machine"], rows, kept["devices"], kept["first_answer"])

    def save(self, docs: Path) -> None:
        """Write all of it, one row per line so that versions can be compared."""
        rows = ",\n  ".join(json.dumps(asdict(row)) for row in self.rows)
        others = "".join(
            f' "{name}": {json.dumps(getattr(self, name))},\n'
            for name in ("machine", "devices", "first_answer")
        )
        text = f'{{\n{others} "rows": [\n  {rows}\n ]\n}}\n'
        (docs / FILE).write_text(text, "utf-8")
