"""The table that the checks read."""

from __future__ import annotations

from pathlib import Path

from checks.settings import Settings

ROOT = Path(__file__).parents[2]


def test_load(settings: Settings) -> None:
    """The table becomes paths, floors and arrows."""
    assert settings.package.name == "house"
    assert settings.floors["site"] == 1
    assert settings.arrows == {("faults", "protocol")}


def test_sources(settings: Settings) -> None:
    """The modules of the package are found."""
    assert [path.name for path in settings.sources()] == ["__init__.py"]


def test_project() -> None:
    """Our own table names places that exist, and rooms only once they do."""
    settings = Settings.load(ROOT)
    assert settings.package.is_dir()
    assert settings.tests.is_dir()
    rooms = set(settings.floors) - {"facade", "__main__"}
    assert {room for room in rooms if not (settings.package / room).is_dir()} == set()
