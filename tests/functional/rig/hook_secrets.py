"""The hook tools about secrets: who owns one may change it, who was granted it may read it."""

from __future__ import annotations

import argparse
import pathlib
import re
from typing import Any

from rig.context import Context
from rig.errors import JujuError
from rig.flags import Flags, dump, pairs
from rig.model import Model, Secret, now

_KEY = re.compile(r"[a-z](-?[a-z0-9]){2,}")


def check_content(content: dict[str, str]) -> dict[str, str]:
    """Return a secret's content if its keys are well formed.

    Raises:
        JujuError: It is empty or a key is not.
    """
    if not content:
        raise JujuError("missing secret value or filename")
    for key in content:
        if not _KEY.fullmatch(key):
            raise JujuError(
                f'key "{key}" is not valid: at least three of a-z, 0-9 and single hyphens, '
                "a letter first"
            )
    return content


def readable(secret: Secret, unit: str) -> bool:
    """Whether a unit may read a secret."""
    app = unit.partition("/")[0]
    return bool({unit, app} & ({secret.owner} | secret.grants))


def consumers(model: Model, secret: Secret) -> list[str]:
    """Return the units that follow an older revision and may still read the secret."""
    latest = len(secret.revisions)
    units = {unit.name for app in model.apps.values() for unit in app.units.values()}
    return [
        u for u, r in secret.tracked.items() if r < latest and u in units and readable(secret, u)
    ]


def _content(words: list[str]) -> dict[str, str]:
    content: dict[str, str] = {}
    for key, value in pairs(words).items():
        name, marker, _ = key.partition("#")
        content[name] = pathlib.Path(value).read_text() if marker else value
    return check_content(content)


def _find(context: Context, args: argparse.Namespace) -> Secret:
    """Return the secret that the arguments name, by its id or the label this unit gave it."""
    if args.id is not None:
        return context.model.secret(args.id)
    app, unit = context.unit.app.name, context.unit.name
    for secret in context.model.secrets.values():
        owned = secret.owner in (app, unit) and secret.label == args.label
        if args.label is not None and (owned or secret.labels.get(unit) == args.label):
            return secret
    raise JujuError(f'secret "{args.label}" not found')


def _owned(context: Context, args: argparse.Namespace) -> Secret:
    secret = _find(context, args)
    leads = context.is_leader and secret.owner == context.unit.app.name
    if secret.owner != context.unit.name and not leads:
        raise JujuError(f'secret "{secret.uri}": permission denied')
    return secret


def _described(flags: Flags) -> Flags:
    flags.option("--label").option("--description").option("--expire").option("--rotate")
    return flags.option("--owner", choices=["application", "unit"], default="application")


def add_flags(flags: Flags) -> Flags:
    """Declare the arguments of `secret-add`."""
    return _described(flags).words("content", "+")


def add(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-add`: a new secret of the application or the unit."""
    if args.owner == "application" and not context.is_leader:
        raise JujuError("this unit is not the leader")
    owner = context.unit.app.name if args.owner == "application" else context.unit.name
    number = context.model.new_secret_id()
    secret = Secret(
        number, owner, args.label or "", args.description or "", [_content(args.content)]
    )
    context.model.secrets[number] = secret
    return secret.uri + "\n"


def set_flags(flags: Flags) -> Flags:
    """Declare the arguments of `secret-set`."""
    return _described(flags).words("id").words("content", "*")


def set_(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-set`: a new revision."""
    secret = _owned(context, args)
    if args.content:
        secret.revisions.append(_content(args.content))
        context.renewed.append(secret)
    secret.label = args.label or secret.label
    secret.description = args.description or secret.description
    return ""


def get_flags(flags: Flags) -> Flags:
    """Declare the arguments of `secret-get`."""
    flags.output().option("--label").switch("--refresh").switch("--peek")
    return flags.words("id", "?")


def get(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-get`: the revision that the unit follows, or the latest."""
    if args.refresh and args.peek:
        raise JujuError("specify one of --peek or --refresh but not both")
    unit = context.unit.name
    secret = _find(context, args)
    if not readable(secret, unit):
        raise JujuError(f'consumer "{unit}" of "{secret.uri}": permission denied')
    if args.label:
        secret.labels[unit] = args.label
    latest = len(secret.revisions)
    if args.peek:
        return dump(secret.revisions[-1])
    followed = latest if args.refresh else secret.tracked.get(unit, latest)
    secret.tracked[unit] = followed
    return dump(secret.revisions[followed - 1])


def info(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-info-get`: what an owner knows of its secret."""
    secret = _owned(context, args)
    shown: dict[str, Any] = {
        "revision": len(secret.revisions),
        "label": secret.label,
        "description": secret.description,
        "owner": "unit" if "/" in secret.owner else "application",
        "rotation": "never",
    }
    return dump({secret.id: shown})


def ids(context: Context, _args: argparse.Namespace, _: str) -> str:
    """`secret-ids`: the secrets that the unit or its application owns."""
    own = (context.unit.app.name, context.unit.name)
    return dump([s.id for s in context.model.secrets.values() if s.owner in own])


def grant_flags(flags: Flags) -> Flags:
    """Declare the arguments of `secret-grant` and `secret-revoke`."""
    flags.option("--relation", "-r").option("--app").option("--unit")
    return flags.words("id")


def _target(context: Context, args: argparse.Namespace) -> str:
    if args.unit or args.app:
        return args.unit or args.app
    return context.relation(args.relation).remote(context.unit.app.name)


def grant(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-grant`: let the other end of a relation read the secret."""
    if args.relation is None:
        raise JujuError("missing relation id")
    _owned(context, args).grants.add(_target(context, args))
    return ""


def revoke(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-revoke`: take a grant back."""
    _owned(context, args).grants.discard(_target(context, args))
    return ""


def remove(context: Context, args: argparse.Namespace, _: str) -> str:
    """`secret-remove`: the whole secret, or one revision's content."""
    secret = _owned(context, args)
    if args.revision is None:
        del context.model.secrets[secret.id]
    elif not 1 <= args.revision <= len(secret.revisions):
        raise JujuError(f'secret "{secret.uri}" has no revision {args.revision} (not found)')
    else:
        secret.revisions[args.revision - 1] = {}
    return ""


def by_operator(model: Model, name: str, content: dict[str, str], info: str) -> Secret:
    """Add a secret of the operator.

    Raises:
        JujuError: The name is taken or the content is not well formed.
    """
    if any(not s.owner and s.label == name for s in model.secrets.values()):
        raise JujuError(f'secret with name "{name}" already exists')
    secret = Secret(model.new_secret_id(), "", name, info, [check_content(content)], created=now())
    model.secrets[secret.id] = secret
    return secret
