"""The few things that tests do with `kubectl`: delete a pod, look at pods and logs, run something.

Pods are named by their name alone; the namespace is the model.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import NoReturn

from rig.errors import JujuError
from rig.model import Unit
from rig.pod import PATH
from rig.world import World

_DELETE_SECONDS = 60.0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise JujuError(f"{self.prog}: {message}")


def run(world: World, argv: Sequence[str]) -> str:
    """Run a command and return what it prints.

    Raises:
        JujuError: It refuses, or the rig does not have it.
    """
    parser = _Parser("kubectl", add_help=False, allow_abbrev=False)
    parser.add_argument("-n", "--namespace", required=True)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    delete = _verb(verbs.add_parser("delete", add_help=False))
    delete.add_argument("kind", choices=["pod", "pods"])
    delete.add_argument("name")
    delete.add_argument("--wait", default="true")
    delete.add_argument("--now", action="store_true")
    delete.add_argument("--grace-period", type=int)
    delete.add_argument("--timeout")
    get = _verb(verbs.add_parser("get", add_help=False))
    get.add_argument("kind", choices=["pod", "pods"])
    get.add_argument("name", nargs="?")
    get.add_argument("-o", "--output", choices=["name", "json"], default="name")
    logs = _verb(verbs.add_parser("logs", add_help=False))
    logs.add_argument("name")
    logs.add_argument("-c", "--container", required=True)
    logs.add_argument("--tail", type=int, default=0)
    execute = _verb(verbs.add_parser("exec", add_help=False))
    execute.add_argument("name")
    execute.add_argument("-c", "--container", required=True)
    execute.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args(_namespace_first(argv))
    match args.verb:
        case "delete":
            return _delete(world, args)
        case "get":
            return _get(world, args)
        case "logs":
            log = world.container(_unit(world, args.name), args.container).log
            lines = log.read_text(errors="replace").splitlines(keepends=True)
            return "".join(lines[-args.tail :])
        case _:
            return _exec(world, args)


def _verb(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    return parser


def _namespace_first(argv: Sequence[str]) -> list[str]:
    """Return the words with `-n NAME` in front, wherever it stood before `--`."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    for place, word in enumerate(words[:end]):
        if word in ("-n", "--namespace"):
            return words[place : place + 2] + words[:place] + words[place + 2 :]
        if word.startswith("--namespace="):
            return [word, *words[:place], *words[place + 1 :]]
    return words


def _unit(world: World, pod: str) -> Unit:
    name = pod.removeprefix("pod/")
    for unit in _units(world):
        if unit.pod == name:
            return unit
    raise JujuError(f'pods "{name}" not found')


def _units(world: World) -> list[Unit]:
    with world.model.lock:
        return [unit for app in world.model.apps.values() for unit in app.units.values()]


def _delete(world: World, args: argparse.Namespace) -> str:
    unit = _unit(world, args.name)
    gone = world.replace_pod(unit)
    if args.wait != "false" and not gone.wait(_DELETE_SECONDS):
        raise JujuError(f'pod "{unit.pod}" is still there after {_DELETE_SECONDS:.0f} seconds')
    return f'pod "{unit.pod}" deleted\n'


def _get(world: World, args: argparse.Namespace) -> str:
    chosen = [_unit(world, args.name)] if args.name else _units(world)
    if args.output == "name":
        return "".join(f"pod/{unit.pod}\n" for unit in chosen)
    pods = [
        {
            "metadata": {"name": unit.pod, "namespace": world.model.name},
            "status": {"podIP": unit.address, "phase": "Running" if unit.address else "Pending"},
        }
        for unit in chosen
    ]
    return json.dumps(pods[0] if args.name else {"items": pods}) + "\n"


def _exec(world: World, args: argparse.Namespace) -> str:
    container = world.container(_unit(world, args.name), args.container)
    words = args.command[args.command[:1] == ["--"] :]
    result = container.run(words, env={"PATH": PATH})
    if result.code != 0:
        text = (result.stdout + result.stderr).strip()
        raise JujuError(f"{text}\ncommand terminated with exit code {result.code}".strip())
    return result.stdout
