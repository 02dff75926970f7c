"""The model: applications, units, relations and secrets, as a controller keeps them.

Everything here is plain state. Whoever reads or changes it holds `Model.lock`.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import pathlib
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from rig.errors import JujuError
from rig.spec import CharmSpec, Endpoint, Value

VERSION = "3.6.14"

_SEVERITY = ("error", "blocked", "maintenance", "waiting", "active", "unknown")


def now() -> str:
    """Return the present in the form that Juju prints."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """A status with its message and since when it holds."""

    current: str
    message: str = ""
    since: str = dataclasses.field(default_factory=now)

    def json(self) -> dict[str, str]:
        """Return the status in the form of `juju status --format json`."""
        shown = {"current": self.current, "since": self.since}
        return {**shown, "message": self.message} if self.message else shown


@dataclasses.dataclass(slots=True)
class Unit:
    """One unit; `members` are the remote units that it was told of, by relation."""

    number: int
    app: App
    workload: Status = dataclasses.field(
        default_factory=lambda: Status("waiting", "installing agent")
    )
    agent: Status = dataclasses.field(default_factory=lambda: Status("allocating"))
    address: str = ""
    ports: set[str] = dataclasses.field(default_factory=set[str])
    state: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    members: dict[int, list[str]] = dataclasses.field(default_factory=dict[int, list[str]])
    life: str = "alive"

    @property
    def name(self) -> str:
        """The unit's name, e.g. solar/0."""
        return f"{self.app.name}/{self.number}"

    @property
    def pod(self) -> str:
        """The name of the unit's pod, which is its host name too."""
        return f"{self.app.name}-{self.number}"


@dataclasses.dataclass(slots=True)
class App:
    """An application; `folder` holds the unpacked charm of this revision."""

    name: str
    spec: CharmSpec
    folder: pathlib.Path
    revision: int
    config: dict[str, Value]
    images: dict[str, str]
    units: dict[int, Unit] = dataclasses.field(default_factory=dict[int, Unit])
    leader: int | None = None
    own_status: Status | None = None
    version: str = ""
    life: str = "alive"

    @property
    def status(self) -> Status:
        """What the leader set, or else the most severe of the units' statuses."""
        if self.own_status is not None:
            return self.own_status
        found = [u.workload for u in self.units.values()]
        return min(found, key=lambda s: _SEVERITY.index(s.current), default=Status("unknown"))

    def effective_config(self) -> dict[str, Value]:
        """Return what `config-get` shows: values set, or else defaults; others are absent."""
        defaults = {n: o.default for n, o in self.spec.options.items() if o.default is not None}
        return {**defaults, **self.config}


@dataclasses.dataclass(slots=True)
class Relation:
    """A relation of two applications; `settings` are its databags by unit or application."""

    id: int
    ends: dict[str, Endpoint]
    settings: dict[str, dict[str, str]] = dataclasses.field(
        default_factory=dict[str, dict[str, str]]
    )
    in_scope: set[str] = dataclasses.field(default_factory=set[str])
    introduced: set[str] = dataclasses.field(default_factory=set[str])
    life: str = "alive"

    def remote(self, app: str) -> str:
        """Return the application at the other end."""
        return next(name for name in self.ends if name != app)


@dataclasses.dataclass(slots=True)
class Secret:
    """A secret; `owner` is an application, a unit, or empty for the operator."""

    id: str
    owner: str
    label: str
    description: str
    revisions: list[dict[str, str]]
    grants: set[str] = dataclasses.field(default_factory=set[str])
    tracked: dict[str, int] = dataclasses.field(default_factory=dict[str, int])
    labels: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    created: str = dataclasses.field(default_factory=now)

    @property
    def uri(self) -> str:
        """The secret's address, e.g. secret:cj5k7v678ohs79t2aa30."""
        return f"secret:{self.id}"


@dataclasses.dataclass(slots=True)
class Model:
    """One model."""

    name: str
    uuid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)
    apps: dict[str, App] = dataclasses.field(default_factory=dict[str, App])
    relations: dict[int, Relation] = dataclasses.field(default_factory=dict[int, Relation])
    secrets: dict[str, Secret] = dataclasses.field(default_factory=dict[str, Secret])
    config: dict[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    log: list[str] = dataclasses.field(default_factory=list[str])
    numbers: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(1))
    """Numbers for relations, tasks and secrets, never used twice."""

    def app(self, name: str) -> App:
        """Return an application.

        Raises:
            JujuError: There is none of that name.
        """
        if name not in self.apps:
            raise JujuError(f'application "{name}" not found')
        return self.apps[name]

    def unit(self, name: str) -> Unit:
        """Return a unit, given as `app/number` or `app/leader`.

        Raises:
            JujuError: There is none of that name.
        """
        app, _, number = name.partition("/")
        found = self.apps.get(app)
        if found is not None:
            wanted = (
                found.leader if number == "leader" else int(number) if number.isdigit() else -1
            )
            if wanted in found.units:
                return found.units[wanted]
        raise JujuError(f'unit "{name}" not found')

    def secret(self, reference: str) -> Secret:
        """Return a secret by its id, URI or the operator's name for it.

        Raises:
            JujuError: There is none.
        """
        wanted = reference.removeprefix("secret:").rpartition("/")[2]
        for secret in self.secrets.values():
            if wanted == secret.id or (not secret.owner and wanted == secret.label):
                return secret
        raise JujuError(f'secret "{reference}" not found')

    def relations_of(self, app: str) -> list[Relation]:
        """Return an application's relations, oldest first."""
        return [r for _, r in sorted(self.relations.items()) if app in r.ends]

    def new_secret_id(self) -> str:
        """Return an id of the shape that Juju gives to secrets."""
        return f"d{next(self.numbers):019d}"

    def debug(self, unit: str, level: str, source: str, text: str) -> None:
        """Append to the debug log, one entry for each line of the text."""
        stamp = now()[11:19]
        tag = f"unit-{unit.replace('/', '-')}" if unit else "controller-0"
        with self.lock:
            self.log.extend(
                f"{tag}: {stamp} {level} {source} {line}" for line in text.splitlines()
            )
