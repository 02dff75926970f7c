"""Pods made of namespaces: what Kubernetes and Juju give a unit, on one machine.

A pod is a network, a host name and a hosts file; its containers share them and have a file system
and processes of their own. All of it belongs to the process namespace of the model's daemon, so
nothing is left when that ends. What it cannot show: scheduling, Services and the cluster's DNS
(a hosts file holds the pods' names instead), probes, limits of resources, storage.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

_ENTER = str(pathlib.Path(__file__).with_name("enter.py"))
_BRIDGE = "rig-pods"
_SUBNET = "10.152.0"
_START_SECONDS = 10.0
_GRACE_SECONDS = 10.0

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, timeout=10)


def _run_bounded(
    argv: Sequence[str], files: tuple[IO[bytes], IO[bytes], IO[bytes]], timeout: float
) -> int:
    stdin, stdout, stderr = files
    process = subprocess.Popen(
        argv, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
    )
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return 124


def _temporary() -> contextlib.AbstractContextManager[IO[bytes]]:
    return tempfile.TemporaryFile()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _await(what: str, ready: Iterator[bool]) -> None:
    end = time.monotonic() + _START_SECONDS
    for done in ready:
        if done:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"{what} took more than {_START_SECONDS:.0f} seconds")
        time.sleep(0.01)


class Cluster:
    """The network between pods: a bridge in the network namespace of this process.

    Each unit has a thread, so pods start and stop while others do.
    """

    def __init__(self, model: str, folder: pathlib.Path) -> None:
        self.domain = f"{model}.svc.cluster.local"
        self.folder = folder
        self._addresses = (f"{_SUBNET}.{n}" for n in range(2, 255))
        self._links = itertools.count()
        self._pods: dict[str, Pod] = {}
        self._changing = threading.Lock()
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", _BRIDGE, "type", "bridge")
        _run("ip", "addr", "add", f"{_SUBNET}.1/24", "dev", _BRIDGE)
        _run("ip", "link", "set", _BRIDGE, "up")

    def start_pod(self, app: str, number: int) -> Pod:
        """Start a pod without containers, under the next free address.

        Raises:
            RuntimeError: All addresses were used.
        """
        with self._changing:
            address = next(self._addresses, None)
        if address is None:
            raise RuntimeError("the rig has addresses for 253 pods, counted over a model's life")
        name = f"{app}-{number}"
        pod = Pod(name, f"{name}.{app}-endpoints.{self.domain}", address, self.folder / name)
        pod.connect(f"rig-{next(self._links)}", _BRIDGE, f"{_SUBNET}.1")
        with self._changing:
            self._pods[name] = pod
            self._write_hosts()
        return pod

    def stop_pod(self, name: str) -> None:
        """End a pod's containers, as Kubernetes does, and its network."""
        with self._changing:
            pod = self._pods.pop(name, None)
            self._write_hosts()
        if pod is not None:
            pod.stop()

    def _write_hosts(self) -> None:
        for pod in self._pods.values():
            lines = ["127.0.0.1 localhost", f"{pod.address} {pod.fqdn} {pod.name}"]
            lines += [f"{p.address} {p.fqdn}" for p in self._pods.values() if p is not pod]
            pod.write_hosts("\n".join(lines) + "\n")


