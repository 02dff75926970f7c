"""Checks a rockcraft.yaml against the model that rockcraft's own is made of."""

from __future__ import annotations

from pathlib import Path

from rig.artefact_tools import clean_environment, craft, run

_CHECK = """
import pathlib
import sys
import yaml
from craft_application.errors import CraftValidationError
from craft_application.models import Project

path = pathlib.Path(sys.argv[1])
found = yaml.safe_load(path.read_text())
for own in ("run-user", "services", "checks"):
    found.pop(own, None)
try:
    Project.from_yaml_data(found, path)
except CraftValidationError as error:
    print(error)
"""


def complaints(definition: Path) -> str:
    """Return what is wrong with a rockcraft.yaml; nothing if all is well.

    Only what charms and rocks have in common is looked at: names, texts, platforms and parts.
    Services and checks are Pebble's to judge.
    """
    return run(craft() / "python", "-c", _CHECK, definition, env=clean_environment()).strip()
