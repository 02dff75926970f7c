"""The hook tools, as strict as Juju's: unknown tools, flags, keys and trespasses are errors.

Each tool is a function of the hook's context, its parsed arguments and its standard input, and
returns what it prints. Errors are `JujuError`.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rig import hook_relations, hook_secrets
from rig.context import Context, Task
from rig.errors import JujuError
from rig.flags import Flags, boolean, dump, pairs, smart
from rig.model import Status, now

_RESULT_KEY = re.compile(r"[a-z0-9](([a-z0-9-.]+)?[a-z0-9])?")
_RESERVED_RESULTS = frozenset({"stdout", "stdout-encoding", "stderr", "stderr-encoding"})
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(tcp|udp)|icmp")
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

Run = Callable[[Context, argparse.Namespace, str], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """A hook tool: how its arguments are declared, and what it does."""

    declare: Callable[[Flags], Flags]
    run: Run


def call(context: Context, tool: str, argv: list[str], stdin: str = "") -> str:
    """Run a hook tool and return what it prints.

    Raises:
        JujuError: There is no such tool, or it refuses.
    """
    if tool not in TOOLS:
        raise JujuError(f"{tool} is no hook tool that the rig knows")
    with context.model.lock:
        args = TOOLS[tool].declare(Flags(tool)).parse_args(argv)
        printed = TOOLS[tool].run(context, args, stdin)
    return smart(printed) if getattr(args, "format", "") == "smart" else printed


def _config_get(context: Context, args: argparse.Namespace, _: str) -> str:
    config = context.unit.app.effective_config()
    if args.key is None:
        return dump(config)
    if args.key not in context.unit.app.spec.options:
        raise JujuError(f'the charm has no option "{args.key}"')
    return dump(config.get(args.key))


def _is_leader(context: Context, _args: argparse.Namespace, _: str) -> str:
    return dump(context.is_leader)


def _status_set(context: Context, args: argparse.Namespace, _: str) -> str:
    status = Status(args.status, " ".join(args.message))
    if args.application:
        if not context.is_leader:
            raise JujuError("this unit is not the leader")
        context.unit.app.own_status = status
    else:
        context.unit.workload = status
    return ""


def _status_get(context: Context, args: argparse.Namespace, _: str) -> str:
    def shown(status: Status) -> dict[str, Any]:
        return {"status": status.current, "message": status.message, "status-data": {}}

    if not args.application:
        return dump(shown(context.unit.workload))
    if not context.is_leader:
        raise JujuError("this unit is not the leader")
    app = context.unit.app
    units = {unit.name: shown(unit.workload) for unit in app.units.values()}
    return dump({"application-status": {**shown(app.status), "units": units}})


def _ports(args: argparse.Namespace) -> list[str]:
    for port in args.ports:
        found = _PORT.fullmatch(port)
        numbers = [int(n) for n in found.groups()[:2] if n] if found else [0]
        if not all(1 <= n <= 65535 for n in numbers) or numbers != sorted(numbers):
            raise JujuError(
                f'"{port}" is not a port: give port/tcp, port/udp, from-to/tcp or icmp'
            )
    return args.ports


def _open_port(context: Context, args: argparse.Namespace, _: str) -> str:
    context.ports.update(_ports(args))
    return ""


def _close_port(context: Context, args: argparse.Namespace, _: str) -> str:
    context.ports.difference_update(_ports(args))
    return ""


def _opened_ports(context: Context, _args: argparse.Namespace, _: str) -> str:
    return dump(sorted(context.ports))


def _task(context: Context) -> Task:
    if context.task is None:
        raise JujuError("not running an action")
    return context.task


def _action_get(context: Context, args: argparse.Namespace, _: str) -> str:
    params = _task(context).params
    return dump(params if args.key is None else params.get(args.key))


def _action_set(context: Context, args: argparse.Namespace, _: str) -> str:
    task = _task(context)
    for path, value in pairs(args.results).items():
        *parents, last = path.split(".")
        for part in (*parents, last):
            if not _RESULT_KEY.fullmatch(part):
                raise JujuError(
                    f'key "{path}" must start and end with lowercase alphanumeric, and contain '
                    "only lowercase alphanumeric, hyphens and periods"
                )
        if path in _RESERVED_RESULTS:
            raise JujuError(f'cannot set reserved action key "{path}"')
        inner = task.results
        for part in parents:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return ""


def _action_log(context: Context, args: argparse.Namespace, _: str) -> str:
    _task(context).log.append(f"{now()} {' '.join(args.message)}")
    return ""


def _action_fail(context: Context, args: argparse.Namespace, _: str) -> str:
    _task(context).failed = " ".join(args.message) or "action failed without reason given"
    return ""


def _version_set(context: Context, args: argparse.Namespace, _: str) -> str:
    context.unit.app.version = args.version
    return ""


def _juju_log(context: Context, args: argparse.Namespace, _: str) -> str:
    name = context.unit.name
    text = " ".join(args.message)
    context.model.debug(name, args.level, f"unit.{name}.juju-log", text)
    return ""


def _state_get(context: Context, args: argparse.Namespace, _: str) -> str:
    return dump(context.state if args.key is None else context.state.get(args.key, ""))


def _state_set(context: Context, args: argparse.Namespace, stdin: str) -> str:
    context.state.update(hook_relations.settings(args.file, stdin) | pairs(args.pairs))
    return ""


def _state_delete(context: Context, args: argparse.Namespace, _: str) -> str:
    context.state.pop(args.key, None)
    return ""


def _goal_state(context: Context, _args: argparse.Namespace, _: str) -> str:
    def goals(app: str) -> dict[str, Any]:
        units = context.model.app(app).units.values()
        return {u.name: {"status": u.workload.current, "since": u.workload.since} for u in units}

    own = context.unit.app.name
    relations: dict[str, dict[str, Any]] = {}
    for relation in context.model.relations_of(own):
        remote = relation.remote(own)
        goal = {remote: {"status": "joined", "since": now()}, **goals(remote)}
        relations.setdefault(relation.ends[own].name, {}).update(goal)
    return dump({"units": goals(own), "relations": relations})


def _network_get(context: Context, args: argparse.Namespace, _: str) -> str:
    if args.binding not in context.unit.app.spec.endpoints:
        raise JujuError(f'no network config found for binding "{args.binding}"')
    address = context.unit.address
    value = {"hostname": "", "address": address, "value": address, "cidr": ""}
    bind = {"mac-address": "", "interface-name": "", "addresses": [value]}
    return dump(
        {
            "bind-addresses": [bind],
            "egress-subnets": [f"{address}/32"],
            "ingress-addresses": [address],
        }
    )


def _refuse(reason: str) -> Run:
    def run(_context: Context, _args: argparse.Namespace, _: str) -> str:
        raise JujuError(reason)

    return run


def _storage_list(_context: Context, _args: argparse.Namespace, _: str) -> str:
    return dump([])


def _status_flags(flags: Flags) -> Flags:
    return flags.option("--application", type=boolean, default=False)


def _status_set_flags(flags: Flags) -> Flags:
    settable = ["active", "blocked", "maintenance", "waiting"]
    return _status_flags(flags).option("status", choices=settable).words("message", "*")


def _port_flags(flags: Flags) -> Flags:
    return flags.option("--endpoints").words("ports", "+")


def _log_flags(flags: Flags) -> Flags:
    return flags.option("--log-level", "-l", dest="level", choices=_LEVELS, default="INFO").words(
        "message", "+"
    )


def _file_flags(flags: Flags) -> Flags:
    return flags.option("--file").words("pairs", "*")


TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "config-get": Tool(lambda f: f.output().words("key", "?"), _config_get),
        "is-leader": Tool(lambda f: f.output(), _is_leader),
        "status-set": Tool(_status_set_flags, _status_set),
        "status-get": Tool(
            lambda f: _status_flags(f.output().switch("--include-data")), _status_get
        ),
        "open-port": Tool(_port_flags, _open_port),
        "close-port": Tool(_port_flags, _close_port),
        "opened-ports": Tool(lambda f: f.output().switch("--endpoints"), _opened_ports),
        "action-get": Tool(lambda f: f.output().words("key", "?"), _action_get),
        "action-set": Tool(lambda f: f.words("results", "+"), _action_set),
        "action-log": Tool(lambda f: f.words("message", "+"), _action_log),
        "action-fail": Tool(lambda f: f.words("message", "*"), _action_fail),
        "application-version-set": Tool(lambda f: f.words("version"), _version_set),
        "juju-log": Tool(_log_flags, _juju_log),
        "state-get": Tool(lambda f: f.output().words("key", "?"), _state_get),
        "state-set": Tool(_file_flags, _state_set),
        "state-delete": Tool(lambda f: f.words("key"), _state_delete),
        "goal-state": Tool(lambda f: f.output(), _goal_state),
        "network-get": Tool(lambda f: f.output().option("-r").words("binding"), _network_get),
        "relation-ids": Tool(lambda f: f.output().words("endpoint"), hook_relations.ids),
        "relation-list": Tool(
            lambda f: f.output().option("-r", dest="id").switch("--app"), hook_relations.members
        ),
        "relation-get": Tool(hook_relations.get_flags, hook_relations.get),
        "relation-set": Tool(hook_relations.set_flags, hook_relations.set_),
        "relation-model-get": Tool(
            lambda f: f.output().option("-r", dest="id"), hook_relations.remote_model
        ),
        "secret-add": Tool(hook_secrets.add_flags, hook_secrets.add),
        "secret-set": Tool(hook_secrets.set_flags, hook_secrets.set_),
        "secret-get": Tool(hook_secrets.get_flags, hook_secrets.get),
        "secret-info-get": Tool(
            lambda f: f.output().option("--label").words("id", "?"), hook_secrets.info
        ),
        "secret-ids": Tool(lambda f: f.output(), hook_secrets.ids),
        "secret-grant": Tool(hook_secrets.grant_flags, hook_secrets.grant),
        "secret-revoke": Tool(hook_secrets.grant_flags, hook_secrets.revoke),
        "secret-remove": Tool(
            lambda f: f.option("--revision", type=int).words("id"), hook_secrets.remove
        ),
        "storage-list": Tool(lambda f: f.output().words("name", "?"), _storage_list),
        "storage-get": Tool(
            lambda f: f.output().option("-s").words("attribute", "?"),
            _refuse("the rig has no storage"),
        ),
        "storage-add": Tool(lambda f: f.words("storage", "+"), _refuse("the rig has no storage")),
        "resource-get": Tool(
            lambda f: f.words("name"),
            _refuse("an oci-image resource is not read by a sidecar charm"),
        ),
        "credential-get": Tool(
            lambda f: f.output(), _refuse("credentials are for trusted applications only")
        ),
        "juju-reboot": Tool(
            lambda f: f.switch("--now"), _refuse("juju-reboot is not supported on Kubernetes")
        ),
    }
)


def reply(context: Context, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a request of the hook tool program."""
    try:
        printed = call(context, request["tool"], request["args"], request.get("stdin", ""))
    except JujuError as error:
        return {"code": 1, "stdout": "", "stderr": f"ERROR {error}\n"}
    return {"code": 0, "stdout": printed, "stderr": ""}
