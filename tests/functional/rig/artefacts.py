"""Fixtures that hand packed charms and images to tests; each is built once and then kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.packing import CHARMS, pack


@pytest.fixture(scope="session")
def packed_charm() -> Path:
    """The charm of this repository, packed from what is committed."""
    return pack(CHARMS["charm"])


@pytest.fixture(scope="session")
def packed_tester() -> Path:
    """The charm `sungather-tester`, packed from what is committed."""
    return pack(CHARMS["tester"])
