"""Tests of catalog/personas.py and of the persona files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.models import find_model, load_models
from sungrow_emulator.catalog.personas import (
    FIRMWARES,
    PATHS,
    Layer,
    Scope,
    load_firmware,
    load_path,
    load_web,
    parse_layer,
    usual_path,
)
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Table

LAYERS = [*map(load_path, PATHS), load_web(), *map(load_firmware, FIRMWARES)]
MINIMAL = 'title = "x"\nsources = []\n'


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_every_deviation_has_a_source(layer: Layer) -> None:
    """What a layer changes says where that comes from."""
    entries = (
        *layer.bands, *layer.refused, *layer.hidden, *layer.shown, *layer.overrides, *layer.padded,
        *layer.states,
    )  # fmt: skip
    assert layer.title
    assert all(entry.source for entry in entries)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_overrides_name_registers_that_exist(layer: Layer) -> None:
    """A register that a layer changes is in some family that the entry covers."""
    for override in layer.overrides:
        covered = [
            model
            for model in load_models().values()
            if override.scope.covers(model.name, model.family)
        ]
        names = {spec.name for model in covered for spec in load_registers(model.family)}
        assert override.register in names


def test_usual_paths_follow_the_family() -> None:
    """SH-RT are read on their LAN port, string inverters through a dongle, SH-T through a S2."""
    wanted = {"SH10RT": "lan", "SG5.0RT": "winet-s", "SH15T": "winet-s2", "SH5K-20": "wifi-dongle"}
    assert {name: usual_path(find_model(name)) for name in wanted} == wanted
    for station, path in (("Logger1000", "logger"), ("iHomeManager", "ihomemanager")):
        assert usual_path(find_model(station)) == path
    assert usual_path(find_model("AC22E-01")) == "lan"


def test_unknown_layers_name_the_nearest() -> None:
    """A path or firmware that does not exist is answered with those that do."""
    with pytest.raises(UnknownNameError, match="winet-s"):
        load_path("winet")
    with pytest.raises(UnknownNameError, match="2024-11"):
        load_firmware("2024-12")


def test_the_web_side_is_no_path() -> None:
    """What differs on a dongle's pages is a layer of its own; no door is offered it."""
    assert load_web().name == "winet-web"
    assert load_web().timing is None
    assert "winet-web" not in PATHS


def test_scopes_match_patterns() -> None:
    """Families may be patterns, models are names, and nothing given means all."""
    assert Scope(("hybrid-*",), ()).covers("SH10RT", "hybrid-rt")
    assert not Scope(("hybrid-*",), ()).covers("SG5.0RT", "string-rt")
    assert Scope((), ("SH15T",)).covers("SH15T", "hybrid-t")
    assert not Scope((), ("SH15T",)).covers("SH20T", "hybrid-t")
    assert Scope((), ()).covers("anything", "at-all")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "x.toml"),
        ("sources = []", "'title' is missing"),
        (MINIMAL + "colour = 1", "unknown key 'colour'; allowed are band"),
        (MINIMAL + "[undefined]\ncoil = 0", "coil"),
        (
            MINIMAL + '[[band]]\nsource = "s"\ntable = "input"\nranges = [[9, 1]]',
            "ends before it begins",
        ),
        (MINIMAL + 'inverters = "two"', "inverters='two': allowed are one, many, none"),
        (
            MINIMAL + '[[override]]\nsource = "s"\nregister = "r"\ncolour = 1',
            "an override of r cannot change 'colour'",
        ),
    ],
)
def test_malformed_layers_say_what_is_wrong(text: str, message: str) -> None:
    """A mistake in a layer file is answered with the file and what is allowed."""
    with pytest.raises(EmulatorError, match=message):
        parse_layer("x.toml", "x", text)


def test_timing_belongs_to_paths() -> None:
    """A path says how slow it is and how many sessions it serves."""
    timing = load_path("winet-s").timing
    assert timing is not None
    assert timing.holding_latency == (0.1, 0.5)
    assert load_firmware("2026").timing is None
    assert load_path("winet-s").zero_sentinels == (Table.INPUT,)


def test_stale_settings_belong_to_dongles() -> None:
    """What is written reads back after two minutes or more there, and elsewhere at once."""
    spans = {name: timing.read_back for name in PATHS if (timing := load_path(name).timing)}
    assert len(spans) == len(PATHS)
    assert {name for name, span in spans.items() if span != (0, 0)} == {"winet-s", "winet-s2"}
    assert all(span[0] == 120 < span[1] for span in spans.values() if span != (0, 0))


def test_a_winet_s2_answers_input_reads_in_a_few_milliseconds() -> None:
    """Its median is 6.5 ms where one read follows the other: latency and gap together."""
    timing = load_path("winet-s2").timing
    assert timing is not None
    assert 0.005 <= sum(timing.input_latency) / 2 + timing.minimum_gap <= 0.0065


def test_contention_belongs_to_dongles() -> None:
    """Only they answer holding reads with exception 4 now and then."""
    busy = {n for n in PATHS if (timing := load_path(n).timing) and timing.contention > 0}
    assert busy == {"winet-s", "winet-s2"}


@pytest.mark.parametrize(
    ("path", "inverters", "station", "ports"),
    [
        ("lan", "one", "", (502,)),
        ("winet-s", "one", "", (502,)),
        ("logger", "many", "Logger1000", (502, 505)),
        ("ihomemanager", "none", "iHomeManager", (503, 502, 504)),
    ],
)
def test_who_answers_at_an_address(
    path: str, inverters: str, station: str, ports: tuple[int, ...]
) -> None:
    """A Logger is a gateway beside itself, an iHomeManager is alone."""
    layer = load_path(path)
    assert (layer.inverters, layer.station, layer.ports) == (inverters, station, ports)
    if station:
        assert find_model(station).family in layer.companions
        assert layer.units["station"] == 247


def test_only_dongles_speak_tls() -> None:
    """Port 516 of an inverter's own LAN port is closed (mkaiser notes)."""
    assert {name: load_path(name).tls_port for name in PATHS if load_path(name).tls_port} == {
        "winet-s": 516,
        "winet-s2": 516,
    }


@pytest.mark.parametrize("name", PATHS)
def test_the_documented_ports_are_those_of_the_data(name: str) -> None:
    """The table of the ways in tells each port that a device has on them."""
    page = Path(__file__).parents[3] / "docs" / "how-to" / "choose-the-way-in.md"
    rows = [line.split("|") for line in page.read_text("utf-8").splitlines()]
    (row,) = (row for row in rows if len(row) > 3 and f"`{name}`" in row[1])
    path = load_path(name)
    told = [str(port) for port in sorted(path.ports)]
    told += [f"{path.tls_port} (TLS)"] * bool(path.tls_port)
    assert row[3].strip() == ", ".join(told)


def test_an_ihomemanager_bears_one_client_at_each_port() -> None:
    """Sungrow's document says so; a Logger bears many."""
    home, logger = load_path("ihomemanager").timing, load_path("logger").timing
    assert home is not None
    assert logger is not None
    assert (home.sessions, logger.sessions) == (1, 0)
    assert logger.holding_latency[0] > logger.input_latency[1]
