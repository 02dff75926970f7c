"""Pebble daemons of fixed versions, built from source with Go and kept below `.tools/bin`."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile

JUJU_S = "1.26.0"
"""The version that Juju 3.6 and 4.0 put into workload containers."""

ROCK_S = "1.32.1"
"""The version that a rock of today carries."""

_NEEDS_GO = "The rig builds Pebble from source: install Go 1.26 or newer."
_GO_MODULE = "module rig\n\ngo 1.24\n\nrequire github.com/canonical/pebble v{version}\n"


def _path(tools: pathlib.Path, version: str) -> pathlib.Path:
    return tools / "bin" / f"pebble-{version}" / "pebble"


def missing(tools: pathlib.Path) -> str:
    """Return in one line what keeps both versions from being there, empty if nothing does."""
    if shutil.which("go") or all(_path(tools, version).exists() for version in (JUJU_S, ROCK_S)):
        return ""
    return _NEEDS_GO


def binary(tools: pathlib.Path, version: str = JUJU_S) -> pathlib.Path:
    """Return the path of a static Pebble binary, building it if it is not there yet.

    Args:
        tools: The checkout's `.tools` folder.
        version: Pebble's version without a leading "v".

    Raises:
        RuntimeError: Go is missing or the build failed.
    """
    path = _path(tools, version)
    if path.exists():
        return path
    go = shutil.which("go")
    if go is None:
        raise RuntimeError(_NEEDS_GO)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # A module that requires the version asks the proxy for that version and nothing else.
        pathlib.Path(folder, "go.mod").write_text(_GO_MODULE.format(version=version))
        fresh = path.with_name(f"pebble.{os.getpid()}")
        package = "github.com/canonical/pebble/cmd/pebble"
        build = subprocess.run(
            [go, "build", "-mod=mod", "-o", str(fresh), package],
            cwd=folder,
            # Static, so that it runs in any image.
            env={**os.environ, "CGO_ENABLED": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    if build.returncode != 0:
        raise RuntimeError(f"Pebble {version} does not build: {build.stderr.strip()}")
    fresh.replace(path)
    return path
