"""The verbs of the rig's `juju`: command lines in, text or JSON out."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import pathlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import yaml

from rig import hook_secrets, show
from rig.context import Hook, Task
from rig.errors import JujuError
from rig.hook_flags import pairs
from rig.model import Status, Unit
from rig.pod import PATH, Result
from rig.world import World

# These wait for hooks, which need the model in the meantime.
_WAITING = frozenset({"run", "exec", "ssh"})

Verb = Callable[[World, argparse.Namespace], str]


class TaskFailedError(JujuError):
    """An action or a command failed; `shown` goes to standard output all the same."""

    def __init__(self, shown: str, number: str) -> None:
        super().__init__(f"the following task failed:\n - id {number}\n")
        self.shown = shown


class NotScheduledError(JujuError):
    """An action is not there or not called rightly; `juju run` says so and still ends with 0."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise JujuError(f"{self.prog}: {message}")


def run(world: World, argv: Sequence[str]) -> str:
    """Run a command and return what it prints.

    Raises:
        JujuError: It refuses, or the rig does not have it.
    """
    verb, *rest = argv
    if verb not in VERBS:
        raise JujuError(f'"{verb}" is no command of the rig: it has {", ".join(VERBS)}')
    declare, execute = VERBS[verb]
    parser = _Parser(f"juju {verb}", add_help=False, allow_abbrev=False)
    parser.add_argument("--model", "-m")
    declare(parser)
    args = parser.parse_args(rest)
    if verb in _WAITING:
        return execute(world, args)
    with world.model.lock:
        return execute(world, args)


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document) + "\n"


def _shown(document: Mapping[str, Any], args: argparse.Namespace) -> str:
    return _dump(document) if args.format == "json" else yaml.safe_dump(document, sort_keys=False)


def _content(args: argparse.Namespace) -> dict[str, str]:
    given: Any = yaml.safe_load(pathlib.Path(args.file).read_text()) if args.file else {}
    return {**{k: str(v) for k, v in given.items()}, **pairs(args.content)}


