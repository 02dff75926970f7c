"""The packed charms: what is in them, and what charmcraft thinks of them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
import yaml
from rig.artefact_tools import CHECKOUT, describe
from rig.packing import analyse

DISTRIBUTIONS = Path(__file__).parent / "distributions"
METADATA = re.compile(r"venv/lib/python3\.\d+/site-packages/([^/]+?)-[^/-]+\.dist-info/METADATA")


@pytest.fixture(params=["charm", "tester"])
def packed(request: pytest.FixtureRequest) -> Path:
    """Each of the two packed charms."""
    return request.getfixturevalue(f"packed_{request.param}")


def files(packed: Path) -> list[str]:
    """Return the names of everything in a packed charm."""
    with zipfile.ZipFile(packed) as archive:
        return archive.namelist()


def distributions(packed: Path) -> list[str]:
    """Return the names of the Python distributions in a packed charm, in order."""
    return sorted(
        found[1].lower() for name in files(packed) if (found := METADATA.fullmatch(name))
    )


@pytest.mark.parametrize("charm", ["charm", "tester"])
def test_distributions(charm: str, request: pytest.FixtureRequest) -> None:
    """A packed charm holds exactly the distributions of its list."""
    packed = request.getfixturevalue(f"packed_{charm}")
    expected = (DISTRIBUTIONS / f"{charm}.txt").read_text().split()
    assert distributions(packed) == expected


def test_size(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A packed charm stays small: it holds no emulator and no test tools."""
    with capsys.disabled():
        print(f"\n{describe(packed)}")
    assert packed.stat().st_size < 12e6


def test_no_ballast(packed: Path) -> None:
    """A packed charm holds neither tests of ours nor a repository nor build folders."""
    roots = {name.split("/")[0] for name in files(packed)}
    assert roots.isdisjoint({"tests", ".git", "emulator", "parts", "prime", "stage", ".tools"})
    assert {"dispatch", "metadata.yaml", "src", "venv"} <= roots


def test_metadata(packed_charm: Path) -> None:
    """The packed charm says what charmcraft.yaml says of its container."""
    source = yaml.safe_load((CHECKOUT / "charmcraft.yaml").read_text())
    with zipfile.ZipFile(packed_charm) as archive:
        metadata = yaml.safe_load(archive.read("metadata.yaml"))
    assert metadata["name"] == source["name"]
    assert metadata["containers"].keys() == source["containers"].keys()


def test_analyse(packed: Path) -> None:
    """`charmcraft analyse` complains of nothing but the dispatch file that charmcraft writes."""
    findings = analyse(packed)
    complaints = [found for found in findings if found["result"] in ("error", "warning", "fatal")]
    assert [found["name"] for found in complaints] == ["entrypoint"]
    assert "${dispatch_path}" in complaints[0]["text"]
