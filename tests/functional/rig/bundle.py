"""Unpacking what is deployed: packed charms, and images as folders of their files."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import pathlib
import shutil
import stat
import subprocess
import zipfile
from typing import Any

from rig.errors import JujuError


@dataclasses.dataclass(frozen=True, slots=True)
class Image:
    """An unpacked image: its files, its default user and its environment."""

    root: pathlib.Path
    user: tuple[int, int]
    env: dict[str, str]


def unpack_charm(source: pathlib.Path, target: pathlib.Path) -> None:
    """Unpack a `.charm`, or copy a folder that holds a charm.

    Raises:
        JujuError: There is no charm at that path.
    """
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
        return
    if not zipfile.is_zipfile(source):
        raise JujuError(f'no charm was found at "{source}"')
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            path = target / entry.filename
            if stat.S_ISLNK(mode):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(archive.read(entry).decode())
                continue
            archive.extract(entry, target)
            if mode and not entry.is_dir():
                path.chmod(stat.S_IMODE(mode))


def unpack_image(reference: str, cache: pathlib.Path) -> Image:
    """Unpack an image once, and return where its files are.

    Args:
        reference: `oci-archive:PATH`, `docker-archive:PATH`, or the path of an OCI archive.
        cache: Folder that keeps unpacked images.

    Raises:
        JujuError: The reference is of another kind, or the image cannot be read.
    """
    transport, _, name = reference.rpartition(":")
    path = pathlib.Path(name)
    if transport not in ("", "oci-archive", "docker-archive") or not path.is_file():
        raise JujuError(
            f'image "{reference}" cannot be used: the rig has no registry, give oci-archive:PATH '
            "or docker-archive:PATH of a file that exists"
        )
    known = path.stat()
    identity = f"{path.resolve()} {known.st_size} {known.st_mtime_ns}"
    folder = cache / hashlib.sha256(identity.encode()).hexdigest()[:16]
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        # Each model has a process of its own, and several may want the same image.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(f"{transport or 'oci-archive'}:{path}", folder)
    process: dict[str, Any] = json.loads((folder / "bundle/config.json").read_text())["process"]
    user = process["user"]
    pairs = (entry.partition("=") for entry in process["env"])
    return Image(
        root=folder / "bundle/rootfs",
        user=(user["uid"], user["gid"]),
        env={key: value for key, _, value in pairs},
    )


def _unpack(reference: str, folder: pathlib.Path) -> None:
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    _run("skopeo", "copy", reference, f"oci:{fresh}/layout:image")
    _run("umoci", "unpack", "--image", f"{fresh}/layout:image", f"{fresh}/bundle")
    shutil.rmtree(fresh / "layout")
    fresh.rename(folder)


def _run(*argv: str) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    except FileNotFoundError:
        raise JujuError(f"{argv[0]} is missing: apt-get install {argv[0]}") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise JujuError(f"{argv[0]} {argv[1]} failed: {last}")
