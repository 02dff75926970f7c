"""Reads SITE.yaml: the devices of an emulator, each with its options."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, flag, shown, unknown_option
from sungrow_emulator.plan import (
    DEVICE_KEYS,
    HELD,
    MOST_FAULTS,
    DevicePlan,
    Plan,
    counted,
    option_of,
)

NOT_IN_FILES = frozenset({"control_token", "count"})
"""Options that a site file does not have: a secret, and what its list says."""
_MOST_BYTES = 1_000_000
MOST_DEVICES = 10_000
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

    def __str__(self) -> str:
        return f"{self.file}:{self.node.start_mark.line + 1}"

    def wrong(self, message: str) -> SiteFileError:
        error = SiteFileError(f"{self}: {message}")
        error.place = str(self)
        return error


def load_site(
    path: Path, given: Mapping[str, Any], otherwise: Mapping[str, Any] | None = None
) -> Plan:
    """Return the plan that a site file describes.

    Args:
        path: the file.
        given: options from the command line and the environment, which go before the file's
            and hold for every device; `instance` counts on from there.
        otherwise: options where neither says anything; those of `serve` unless given.

    Raises:
        SiteFileError: it cannot be read, or a line of it is wrong.
        EmulatorError: an option that was given is wrong.
    """
    try:
        with path.open("rb") as file:  # What is no regular file does not tell its size.
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SiteFileError(f"{path}: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise SiteFileError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SiteFileError(f"{path}:{line}: not UTF-8 text") from None
    return parse_site(str(path), text, given, otherwise)


def parse_site(
    file: str,
    text: str,
    given: Mapping[str, Any],
    otherwise: Mapping[str, Any] | None = None,
) -> Plan:
    """Return the plan that the text of a site file describes; see `load_site`."""
    Config.from_mapping({**given, "count": 1})  # So that only the file's own mistakes name it.
    root = _compose(file, text)
    members = dict(_members(file, root, (*_option_names(), "devices")))
    listed = members.pop("devices", None)
    if listed is None:
        raise _Place(file, root).wrong("there are no devices; list them under devices:")
    if not isinstance(listed.node, yaml.SequenceNode) or not listed.node.value:
        raise listed.wrong("devices must be a list of at least one device")
    several = len(listed.node.value)
    if several > MOST_DEVICES:
        raise listed.wrong(f"{several} devices are too many; allowed are {MOST_DEVICES}")
    common = {name: _value(place, name) for name, place in members.items()}
    # Claims of ports are compared before anybody decides what `auto` means.
    common = {**({"winet": "none"} if several > 1 else {}), **(otherwise or {}), **common}
    config = _config(_Place(file, root), {**common, **given}, members)
    places = {name: str(place) for name, place in members.items()}
    plans = tuple(
        _device(_Place(file, node), number, common, given, places)
        for number, node in enumerate(listed.node.value)
    )
    return Plan(replace(config, count=1), plans)


def _compose(file: str, text: str) -> yaml.Node:
    """Return the tree of the file. Only nodes are made, so no tag can run anything."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise SiteFileError(f"{file}:{line}: {said}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SiteFileError(f"{file}:{line}: a character that YAML does not allow") from None
    except (ValueError, OverflowError):  # An escape such as "\UFFFFFFFF" in some line.
        raise SiteFileError(
            f"{file}:1: a text of it names a character that there is not"
        ) from None
    except RecursionError:
        raise SiteFileError(f"{file}:1: lists and mappings stand in each other too deep") from None
    if root is None:
        raise SiteFileError(f"{file}:1: the file is empty; it needs devices:")
    return root


