"""A tiny charm to show what the rig does: ops beside it, and an image that holds busybox."""

from __future__ import annotations

import dataclasses
import importlib.util
import pathlib
import shutil
import subprocess
from typing import Any

import jubilant
import yaml

from rig.errors import JujuError

_SOURCE = pathlib.Path(__file__).with_name("tiny_charm")
_NEEDED = ("ops", "opentelemetry", "typing_extensions", "websocket", "yaml")
_APPLETS = ("cat", "echo", "httpd", "kill", "nc", "ps", "sh", "sleep")


@dataclasses.dataclass(frozen=True, slots=True)
class Tiny:
    """The charm and its image, ready to be deployed."""

    charm: pathlib.Path
    image: pathlib.Path

    def deploy(self, juju: jubilant.Juju, app: str = "tiny", *, units: int = 1) -> None:
        """Deploy it and wait until every unit serves its page."""
        resources = {"web-image": f"oci-archive:{self.image}"}
        juju.deploy(self.charm, app, resources=resources, num_units=units)
        juju.wait(lambda status: settled(status, app), error=jubilant.any_error, delay=0.3)


def settled(status: jubilant.Status, *apps: str) -> bool:
    """Whether applications are active and have nothing more to do."""
    return jubilant.all_active(status, *apps) and jubilant.all_agents_idle(status, *apps)


def charm(target: pathlib.Path) -> pathlib.Path:
    """Copy the charm and, from this interpreter's packages, the ops that it imports."""
    shutil.copytree(_SOURCE, target)
    _split(target)
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise JujuError(f"{name} is not installed")
        if spec.submodule_search_locations:
            (folder, *_) = spec.submodule_search_locations
            # Compiled parts belong to this interpreter; all of them are optional.
            shutil.copytree(
                folder, target / "vendor" / name, ignore=shutil.ignore_patterns("*.so", "*.pyc")
            )
        else:
            shutil.copy(str(spec.origin), target / "vendor")
    return target


def _split(folder: pathlib.Path) -> None:
    """Split charmcraft.yaml into the files that a packed charm has instead."""
    declared: dict[str, Any] = yaml.safe_load((folder / "charmcraft.yaml").read_text())
    for name in ("config", "actions"):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(declared.pop(name)))
    (folder / "metadata.yaml").write_text(yaml.safe_dump(declared))
    (folder / "charmcraft.yaml").unlink()


def image(target: pathlib.Path) -> pathlib.Path:
    """Make an OCI archive with busybox and nothing else.

    Raises:
        JujuError: There is no busybox, or the archive cannot be made.
    """
    busybox = shutil.which("busybox")
    if busybox is None:
        raise JujuError("the tiny image holds busybox: apt-get install busybox-static")
    work = target.with_suffix(".work")
    programs = work / "bin"
    programs.mkdir(parents=True)
    shutil.copy(busybox, programs / "busybox")
    for applet in _APPLETS:
        (programs / applet).symlink_to("busybox")
    layout = work / "layout"
    for command in (
        ["umoci", "init", "--layout", str(layout)],
        ["umoci", "new", "--image", f"{layout}:tiny"],
        ["umoci", "insert", "--image", f"{layout}:tiny", str(programs), "/bin"],
        ["umoci", "config", "--image", f"{layout}:tiny", "--config.env", "FLAVOUR=tiny"],
        ["skopeo", "copy", f"oci:{layout}:tiny", f"oci-archive:{target}"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise JujuError(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")
    shutil.rmtree(work)
    return target
