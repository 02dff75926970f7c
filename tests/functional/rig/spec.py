"""What a charm declares: its options, actions, endpoints, containers and resources."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any, Literal, cast

import yaml

from rig.errors import JujuError

_CHARM_USERS: Mapping[str, int] = {"root": 0, "sudoer": 171, "non-root": 170}

Value = str | int | float | bool


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One configuration option, of one of Juju's five types."""

    name: str
    type: str
    default: Value | None
    description: str

    def parse(self, text: str) -> Value:
        """Return the value that a command line's text stands for.

        Raises:
            JujuError: The text is not of the option's type.
        """
        try:
            return self._parse(text)
        except ValueError:
            raise JujuError(
                f'option "{self.name}" expected {self.type}, got "{text}" (not valid)'
            ) from None

    def _parse(self, text: str) -> Value:
        match self.type:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "boolean":
                truth = {
                    "true": True,
                    "1": True,
                    "t": True,
                    "false": False,
                    "0": False,
                    "f": False,
                }
                if text.lower() not in truth:
                    raise ValueError(text)
                return truth[text.lower()]
            case "secret":
                if text and not text.startswith("secret:"):
                    raise ValueError(text)
                return text
            case _:
                return text


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a possible relation."""

    name: str
    role: Literal["provider", "requirer"]
    interface: str
    limit: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Container:
    """A workload container; without a user it runs as the image says."""

    name: str
    resource: str
    uid: int | None
    gid: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """An action and the JSON schema of its parameters."""

    name: str
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    additional: bool

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with defaults filled in.

        Raises:
            JujuError: A parameter is missing, not declared, or not what the schema allows.
        """
        unknown = set(given) - set(self.properties)
        if unknown and not self.additional:
            raise JujuError(
                f'validation failed: (root) : additional property "{min(unknown)}" is not allowed'
            )
        defaults = {k: v["default"] for k, v in self.properties.items() if "default" in v}
        params = {**defaults, **given}
        for name in self.required:
            if name not in params:
                raise JujuError(f'validation failed: (root) : "{name}" property is missing')
        for name, value in params.items():
            _check_value(name, value, self.properties.get(name, {}))
        return params


@dataclasses.dataclass(frozen=True, slots=True)
class CharmSpec:
    """Everything that Juju reads from a charm before it runs it."""

    name: str
    user: int
    options: Mapping[str, Option]
    actions: Mapping[str, Action]
    endpoints: Mapping[str, Endpoint]
    containers: Mapping[str, Container]
    resources: tuple[str, ...]


def load(folder: pathlib.Path) -> CharmSpec:
    """Read a packed charm's declarations.

    Raises:
        JujuError: The folder holds no charm, or one that needs what the rig does not have.
    """
    if not (folder / "metadata.yaml").exists():
        raise JujuError("this is no packed charm: it has no metadata.yaml")
    data = _read(folder)
    for unsupported in ("peers", "storage", "devices"):
        if data.get(unsupported):
            raise JujuError(f"charm {data['name']} has {unsupported}, which the rig does not have")
    return CharmSpec(
        name=data["name"],
        user=_CHARM_USERS[data.get("charm-user", "root")],
        options={
            name: Option(name, o["type"], o.get("default"), o.get("description", ""))
            for name, o in _table(_table(data, "config"), "options").items()
        },
        actions={name: _action(name, a or {}) for name, a in _table(data, "actions").items()},
        endpoints={
            **_endpoints("provider", _table(data, "provides")),
            **_endpoints("requirer", _table(data, "requires")),
        },
        containers={
            name: Container(name, c["resource"], c.get("uid"), c.get("gid"))
            for name, c in _table(data, "containers").items()
        },
        resources=tuple(_table(data, "resources")),
    )


def _read(folder: pathlib.Path) -> dict[str, Any]:
    def read(name: str) -> Any:
        path = folder / name
        return yaml.safe_load(path.read_text()) if path.exists() else None

    return {
        **read("metadata.yaml"),
        "config": read("config.yaml"),
        "actions": read("actions.yaml"),
    }


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    return data.get(key) or {}


def _endpoints(
    role: Literal["provider", "requirer"], declared: Mapping[str, Mapping[str, Any]]
) -> dict[str, Endpoint]:
    return {n: Endpoint(n, role, e["interface"], e.get("limit")) for n, e in declared.items()}


def _action(name: str, declared: Mapping[str, Any]) -> Action:
    return Action(
        name=name,
        properties=declared.get("params") or {},
        required=tuple(declared.get("required") or ()),
        additional=declared.get("additionalProperties", True),
    )


def _check_value(name: str, value: Any, schema: Mapping[str, Any]) -> None:
    declared = schema.get("type", [])
    types: list[str] = [declared] if isinstance(declared, str) else declared
    wrong = ""
    if types and not any(_is(value, kind) for kind in types):
        wrong = f"must be of type {' or '.join(types)}, given {value!r}"
    elif "enum" in schema and value not in schema["enum"]:
        wrong = f"must match one of {schema['enum']}"
    elif "minimum" in schema and value < schema["minimum"]:
        wrong = f"must be greater than or equal to {schema['minimum']}"
    elif "maximum" in schema and value > schema["maximum"]:
        wrong = f"must be less than or equal to {schema['maximum']}"
    elif isinstance(value, list):
        entries = cast("list[Any]", value)
        if not schema.get("minItems", 0) <= len(entries) <= schema.get("maxItems", len(entries)):
            wrong = "has too few or too many items"
        for place, entry in enumerate(entries):
            _check_value(f"{name}.{place}", entry, schema.get("items", {}))
    if wrong:
        raise JujuError(f"validation failed: (root).{name} : {wrong}")


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            raise JujuError(f'an action declares a parameter of the unknown type "{kind}"')
