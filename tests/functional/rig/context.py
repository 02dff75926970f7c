"""What one hook or action may see and change, and what is kept of it when it ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rig.errors import JujuError
from rig.model import Model, Relation, Secret, Unit


@dataclasses.dataclass(frozen=True, slots=True)
class Hook:
    """A hook to run; hooks that are equal need to run only once."""

    name: str
    env: tuple[tuple[str, str], ...] = ()
    relation: int | None = None
    remote_app: str = ""
    remote_unit: str = ""
    departing: str = ""


@dataclasses.dataclass(slots=True)
class Task:
    """An action, or a command of `juju exec`, while it runs."""

    id: str
    name: str
    params: Mapping[str, Any]
    results: dict[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    log: list[str] = dataclasses.field(default_factory=list[str])
    failed: str | None = None


@dataclasses.dataclass(slots=True)
class Context:
    """The world as one hook of a unit sees it.

    Databags, ports and state change for everyone else only when the hook succeeds. The hook itself
    sees its changes at once.
    """

    model: Model
    unit: Unit
    hook: Hook
    task: Task | None = None
    databags: dict[tuple[int, str], dict[str, str]] = dataclasses.field(
        default_factory=dict[tuple[int, str], dict[str, str]]
    )
    ports: set[str] = dataclasses.field(default_factory=set[str])
    state: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    renewed: list[Secret] = dataclasses.field(default_factory=list[Secret])

    def __post_init__(self) -> None:
        """Start from what the unit has."""
        self.ports = set(self.unit.ports)
        self.state = dict(self.unit.state)

    @property
    def is_leader(self) -> bool:
        """Whether the unit leads its application."""
        return self.unit.app.leader == self.unit.number

    def relation(self, reference: str | None) -> Relation:
        """Return a relation, given as `id` or `endpoint:id`; without either, that of the hook.

        Raises:
            JujuError: It does not exist, or is none of this application's, or of that endpoint's.
        """
        if reference is None:
            if self.hook.relation is None:
                raise JujuError("no relation id specified")
            reference = str(self.hook.relation)
        endpoint, _, number = reference.rpartition(":")
        found = self.model.relations.get(int(number)) if number.isdigit() else None
        own = found.ends.get(self.unit.app.name) if found else None
        if found is None or own is None or (endpoint and endpoint != own.name):
            raise JujuError(f'invalid value "{reference}" for option -r: relation not found')
        return found

    def databag(self, relation: Relation, entity: str) -> dict[str, str]:
        """Return a databag with this hook's own changes in it."""
        changed = self.databags.get((relation.id, entity))
        return changed if changed is not None else relation.settings.get(entity, {})

    def write(self, relation: Relation, entity: str, changes: Mapping[str, str]) -> None:
        """Change a databag; an empty value erases its key."""
        merged = {**self.databag(relation, entity), **changes}
        self.databags[relation.id, entity] = {k: v for k, v in merged.items() if v}

    def commit(self) -> list[tuple[Relation, str]]:
        """Keep the hook's changes; return the databags that differ now, each with its owner."""
        changed: list[tuple[Relation, str]] = []
        with self.model.lock:
            self.unit.ports = set(self.ports)
            self.unit.state = dict(self.state)
            for (number, entity), settings in self.databags.items():
                relation = self.model.relations.get(number)
                if relation is not None and relation.settings.get(entity, {}) != settings:
                    relation.settings[entity] = settings
                    changed.append((relation, entity))
        return changed
