"""Site files are read as they are written."""

from __future__ import annotations

from pathlib import Path

from .dump import load_dumps
from .reading import blocks
from .situation import SITES, load_site, situation

SITE = """start: 2026-06-21T11:00:00Z
freeze: true
latitude: -33.9
devices:
  - id: inverter
    model: SH10RT
    firmware: "2026"
    hold: {pv-power: 3000, load-power: 402, battery-power: 0}
    faults: [514]
"""


def test_a_site_file_puts_an_emulator_into_a_situation(tmp_path: Path) -> None:
    """Options, what is held and faults reach the emulator."""
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    site = load_site(path)
    assert (site["freeze"], site["latitude"]) == (True, -33.9)
    assert site["devices"][0]["firmware"] == "2026"
    with situation(site) as emulator:
        assert emulator.field("load_power").value == 402
        assert emulator.field("export_power").value == 2598
        assert emulator.field("inverter_alarm").words == (0, 0x4000)


def test_every_dump_has_a_site_file() -> None:
    """No dump is without a situation, no site file without a dump."""
    assert {dump.name for dump in load_dumps()} == {path.stem for path in SITES.glob("*.yaml")}


def test_neighbours_are_read_together() -> None:
    """Runs end at a hole, at the other table and after a hundred words."""
    dump = next(dump for dump in load_dumps() if dump.name == "sg5.0rs_night")
    runs = [(first, count) for _, first, count in blocks(dump.words)]
    assert runs == [(5001, 100), (5101, 100), (5601, 100)]
