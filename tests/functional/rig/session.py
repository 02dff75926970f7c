"""A session on the rig: its `juju` and `kubectl` first on the path, and nothing left behind.

    python -m rig.session python -m pytest tests/integration
    python -m rig.session --check

The first packs the charms, builds the images, and runs the command with all that the tests in
`tests/integration` want to know in its environment. The second says whether the rig can run here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from typing import NoReturn

from rig import juju, pebble
from rig.artefact_tools import TOOLS, ArtefactError
from rig.images import ROCKS, build
from rig.packing import CHARMS, pack

_PACKAGES: Mapping[str, str] = {
    "hostname": "hostname",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "skopeo": "skopeo",
    "sysctl": "procps",
    "umoci": "umoci",
    "unshare": "util-linux",
}
_END_SECONDS = 15.0


class SessionError(Exception):
    """The rig cannot run here, or left something behind."""


def missing() -> str:
    """Return in one line what the rig lacks on this machine, empty if it can run."""
    if os.geteuid() != 0:
        return "The rig makes namespaces and mounts, which needs root."
    lacking = [command for command in _PACKAGES if shutil.which(command) is None]
    packages = sorted({_PACKAGES[command] for command in lacking})
    if not lacking:
        return pebble.missing(TOOLS)
    return f"The rig lacks {', '.join(lacking)}: apt-get install -y {' '.join(packages)}"


@contextlib.contextmanager
def session(pebble_version: str = pebble.JUJU_S) -> Generator[dict[str, str]]:
    """Open a session; yields the environment in which `juju` and `kubectl` are the rig's.

    Raises:
        SessionError: The rig cannot run here, or something outlives the session.
    """
    if lack := missing():
        raise SessionError(lack)
    state = pathlib.Path(tempfile.mkdtemp(prefix="rig-"))
    # The charm's user looks into it.
    state.chmod(0o755)
    try:
        with (state / "session.lock").open("w") as lock:
            # Daemons end when nobody holds it any more, however this process ended.
            fcntl.flock(lock, fcntl.LOCK_EX)
            _write_programs(state / "bin")
            yield {
                "PATH": f"{state / 'bin'}:{os.environ['PATH']}",
                "RIG_STATE": str(state),
                "RIG_PEBBLE": str(pebble.binary(TOOLS, pebble_version)),
            }
            _end_models(state)
        if left := _left_behind(state):
            raise SessionError(f"the session left behind: {'; '.join(left)}")
    finally:
        shutil.rmtree(state, ignore_errors=True)


def artefacts() -> dict[str, str]:
    """Return the environment that names packed charms and built images."""
    image = build(ROCKS["emulator"])
    upgrade = image.with_name(f"next-{image.name}")
    # The same content under another name is another image to whoever only knows the reference.
    upgrade.unlink(missing_ok=True)
    upgrade.hardlink_to(image)
    return {
        "CHARM_PATH": str(pack(CHARMS["charm"])),
        "TESTER_CHARM_PATH": str(pack(CHARMS["tester"])),
        "EMULATOR_IMAGE": f"oci-archive:{image}",
        "EMULATOR_IMAGE_NEXT": f"oci-archive:{upgrade}",
        "SUNGATHER_IMAGE": f"oci-archive:{build(ROCKS['sungather'])}",
    }


def _write_programs(folder: pathlib.Path) -> None:
    folder.mkdir()
    package = pathlib.Path(__file__).resolve().parents[1]
    for name in ("juju", "kubectl"):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH="{package}" exec "{sys.executable}" -m rig.{name} "$@"\n'
        )
        program.chmod(0o755)


def _end_models(state: pathlib.Path) -> None:
    for path in state.glob("*/agent.socket"):
        with contextlib.suppress(juju.ClientError):
            juju.destroy_model(state, path.parent.name)


def _left_behind(state: pathlib.Path) -> list[str]:
    end = time.monotonic() + _END_SECONDS
    while (left := _leaks(state)) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _leaks(state: pathlib.Path) -> list[str]:
    mark = str(state)
    left = [f"device {path.name}" for path in pathlib.Path("/sys/class/net").glob("rig-*")]
    left += [
        f"mount {m}" for m in pathlib.Path("/proc/mounts").read_text().splitlines() if mark in m
    ]
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if mark in words and int(path.parent.name) != os.getpid():
                left.append(f"process {path.parent.name} {words}")
    return left


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def main(argv: Sequence[str]) -> int:
    """Run a command in a session of its own and return its exit status."""
    # So that the session ends properly when it is told to.
    signal.signal(signal.SIGTERM, _end)
    if list(argv) == ["--check"]:
        print(missing() or "The rig can run here.")
        return 1 if missing() else 0
    try:
        with session() as environment:
            made = artefacts()
            return subprocess.run(
                argv, env={**os.environ, **made, **environment}, check=False
            ).returncode
    except (SessionError, ArtefactError, RuntimeError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
