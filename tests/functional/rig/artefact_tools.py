"""What artefacts are built with on a plain Debian machine, and how the built ones are kept.

Charms and rocks are usually built by snaps in containers of Ubuntu 24.04. The libraries that do
the work under those snaps are on PyPI and run here as well, on Debian's own Python. What comes
out is for tests only: interpreter and system libraries are Debian's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
TOOLS = CHECKOUT / ".tools"
ARTEFACTS = TOOLS / "artefacts"

PYTHON = Path("/usr/bin/python3")
"""Debian's own Python: python3-apt is built for it, and artefacts for tests run on it."""

CRAFT_REQUIREMENTS = ("charmcraft==4.5.0", "craft-parts==2.37.2", "uv==0.13.8")
CRAFT_PACKAGES = ("python3-apt", "python3-dev", "python3-venv")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_OWN_PYTHON = ("PYTHON", "VIRTUAL_ENV", "UV_PROJECT", "UV_PYTHON", "COVERAGE_")


class ArtefactError(Exception):
    """An artefact cannot be built; the sentence says why and what to do."""


def require(*packages: str) -> None:
    """Check that Debian packages are installed.

    Raises:
        ArtefactError: some are missing; the sentence holds the command that installs them.
    """
    form = "--showformat=${Package} ${db:Status-Status}\n"
    query = ["dpkg-query", "--show", form, *packages]
    known = subprocess.run(query, capture_output=True, text=True, check=False, timeout=60).stdout
    missing = [name for name in packages if f"{name} installed" not in known.splitlines()]
    if missing:
        raise ArtefactError(
            "Debian packages are missing; run: "
            f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        )


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
    allowed: Collection[int] = (0,),
) -> str:
    """Run a command to its end and return what it printed on stdout.

    Args:
        command: the program and its arguments.
        cwd: where it runs.
        env: its whole environment; the caller's where not given.
        timeout: seconds after which it is ended.
        allowed: exit codes that are no failure.

    Raises:
        ArtefactError: it failed or took too long; the sentence ends with its last lines.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ArtefactError(f"{words[0]} took longer than {timeout:g} s: {words}") from error
    if done.returncode not in allowed:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise ArtefactError(f"{words[0]} ended with {done.returncode}: {words}\n{last}")
    return done.stdout


@contextmanager
def locked(name: str) -> Generator[None, None, None]:
    """Let one process at a time through; others wait. `name` tells the doors apart."""
    doors = TOOLS / "locks"
    doors.mkdir(parents=True, exist_ok=True)
    with (doors / name).open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def kept(target: Path, inputs: str, build: Callable[[Path], object]) -> Path:
    """Return `target`, built anew only if it was made from other inputs.

    Args:
        target: file to have; a file beside it with the suffix `.inputs` remembers its origin.
        inputs: fingerprint of everything that goes into it.
        build: writes it to the path that it is given.
    """
    origin = target.with_name(target.name + ".inputs")
    with locked(target.name):
        if not (target.exists() and origin.exists() and origin.read_text() == inputs):
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name("new-" + target.name)
            fresh.unlink(missing_ok=True)
            build(fresh)
            fresh.replace(target)
            origin.write_text(inputs)
    return target


def fingerprint(*texts: str) -> str:
    """Return one digest of some texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def craft() -> Path:
    """Return the `bin` of a virtual environment that holds charmcraft and craft-parts.

    Debian's python3-apt is linked into it, since PyPI has no usable one.
    """
    require(*CRAFT_PACKAGES)
    home = TOOLS / "craft"
    stamp = home / "requirements.txt"
    wanted = "\n".join(CRAFT_REQUIREMENTS)
    with locked("craft"):
        if not (stamp.exists() and stamp.read_text() == wanted):
            run(PYTHON, "-m", "venv", "--clear", home)
            run(
                home / "bin/pip",
                "install",
                "--quiet",
                *CRAFT_REQUIREMENTS,
                env=clean_environment(),
            )
            (packages,) = home.glob("lib/python3*/site-packages")
            for found in Path("/usr/lib/python3/dist-packages").glob("apt*"):
                (packages / found.name).symlink_to(found)
            (home / "path").mkdir()
            for tool in ("uv", "craftctl"):
                (home / "path" / tool).symlink_to(home / "bin" / tool)
            stamp.write_text(wanted)
    return home / "bin"


def clean_environment() -> dict[str, str]:
    """Return an environment in which builds find Debian's Python and the tools that parts call."""
    kept_names = {
        name: text for name, text in os.environ.items() if not name.startswith(_OWN_PYTHON)
    }
    return kept_names | {"PATH": f"{TOOLS / 'craft/path'}:{SYSTEM_PATH}"}


def describe(path: Path) -> str:
    """Return one line with the size of an artefact in MB (10^6 bytes)."""
    return f"{path.name}: {path.stat().st_size / 1e6:.1f} MB"
