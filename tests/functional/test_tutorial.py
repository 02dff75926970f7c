"""The tutorial's commands do what it says, on the rig."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import jubilant
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "deploy-with-juju.md"
FENCE = re.compile(r"^```console juju\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 300


def commands() -> list[tuple[str, list[str]]]:
    """Return the page's commands, each with the pieces that its output must hold in order."""
    found: list[tuple[str, list[str]]] = []
    for block in FENCE.findall(PAGE.read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = part.partition("\n")
            found.append((line, [piece.strip() for piece in printed.split("…") if piece.strip()]))
    return found


@pytest.fixture
def artefacts(
    monkeypatch: pytest.MonkeyPatch,
    packed_charm: Path,
    packed_tester: Path,
    emulator_image: Path,
    sungather_image: Path,
) -> None:
    """Set the variables that the page uses."""
    monkeypatch.setenv("CHARM_PATH", str(packed_charm))
    monkeypatch.setenv("TESTER_CHARM_PATH", str(packed_tester))
    monkeypatch.setenv("EMULATOR_IMAGE", f"oci-archive:{emulator_image}")
    monkeypatch.setenv("SUNGATHER_IMAGE", f"oci-archive:{sungather_image}")
    # What `juju add-model` switches to; the rig keeps no such state.
    monkeypatch.setenv("JUJU_MODEL", "solar")


@pytest.mark.usefixtures("artefacts", "rig_state")
def test_every_command_does_what_the_page_says() -> None:
    """A reader who types what the page says, and waits for active, sees what it shows."""
    lines = commands()
    assert sum(bool(pieces) for _, pieces in lines) >= 5
    juju = jubilant.Juju(model="solar", wait_timeout=SECONDS)
    try:
        for line, pieces in lines:
            if line.startswith("juju run"):
                juju.wait(jubilant.all_active, error=jubilant.any_error)
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
                env=os.environ,
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
            rest = done.stdout
            for piece in pieces:
                assert piece in rest, f"{line}: no {piece!r} in {rest}"
                rest = rest.partition(piece)[2]
    finally:
        juju.destroy_model("solar", destroy_storage=True, force=True)
