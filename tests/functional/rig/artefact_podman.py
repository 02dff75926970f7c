"""Images in containers of podman, reached from another network namespace.

Everything podman keeps lies in a folder of the test's own. Its networking is not used: a
container joins a namespace of ours, which is linked to one more, for clients.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.artefact_tools import ArtefactError, require, run

CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=16384:16384"]

[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
"""

KUBERNETES_CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
"""What a container of an unconfigured pod is granted."""


@dataclass(frozen=True)
class Link:
    """Two network namespaces and the wire between them.

    Attributes:
        server: name of the namespace that containers join.
        client: name of the one that clients run in.
        address: of the server on the wire.
    """

    server: str
    client: str
    address: str = "10.87.0.1"

    def run(self, *command: str | Path, allowed: tuple[int, ...] = (0,)) -> str:
        """Run a client program of this Python's environment, or of the system."""
        own = Path(sys.executable).parent
        path = f"{own}:{os.environ['PATH']}:/usr/sbin"
        words = ("ip", "netns", "exec", self.client, "env", f"PATH={path}", *command)
        return run(*words, timeout=60, allowed=allowed)


@contextmanager
def link() -> Generator[Link, None, None]:
    """Make two linked network namespaces, with nothing in the machine's own."""
    name = f"image-{uuid.uuid4().hex[:8]}"
    made = Link(f"{name}-server", f"{name}-client")
    try:
        for name in (made.server, made.client):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        wire = ("ip", "-n", made.server, "link", "add", "wire", "type", "veth")
        run(*wire, "peer", "name", "wire", "netns", made.client)
        for name, address in ((made.server, made.address), (made.client, "10.87.0.2")):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "wire")
            run("ip", "-n", name, "link", "set", "wire", "up")
        yield made
    finally:
        for name in (made.server, made.client):
            run("ip", "netns", "delete", name, allowed=(0, 1))


@dataclass(frozen=True)
class Podman:
    """podman with a store of its own.

    Args:
        home: folder of everything it keeps; short, since sockets lie below it.
    """

    home: Path

    def __call__(self, *arguments: str | Path, timeout: float = 60) -> str:
        """Run a podman command and return what it prints, without spaces around it."""
        configuration = self.home / "containers.conf"
        configuration.write_text(CONTAINERS_CONF)
        places = [f"--{name}={self.home / name}" for name in ("root", "runroot", "tmpdir")]
        environment = {**os.environ, "CONTAINERS_CONF": str(configuration)}
        return run("podman", *places, *arguments, env=environment, timeout=timeout).strip()

    def load(self, archive: Path) -> str:
        """Return the id of an image from an oci-archive."""
        return self("pull", "--quiet", f"oci-archive:{archive}", timeout=180)

    @contextmanager
    def container(self, image: str, *options: str, into: Link) -> Generator[Container, None, None]:
        """Run an image in the background until the block ends, and then kill it."""
        created = self("create", f"--network=ns:/run/netns/{into.server}", *options, image)
        try:
            self("start", created)
            yield Container(self, created, into)
        finally:
            self("rm", "--force", "--time=0", created)


@dataclass(frozen=True)
class Container:
    """A running container.

    Attributes:
        podman: what runs it.
        id: podman's id of it.
        wire: where its doors are.
    """

    podman: Podman
    id: str
    wire: Link

    def run(self, *command: str) -> str:
        """Run a command in the container and return what it prints."""
        return self.podman("exec", self.id, *command)

    def wait(self, ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait until something is so.

        Raises:
            ArtefactError: it took too long; the text holds what the container logged.
        """
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                logs = self.podman("logs", self.id)
                raise ArtefactError(f"no {what} within {seconds:g} s:\n{logs}")
            time.sleep(0.2)


@contextmanager
def podman(home: Path) -> Generator[Podman, None, None]:
    """Hand out podman; what it kept in `home` is gone afterwards."""
    require("podman", "runc", "conmon", "iproute2", "mbpoll")
    made = Podman(home)
    try:
        yield made
    finally:
        made("rm", "--all", "--force")
        made("rmi", "--all", "--force")
        mounted = ["umount", "--quiet", str(home / "root/overlay")]
        subprocess.run(mounted, capture_output=True, check=False, timeout=30)