class Pod:
    """One pod."""

    def __init__(self, name: str, fqdn: str, address: str, folder: pathlib.Path) -> None:
        self.name = name
        self.fqdn = fqdn
        self.address = address
        self.folder = folder
        self.hosts = folder / "hosts"
        self.containers: dict[str, Container] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.hosts.touch()
        (folder / "hostname").write_text(name + "\n")
        (folder / "resolv.conf").write_text("options ndots:5\n")
        unshare = ["unshare", "--net", "--uts", "--ipc", "--", "sleep", "infinity"]
        self._pause = subprocess.Popen(unshare, stdin=subprocess.DEVNULL)
        _await(f"pod {name}", self._isolated())
        self._inside("hostname", name)

    def write_hosts(self, text: str) -> None:
        """Tell the pod's containers the addresses of names.

        They are bound to this very file, and whoever reads it never finds it empty.
        """
        content = text.encode()
        with self.hosts.open("r+b", buffering=0) as file:
            file.write(content)
            file.truncate(len(content))

    def _isolated(self) -> Iterator[bool]:
        own = os.readlink("/proc/self/ns/ipc")
        while True:
            yield os.readlink(f"/proc/{self._pause.pid}/ns/ipc") != own

    def _inside(self, *argv: str) -> None:
        _run("nsenter", "--target", str(self._pause.pid), "--net", "--uts", "--", *argv)

    def connect(self, link: str, bridge: str, gateway: str) -> None:
        """Give the pod its address on the bridge."""
        pid = str(self._pause.pid)
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid)
        _run("ip", "link", "set", link, "master", bridge, "up")
        self._inside("ip", "link", "set", "lo", "up")
        self._inside("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self._inside("ip", "link", "set", "eth0", "up")
        self._inside("ip", "route", "add", "default", "via", gateway)
        # The kernel's default, which container runtimes may change: nothing below 1024 is free.
        self._inside("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=1024")

    def start_container(
        self,
        name: str,
        lower: pathlib.Path,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        binds: Sequence[tuple[str, str]] = (),
        user: tuple[int, int] = (0, 0),
    ) -> Container:
        """Start a container.

        Args:
            name: Its name in the pod.
            lower: Folder that holds its file system, which stays as it is.
            argv: Its first process.
            env: That process' whole environment.
            binds: Pairs of a path of the machine and where the container sees it.
            user: User and group.
        """
        files = [(str(self.folder / f), f"/etc/{f}") for f in ("hosts", "hostname", "resolv.conf")]
        work = self.folder / f"{name}.root"
        work.mkdir(exist_ok=True)
        spec = {
            "lower": str(lower),
            "work": str(work),
            "binds": [*files, *binds],
            "argv": list(argv),
            "env": dict(env),
            "uid": user[0],
            "gid": user[1],
        }
        container = Container(name, self._pause.pid, spec, self.folder)
        self.containers[name] = container
        return container

    def stop(self) -> None:
        """End all containers, politely first, and then the pod itself."""
        for container in self.containers.values():
            container.terminate()
        for container in self.containers.values():
            container.stop()
        self._pause.kill()
        self._pause.wait()


class Container:
    """One container of a pod."""

    def __init__(
        self, name: str, pause: int, spec: Mapping[str, object], folder: pathlib.Path
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._folder = folder
        self._commands = itertools.count()
        path = folder / f"{name}.json"
        path.write_text(json.dumps(spec))
        pod = ["nsenter", "--target", str(pause), "--net", "--uts", "--ipc", "--"]
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*pod, *own, "--", sys.executable, "-I", _ENTER, "init", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._init = 0
        _await(f"container {name}", self._became())

    def _became(self) -> Iterator[bool]:
        """Wait until the first process is what the container runs, and not its preparation."""
        children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while self._process.poll() is None:
            if found := children.read_text().split():
                self._init = int(found[0])
                command = pathlib.Path(f"/proc/{self._init}/cmdline").read_bytes()
                yield bool(command) and _ENTER.encode() not in command
            yield False
        raise RuntimeError(f"container {self.name} ended at once: {self.last_words()}")

    def last_words(self) -> str:
        """Return the last line of the container's log."""
        return (self.log.read_text(errors="replace").splitlines() or [""])[-1]

    @property
    def running(self) -> bool:
        """Whether the first process is there."""
        return self._process.poll() is None

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        user: tuple[int, int] = (0, 0),
        cwd: str = "/",
        stdin: str = "",
        timeout: float = 300.0,
    ) -> Result:
        """Run a command in the container, with the container's privileges.

        Args:
            argv: The command.
            env: Its whole environment.
            user: User and group.
            cwd: Working directory.
            stdin: What it reads.
            timeout: Seconds after which it is killed; its exit status is 124 then.
        """
        spec = {
            "target": self._init,
            "argv": list(argv),
            "env": dict(env),
            "uid": user[0],
            "gid": user[1],
            "cwd": cwd,
        }
        path = self._folder / f"{self.name}.{next(self._commands)}.json"
        path.write_text(json.dumps(spec))
        # Files, not pipes: what a command leaves running in the background holds nobody up.
        join = [sys.executable, "-I", _ENTER, "join", str(path)]
        with _temporary() as source, _temporary() as out, _temporary() as err:
            source.write(stdin.encode())
            source.seek(0)
            code = _run_bounded(join, (source, out, err), timeout)
            path.unlink()
            return Result(code, _text(out), _text(err))

    def terminate(self) -> None:
        """Ask the first process to end."""
        if self.running and self._init:
            os.kill(self._init, signal.SIGTERM)

    def stop(self) -> None:
        """End the container, by force if asking took too long."""
        end = time.monotonic() + (_GRACE_SECONDS if self.name != "charm" else 0.0)
        while self.running and time.monotonic() < end:
            time.sleep(0.05)
        self._process.kill()
        self._process.wait()
