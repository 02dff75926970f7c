"""The JSON documents of `juju status`, `show-unit`, `config`, `show-secret` and their like."""

from __future__ import annotations

from typing import Any

from rig.context import Task
from rig.model import VERSION, App, Model, Relation, Secret, Unit, now
from rig.pod import Result

Json = dict[str, Any]

_CONTROLLER = "rig"


def status(model: Model) -> Json:
    """Return `juju status`."""
    return {
        "model": {
            "name": model.name,
            "type": "caas",
            "controller": _CONTROLLER,
            "cloud": _CONTROLLER,
            "version": VERSION,
            "model-status": {"current": "available", "since": now()},
        },
        "machines": {},
        "applications": {name: _app(model, app) for name, app in model.apps.items()},
        "storage": {},
        "controller": {"timestamp": now()[11:19] + "Z"},
    }


def _app(model: Model, app: App) -> Json:
    relations: dict[str, list[Json]] = {}
    for relation in model.relations_of(app.name):
        end = relation.ends[app.name]
        shown = {
            "related-application": relation.remote(app.name),
            "interface": end.interface,
            "scope": "global",
        }
        relations.setdefault(end.name, []).append(shown)
    return {
        "charm": f"local:{app.spec.name}-{app.revision}",
        "charm-origin": "local",
        "charm-name": app.spec.name,
        "charm-rev": app.revision,
        "scale": sum(unit.life == "alive" for unit in app.units.values()),
        "provider-id": app.name,
        "exposed": False,
        "life": app.life if app.life != "alive" else "",
        "application-status": app.status.json(),
        "relations": relations,
        "version": app.version,
        "units": {unit.name: _unit(unit) for _, unit in sorted(app.units.items())},
    }


def _unit(unit: Unit) -> Json:
    return {
        "workload-status": unit.workload.json(),
        "juju-status": {**unit.agent.json(), "version": VERSION},
        "leader": unit.app.leader == unit.number,
        "open-ports": sorted(unit.ports),
        "address": unit.address,
        "provider-id": unit.pod,
    }


def unit(model: Model, unit: Unit) -> Json:
    """Return `juju show-unit`."""
    app = unit.app
    relations = [_databags(model, unit, r) for r in model.relations_of(app.name)]
    return {
        unit.name: {
            "workload-version": app.version,
            "opened-ports": sorted(unit.ports),
            "charm": f"local:{app.spec.name}-{app.revision}",
            "leader": app.leader == unit.number,
            "life": unit.life,
            "relation-info": relations,
            "provider-id": unit.pod,
            "address": unit.address,
        }
    }


def _databags(model: Model, unit: Unit, relation: Relation) -> Json:
    def databag(name: str) -> Json:
        data = dict(relation.settings.get(name, {}))
        return {"in-scope": name in relation.in_scope, "data": data}

    remote = relation.remote(unit.app.name)
    return {
        "relation-id": relation.id,
        "endpoint": relation.ends[unit.app.name].name,
        "related-endpoint": relation.ends[remote].name,
        "application-data": dict(relation.settings.get(remote, {})),
        "local-unit": databag(unit.name),
        "related-units": {
            other.name: databag(other.name)
            for other in model.app(remote).units.values()
            if other.name in relation.in_scope
        },
    }


def config(app: App) -> Json:
    """Return `juju config`."""
    settings: dict[str, Json] = {}
    for name, option in app.spec.options.items():
        shown: Json = {"description": option.description, "type": option.type}
        if option.default is not None:
            shown["default"] = option.default
        source = "user" if name in app.config else "default"
        value = app.config.get(name, option.default)
        settings[name] = {**shown, "source": source if value is not None else "unset"}
        if value is not None:
            settings[name]["value"] = value
    return {
        "application": app.name,
        "application-config": {"trust": {"type": "bool", "value": False, "source": "default"}},
        "charm": app.spec.name,
        "settings": settings,
    }


def secret(secret: Secret, *, reveal: bool) -> Json:
    """Return `juju show-secret`."""
    shown: Json = {
        "revision": len(secret.revisions),
        "owner": secret.owner or "<model>",
        "created": secret.created,
        "updated": secret.created,
        "name" if not secret.owner else "label": secret.label,
        "description": secret.description,
    }
    if reveal:
        shown["content"] = {"Data": secret.revisions[-1]}
    return {secret.id: shown}


def model(model: Model) -> Json:
    """Return `juju show-model`."""
    return {
        model.name: {
            "name": f"admin/{model.name}",
            "short-name": model.name,
            "model-uuid": model.uuid,
            "model-type": "caas",
            "controller-uuid": model.uuid,
            "controller-name": _CONTROLLER,
            "is-controller": False,
            "cloud": _CONTROLLER,
            "life": "alive",
            "agent-version": VERSION,
        }
    }


def task(unit: Unit, task: Task, result: Result) -> Json:
    """Return how an action or a command ended, as `juju run` and `juju exec` show it."""
    results: Json = {**task.results, "return-code": result.code}
    for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
        if text:
            results[name] = text
    failed = task.failed is not None or result.code != 0
    shown: Json = {
        "id": task.id,
        "unit": unit.name,
        "status": "failed" if failed else "completed",
        "results": results,
        "log": task.log,
        "timing": {"completed": now()},
    }
    if failed:
        shown["message"] = task.failed or f"exit status {result.code}"
    return {unit.name: shown}
