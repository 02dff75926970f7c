"""A unit's agent: its pod, and its hooks and actions one after another."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence

from rig.bundle import Image, unpack_charm
from rig.context import Context, Hook, Task
from rig.model import VERSION, Model, Relation, Secret, Status, Unit
from rig.pod import PATH, Cluster, Container, Pod, Result
from rig.watch import Watcher

_PEBBLE_PORT = 38813
_HOOK_SECONDS = 300.0

# Pebble lets root and its own user in; the charm's user needs a name in the daemon.
_IDENTITIES = "identities:\n  charm:\n    access: admin\n    local:\n      user-id: {user}\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """Where an agent lives: what the daemon has for all of them."""

    model: Model
    cluster: Cluster
    folder: pathlib.Path
    socket: pathlib.Path
    pebble: pathlib.Path
    contexts: dict[str, Context]
    image: Callable[[str], Image]
    announce: Callable[[Relation, str], None]
    entered: Callable[[Unit, Relation], None]
    left: Callable[[Unit, Relation], None]
    removed: Callable[[Unit], None]
    renewed: Callable[[Secret], None]


@dataclasses.dataclass(frozen=True, slots=True)
class _Job:
    """An action or a command, and who waits for it."""

    task: Task
    argv: Sequence[str]
    done: concurrent.futures.Future[Result]


class Agent(threading.Thread):
    """Runs one unit, from its pod's start to its removal."""

    def __init__(self, site: Site, unit: Unit) -> None:
        super().__init__(name=unit.name, daemon=True)
        self.unit = unit
        self.failed: Hook | None = None
        self.pod: Pod | None = None
        self._site = site
        self._folder = site.folder / "units" / unit.pod
        self._queue: collections.deque[Hook | _Job | Callable[[], None]] = collections.deque()
        self._changed = threading.Condition()
        self._watchers: list[Watcher] = []

    def put(self, *items: Hook | Callable[[], None]) -> None:
        """Queue hooks, and steps between them.

        A hook that waits already is not queued twice, unless it reports one particular happening.
        """
        with self._changed:
            for item in items:
                if not (isinstance(item, Hook) and not item.env and item in self._queue):
                    self._queue.append(item)
            self._changed.notify_all()

    def submit(self, task: Task, argv: Sequence[str] = ()) -> concurrent.futures.Future[Result]:
        """Queue an action, or with `argv` a command in the charm's context."""
        done: concurrent.futures.Future[Result] = concurrent.futures.Future()
        with self._changed:
            self._queue.append(_Job(task, argv, done))
            self._changed.notify_all()
        return done

    def resolve(self, *, retry: bool) -> None:
        """Leave the error state, running the failed hook again or not."""
        with self._changed:
            if self.failed is not None and retry:
                self._queue.appendleft(self.failed)
            self.failed = None
            self.unit.workload = Status("maintenance")
            self._changed.notify_all()

    def forget(self, unwanted: Callable[[Hook], bool]) -> None:
        """Take hooks out of the queue that make no sense any more."""
        with self._changed:
            kept = [i for i in self._queue if not (isinstance(i, Hook) and unwanted(i))]
            self._queue = collections.deque(kept)

    def container(self, name: str) -> Container | None:
        """Return a running container of the unit's pod."""
        return self.pod.containers.get(name) if self.pod else None

    def run(self) -> None:
        """Work until the unit is gone."""
        while self.unit.life != "dead":
            item = self._next()
            try:
                self._do(item)
            except Exception as error:
                self._site.model.debug(self.unit.name, "ERROR", "rig", f"{item}: {error!r}")
                self.unit.workload = Status("error", str(error))
                self.unit.agent = Status("idle")

    def _next(self) -> Hook | _Job | Callable[[], None]:
        with self._changed:
            while True:
                for place, item in enumerate(self._queue):
                    # In error only what people ask for is run.
                    if self.failed is None or isinstance(item, _Job):
                        del self._queue[place]
                        return item
                if self.unit.agent.current == "executing":
                    self.unit.agent = Status("idle")
                self._changed.wait()

    def _do(self, item: Hook | _Job | Callable[[], None]) -> None:
        if isinstance(item, Hook):
            self._run_hook(item)
        elif isinstance(item, _Job):
            self._run_job(item)
        else:
            item()

    def _run_hook(self, hook: Hook) -> None:
        unit = self.unit
        if not self._before(hook):
            return
        unit.agent = Status("executing", f"running {hook.name} hook")
        context = Context(self._site.model, unit, hook)
        result = self._dispatch(context, f"hooks/{hook.name}")
        self._log(hook.name, result.stdout + result.stderr)
        if result.code == 0:
            self._commit(context)
            self._after(hook)
            return
        with self._changed:
            self.failed = hook
        unit.workload = Status("error", f'hook failed: "{hook.name}"')
        unit.agent = Status("idle")
        self._log(hook.name, f"hook ended with status {result.code}", "ERROR")

    def _before(self, hook: Hook) -> bool:
        """Note what a hook is about to tell; return whether there still is what it tells of."""
        with self._site.model.lock:
            if hook.relation is None:
                return True
            relation = self._site.model.relations.get(hook.relation)
            if relation is None:
                return False
            members = self.unit.members.setdefault(hook.relation, [])
            if hook.name.endswith("-relation-created"):
                relation.in_scope.add(self.unit.name)
                relation.settings.setdefault(self.unit.name, {}).update(self.addresses())
            if hook.name.endswith("-relation-joined"):
                members.append(hook.remote_unit)
            if hook.name.endswith("-relation-departed") and hook.remote_unit in members:
                members.remove(hook.remote_unit)
            return True

    def _after(self, hook: Hook) -> None:
        if hook.relation is None:
            return
        relation = self._site.model.relations[hook.relation]
        if hook.name.endswith("-relation-created"):
            self._site.entered(self.unit, relation)
        if hook.name.endswith("-relation-broken"):
            self.unit.members.pop(hook.relation, None)
            self._site.left(self.unit, relation)

    def addresses(self) -> dict[str, str]:
        """Return what Juju itself puts into the unit's databags."""
        address = self.unit.address
        return {
            "egress-subnets": f"{address}/32",
            "ingress-address": address,
            "private-address": address,
        }

    def _run_job(self, job: _Job) -> None:
        name = "" if job.argv else f"actions/{job.task.name}"
        context = Context(self._site.model, self.unit, Hook(""), job.task)
        try:
            result = self._dispatch(context, name, job.argv)
        except Exception as error:
            job.done.set_exception(error)
            raise
        if result.code == 0:
            self._commit(context)
        job.done.set_result(result)

    def _commit(self, context: Context) -> None:
        for relation, entity in context.commit():
            self._site.announce(relation, entity)
        for secret in context.renewed:
            self._site.renewed(secret)

    def _log(self, source: str, text: str, level: str = "WARNING") -> None:
        name = self.unit.name
        self._site.model.debug(name, level, f"unit.{name}.{source}", text)

    def _dispatch(self, context: Context, path: str, argv: Sequence[str] = ()) -> Result:
        charm = self.container("charm")
        if charm is None:
            raise RuntimeError("the charm's container does not run")
        token = secrets.token_hex(8)
        self._site.contexts[token] = context
        try:
            return charm.run(
                argv or [f"{self._charm_dir}/dispatch"],
                env=self._environment(context, path, token),
                user=(self.unit.app.spec.user, self.unit.app.spec.user),
                cwd=self._charm_dir,
                timeout=_HOOK_SECONDS,
            )
        finally:
            del self._site.contexts[token]

    @property
    def _charm_dir(self) -> str:
        return f"/var/lib/juju/agents/unit-{self.unit.pod}/charm"

    def _environment(self, context: Context, path: str, token: str) -> dict[str, str]:
        hook, task, model = context.hook, context.task, self._site.model
        env = {
            "PATH": f"{self._site.folder / 'tools'}:{PATH}",
            "LANG": "C.UTF-8",
            "JUJU_VERSION": VERSION,
            "JUJU_MODEL_NAME": model.name,
            "JUJU_MODEL_UUID": model.uuid,
            "JUJU_UNIT_NAME": self.unit.name,
            "JUJU_CHARM_DIR": self._charm_dir,
            "JUJU_CONTEXT_ID": token,
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
            "JUJU_AGENT_SOCKET_ADDRESS": str(self._site.socket),
            "JUJU_DISPATCH_PATH": path,
            "JUJU_HOOK_NAME": hook.name,
            "JUJU_REMOTE_APP": hook.remote_app,
            "JUJU_REMOTE_UNIT": hook.remote_unit,
            "JUJU_DEPARTING_UNIT": hook.departing,
            **dict(hook.env),
        }
        if hook.relation is not None:
            endpoint = model.relations[hook.relation].ends[self.unit.app.name].name
            env["JUJU_RELATION"] = endpoint
            env["JUJU_RELATION_ID"] = f"{endpoint}:{hook.relation}"
        if task is not None and path:
            env["JUJU_ACTION_NAME"], env["JUJU_ACTION_UUID"] = task.name, task.id
        return env

    def start_pod(self) -> None:
        """Start the pod with the charm's container and the workloads."""
        self.pod = self._site.cluster.start_pod(self.unit.app.name, self.unit.number)
        self.unit.address = self.pod.address
        spec = self.unit.app.spec
        charm_dir = self._folder / "charm"
        unpack_charm(self.unit.app.folder, charm_dir)
        for path in (charm_dir, *charm_dir.rglob("*")):
            os.chown(path, spec.user, spec.user, follow_symlinks=False)
        (self._folder / "identities.yaml").write_text(_IDENTITIES.format(user=spec.user))
        site = str(self._site.folder)
        binds = [(str(charm_dir), self._charm_dir), (site, site)]
        for name in spec.containers:
            shared = self._folder / "containers" / name
            shutil.rmtree(shared, ignore_errors=True)
            shared.mkdir(parents=True)
            shared.chmod(0o777)
            binds.append((str(shared), f"/charm/containers/{name}"))
        self.pod.start_container(
            "charm", pathlib.Path("/"), ["sleep", "infinity"], env={"PATH": PATH}, binds=binds
        )
        for number, name in enumerate(spec.containers):
            self._start_workload(self.pod, number, name)

    def _start_workload(self, pod: Pod, number: int, name: str) -> None:
        shared = self._folder / "containers" / name

        def start() -> Container:
            declared = self.unit.app.spec.containers[name]
            image = self._site.image(self.unit.app.images[declared.resource])
            user = image.user if declared.uid is None else (declared.uid, declared.gid or 0)
            juju = {
                "JUJU_CONTAINER_NAME": name,
                "PEBBLE": "/charm/container/pebble",
                "PEBBLE_SOCKET": "/charm/container/pebble.socket",
                "PEBBLE_COPY_ONCE": "/var/lib/pebble/default",
            }
            identities = "/charm/etc/pebble/identities.yaml"
            port = f":{_PEBBLE_PORT + number}"
            run = ["run", "--create-dirs", "--hold", "--http", port, "--verbose"]
            return pod.start_container(
                name,
                image.root,
                ["/charm/bin/pebble", *run, "--identities", identities],
                env={"PATH": PATH, **image.env, **juju},
                binds=[
                    (str(shared), "/charm/container"),
                    (str(self._site.pebble), "/charm/bin/pebble"),
                    (str(self._folder / "identities.yaml"), identities),
                ],
                user=user,
            )

        watcher = Watcher(start(), shared, start, self.put)
        self._watchers.append(watcher)
        watcher.start()

    def stop_pod(self) -> None:
        """End the pod and forget what its Pebbles reported."""
        for watcher in self._watchers:
            watcher.stop()
        self._watchers.clear()
        if self.pod is not None:
            self._site.cluster.stop_pod(self.pod.name)
            self.pod = None
        self.forget(lambda hook: any(key == "JUJU_WORKLOAD_NAME" for key, _ in hook.env))

    def finish(self) -> None:
        """Leave the model."""
        self.stop_pod()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.unit.life = "dead"
        self._site.removed(self.unit)
