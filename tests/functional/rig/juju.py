"""A small `juju` for tests: the verbs that Jubilant calls, on real pods made of namespaces.

Real dispatches of the packed charm, real Pebble, the workload's own image; a strict stand-in for
the hook tools. What it cannot show: scheduling, Services and their addresses, the cluster's DNS,
probes, storage, peer and cross-model relations, several controllers, and how long things take.

`python -m rig.juju` is the client: it starts a model's daemon or hands it the command line. The
folder that holds all models is named by the environment variable `RIG_STATE`, the Pebble that the
workloads run by `RIG_PEBBLE`.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

_VERSION = {"version": "3.6.14-genericlinux-amd64"}
_START_SECONDS = 20.0
_ANSWER_SECONDS = 900.0
_LONGEST_PATH = 90
_OWN_WORLD = (
    *("unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork"),
    *("--kill-child", "--mount-proc", "--propagation", "private", "--"),
)


class ClientError(Exception):
    """The command does not reach a model."""


def ask(state: pathlib.Path, model: str, program: str, argv: Sequence[str]) -> int:
    """Hand a command line to a model's daemon, print its answer and return the exit status.

    Raises:
        ClientError: There is no such model.
    """
    path = state / model / "agent.socket"
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.settimeout(_ANSWER_SECONDS)
        try:
            daemon.connect(str(path))
        except OSError:
            raise ClientError(f"model {model} not found") from None
        with daemon.makefile("rw") as stream:
            stream.write(json.dumps({program: list(argv)}) + "\n")
            stream.flush()
            line = stream.readline()
    if not line:
        raise ClientError(f"the daemon of model {model} has ended")
    answer = json.loads(line)
    sys.stdout.write(answer["stdout"])
    sys.stderr.write(answer["stderr"])
    return answer["code"]


def state_folder() -> pathlib.Path:
    """Return the folder that holds all models.

    Raises:
        ClientError: None is named.
    """
    if not os.environ.get("RIG_STATE"):
        raise ClientError("RIG_STATE must name the folder that holds the rig's models")
    return pathlib.Path(os.environ["RIG_STATE"])


def add_model(state: pathlib.Path, name: str) -> int:
    """Start a model's daemon.

    Raises:
        ClientError: The model exists, or its daemon does not start.
    """
    folder = state / name
    if len(str(folder)) > _LONGEST_PATH:
        raise ClientError(f'model name "{name}" is too long for the address of a socket')
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise ClientError(f'model "{name}" already exists') from None
    if "RIG_PEBBLE" not in os.environ:
        raise ClientError("RIG_PEBBLE must name the Pebble that workloads run")
    command = [sys.executable, "-m", "rig.daemon", str(state), name, os.environ["RIG_PEBBLE"]]
    log = state / f"{name}.log"
    with log.open("ab") as output:
        daemon = subprocess.Popen(
            [*_OWN_WORLD, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    end = time.monotonic() + _START_SECONDS
    while not (folder / "agent.socket").exists():
        if daemon.poll() is not None or time.monotonic() > end:
            daemon.kill()
            shutil.rmtree(folder, ignore_errors=True)
            raise ClientError(f"the model's daemon does not start: {log.read_text().strip()}")
        time.sleep(0.02)
    return 0


def destroy_model(state: pathlib.Path, name: str) -> int:
    """End a model's daemon, and with it all that the model runs."""
    code = ask(state, name, "juju", ["destroy-model"])
    end = time.monotonic() + _START_SECONDS
    while (state / name).exists() and time.monotonic() < end:
        time.sleep(0.02)
    return code


def _model(argv: Sequence[str]) -> str:
    """Return the model that a command line names, without a controller in front."""
    for before, name in itertools.pairwise(argv):
        if before in ("--model", "-m"):
            return name.rpartition(":")[2]
    if not os.environ.get("JUJU_MODEL"):
        raise ClientError("no model: give one with --model or JUJU_MODEL")
    return os.environ["JUJU_MODEL"].rpartition(":")[2]


def _positional(argv: Sequence[str]) -> str:
    """Return the first word that is neither an option nor the value of one."""
    valued = {"--controller", "-c", "--config", "--credential", "--timeout"}
    words = iter(argv)
    for word in words:
        if word in valued:
            next(words, None)
        elif not word.startswith("-"):
            return word.rpartition(":")[2]
    raise ClientError("a model name is missing")


def main(argv: Sequence[str]) -> int:
    """Run one command."""
    verb, *rest = argv or ["help"]
    try:
        match verb:
            case "version":
                print(json.dumps(_VERSION))
                return 0
            case "switch":
                return 0
            case "add-model":
                return add_model(state_folder(), _positional(rest))
            case "destroy-model":
                return destroy_model(state_folder(), _positional(rest))
            case "show-model":
                return ask(state_folder(), _positional(rest[2:] or rest), "juju", ["show-model"])
            case _:
                return ask(state_folder(), _model(rest), "juju", argv)
    except ClientError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
