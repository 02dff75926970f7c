"""Fixtures that hand packed charms and images to tests; each is built once and then kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.images import ROCKS, build
from rig.packing import CHARMS, pack


@pytest.fixture(scope="session")
def packed_charm() -> Path:
    """The charm of this repository, packed from what is committed."""
    return pack(CHARMS["charm"])


@pytest.fixture(scope="session")
def packed_tester() -> Path:
    """The charm `sungather-tester`, packed from what is committed."""
    return pack(CHARMS["tester"])


@pytest.fixture(scope="session")
def emulator_image() -> Path:
    """The image of the emulator, an oci-archive."""
    return build(ROCKS["emulator"])


@pytest.fixture(scope="session")
def sungather_image() -> Path:
    """The image of the collector that `sungather-tester` runs, an oci-archive."""
    return build(ROCKS["sungather"])
