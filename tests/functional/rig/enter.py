"""The first program of a container, and of whatever joins one: namespaces, mounts, privileges.

Runs as a script of its own, with the standard library alone:

    enter.py init SPEC.json     in fresh namespaces: builds the root, then becomes the container
    enter.py join SPEC.json     from outside: joins a container, then becomes a command in it
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

# The capabilities that a container runtime leaves to a container under Kubernetes, by number:
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw,
# sys_chroot, mknod, audit_write, setfcap.
KUBERNETES_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31})

_LAST_CAPABILITY = pathlib.Path("/proc/sys/kernel/cap_last_cap")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MNT_DETACH = 2
_JOINED = ("net", "uts", "ipc", "pid", "mnt")


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """A container, or a command in one.

    Attributes:
        lower: Folder whose content the root shows; writes go to memory and end with the container.
        work: Empty folder to build the root on.
        binds: Pairs of a file or folder of the machine and where the container sees it.
        target: Process whose namespaces are joined, for `join`.
        argv: What runs.
        env: Its whole environment.
        uid: Its user.
        gid: Its group.
    """

    argv: list[str]
    env: dict[str, str]
    lower: str = ""
    work: str = ""
    binds: list[tuple[str, str]] = dataclasses.field(default_factory=list[tuple[str, str]])
    target: int = 0
    uid: int = 0
    gid: int = 0
    cwd: str = "/"


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _build_root(spec: Spec) -> pathlib.Path:
    work = pathlib.Path(spec.work)
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", spec.work)
    upper, scratch, root = (work / name for name in ("upper", "scratch", "root"))
    for folder in (upper, scratch, root):
        folder.mkdir()
    layers = f"lowerdir={spec.lower},upperdir={upper},workdir={scratch}"
    _mount("-t", "overlay", "-o", layers, "overlay", str(root))
    for name in ("proc", "dev", "tmp", "run", "etc"):
        (root / name).mkdir(exist_ok=True)
    _mount("-t", "proc", "proc", str(root / "proc"))
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root / "tmp"))
    _devices(root / "dev")
    for source, target in spec.binds:
        _bind(pathlib.Path(source), root / target.lstrip("/"))
    return root


def _devices(dev: pathlib.Path) -> None:
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(dev))
    for name in _DEVICES:
        _bind(pathlib.Path("/dev", name), dev / name)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=0620", "devpts", str(dev / "pts"))
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(dev / "shm"))
    for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd")):
        (dev / name).symlink_to(target)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")


def _bind(source: pathlib.Path, target: pathlib.Path) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.touch()
    _mount("--bind", str(source), str(target))


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc[name](*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _pivot(root: pathlib.Path) -> None:
    os.chdir(root)
    # With one folder for both, the old root ends up below the new one and is let go from there.
    _call("syscall", _PIVOT_ROOT[os.uname().machine], b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _drop_privileges(spec: Spec) -> None:
    last = int(_LAST_CAPABILITY.read_text())
    for capability in set(range(last + 1)) - KUBERNETES_CAPABILITIES:
        _call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(spec.gid, spec.gid, spec.gid)
    os.setresuid(spec.uid, spec.uid, spec.uid)
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _become(spec: Spec) -> None:
    _drop_privileges(spec)
    try:
        os.chdir(spec.cwd)
        os.execvpe(spec.argv[0], spec.argv, spec.env)
    except OSError as error:
        sys.exit(f"cannot run {spec.argv[0]}: {error.strerror}")


def _join(spec: Spec) -> int:
    """Run the command in the container's namespaces and return its exit status."""
    # All are opened before the first is joined: the container's /proc shows other processes.
    files = [os.open(f"/proc/{spec.target}/ns/{name}", os.O_RDONLY) for name in _JOINED]
    for file in files:
        _call("setns", file, 0)
        os.close(file)
    # Only children are in the process namespace that was joined.
    child = os.fork()
    if child == 0:
        _become(spec)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main(argv: list[str]) -> int:
    """Do what the command line says; only `join` returns."""
    verb, path = argv
    spec = Spec(**json.loads(pathlib.Path(path).read_text()))
    if verb == "join":
        code = _join(spec)
        return 128 - code if code < 0 else code
    _pivot(_build_root(spec))
    _become(spec)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
