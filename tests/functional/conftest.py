"""Fixtures for tests that need pods: a session of the rig, artefacts, and a tiny charm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest
import rig.tiny
from pytest_jubilant import JujuFactory
from rig.artefacts import emulator_image, packed_charm, packed_tester, sungather_image
from rig.session import session
from rig.tiny import Tiny

__all__ = ["emulator_image", "packed_charm", "packed_tester", "sungather_image"]


@pytest.fixture(scope="session")
def rig_state() -> Iterator[Path]:
    """A session of the rig, first on the path; its end fails if anything is left behind."""
    with session() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield Path(os.environ["RIG_STATE"])


@pytest.fixture(scope="session")
def tiny(rig_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The tiny charm and its image, made once."""
    assert rig_state.is_dir()
    folder = tmp_path_factory.mktemp("tiny")
    return Tiny(rig.tiny.charm(folder / "charm"), rig.tiny.image(folder / "tiny.tar"))


@pytest.fixture(scope="module")
def juju(rig_state: Path, juju_factory: JujuFactory) -> jubilant.Juju:
    """A model on the rig, with as much time for waiting as a busy machine needs."""
    assert rig_state.is_dir()
    model = juju_factory.get_juju("")
    model.wait_timeout = 90
    return model