def _device(
    place: _Place,
    number: int,
    common: Mapping[str, Any],
    given: Mapping[str, Any],
    places: Mapping[str, str],
) -> DevicePlan:
    names = tuple(flag(name) for name in Config.names(shared=False))
    members = dict(_members(place.file, place.node, (*names, *DEVICE_KEYS), _option_names()))
    special = {key: members.pop(key) for key in DEVICE_KEYS if key in members}
    own = {name: _value(found, name) for name, found in members.items()}
    own = {"instance": common.get("instance", 0) + number, **own}
    if type(own["instance"]) is int:
        own["instance"] += given.get("instance", 0)
    others = {option: value for option, value in given.items() if option != "instance"}
    hold = {name: (number, found) for name, number, found in _hold(special.get("hold"))}
    faults = tuple(_faults(special.get("faults")))
    config = _config(place, {**common, **own, **others}, members)
    try:
        config = counted(config, given.get("instance", 0))
    except EmulatorError as error:
        raise members.get("serial_number", place).wrong(str(error)) from None
    plan = DevicePlan(
        config=config,
        site=_text(special.get("site")),
        hold={name: number for name, (number, _) in hold.items()},
        faults=tuple(name for name, _ in faults),
        place=str(place),
        places={
            **places,
            **{name: str(found) for name, found in (*members.items(), *special.items())},
            **{name: f"--{flag(name)}" for name in others},
            **{f"hold {flag(name)}": str(found) for name, (_, found) in hold.items()},
            **{f"faults {n}": str(found) for n, (_, found) in enumerate(faults)},
        },
    )
    name = _text(special.get("id"))
    try:
        return replace(plan, id=name)
    except EmulatorError as error:
        raise special["id"].wrong(str(error)) from None


def _config(
    place: _Place, values: Mapping[str, Any], members: Mapping[str, _Place] | None = None
) -> Config:
    """Return the configuration; what it refuses is told with the line of that option."""
    try:
        return Config.from_mapping({**values, "count": 1})
    except EmulatorError as error:
        raise (members or {}).get(option_of(error), place).wrong(str(error)) from None


def _members(
    file: str, node: yaml.Node, known: tuple[str, ...], above: tuple[str, ...] = ()
) -> Iterator[tuple[str, _Place]]:
    """Yield the members of a mapping; options by their names with underscores.

    Args:
        file: for messages.
        node: the mapping.
        known: what it may hold.
        above: what only the whole file may hold.
    """
    place = _Place(file, node)
    if not isinstance(node, yaml.MappingNode):
        raise place.wrong(f"a mapping is wanted here, of e.g. {', '.join(known[-4:])}")
    seen: set[str] = set()
    for key_node, value_node in node.value:
        where = _Place(file, key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise where.wrong("a name is wanted here")
        key = str(key_node.value)
        if key == "<<":
            raise where.wrong("merge keys are not read; options beside devices: hold for all")
        if key in above and key not in known:
            raise where.wrong(f"{key} holds for all devices; write it beside devices:")
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
    wanted = next(str(spec.type) for spec in dataclasses.fields(Config) if spec.name == name)
    text = str(node.value)
    if wanted == "str":
        return text
    if node.tag == _NULL:
        return None
    if node.tag == _BOOLEAN:
        return text.lower() in {"true", "yes", "on"}
    try:
        if node.tag == _INTEGER:
            return int(text.replace("_", ""), 0)
        # YAML 1.1 takes 1e4 for text, people do not.
        if node.tag == _FLOAT or (wanted.startswith("float") and not node.style):
            return float(text.replace("_", ""))
    except ValueError:
        return text
    return text


def _text(place: _Place | None) -> str:
    if place is None:
        return ""
    if not isinstance(place.node, yaml.ScalarNode) or not str(place.node.value).strip():
        raise place.wrong("a name or a number is wanted here")
    return str(place.node.value)


def _hold(place: _Place | None) -> Iterator[tuple[str, float, _Place]]:
    if place is None:
        return
    for name, found in _members(place.file, place.node, tuple(map(flag, HELD))):
        text = _text(found)
        try:
            yield name, float(text), found
        except ValueError:
            raise found.wrong(f"{flag(name)}={shown(text)} must be a number") from None


def _faults(place: _Place | None) -> Iterator[tuple[str, _Place]]:
    if place is None:
        return
    if not isinstance(place.node, yaml.SequenceNode):
        raise place.wrong("faults must be a list of numbers or names")
    if len(place.node.value) > MOST_FAULTS:
        raise place.wrong(f"these are too many faults; allowed are {MOST_FAULTS}")
    for node in place.node.value:
        found = _Place(place.file, node)
        yield _text(found), found


def _option_names() -> tuple[str, ...]:
    return tuple(flag(name) for name in Config.names() if name not in NOT_IN_FILES)
