"""Packs the project's charms on a plain Debian machine: `python -m rig.packing charm --into DIR`.

charmcraft packs in the very checkout (`--destructive-mode`) and for that wants to be on the
charm's base. A private mount shows it an os-release of that base; everything else is Debian's,
the charm's interpreter too: such a charm is a test build that runs on /usr/bin/python3 here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rig.artefact_source import Source
from rig.artefact_tools import (
    ARTEFACTS,
    CRAFT_REQUIREMENTS,
    ArtefactError,
    clean_environment,
    craft,
    describe,
    kept,
    run,
)

OS_RELEASE = """\
PRETTY_NAME="Ubuntu 24.04 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
"""

_PACK = 'mount --bind "$1" "$(readlink -f /etc/os-release)" && exec "$2" pack --destructive-mode'


@dataclass(frozen=True)
class Charm:
    """One charm of this repository.

    Attributes:
        name: its name and that of its file.
        folder: where its charmcraft.yaml lies in the checkout.
        inputs: everything below the checkout that goes into it.
    """

    name: str
    folder: str
    inputs: tuple[str, ...]


CHARMS = {
    "charm": Charm(
        "sungrow-emulator-k8s",
        ".",
        (
            "charmcraft.yaml",
            "pyproject.toml",
            "uv.lock",
            "src",
            "lib",
            "interface",
            "emulator/pyproject.toml",
            "README.md",
            "LICENSE",
            "icon.svg",
        ),
    ),
    "tester": Charm(
        "sungather-tester",
        "tests/integration/sungather-tester",
        ("tests/integration/sungather-tester",),
    ),
}


def pack(charm: Charm, into: Path = ARTEFACTS, source: Source | None = None) -> Path:
    """Return the packed charm, packed from a clean clone if its inputs have changed.

    Raises:
        ArtefactError: it cannot be packed; the sentence says why.
    """
    source = source or Source.from_environment()

    def build(target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="packing-") as scratch:
            folder = source.copy(Path(scratch) / "clone") / charm.folder
            if not (folder / "charmcraft.yaml").exists():
                raise ArtefactError(f"{charm.folder}/charmcraft.yaml is not committed yet")
            release = Path(scratch) / "os-release"
            release.write_text(OS_RELEASE)
            shell = ("unshare", "--mount", "sh", "-c", _PACK, "pack")
            charmcraft = craft() / "charmcraft"
            run(*shell, release, charmcraft, cwd=folder, env=clean_environment())
            (packed,) = folder.glob("*.charm")
            shutil.move(packed, target)

    inputs = source.fingerprint(charm.inputs, *CRAFT_REQUIREMENTS, Path(__file__).read_text())
    return kept(into.absolute() / f"{charm.name}.charm", inputs, build)


def analyse(packed: Path) -> list[dict[str, str]]:
    """Return the findings of `charmcraft analyse`: each has a `name`, a `result`, a `text`."""
    command = (craft() / "charmcraft", "analyse", "--format", "json", packed)
    # It ends with 2 where it finds errors, of which one is always a false alarm.
    printed = run(*command, cwd=packed.parent, env=clean_environment(), allowed=(0, 2))
    return json.loads(printed)


def main() -> None:
    """Pack the charm that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m rig.packing", description=pack.__doc__)
    parser.add_argument("charm", choices=sorted(CHARMS))
    parser.add_argument("--into", type=Path, default=ARTEFACTS, metavar="DIR")
    chosen = parser.parse_args()
    try:
        print(describe(pack(CHARMS[chosen.charm], chosen.into)))
    except ArtefactError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
