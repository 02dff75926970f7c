"""The verbs of the rig's `juju`: command lines in, text or JSON out."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import pathlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import yaml

from rig import hook_secrets, show
from rig.context import Hook, Task
from rig.errors import JujuError
from rig.flags import Flags, pairs
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


def run(world: World, argv: Sequence[str]) -> str:
    """Run a command and return what it prints.

    Raises:
        JujuError: It refuses, or the rig does not have it.
    """
    verb, *rest = argv
    if verb not in VERBS:
        raise JujuError(f'"{verb}" is no command of the rig: it has {", ".join(VERBS)}')
    declare, execute = VERBS[verb]
    args = declare(Flags(f"juju {verb}").option("--model", "-m")).parse_args(rest)
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


def _deploy(world: World, args: argparse.Namespace) -> str:
    app = world.deploy(
        args.charm,
        args.name,
        config=pairs(args.config),
        resources=pairs(args.resource),
        units=args.num_units,
    )
    return f'Deploying "{app.name}" from local charm "{app.spec.name}", revision 0\n'


def _refresh(world: World, args: argparse.Namespace) -> str:
    app = world.model.app(args.app)
    world.refresh(app, args.path, pairs(args.resource))
    if args.config:
        world.configure(app, pairs(args.config), ())
    return ""


def _integrate(world: World, args: argparse.Namespace) -> str:
    world.relations.add(args.first, args.second)
    return ""


def _remove_relation(world: World, args: argparse.Namespace) -> str:
    relation = world.relations.find(world.relations.resolve(args.first, args.second))
    if relation is None:
        raise JujuError(f'relation "{args.first} {args.second}" not found')
    world.relations.end(relation)
    return ""


def _config(world: World, args: argparse.Namespace) -> str:
    app = world.model.app(args.app)
    if args.values and "=" not in args.values[0]:
        return f"{app.effective_config().get(args.values[0], '')}\n"
    if args.values or args.reset:
        reset = [name for name in args.reset.split(",") if name]
        world.configure(app, pairs(args.values), reset)
        return ""
    return _shown(show.config(app), args)


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


def _exec(world: World, args: argparse.Namespace) -> str:
    unit = world.model.unit(args.unit)
    words = args.command[args.command[:1] == ["--"] :]
    line = words[0] if len(words) == 1 else shlex.join(words)
    task = world.command()
    return _finish(unit, task, lambda: world.run(unit, task, ["/bin/sh", "-c", line], args.wait))


def _ssh(world: World, args: argparse.Namespace) -> str:
    unit = world.model.unit(args.unit)
    container = world.container(unit, args.container)
    charm_user = unit.app.spec.user
    user = (charm_user, charm_user) if args.container == "charm" else (0, 0)
    # Juju, like ssh, joins the words; a shell at the other end takes them apart again.
    result = container.run(["sh", "-c", " ".join(args.command)], env={"PATH": PATH}, user=user)
    if result.code != 0:
        text = (result.stdout + result.stderr).strip()
        raise JujuError(f"{text}\ncommand terminated with exit code {result.code}".strip())
    return result.stdout


def _status(world: World, args: argparse.Namespace) -> str:
    return _shown(show.status(world.model), args)


def _show_unit(world: World, args: argparse.Namespace) -> str:
    return _shown(show.unit(world.model, world.model.unit(args.unit)), args)


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


def _scale(world: World, args: argparse.Namespace) -> str:
    world.scale(world.model.app(args.app), args.units)
    return ""


def _remove_application(world: World, args: argparse.Namespace) -> str:
    for app in [world.model.app(name) for name in args.apps]:
        world.remove(app)
    return ""


def _add_secret(world: World, args: argparse.Namespace) -> str:
    secret = hook_secrets.by_operator(world.model, args.name, _content(args), args.info)
    return secret.uri + "\n"


def _update_secret(world: World, args: argparse.Namespace) -> str:
    world.update_secret(world.model.secret(args.name), _content(args))
    return ""


def _grant_secret(world: World, args: argparse.Namespace) -> str:
    # No hook runs: a charm learns of it when the secret or its configuration changes.
    names = [world.model.app(name).name for name in args.apps.split(",")]
    world.model.secret(args.name).grants.update(names)
    return ""


def _revoke_secret(world: World, args: argparse.Namespace) -> str:
    world.model.secret(args.name).grants.difference_update(args.apps.split(","))
    return ""


def _remove_secret(world: World, args: argparse.Namespace) -> str:
    del world.model.secrets[world.model.secret(args.name).id]
    return ""


def _show_secret(world: World, args: argparse.Namespace) -> str:
    return _shown(show.secret(world.model.secret(args.name), reveal=args.reveal), args)


def _show_model(world: World, args: argparse.Namespace) -> str:
    return _shown(show.model(world.model), args)


def _debug_log(world: World, args: argparse.Namespace) -> str:
    return "".join(f"{line}\n" for line in world.model.log[-args.limit :])


def _model_config(world: World, args: argparse.Namespace) -> str:
    world.model.config.update(pairs(args.values))
    for name in args.reset.split(","):
        world.model.config.pop(name, None)
    shown = {k: {"Value": v, "Source": "model"} for k, v in world.model.config.items()}
    return "" if args.values or args.reset else _shown(shown, args)


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


def _formatted(flags: Flags) -> Flags:
    return flags.option("--format", choices=["json", "yaml"], default="yaml")


def _removing(flags: Flags) -> Flags:
    return flags.switch("--no-prompt").switch("--destroy-storage").switch("--force")


def _counted(flags: Flags) -> Flags:
    return flags.words("app").option("--num-units", "-n", type=int, default=1)


def _repeated(flags: Flags, *names: str) -> Flags:
    for name in names:
        flags.option(name, action="append", default=[])
    return flags


def _pair(flags: Flags) -> Flags:
    return flags.words("first").words("second").switch("--force")


def _timed(flags: Flags) -> Flags:
    return flags.option("--wait", type=seconds).option("--format", choices=["json"])


def _secret(flags: Flags) -> Flags:
    return flags.words("name").words("content", "*").option("--file").option("--info", default="")


def _deploy_flags(flags: Flags) -> Flags:
    _repeated(flags.switch("--trust"), "--config", "--resource")
    flags.option("--num-units", "-n", type=int, default=1)
    return flags.words("charm").words("name", "?")


def _refresh_flags(flags: Flags) -> Flags:
    for name in ("--force", "--force-base", "--force-units", "--trust"):
        flags.switch(name)
    return _repeated(flags.words("app").option("--path"), "--config", "--resource")


def _ssh_flags(flags: Flags) -> Flags:
    flags.option("--container", default="charm").switch("--no-host-key-checks")
    return flags.words("unit").words("command", argparse.REMAINDER)


VERBS: Mapping[str, tuple[Callable[[Flags], Flags], Verb]] = MappingProxyType(
    {
        "deploy": (_deploy_flags, _deploy),
        "refresh": (_refresh_flags, _refresh),
        "integrate": (_pair, _integrate),
        "remove-relation": (_pair, _remove_relation),
        "config": (
            lambda f: (
                _formatted(f).words("app").words("values", "*").option("--reset", default="")
            ),
            _config,
        ),
        "run": (
            lambda f: (
                _timed(f).option("--params").words("unit").words("action").words("values", "*")
            ),
            _run,
        ),
        "exec": (
            lambda f: (
                _timed(f)
                .option("--unit", "-u", required=True)
                .words("command", argparse.REMAINDER)
            ),
            _exec,
        ),
        "ssh": (_ssh_flags, _ssh),
        "status": (lambda f: _formatted(f).switch("--relations"), _status),
        "show-unit": (lambda f: _formatted(f).words("unit"), _show_unit),
        "show-model": (_formatted, _show_model),
        "add-unit": (_counted, _add_unit),
        "remove-unit": (lambda f: _removing(_counted(f)), _remove_unit),
        "scale-application": (
            lambda f: f.words("app").option("units", type=int),
            _scale,
        ),
        "remove-application": (lambda f: _removing(f).words("apps", "+"), _remove_application),
        "add-secret": (_secret, _add_secret),
        "update-secret": (_secret, _update_secret),
        "grant-secret": (lambda f: f.words("name").words("apps"), _grant_secret),
        "revoke-secret": (lambda f: f.words("name").words("apps"), _revoke_secret),
        "remove-secret": (lambda f: f.words("name"), _remove_secret),
        "show-secret": (
            lambda f: _formatted(f).words("name").switch("--reveal").switch("--revisions"),
            _show_secret,
        ),
        "debug-log": (
            lambda f: (
                f.option("--limit", "-n", type=int, default=0)
                .switch("--replay")
                .switch("--no-tail")
            ),
            _debug_log,
        ),
        "model-config": (
            lambda f: _formatted(f).words("values", "*").option("--reset", default=""),
            _model_config,
        ),
        "set-model-constraints": (lambda f: f.words("values", "*"), _constraints),
        "resolved": (lambda f: f.words("unit").switch("--no-retry"), _resolved),
    }
)
