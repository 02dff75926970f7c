"""Builds the project's images on plain Debian: `python -m rig.images emulator --into DIR`.

rockcraft.yaml says what is in them. Its parts are built by craft-parts, the library that builds
them in rocks too; its base and stage packages are Debian's here instead of Ubuntu's; user, Pebble,
services and checks are put in place as in a rock. Such an image is a test build.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rig import artefact_layers as layers
from rig import pebble
from rig.artefact_source import Source
from rig.artefact_tools import (
    ARTEFACTS,
    CRAFT_REQUIREMENTS,
    TOOLS,
    ArtefactError,
    clean_environment,
    craft,
    describe,
    kept,
    require,
    run,
)


@dataclass(frozen=True)
class Rock:
    """One image of this repository.

    Attributes:
        name: stem of its file.
        folder: where its rockcraft.yaml lies in the checkout.
        inputs: everything below the checkout that goes into it.
        without: parts left out, because they need more than package indexes.
    """

    name: str
    folder: str
    inputs: tuple[str, ...]
    without: tuple[str, ...] = ()


ROCKS = {
    "emulator": Rock(
        "emulator-image",
        ".",
        (
            "rockcraft.yaml",
            "pyproject.toml",
            "uv.lock",
            "emulator/pyproject.toml",
            "emulator/README.md",
            "emulator/src",
            "interface/pyproject.toml",
        ),
    ),
    "sungather": Rock(
        "sungather-image",
        "tests/integration/sungather-tester",
        (
            "tests/integration/sungather-tester/rockcraft.yaml",
            "tests/integration/sungather-tester/image",
        ),
        # SunGather's repository; the client library that it is made of collects in its place.
        without=("sungather",),
    ),
}


def build(rock: Rock, into: Path = ARTEFACTS, source: Source | None = None) -> Path:
    """Return the image as an oci-archive, built from a clean clone if its inputs have changed.

    Raises:
        ArtefactError: it cannot be built; the sentence says why.
    """
    source = source or Source.from_environment()

    def write(target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="image-") as name:
            scratch = Path(name)
            folder = source.copy(scratch / "clone") / rock.folder
            if not (folder / "rockcraft.yaml").exists():
                raise ArtefactError(f"{rock.folder}/rockcraft.yaml is not committed yet")
            definition = yaml.safe_load((folder / "rockcraft.yaml").read_text())
            parts = {
                name: part
                for name, part in definition["parts"].items()
                if name not in rock.without
            }
            base = layers.debian(_staged(parts))
            tree = _prime(parts, folder, scratch)
            _write_image(target, definition, base, tree, scratch)

    own = [Path(file).read_text() for file in (__file__, layers.__file__)]
    inputs = source.fingerprint(rock.inputs, *CRAFT_REQUIREMENTS, pebble.ROCK_S, *own)
    return kept(into.absolute() / f"{rock.name}.tar", inputs, write)


def _staged(parts: Mapping[str, Any]) -> set[str]:
    return {package for part in parts.values() for package in part.get("stage-packages", ())}


def _prime(parts: Mapping[str, Any], folder: Path, scratch: Path) -> Path:
    """Build the parts and return the tree that they make, without stage packages."""
    require("python3-pip")
    unstaged = {
        name: {key: value for key, value in part.items() if key != "stage-packages"}
        for name, part in parts.items()
        # Such a part consists of stage packages alone.
        if part["plugin"] != "nil"
    }
    described = scratch / "parts.yaml"
    described.write_text(yaml.safe_dump({"parts": unstaged}))
    places = ("--work-dir", scratch / "work", "--cache-dir", scratch / "cache")
    command = (craft() / "python", "-m", "craft_parts", "--file", described, *places, "--verbose")
    run(*command, "prime", cwd=folder, env=clean_environment())
    return scratch / "work" / "prime"


def _write_image(
    target: Path, definition: Mapping[str, Any], base: Path, tree: Path, scratch: Path
) -> None:
    files: dict[str, bytes | Path] = {
        **layers.as_rock(tree),
        **layers.pebble_layer(definition),
        **{path: layers.with_user(base, path) for path in ("etc/passwd", "etc/group")},
        "usr/bin/pebble": pebble.binary(TOOLS, pebble.ROCK_S),
    }
    own = scratch / "layer.tar"
    layers.write_layer(own, tree, files, writable=["var/lib/pebble/default"])
    user = definition.get("run-user", "root")
    layers.write_archive(target, [base, own], user, scratch)


def main() -> None:
    """Build the image that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m rig.images", description=build.__doc__)
    parser.add_argument("image", choices=sorted(ROCKS))
    parser.add_argument("--into", type=Path, default=ARTEFACTS, metavar="DIR")
    chosen = parser.parse_args()
    try:
        print(describe(build(ROCKS[chosen.image], chosen.into)))
    except (ArtefactError, RuntimeError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
