"""Reads SITE.yaml: the devices of an emulator, each with its options."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, flag, unknown_option
from sungrow_emulator.plan import DEVICE_KEYS, HELD, DevicePlan, Plan

_NOT_IN_FILES = frozenset({"control_token", "count"})
_MOST_BYTES = 4_000_000
_INTEGER, _FLOAT, _BOOLEAN, _NULL = (
    f"tag:yaml.org,2002:{t}" for t in ("int", "float", "bool", "null")
)


class SiteFileError(EmulatorError):
    """A site file holds something that it must not hold; the message begins with its place."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the file, for messages."""

    file: str
    node: yaml.Node

    def wrong(self, message: str) -> SiteFileError:
        return SiteFileError(f"{self.file}:{self.node.start_mark.line + 1}: {message}")


def load_site(path: Path, given: Mapping[str, Any]) -> Plan:
    """Return the plan that a site file describes.

    Args:
        path: the file.
        given: options from the command line and the environment, which go before the file's
            and hold for every device.

    Raises:
        SiteFileError: it cannot be read, or a line of it is wrong.
        EmulatorError: an option that was given is wrong.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SiteFileError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise SiteFileError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SiteFileError(f"{path}: not UTF-8 text") from None
    return parse_site(str(path), text, given)


def parse_site(file: str, text: str, given: Mapping[str, Any]) -> Plan:
    """Return the plan that the text of a site file describes; see `load_site`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SiteFileError(f"{file}:{line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise SiteFileError(f"{file}: {str(error).splitlines()[0]}") from None
    if root is None:
        raise SiteFileError(f"{file}:1: the file is empty; it needs devices")
    members = dict(_members(file, root, (*_option_names(), "devices")))
    listed = members.pop("devices", None)
    if listed is None:
        raise _Place(file, root).wrong("there are no devices; list them under devices:")
    if not isinstance(listed.node, yaml.SequenceNode) or not listed.node.value:
        raise listed.wrong("devices must be a list of at least one device")
    common = {name: _value(place, name) for name, place in members.items()}
    several = len(listed.node.value) > 1
    common = {**({"winet": "none"} if several else {}), **common}
    config = _config(_Place(file, root), {**common, **given})
    plans = tuple(
        _device(_Place(file, node), number, common, given)
        for number, node in enumerate(listed.node.value)
    )
    return Plan(replace(config, count=1), plans)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of site files, made from the options."""
    specs = [s for s in dataclasses.fields(Config) if s.name not in _NOT_IN_FILES]
    device = {
        **{flag(s.name): _schema_of(s) for s in specs if not s.metadata["shared"]},
        **device_members_schema(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A site of emulated Sungrow devices",
        "type": "object",
        "additionalProperties": False,
        "required": ["devices"],
        "properties": {
            **{flag(s.name): _schema_of(s) for s in specs},
            "devices": {
                "description": "The devices; options beside this list hold for all of them.",
                "type": "array",
                "minItems": 1,
                "items": {"type": "object", "additionalProperties": False, "properties": device},
            },
        },
    }


def device_members_schema() -> dict[str, Any]:
    """Return the JSON Schema of what a device has beside its options."""
    return {
        "id": {"type": "string", "description": "Name; the kind of device if not given."},
        "site": {
            "type": "string",
            "description": "Devices that name one site share its grid connection and load.",
        },
        "hold": {
            "type": "object",
            "description": "Powers held from the start (W) and the state of charge then (%).",
            "additionalProperties": False,
            "properties": {flag(name): {"type": "number"} for name in HELD},
        },
        "faults": {
            "type": "array",
            "description": "Numbers or names of faults and alarms that are active at the start.",
            "items": {"type": ["integer", "string"]},
        },
    }


def _device(
    place: _Place, number: int, common: Mapping[str, Any], given: Mapping[str, Any]
) -> DevicePlan:
    names = tuple(flag(name) for name in Config.names(shared=False))
    members = dict(_members(place.file, place.node, (*names, *DEVICE_KEYS)))
    special = {key: members.pop(key) for key in DEVICE_KEYS if key in members}
    own = {name: _value(found, name) for name, found in members.items()}
    config = _config(place, {"instance": number, **common, **own, **given}, members)
    return DevicePlan(
        config=config,
        id=_text(special.get("id")),
        site=_text(special.get("site")),
        hold=dict(_hold(special.get("hold"))),
        faults=tuple(_faults(special.get("faults"))),
    )


def _config(
    place: _Place, values: Mapping[str, Any], members: Mapping[str, _Place] | None = None
) -> Config:
    """Return the configuration; what it refuses is told with the line of that option."""
    try:
        return Config.from_mapping({**values, "count": 1})
    except EmulatorError as error:
        message = str(error)
        for name, found in (members or {}).items():
            if message.startswith(flag(name)):
                raise found.wrong(message) from None
        raise place.wrong(message) from None


def _members(file: str, node: yaml.Node, known: tuple[str, ...]) -> Iterator[tuple[str, _Place]]:
    """Yield the members of a mapping; options by their names with underscores."""
    place = _Place(file, node)
    if not isinstance(node, yaml.MappingNode):
        raise place.wrong(f"a mapping is wanted here: {', '.join(known[:4])} …")
    seen: set[str] = set()
    for key_node, value_node in node.value:
        where = _Place(file, key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise where.wrong("a name is wanted here")
        key = str(key_node.value)
        if key not in known:
            raise where.wrong(unknown_option(key, known))
        if key in seen:
            raise where.wrong(f"{key} stands here a second time")
        seen.add(key)
        name = key if key in (*DEVICE_KEYS, "devices") else key.replace("-", "_")
        yield name, _Place(file, value_node)


def _value(place: _Place, name: str) -> Any:
    """Return the value of an option; what is to be text stays as it is written."""
    node = place.node
    if not isinstance(node, yaml.ScalarNode):
        raise place.wrong(f"{flag(name)} must be a single value")
    wanted = next(spec.type for spec in dataclasses.fields(Config) if spec.name == name)
    text = str(node.value)
    if wanted == "str":
        return text
    try:
        if node.tag == _INTEGER:
            return int(text.replace("_", ""), 0)
        if node.tag == _FLOAT:
            return float(text.replace("_", ""))
    except ValueError:
        return text
    if node.tag == _BOOLEAN:
        return text.lower() in {"true", "yes", "on"}
    return None if node.tag == _NULL else text


def _text(place: _Place | None) -> str:
    if place is None:
        return ""
    if not isinstance(place.node, yaml.ScalarNode) or not str(place.node.value).strip():
        raise place.wrong("a name is wanted here")
    return str(place.node.value)


def _hold(place: _Place | None) -> Iterator[tuple[str, float]]:
    if place is None:
        return
    for name, found in _members(place.file, place.node, tuple(map(flag, HELD))):
        try:
            yield name, float(str(found.node.value))
        except ValueError:
            raise found.wrong(f"{flag(name)} must be a number") from None


def _faults(place: _Place | None) -> Iterator[str]:
    if place is None:
        return
    if not isinstance(place.node, yaml.SequenceNode):
        raise place.wrong("faults must be a list of numbers or names")
    for node in place.node.value:
        yield _text(_Place(place.file, node))


def _option_names() -> tuple[str, ...]:
    return tuple(flag(name) for name in Config.names() if name not in _NOT_IN_FILES)


def _schema_of(spec: dataclasses.Field[Any]) -> dict[str, Any]:
    kinds = {"str": "string", "bool": "boolean", "int": "integer"}
    described: dict[str, Any] = {
        "description": spec.metadata["help"],
        "type": kinds.get(str(spec.type), "number"),
    }
    if spec.default not in {"", None}:
        described["default"] = spec.default
    if spec.metadata["choices"]:
        described["enum"] = list(spec.metadata["choices"])
    if spec.metadata["bounds"]:
        described["minimum"], described["maximum"] = spec.metadata["bounds"]
    return described
