"""What the images hold, and what they do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rig.artefact_layers import contents
from rig.artefact_tools import describe

LIST = Path(__file__).parent / "distributions" / "image.txt"
METADATA = re.compile(
    r".*/(?:site|dist)-packages/([^/]+?)-[^/-]+\.(?:dist|egg)-info(?:/METADATA)?"
)


@pytest.fixture(scope="module")
def files(emulator_image: Path) -> list[str]:
    """The paths of everything in the emulator's image."""
    return contents(emulator_image)


def test_distributions(files: list[str]) -> None:
    """The image holds exactly the distributions of its list."""
    found = {match[1].lower() for name in files if (match := METADATA.fullmatch(name))}
    assert sorted(found) == LIST.read_text().split()


def test_no_ballast(files: list[str]) -> None:
    """The image holds no ops, no charm, no tests of ours and no repository."""
    tests = Path(__file__).parents[2] / "emulator" / "tests"
    ours = {path.name for path in tests.rglob("test_*.py")}
    names = {Path(name).name for name in files}
    assert len(ours) > 50
    assert names.isdisjoint(ours)
    assert names.isdisjoint({".git", "ops", "charm.py", "pytest", "conftest.py", "uv.lock"})


def test_setpriv(files: list[str]) -> None:
    """The image brings what the charm starts the emulator with."""
    assert {"usr/bin/setpriv", "usr/bin/sungrow-emulator", "usr/bin/pebble"} <= set(files)


@pytest.mark.parametrize("name", ["emulator_image", "sungather_image"])
def test_size(
    name: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """An image stays small enough for a quick pull."""
    archive: Path = request.getfixturevalue(name)
    with capsys.disabled():
        print(f"\n{describe(archive)}")
    assert archive.stat().st_size < 100e6
