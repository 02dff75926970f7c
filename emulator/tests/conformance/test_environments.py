"""Environments are pinned, and a missing tool is named with the way to install it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from .environments import CLIENTS, INSTALL, missing_ports, missing_tools

FOLDERS = sorted(
    file.parent.name
    for pattern in ("*/requirements.txt", "*/package-lock.json")
    for file in CLIENTS.glob(pattern)
)


def test_missing_tools_are_one_line(tmp_path: Path) -> None:
    """One line names everything that is missing and what to type."""
    line = missing_tools(str(tmp_path))
    assert "\n" not in line
    assert all(name in line for name in INSTALL)
    assert "apt-get install mbpoll mosquitto nodejs npm" in line


def test_nothing_is_said_when_all_tools_are_there(tmp_path: Path) -> None:
    """A complete machine hears nothing."""
    for name in INSTALL:
        (tmp_path / name).touch(mode=0o755)
    assert missing_tools(str(tmp_path)) == ""


@pytest.mark.parametrize("client", FOLDERS)
def test_every_requirement_is_pinned(client: str) -> None:
    """Each package is given with one version, and nothing says where it is fetched from."""
    requirements = CLIENTS / client / "requirements.txt"
    if requirements.exists():
        lines = requirements.read_text(encoding="utf-8").split()
        assert all(re.fullmatch(r"[a-z0-9.-]+==[0-9][0-9.]*", line) for line in lines)
    lock = CLIENTS / client / "package-lock.json"
    if lock.exists():
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        assert not any("resolved" in package for package in packages.values())
        assert all(package.get("version") for name, package in packages.items() if name)


def test_a_port_that_cannot_be_had_is_named() -> None:
    """One line names the port, the reason and what to do."""
    with socket.create_server(("127.100.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = missing_ports([port])
    assert "\n" not in line
    assert str(port) in line
    assert "ip_unprivileged_port_start" in line
    assert missing_ports([port]) == ""
