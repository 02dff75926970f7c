"""The hook tools that read and write databags."""

from __future__ import annotations

import argparse
import pathlib
from typing import Any

import yaml

from rig.context import Context
from rig.errors import JujuError
from rig.flags import Flags, dump, pairs


def settings(file: str | None, stdin: str) -> dict[str, str]:
    """Return the strings of a YAML or JSON mapping, from a file or, for "-", standard input.

    Raises:
        JujuError: It is no mapping of strings.
    """
    if file is None:
        return {}
    text = stdin if file == "-" else pathlib.Path(file).read_text()
    data: Any = yaml.safe_load(text) or {}
    if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        raise JujuError("settings must be a mapping of strings to strings")
    return data  # pyright: ignore[reportUnknownVariableType]


def ids(context: Context, args: argparse.Namespace, _: str) -> str:
    """`relation-ids`: the relations of an endpoint."""
    app = context.unit.app
    if args.endpoint not in app.spec.endpoints:
        raise JujuError(f'the charm has no endpoint "{args.endpoint}"')
    found = [r for r in context.model.relations_of(app.name) if _shown(context, r.id)]
    own = [r.id for r in found if r.ends[app.name].name == args.endpoint]
    return dump([f"{args.endpoint}:{number}" for number in own])


def _shown(context: Context, relation: int) -> bool:
    return relation in context.unit.members


def members(context: Context, args: argparse.Namespace, _: str) -> str:
    """`relation-list`: the remote units that are there, without one that departs."""
    relation = context.relation(args.id)
    if args.app:
        return dump(relation.remote(context.unit.app.name))
    return dump(sorted(context.unit.members.get(relation.id, [])))


def get_flags(flags: Flags) -> Flags:
    """Declare the arguments of `relation-get`."""
    declared = flags.output().option("-r", dest="id").switch("--app")
    return declared.words("key", "?").words("entity", "?")


def get(context: Context, args: argparse.Namespace, _: str) -> str:
    """`relation-get`: one databag, or one key of it."""
    relation = context.relation(args.id)
    entity: str = args.entity or context.hook.remote_unit
    if args.app:
        entity = (entity or context.hook.remote_app).partition("/")[0]
    if not entity:
        raise JujuError("no unit id specified")
    own = context.unit
    if entity.partition("/")[0] not in relation.ends:
        raise JujuError("permission denied")
    if entity == own.app.name and not context.is_leader:
        raise JujuError("permission denied")
    if "/" in entity and entity not in (own.name, context.hook.remote_unit):
        known = context.unit.members.get(relation.id, [])
        if entity not in known:
            raise JujuError(f'cannot read settings for unit "{entity}": unit not in relation')
    found = context.databag(relation, entity)
    return dump(found if args.key in (None, "-") else found.get(args.key, ""))


def set_flags(flags: Flags) -> Flags:
    """Declare the arguments of `relation-set`."""
    declared = flags.option("-r", dest="id").switch("--app").option("--file")
    return declared.words("pairs", "*")


def set_(context: Context, args: argparse.Namespace, stdin: str) -> str:
    """`relation-set`: change the unit's own databag, or as leader the application's."""
    relation = context.relation(args.id)
    if args.app and not context.is_leader:
        raise JujuError("cannot write relation settings: not the leader (permission denied)")
    entity = context.unit.app.name if args.app else context.unit.name
    if not args.app and entity not in relation.in_scope:
        raise JujuError(f'unit "{entity}" is not in the scope of relation {relation.id}')
    context.write(relation, entity, settings(args.file, stdin) | pairs(args.pairs))
    return ""


def remote_model(context: Context, args: argparse.Namespace, _: str) -> str:
    """`relation-model-get`: the model of the other end, which is always this one."""
    context.relation(args.id)
    return dump({"uuid": context.model.uuid})
