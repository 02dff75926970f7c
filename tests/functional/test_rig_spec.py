"""What a charm declares is read, and values are checked against it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rig import bundle, spec
from rig.errors import JujuError

METADATA = """
name: small
charm-user: non-root
containers: {web: {resource: web-image, uid: 0, gid: 0}}
resources: {web-image: {type: oci-image}}
provides: {server: {interface: tiny}}
requires: {client: {interface: tiny, limit: 1}}
"""
ACTIONS = """
set:
  params:
    which: {type: [string, integer]}
    level: {type: number, minimum: 0, maximum: 10}
    words: {type: array, items: {type: integer, maximum: 9}, minItems: 1, maxItems: 2}
    mode: {type: string, enum: [fast, slow], default: fast}
  required: [which]
  additionalProperties: false
loose: {}
"""


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    """A packed charm's declarations."""
    (tmp_path / "metadata.yaml").write_text(METADATA)
    (tmp_path / "config.yaml").write_text("options: {count: {type: int}, name: {type: string}}")
    (tmp_path / "actions.yaml").write_text(ACTIONS)
    return tmp_path


def test_load(charm: Path) -> None:
    """Containers, resources, endpoints and the charm's user are read."""
    read = spec.load(charm)
    assert (read.name, read.user, read.resources) == ("small", 170, ("web-image",))
    assert read.containers == {"web": spec.Container("web", "web-image", 0, 0)}
    assert read.endpoints["client"] == spec.Endpoint("client", "requirer", "tiny", 1)
    assert list(read.options) == ["count", "name"]


def test_unsupported(charm: Path) -> None:
    """What the rig does not have is said at once."""
    (charm / "metadata.yaml").write_text(METADATA + "peers: {all: {interface: tiny}}\n")
    with pytest.raises(JujuError, match="has peers, which the rig does not have"):
        spec.load(charm)
    (charm / "metadata.yaml").unlink()
    with pytest.raises(JujuError, match="no packed charm"):
        spec.load(charm)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "-3", -3),
        ("float", "0.5", 0.5),
        ("boolean", "True", True),
        ("string", "yes", "yes"),
        ("secret", "secret:d0", "secret:d0"),
    ],
)
def test_options(kind: str, text: str, value: spec.Value) -> None:
    """Options take what is of their type."""
    assert spec.Option("it", kind, None, "").parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "1.5"), ("float", "x"), ("boolean", "yes"), ("secret", "token")]
)
def test_wrong_options(kind: str, text: str) -> None:
    """And nothing else."""
    with pytest.raises(JujuError, match=f'option "it" expected {kind}, got "{text}"'):
        spec.Option("it", kind, None, "").parse(text)


def test_parameters(charm: Path) -> None:
    """Parameters get their defaults; an action that does not say otherwise takes more of them."""
    actions = spec.load(charm).actions
    assert actions["set"].check({"which": 3}) == {"which": 3, "mode": "fast"}
    assert actions["set"].check({"which": "a", "words": [1, 9]})["words"] == [1, 9]
    assert actions["loose"].check({"anything": 1}) == {"anything": 1}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, '"which" property is missing'),
        ({"which": 1, "nosuch": 1}, 'additional property "nosuch" is not allowed'),
        ({"which": True}, "must be of type string or integer"),
        ({"which": 1, "level": "5"}, "must be of type number"),
        ({"which": 1, "level": -1}, "greater than or equal to 0"),
        ({"which": 1, "level": 11}, "less than or equal to 10"),
        ({"which": 1, "words": []}, "too few or too many items"),
        ({"which": 1, "words": [10]}, r"words.0 : must be less than or equal to 9"),
        ({"which": 1, "mode": "idle"}, "must match one of"),
    ],
)
def test_wrong_parameters(charm: Path, params: dict[str, Any], text: str) -> None:
    """A parameter that the schema rules out is refused by its name."""
    with pytest.raises(JujuError, match=text):
        spec.load(charm).actions["set"].check(params)


def test_unpack_charm(tmp_path: Path) -> None:
    """A packed charm keeps its links and what may be executed."""
    packed, target = tmp_path / "it.charm", tmp_path / "target"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, mode, content in (
            ("dispatch", 0o100755, "#!/bin/sh\n"),
            ("venv/python", 0o120777, "/usr/bin/python3"),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    bundle.unpack_charm(packed, target)
    assert os.access(target / "dispatch", os.X_OK)
    assert (target / "venv/python").readlink() == Path("/usr/bin/python3")


def test_no_image(tmp_path: Path) -> None:
    """An image that would have to be pulled is refused with what the rig takes."""
    with pytest.raises(JujuError, match="the rig has no registry, give oci-archive:PATH"):
        bundle.unpack_image("localhost:32000/it:1", tmp_path)
