"""Layers of OCI images, and what a rock's tool adds to its parts: user, Pebble, services."""

from __future__ import annotations

import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

import yaml

from rig.artefact_tools import TOOLS, fingerprint, kept, require, run

DAEMON = ("_daemon_", 584792)
"""The ordinary user of every rock, whose `run-user` may name it: name, user and group id."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LAYER = "var/lib/pebble/default/layers/001-{name}.yaml"

# Debian and Ubuntu have these as links into /usr, which a folder in a layer would replace.
_LINKED = ("bin", "sbin", "lib", "lib64")
_BARE = ("man", "locale", "doc")

_SITECUSTOMIZE = """\
import site
import sys

# What the rock's parts installed comes before what Debian packages install.
before = list(sys.path)
site.addsitedir("{packages}")
sys.path.sort(key=lambda place: place in before and place.endswith("dist-packages"))
"""


def debian(packages: Iterable[str]) -> Path:
    """Return the tar file of a minimal Debian with some packages, of this machine's release.

    It stands for the rock's base with its `stage-packages`, whose names Debian and Ubuntu share.
    """
    require("mmdebstrap")
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    chosen = ",".join(sorted(set(packages)))
    bare = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _BARE]

    def build(target: Path) -> None:
        options = ("--quiet", "--variant=essential", "--mode=root", f"--include={chosen}")
        run("mmdebstrap", *options, *bare, release, target)

    inputs = fingerprint(release, chosen, *bare)
    return kept(TOOLS / "bases" / f"{inputs[:12]}.tar", inputs, build)


def with_user(base: Path, path: str) -> bytes:
    """Return the base's /etc/passwd or /etc/group (without the slash) with a line for `DAEMON`."""
    name, number = DAEMON
    lines = {
        "etc/passwd": f"{name}:x:{number}:{number}::/:/usr/sbin/nologin\n",
        "etc/group": f"{name}:x:{number}:\n",
    }
    with tarfile.open(base) as archive:
        found = archive.extractfile(f"./{path}")
        content = found.read() if found else b""
    return content + lines[path].encode()


def write_layer(
    target: Path, tree: Path, files: Mapping[str, bytes | Path], writable: Iterable[str]
) -> None:
    """Write a tar file of a layer, owned by root.

    Args:
        target: the tar file.
        tree: a folder that holds what goes to /.
        files: more files by their path in the image; those given as a path are executable.
        writable: folders that every user may write to.
    """

    def owned(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if PurePosixPath(member.name).parts[0] in _LINKED:
            if member.name in _LINKED and not member.isdir():
                return None
            member.name = str(PurePosixPath("usr", member.name))
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    with tarfile.open(target, "w") as archive:
        for entry in sorted(tree.iterdir()):
            archive.add(entry, entry.name, filter=owned)
        for folder in writable:
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o777
            archive.addfile(member)
        for name, content in files.items():
            text = content if isinstance(content, bytes) else content.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o644 if isinstance(content, bytes) else 0o755
            archive.addfile(member, io.BytesIO(text))


def as_rock(tree: Path) -> dict[str, bytes]:
    """Make a primed tree one of a rock and return the file that lets its Python find its packages.

    A rock has no virtual environment: its scripts run on the interpreter of the stage packages.
    """
    for leftover in (*tree.glob("bin/python*"), *tree.glob("pyvenv.cfg")):
        leftover.unlink()
    return {
        f"usr/lib/{packages.parent.name}/sitecustomize.py": _SITECUSTOMIZE.format(
            packages=f"/usr/lib/{packages.parent.name}/site-packages"
        ).encode()
        for packages in tree.glob("lib/python3*/site-packages")
    }


def pebble_layer(rock: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the file with the services and checks of a rock, as Pebble finds them."""
    plan = {key: rock[key] for key in ("services", "checks") if key in rock}
    text = yaml.safe_dump({"summary": f"layer of the rock {rock['name']}", **plan})
    return {LAYER.format(name=rock["name"]): text.encode()} if plan else {}


def write_archive(target: Path, layers: Iterable[Path], user: str, scratch: Path) -> None:
    """Write an image that starts Pebble, as an oci-archive without a name.

    Args:
        target: the archive.
        layers: tar files, the lowest first.
        user: name of the user that it runs as.
        scratch: an existing folder for what is only needed meanwhile.
    """
    require("umoci", "skopeo")
    layout = scratch / "oci"
    image = ("--image", f"{layout}:latest")
    run("umoci", "init", "--layout", layout)
    run("umoci", "new", *image)
    for layer in layers:
        run("umoci", "raw", "add-layer", *image, layer)
    run(
        *("umoci", "config", *image, "--config.user", user, "--config.env", f"PATH={PATH}"),
        *("--config.entrypoint", "/usr/bin/pebble", "--config.entrypoint", "enter"),
    )
    run("skopeo", "copy", "--quiet", f"oci:{layout}:latest", f"oci-archive:{target}")


def contents(archive: Path) -> list[str]:
    """Return the paths of all files in an oci-archive, without a leading slash, in order."""
    with tarfile.open(archive) as image:

        def blob(digest: str) -> IO[bytes]:
            found = image.extractfile(f"blobs/{digest.replace(':', '/')}")
            assert found is not None
            return found

        index = json.load(image.extractfile("index.json") or io.BytesIO())
        manifest = json.load(blob(index["manifests"][0]["digest"]))
        names: set[str] = set()
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=blob(layer["digest"]), mode="r:gz") as files:
                names.update(name.removeprefix("./") for name in files.getnames())
    return sorted(names)
