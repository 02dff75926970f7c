"""How artefacts are built and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from rig.artefact_rocks import complaints
from rig.artefact_source import Source
from rig.artefact_tools import CHECKOUT, ArtefactError, kept, require, run

ROCKS = ("rockcraft.yaml", "tests/integration/sungather-tester/rockcraft.yaml")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A repository with one committed file and one that is not."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "kept.txt").write_text("committed")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    run("git", "init", "--quiet", checkout)
    run("git", "-C", checkout, "add", "kept.txt")
    run("git", "-C", checkout, *identity, "commit", "--quiet", "--message", "one")
    (checkout / "new.txt").write_text("uncommitted")
    return Source(checkout)


def test_clean_clone(source: Source, tmp_path: Path) -> None:
    """Artefacts are built from what is committed, and from nothing else."""
    (source.checkout / "kept.txt").write_text("changed")
    copy = source.copy(tmp_path / "copy")
    assert (copy / "kept.txt").read_text() == "committed"
    assert not (copy / "new.txt").exists()


def test_worktree(source: Source, tmp_path: Path) -> None:
    """For development the files are taken as they lie there."""
    (source.checkout / "kept.txt").write_text("changed")
    copy = Source(source.checkout, worktree=True).copy(tmp_path / "copy")
    assert (copy / "kept.txt").read_text() == "changed"
    assert (copy / "new.txt").read_text() == "uncommitted"


def test_fingerprint(source: Source) -> None:
    """A fingerprint follows the content of its inputs, not that of other files."""
    worktree = Source(source.checkout, worktree=True)
    before = worktree.fingerprint(["kept.txt"])
    (source.checkout / "new.txt").write_text("changed")
    assert worktree.fingerprint(["kept.txt"]) == before
    (source.checkout / "kept.txt").write_text("changed")
    assert worktree.fingerprint(["kept.txt"]) != before
    assert source.fingerprint(["kept.txt"]) == source.fingerprint(["kept.txt"])


def test_kept(tmp_path: Path) -> None:
    """What is built stays until it has other inputs; a build that fails leaves it alone."""
    target, built = tmp_path / "artefact-of-a-test", list[str]()

    def build(path: Path) -> None:
        built.append(path.name)
        path.write_text(str(len(built)))

    def fail(path: Path) -> None:
        path.write_text("half of it")
        raise ArtefactError("no")

    assert kept(target, "a", build).read_text() == "1"
    assert kept(target, "a", build).read_text() == "1"
    assert kept(target, "b", build).read_text() == "2"
    with pytest.raises(ArtefactError, match="no"):
        kept(target, "c", fail)
    assert target.read_text() == "2"


def test_missing_package() -> None:
    """A missing Debian package is named by the command that installs it."""
    with pytest.raises(ArtefactError, match=r"run: apt-get install .* no-such-package$"):
        require("dpkg", "no-such-package")


def test_failed_command() -> None:
    """A command that fails is named with its last line."""
    with pytest.raises(ArtefactError, match=r"sh ended with 3: .*\nthe reason$"):
        run("sh", "-c", "echo the reason >&2; exit 3")


@pytest.mark.parametrize("rock", ROCKS)
def test_rock_definitions(rock: str) -> None:
    """The definition of a rock is one that its tool accepts."""
    assert complaints(CHECKOUT / rock) == ""


def test_rock_complaint(tmp_path: Path) -> None:
    """A definition that the tool would refuse is refused here."""
    definition = yaml.safe_load((CHECKOUT / "rockcraft.yaml").read_text())
    wrong = tmp_path / "rockcraft.yaml"
    wrong.write_text(yaml.safe_dump(definition | {"summary": "too long " * 20}))
    assert "summary" in complaints(wrong)


def test_pebble_names() -> None:
    """The rock's service and check bear the names that the charm replaces."""
    definition = yaml.safe_load((CHECKOUT / "rockcraft.yaml").read_text())
    for section, name in (("services", "emulator"), ("checks", "control")):
        assert definition[section].keys() == {name}
        assert definition[section][name]["override"] == "replace"
