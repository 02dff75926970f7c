"""Which relation hooks whom: the order in which units meet, talk and part."""

from __future__ import annotations

from collections.abc import Callable

from rig.agent import Agent
from rig.context import Hook
from rig.errors import JujuError
from rig.model import App, Model, Relation, Unit
from rig.spec import Endpoint

Ends = dict[str, Endpoint]


class Relations:
    """The relations of a model, and the hooks that their changes cause."""

    def __init__(self, model: Model, agent: Callable[[str], Agent]) -> None:
        self._model = model
        self._agent = agent

    def resolve(self, first: str, second: str) -> Ends:
        """Return the endpoints that two names, `app` or `app:endpoint`, can be related by.

        Raises:
            JujuError: There is no such pair, or more than one.
        """
        sides = [self._candidates(name) for name in (first, second)]
        found = [
            {sides[0][0].name: a, sides[1][0].name: b}
            for a in sides[0][1]
            for b in sides[1][1]
            if a.interface == b.interface and a.role != b.role
        ]
        if len(found) != 1:
            problem = "no relations found" if not found else "ambiguous relation"
            raise JujuError(f'{problem} between "{first}" and "{second}"')
        return found[0]

    def _candidates(self, name: str) -> tuple[App, list[Endpoint]]:
        app, _, endpoint = name.partition(":")
        found = self._model.app(app)
        ends = found.spec.endpoints
        if endpoint and endpoint not in ends:
            raise JujuError(f'application "{app}" has no "{endpoint}" relation')
        return found, [ends[endpoint]] if endpoint else list(ends.values())

    def find(self, ends: Ends) -> Relation | None:
        """Return the relation between two endpoints, if there is one."""
        return next((r for r in self._model.relations.values() if r.ends == ends), None)

    def add(self, first: str, second: str) -> None:
        """Relate two applications.

        Raises:
            JujuError: They cannot be, are already, or an endpoint's limit is reached.
        """
        ends = self.resolve(first, second)
        if self.find(ends) is not None:
            raise JujuError(f"relation {first} {second}: relation already exists")
        for app, end in ends.items():
            used = [r for r in self._model.relations_of(app) if r.ends[app] == end]
            if end.limit is not None and len(used) >= end.limit:
                raise JujuError(
                    f"establishing a new relation for {app}:{end.name} would exceed its maximum "
                    f"relation limit of {end.limit}"
                )
        relation = Relation(next(self._model.numbers), ends)
        self._model.relations[relation.id] = relation
        for app in ends:
            for unit in self._model.app(app).units.values():
                self.create(unit, relation)

    def create(self, unit: Unit, relation: Relation) -> None:
        """Tell a unit of a relation."""
        self._put(unit, relation, "created")

    def entered(self, unit: Unit, relation: Relation) -> None:
        """Introduce a unit that entered a relation to those that are in it already."""
        with self._model.lock:
            if relation.life != "alive":
                return
            relation.introduced.add(unit.name)
            remote = self._model.app(relation.remote(unit.app.name))
            for other in remote.units.values():
                if other.name in relation.in_scope:
                    for own, met in ((unit, other), (other, unit)):
                        self._put(own, relation, "joined", met.name)
                        self._put(own, relation, "changed", met.name)
            if relation.settings.get(remote.name):
                self._put(unit, relation, "changed")

    def announce(self, relation: Relation, entity: str) -> None:
        """Tell the other end that a databag has changed."""
        app, _, number = entity.partition("/")
        with self._model.lock:
            # What a unit writes before it has been introduced is told by its introduction.
            if number and entity not in relation.introduced:
                return
            for other in self._model.app(relation.remote(app)).units.values():
                if other.name in relation.in_scope and relation.life == "alive":
                    self._put(other, relation, "changed", entity if number else "")

    def end(self, relation: Relation) -> None:
        """Break a relation, unit by unit."""
        relation.life = "dying"
        for app in relation.ends:
            for unit in self._model.app(app).units.values():
                self._leave(unit, relation, departing="")
        self._bury(relation)

    def leave_all(self, unit: Unit) -> None:
        """Take a unit out of all its relations, before it is removed."""
        for relation in self._model.relations_of(unit.app.name):
            if relation.life != "alive":
                continue
            self._leave(unit, relation, departing=unit.name)
            for other in self._model.app(relation.remote(unit.app.name)).units.values():
                self._agent(other.name).forget(_meeting(relation, unit.name))
                if unit.name in other.members.get(relation.id, []):
                    self._put(other, relation, "departed", unit.name, unit.name)

    def left(self, unit: Unit, relation: Relation) -> None:
        """Note that a unit is out of a relation."""
        with self._model.lock:
            relation.in_scope.discard(unit.name)
            relation.introduced.discard(unit.name)
            relation.settings.pop(unit.name, None)
            self._bury(relation)

    def _bury(self, relation: Relation) -> None:
        if relation.life == "dying" and not relation.in_scope:
            self._model.relations.pop(relation.id, None)

    def _leave(self, unit: Unit, relation: Relation, *, departing: str) -> None:
        self._agent(unit.name).forget(_meeting(relation))
        if unit.name not in relation.in_scope:
            return
        for met in unit.members.get(relation.id, []):
            self._put(unit, relation, "departed", met, departing or met)
        self._put(unit, relation, "broken")

    def _put(
        self, unit: Unit, relation: Relation, kind: str, remote_unit: str = "", departing: str = ""
    ) -> None:
        self._agent(unit.name).put(
            Hook(
                f"{relation.ends[unit.app.name].name}-relation-{kind}",
                relation=relation.id,
                remote_app=relation.remote(unit.app.name),
                remote_unit=remote_unit,
                departing=departing,
            )
        )


def _meeting(relation: Relation, remote_unit: str = "") -> Callable[[Hook], bool]:
    """Return which hooks are about a relation, or about one remote unit in it."""

    def matches(hook: Hook) -> bool:
        return hook.relation == relation.id and (
            not remote_unit or hook.remote_unit == remote_unit
        )

    return matches
