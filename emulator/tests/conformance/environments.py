"""Pinned environments of the clients, built on demand below `.tools/conformance`."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
ROOT = HERE.parents[2]
TOOLS = ROOT / ".tools" / "conformance"
PYTHON = "3.11"
WEB_PORTS = (80, 443, 8082)

# Clients that another client's driver serves.
DRIVERS = {
    "pymodbus-3.11": "pymodbus",
    "sungrowmodbustcpclient-jesseklm": "sungrowmodbustcpclient",
}

# Where a missing tool comes from: executable -> what to type.
INSTALL = {
    "uv": "pip install uv",
    "mbpoll": "apt-get install mbpoll",
    "mosquitto": "apt-get install mosquitto",
    "node": "apt-get install nodejs",
    "npm": "apt-get install npm",
    "socat": "apt-get install socat",
}


def missing_tools(path: str | None = None) -> str:
    """Return one line saying which system tools are missing and how to install them.

    It is empty where all are there. `path` replaces the search path.
    """
    missing = [name for name in INSTALL if _find(name, path) is None]
    if not missing:
        return ""
    installers: dict[str, list[str]] = {}
    for name in missing:
        installer, _, package = INSTALL[name].rpartition(" ")
        installers.setdefault(installer, []).append(package)
    commands = " && ".join(f"{how} {' '.join(what)}" for how, what in installers.items())
    return f"the conformance suite needs {', '.join(missing)}: {commands}"


def missing_ports(ports: Iterable[int] = WEB_PORTS, host: str = "127.100.0.1") -> str:
    """Return one line saying which ports cannot be had and what to do about it.

    It is empty where all can. Clients of a dongle's web doors have these ports built in.
    """
    for port in ports:
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            return (
                f"the conformance suite needs port {port} on {host} ({reason}); where ports are "
                "privileged: sudo sysctl net.ipv4.ip_unprivileged_port_start=80"
            )
    return ""


def tool(name: str) -> str:
    """Return the path of a system tool."""
    path = _find(name)
    if path is None:
        raise RuntimeError(f"the conformance suite needs {name}: {INSTALL[name]}")
    return path


def prepare(client: str) -> None:
    """Build the environment of a client, if it is not there yet."""
    command(client)
    variables(client)


def command(client: str) -> list[str]:
    """Return the command that runs a client's driver, its environment built."""
    folder = CLIENTS / client
    if (folder / "package.json").exists():
        return [tool("node"), str(folder / "driver.js")]
    if (folder / "requirements.txt").exists():
        return [str(_python(client)), str(CLIENTS / DRIVERS.get(client, client) / "driver.py")]
    return [sys.executable, str(folder / "driver.py")]


def variables(client: str) -> dict[str, str]:
    """Return the environment variables a client's driver runs with."""
    kept = {key: os.environ[key] for key in ("HOME", "PATH", "TMPDIR") if key in os.environ}
    # Timestamps that clients take from the local clock must not depend on the machine.
    kept |= {"TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    if (CLIENTS / client / "package.json").exists():
        kept["NODE_PATH"] = str(_node_modules(client))
    return kept


def _find(name: str, path: str | None = None) -> str | None:
    if path is None:
        # Debian puts daemons like mosquitto where a plain user's PATH does not look.
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    return shutil.which(name, path=path)


def _python(client: str) -> Path:
    requirements = CLIENTS / client / "requirements.txt"
    place = _place(client, [requirements])
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        uv = tool("uv")
        _run([uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(place)], place.parent)
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
        _run([*install, "-r", str(requirements)], place.parent)
        (place / "complete").touch()
    return python


def _node_modules(client: str) -> Path:
    sources = [CLIENTS / client / name for name in ("package.json", "package-lock.json")]
    place = _place(client, sources)
    if not (place / "complete").exists():
        npm = tool("npm")
        place.mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copy(source, place)
        # Optional packages are serial ports and their install scripts: not needed for TCP.
        _run([npm, "ci", "--silent", "--ignore-scripts", "--omit=optional"], place)
        (place / "complete").touch()
    return place / "node_modules"


def _place(client: str, sources: list[Path]) -> Path:
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    TOOLS.mkdir(parents=True, exist_ok=True)
    return TOOLS / f"{client}-{digest[:12]}"


def _run(arguments: list[str], folder: Path) -> None:
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        output = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{' '.join(arguments[:3])} … failed: {output}")
