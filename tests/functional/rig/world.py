"""What people ask of a model: applications, scale, configuration, actions and secrets."""

from __future__ import annotations

import functools
import pathlib
import shutil
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import rig.spec
from rig import hook_secrets
from rig.agent import Agent, Site
from rig.bundle import Image, unpack_charm, unpack_image
from rig.context import Context, Hook, Task
from rig.errors import JujuError
from rig.model import App, Model, Secret, Status, Unit
from rig.pod import Cluster, Container, Result
from rig.relating import Relations
from rig.spec import Value

_ACTION_SECONDS = 300.0


class World:
    """One model with everything that runs in it."""

    def __init__(
        self, name: str, folder: pathlib.Path, socket: pathlib.Path, pebble: pathlib.Path
    ) -> None:
        self.model = Model(name)
        self.folder = folder
        self.contexts: dict[str, Context] = {}
        self.agents: dict[str, Agent] = {}
        self.relations = Relations(self.model, self.agent)
        self._unpacking = threading.Lock()
        self._site = Site(
            model=self.model,
            cluster=Cluster(name, folder / "pods"),
            folder=folder,
            socket=socket,
            pebble=pebble,
            contexts=self.contexts,
            image=self.image,
            announce=self.relations.announce,
            entered=self.relations.entered,
            left=self.relations.left,
            removed=self._removed,
            renewed=self.announce_secret,
        )

    def agent(self, unit: str) -> Agent:
        """Return a unit's agent."""
        return self.agents[unit]

    def image(self, reference: str) -> Image:
        """Return an unpacked image; the models of one state folder share them."""
        with self._unpacking:
            return unpack_image(reference, self.folder.parent / "images")

    def deploy(
        self,
        charm: str,
        name: str | None,
        *,
        config: Mapping[str, str],
        resources: Mapping[str, str],
        units: int,
    ) -> App:
        """Deploy a charm.

        Raises:
            JujuError: The charm, its name, its configuration or its images are not right.
        """
        folder = self._unpack(charm)
        spec = rig.spec.load(folder)
        app = App(name or spec.name, spec, folder, 0, {}, {})
        if app.name in self.model.apps:
            raise JujuError(f'cannot add application "{app.name}": application already exists')
        self._set_images(app, resources)
        app.config = self._parsed(app, config)
        self.model.apps[app.name] = app
        self.scale(app, units)
        return app

    def _unpack(self, charm: str) -> pathlib.Path:
        if not charm.startswith(("/", ".")):
            raise JujuError(f'charm "{charm}" cannot be had: the rig has no Charmhub, give a path')
        target = self.folder / "charms" / str(next(self.model.numbers))
        unpack_charm(pathlib.Path(charm), target)
        return target

    def _set_images(self, app: App, resources: Mapping[str, str]) -> None:
        unknown = set(resources) - set(app.spec.resources)
        if unknown:
            raise JujuError(f'unrecognized resource "{min(unknown)}"')
        images = {**app.images, **resources}
        missing = {c.resource for c in app.spec.containers.values()} - set(images)
        if missing:
            raise JujuError(f"local charm missing OCI images for: {', '.join(sorted(missing))}")
        for reference in images.values():
            self.image(reference)
        app.images = images

    def scale(self, app: App, units: int) -> None:
        """Add or remove units; on Kubernetes the highest numbers go first."""
        alive = sorted(n for n, u in app.units.items() if u.life == "alive")
        for number in alive[units:]:
            self._remove_unit(app.units[number])
        for number in [n for n in range(units) if n not in alive]:
            if number in app.units:
                raise JujuError(f"unit {app.name}/{number} is still going away, try again later")
            self._add_unit(app, number)

    def _add_unit(self, app: App, number: int) -> None:
        unit = Unit(number, app)
        agent = Agent(self._site, unit)
        app.units[number] = unit
        self.agents[unit.name] = agent
        leads = app.leader is None
        app.leader = number if leads else app.leader
        agent.put(agent.start_pod, functools.partial(_installing, unit), Hook("install"))
        for relation in self.model.relations_of(app.name):
            self.relations.create(unit, relation)
        if leads:
            agent.put(Hook("leader-elected"))
        agent.put(Hook("config-changed"), Hook("start"), functools.partial(_started, unit))
        agent.start()

    def _remove_unit(self, unit: Unit) -> None:
        unit.life = "dying"
        self.relations.leave_all(unit)
        agent = self.agent(unit.name)
        agent.put(Hook("stop"), Hook("remove"), agent.finish)

    def _removed(self, unit: Unit) -> None:
        with self.model.lock:
            app = unit.app
            del app.units[unit.number]
            del self.agents[unit.name]
            for relation in self.model.relations_of(app.name):
                self.relations.left(unit, relation)
            if app.leader == unit.number:
                app.leader = min(app.units, default=None)
                if app.leader is not None:
                    self.agent(app.units[app.leader].name).put(Hook("leader-elected"))
            if app.life == "dying" and not app.units:
                del self.model.apps[app.name]

    def remove(self, app: App) -> None:
        """Remove an application with its relations and units."""
        app.life = "dying"
        for relation in self.model.relations_of(app.name):
            if relation.life == "alive":
                self.relations.end(relation)
        for unit in app.units.values():
            if unit.life == "alive":
                self._remove_unit(unit)
        if not app.units:
            del self.model.apps[app.name]

    def refresh(self, app: App, charm: str | None, resources: Mapping[str, str]) -> None:
        """Give an application another charm or other images; both replace its pods.

        Raises:
            JujuError: The charm is another one, or an image cannot be used.
        """
        if charm is not None:
            folder = self._unpack(charm)
            spec = rig.spec.load(folder)
            if spec.name != app.spec.name:
                raise JujuError(f'cannot refresh "{app.spec.name}" to charm "{spec.name}"')
            app.spec, app.folder, app.revision = spec, folder, app.revision + 1
            app.config = {k: v for k, v in app.config.items() if k in spec.options}
        self._set_images(app, resources)
        if charm is not None or resources:
            for unit in app.units.values():
                self.replace_pod(unit)

    def replace_pod(self, unit: Unit) -> threading.Event:
        """End a unit's pod and start another; the event is set once the first is gone."""
        agent, gone = self.agent(unit.name), threading.Event()

        def stop() -> None:
            unit.agent = Status("lost", "agent is not communicating with the server")
            unit.workload = Status("unknown", "unit stopped by the cloud")
            agent.stop_pod()
            gone.set()

        def readdress() -> None:
            with self.model.lock:
                for relation in self.model.relations_of(unit.app.name):
                    if unit.name in relation.in_scope:
                        relation.settings[unit.name].update(agent.addresses())
                        self.relations.announce(relation, unit.name)

        hooks = [Hook("upgrade-charm"), Hook("config-changed"), Hook("start")]
        agent.put(Hook("stop"), stop, agent.start_pod, readdress, *hooks)
        return gone

    def container(self, unit: Unit, name: str) -> Container:
        """Return a running container of a unit.

        Raises:
            JujuError: The unit's pod has none of that name, or is not up.
        """
        found = self.agent(unit.name).container(name)
        if found is None or not found.running:
            raise JujuError(f'container "{name}" of unit "{unit.name}" is not running')
        return found

    def _parsed(self, app: App, values: Mapping[str, str]) -> dict[str, Value]:
        for name in values:
            if name not in app.spec.options:
                raise JujuError(f'unknown option "{name}"')
        return {name: app.spec.options[name].parse(text) for name, text in values.items()}

    def configure(self, app: App, values: Mapping[str, str], reset: Sequence[str]) -> None:
        """Set and reset options; units hear of it only if something is different.

        Raises:
            JujuError: An option is unknown or a value is not of its type.
        """
        before = app.effective_config()
        parsed = self._parsed(app, values)
        if unknown := set(reset) - set(app.spec.options):
            raise JujuError(f'unknown option "{min(unknown)}"')
        app.config = {k: v for k, v in {**app.config, **parsed}.items() if k not in reset}
        if app.effective_config() != before:
            self.put_everywhere(app, Hook("config-changed"))

    def put_everywhere(self, app: App, hook: Hook) -> None:
        """Queue a hook on all units of an application."""
        for unit in app.units.values():
            if unit.life == "alive":
                self.agent(unit.name).put(hook)

    def task(self, unit: Unit, name: str, params: Mapping[str, Any]) -> Task:
        """Return an action that may be run.

        Raises:
            JujuError: There is no such action or its parameters are not right.
        """
        action = unit.app.spec.actions.get(name)
        if action is None:
            raise JujuError(f'action "{name}" not defined on unit "{unit.name}"')
        return Task(str(next(self.model.numbers)), name, action.check(params))

    def command(self) -> Task:
        """Return a command of `juju exec`."""
        return Task(str(next(self.model.numbers)), "juju-exec", {})

    def run(self, unit: Unit, task: Task, argv: Sequence[str], seconds: float | None) -> Result:
        """Run an action, or with `argv` a command as the charm would, and wait for its end.

        Raises:
            TimeoutError: It took longer than that many seconds.
        """
        return self.agent(unit.name).submit(task, argv).result(seconds or _ACTION_SECONDS)

    def update_secret(self, secret: Secret, content: Mapping[str, str]) -> None:
        """Add a revision of an operator's secret and tell those who follow an older one."""
        fresh = hook_secrets.check_content(dict(content))
        if fresh == secret.revisions[-1]:
            return
        secret.revisions.append(fresh)
        self.announce_secret(secret)

    def announce_secret(self, secret: Secret) -> None:
        """Tell the units that follow an older revision that there is a newer one."""
        with self.model.lock:
            for name in hook_secrets.consumers(self.model, secret):
                label = secret.labels.get(name, "")
                env = (("JUJU_SECRET_ID", secret.uri), ("JUJU_SECRET_LABEL", label))
                self.agent(name).put(Hook("secret-changed", env))

    def clear(self) -> None:
        """Forget what the model left on the disk."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _installing(unit: Unit) -> None:
    unit.workload = Status("maintenance", "installing charm software")


def _started(unit: Unit) -> None:
    # A charm that has set no status by now has none.
    if unit.workload == Status("maintenance", "installing charm software", unit.workload.since):
        unit.workload = Status("unknown")
