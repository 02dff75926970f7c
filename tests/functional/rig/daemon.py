"""The daemon of one model: owns its state and its pods, and answers `juju`, `kubectl` and hooks.

It is the first process of a process namespace of its own, with a network and mounts of its own:
when it ends, in whatever way, the kernel takes everything that the model started with it. It ends
when told to, when the session that started it is gone, or when its time is up.
"""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import shutil
import socketserver
import sys
import threading
import time
from typing import Any, cast

from rig import commands, hook_tools, kubernetes
from rig.errors import JujuError
from rig.world import World

_LIFETIME_SECONDS = 3 * 3600.0
_SESSION_CHECK_SECONDS = 2.0
_UPDATE_STATUS_SECONDS = 300.0


def link_tools(folder: pathlib.Path) -> None:
    """Put every hook tool into a folder, as links to one program."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "hook-tool"
    shutil.copy(pathlib.Path(__file__).with_name("hook_tool"), program)
    program.chmod(0o755)
    for name in hook_tools.TOOLS:
        (folder / name).symlink_to(program.name)


def answer(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request with exit status and output."""
    try:
        match request:
            case {"juju": argv}:
                return {"code": 0, "stdout": commands.run(world, argv), "stderr": ""}
            case {"kubectl": argv}:
                return {"code": 0, "stdout": kubernetes.run(world, argv), "stderr": ""}
            case {"tool": _, "context": str(token)} if token in world.contexts:
                return hook_tools.reply(world.contexts[token], request)
            case _:
                return {"code": 1, "stdout": "", "stderr": "ERROR this hook has ended\n"}
    except commands.TaskFailedError as error:
        return {"code": 1, "stdout": error.shown, "stderr": f"ERROR {error}\n"}
    except commands.NotScheduledError as error:
        return {"code": 0, "stdout": "", "stderr": str(error)}
    except JujuError as error:
        return {"code": 1, "stdout": "", "stderr": f"ERROR {error}\n"}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("_Server", self.server)
        line = self.rfile.readline()
        if not line:
            return
        request: dict[str, Any] = json.loads(line)
        if request.get("juju", [""])[0] == "destroy-model":
            server.ended.set()
            reply: dict[str, Any] = {"code": 0, "stdout": "", "stderr": ""}
        else:
            reply = answer(server.world, request)
        self.wfile.write(json.dumps(reply).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: pathlib.Path, world: World) -> None:
        self.world = world
        self.ended = threading.Event()
        super().__init__(str(path), _Handler)


def _session_is_gone(lock: pathlib.Path) -> bool:
    """Whether nobody holds the session's lock any more; without one, the session has no end."""
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def serve(state: pathlib.Path, name: str, pebble: pathlib.Path) -> None:
    """Serve one model until it ends."""
    folder = state / name
    link_tools(folder / "tools")
    world = World(name, folder, folder / "agent.socket", pebble)
    fresh = folder / "new.socket"
    server = _Server(fresh, world)
    # The charm's user calls hook tools through it.
    fresh.chmod(0o666)
    fresh.rename(folder / "agent.socket")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    born = ticked = time.monotonic()
    while not server.ended.wait(_SESSION_CHECK_SECONDS):
        present = time.monotonic()
        if present - born > _LIFETIME_SECONDS or _session_is_gone(state / "session.lock"):
            break
        if present - ticked > _interval(world):
            ticked = present
            commands.tick(world)
    # Containers mounted over it are in namespaces that end with this process.
    time.sleep(0.1)
    world.clear()


def _interval(world: World) -> float:
    text = str(world.model.config.get("update-status-hook-interval", ""))
    return commands.seconds(text) if text else _UPDATE_STATUS_SECONDS


def main() -> None:
    """Serve the model that the command line names."""
    state, name, pebble = sys.argv[1:]
    serve(pathlib.Path(state), name, pathlib.Path(pebble))
    # Threads that wait for containers hold nobody up.
    os._exit(0)


if __name__ == "__main__":
    main()