def seconds(text: str) -> float:
    """Return how many seconds a duration such as 10s, 5m or 1h has."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    return float(text[:-1]) * units[text[-1]]


def _no_flags(_: argparse.ArgumentParser) -> None:
    pass


def _deploy_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("charm")
    p.add_argument("name", nargs="?")
    p.add_argument("--config", action="append", default=[])
    p.add_argument("--resource", action="append", default=[])
    p.add_argument("--num-units", "-n", type=int, default=1)
    p.add_argument("--trust", action="store_true")


def _deploy(world: World, args: argparse.Namespace) -> str:
    app = world.deploy(
        args.charm,
        args.name,
        config=pairs(args.config),
        resources=pairs(args.resource),
        units=args.num_units,
    )
    return f'Deploying "{app.name}" from local charm "{app.spec.name}", revision 0\n'


def _refresh_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("app")
    p.add_argument("--path")
    p.add_argument("--resource", action="append", default=[])
    p.add_argument("--config", action="append", default=[])
    for flag in ("--force", "--force-base", "--force-units", "--trust"):
        p.add_argument(flag, action="store_true")


def _refresh(world: World, args: argparse.Namespace) -> str:
    app = world.model.app(args.app)
    world.refresh(app, args.path, pairs(args.resource))
    if args.config:
        world.configure(app, pairs(args.config), ())
    return ""


def _pair_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("first")
    p.add_argument("second")
    p.add_argument("--force", action="store_true")


def _integrate(world: World, args: argparse.Namespace) -> str:
    world.relations.add(args.first, args.second)
    return ""


def _remove_relation(world: World, args: argparse.Namespace) -> str:
    relation = world.relations.find(world.relations.resolve(args.first, args.second))
    if relation is None:
        raise JujuError(f'relation "{args.first} {args.second}" not found')
    world.relations.end(relation)
    return ""


def _config_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("app")
    p.add_argument("values", nargs="*")
    p.add_argument("--reset", default="")
    p.add_argument("--format", choices=["json", "yaml"], default="yaml")


def _config(world: World, args: argparse.Namespace) -> str:
    app = world.model.app(args.app)
    if args.values and "=" not in args.values[0]:
        return f"{app.effective_config().get(args.values[0], '')}\n"
    if args.values or args.reset:
        reset = [name for name in args.reset.split(",") if name]
        world.configure(app, pairs(args.values), reset)
        return ""
    return _shown(show.config(app), args)


def _run_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("unit")
    p.add_argument("action")
    p.add_argument("values", nargs="*")
    p.add_argument("--params")
    p.add_argument("--wait", type=seconds)
    p.add_argument("--format", choices=["json"], default="json")


def _finish(unit: Unit, task: Task, result: Callable[[], Result]) -> str:
    try:
        ended = result()
    except concurrent.futures.TimeoutError:
        raise JujuError("timed out waiting for results") from None
    shown = _dump(show.task(unit, task, ended))
    if task.failed is not None or ended.code != 0:
        raise TaskFailedError(shown, task.id)
    return shown


def _run(world: World, args: argparse.Namespace) -> str:
    unit = world.model.unit(args.unit)
    given: Any = yaml.safe_load(pathlib.Path(args.params).read_text()) if args.params else {}
    words = {k: yaml.safe_load(v) for k, v in pairs(args.values).items()}
    try:
        task = world.task(unit, args.action, {**(given or {}), **words})
    except JujuError as error:
        raise NotScheduledError(f"Operation failed to schedule any tasks:\n{error}\n") from None
    return _finish(unit, task, lambda: world.run(unit, task, (), args.wait))


def _exec_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("--unit", "-u", required=True)
    p.add_argument("--wait", type=seconds)
    p.add_argument("--format", choices=["json"], default="json")
    p.add_argument("command", nargs=argparse.REMAINDER)


def _exec(world: World, args: argparse.Namespace) -> str:
    unit = world.model.unit(args.unit)
    words = args.command[args.command[:1] == ["--"] :]
    line = words[0] if len(words) == 1 else shlex.join(words)
    task = world.command()
    return _finish(unit, task, lambda: world.run(unit, task, ["/bin/sh", "-c", line], args.wait))


def _ssh_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("--container", default="charm")
    p.add_argument("--no-host-key-checks", action="store_true")
    p.add_argument("unit")
    p.add_argument("command", nargs=argparse.REMAINDER)


def _ssh(world: World, args: argparse.Namespace) -> str:
    unit = world.model.unit(args.unit)
    container = world.container(unit, args.container)
    user = (unit.app.spec.user,) * 2 if args.container == "charm" else (0, 0)
    # Juju, like ssh, joins the words; a shell at the other end takes them apart again.
    result = container.run(["sh", "-c", " ".join(args.command)], env={"PATH": PATH}, user=user)
    if result.code != 0:
        text = (result.stdout + result.stderr).strip()
        raise JujuError(f"{text}\ncommand terminated with exit code {result.code}".strip())
    return result.stdout


def _status_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("--format", choices=["json", "yaml"], default="yaml")
    p.add_argument("--relations", action="store_true")


def _status(world: World, args: argparse.Namespace) -> str:
    return _shown(show.status(world.model), args)


def _show_unit_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("unit")
    _status_flags(p)


def _show_unit(world: World, args: argparse.Namespace) -> str:
    return _shown(show.unit(world.model, world.model.unit(args.unit)), args)


def _count_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("app")
    p.add_argument("--num-units", "-n", type=int, default=1)
    for flag in ("--no-prompt", "--destroy-storage", "--force"):
        p.add_argument(flag, action="store_true")


def _alive(world: World, app: str) -> int:
    return sum(unit.life == "alive" for unit in world.model.app(app).units.values())


def _add_unit(world: World, args: argparse.Namespace) -> str:
    world.scale(world.model.app(args.app), _alive(world, args.app) + args.num_units)
    return ""


def _remove_unit(world: World, args: argparse.Namespace) -> str:
    if "/" in args.app:
        raise JujuError(
            "removing k8s units by name not supported; specify how many units to remove "
            "with --num-units"
        )
    world.scale(world.model.app(args.app), max(0, _alive(world, args.app) - args.num_units))
    return ""


def _scale_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("app")
    p.add_argument("units", type=int)


def _scale(world: World, args: argparse.Namespace) -> str:
    world.scale(world.model.app(args.app), args.units)
    return ""


def _remove_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("apps", nargs="+")
    for flag in ("--no-prompt", "--destroy-storage", "--force"):
        p.add_argument(flag, action="store_true")


def _remove_application(world: World, args: argparse.Namespace) -> str:
    for app in [world.model.app(name) for name in args.apps]:
        world.remove(app)
    return ""


def _secret_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("name")
    p.add_argument("content", nargs="*")
    p.add_argument("--file")
    p.add_argument("--info", default="")


def _add_secret(world: World, args: argparse.Namespace) -> str:
    secret = hook_secrets.by_operator(world.model, args.name, _content(args), args.info)
    return secret.uri + "\n"


def _update_secret(world: World, args: argparse.Namespace) -> str:
    world.update_secret(world.model.secret(args.name), _content(args))
    return ""


def _grant_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("name")
    p.add_argument("apps")


def _grant_secret(world: World, args: argparse.Namespace) -> str:
    # No hook runs: a charm learns of it when the secret or its configuration changes.
    names = [world.model.app(name).name for name in args.apps.split(",")]
    world.model.secret(args.name).grants.update(names)
    return ""


def _revoke_secret(world: World, args: argparse.Namespace) -> str:
    world.model.secret(args.name).grants.difference_update(args.apps.split(","))
    return ""


def _name_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("name")
    p.add_argument("--reveal", action="store_true")
    _status_flags(p)


def _remove_secret(world: World, args: argparse.Namespace) -> str:
    del world.model.secrets[world.model.secret(args.name).id]
    return ""


def _show_secret(world: World, args: argparse.Namespace) -> str:
    return _shown(show.secret(world.model.secret(args.name), reveal=args.reveal), args)


def _show_model_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("name", nargs="?")
    _status_flags(p)


def _show_model(world: World, args: argparse.Namespace) -> str:
    return _shown(show.model(world.model), args)


def _log_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("--limit", "-n", type=int, default=0)
    for flag in ("--replay", "--no-tail"):
        p.add_argument(flag, action="store_true")


def _debug_log(world: World, args: argparse.Namespace) -> str:
    return "".join(f"{line}\n" for line in world.model.log[-args.limit :])


def _model_config_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("values", nargs="*")
    p.add_argument("--reset", default="")
    _status_flags(p)


def _model_config(world: World, args: argparse.Namespace) -> str:
    world.model.config.update(pairs(args.values))
    for name in args.reset.split(","):
        world.model.config.pop(name, None)
    shown = {k: {"Value": v, "Source": "model"} for k, v in world.model.config.items()}
    return "" if args.values or args.reset else _shown(shown, args)


def _resolved_flags(p: argparse.ArgumentParser) -> None:
    p.add_argument("unit")
    p.add_argument("--no-retry", action="store_true")


def _resolved(world: World, args: argparse.Namespace) -> str:
    agent = world.agent(world.model.unit(args.unit).name)
    if agent.failed is None:
        raise JujuError(f'unit "{args.unit}" is not in an error state')
    agent.resolve(retry=not args.no_retry)
    return ""


def _constraints(_world: World, _args: argparse.Namespace) -> str:
    return ""


def tick(world: World) -> None:
    """Run update-status on every idle unit, as Juju does from time to time."""
    for app in list(world.model.apps.values()):
        for unit in list(app.units.values()):
            if unit.agent.current == Status("idle").current:
                world.agent(unit.name).put(Hook("update-status"))


VERBS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], Verb]] = MappingProxyType(
    {
        "deploy": (_deploy_flags, _deploy),
        "refresh": (_refresh_flags, _refresh),
        "integrate": (_pair_flags, _integrate),
        "remove-relation": (_pair_flags, _remove_relation),
        "config": (_config_flags, _config),
        "run": (_run_flags, _run),
        "exec": (_exec_flags, _exec),
        "ssh": (_ssh_flags, _ssh),
        "status": (_status_flags, _status),
        "show-unit": (_show_unit_flags, _show_unit),
        "show-model": (_show_model_flags, _show_model),
        "add-unit": (_count_flags, _add_unit),
        "remove-unit": (_count_flags, _remove_unit),
        "scale-application": (_scale_flags, _scale),
        "remove-application": (_remove_flags, _remove_application),
        "add-secret": (_secret_flags, _add_secret),
        "update-secret": (_secret_flags, _update_secret),
        "grant-secret": (_grant_flags, _grant_secret),
        "revoke-secret": (_grant_flags, _revoke_secret),
        "remove-secret": (_name_flags, _remove_secret),
        "show-secret": (_name_flags, _show_secret),
        "debug-log": (_log_flags, _debug_log),
        "model-config": (_model_config_flags, _model_config),
        "set-model-constraints": (lambda p: p.add_argument("values", nargs="*"), _constraints),
        "resolved": (_resolved_flags, _resolved),
    }
)
