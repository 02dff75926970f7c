"""Tests of device/persona.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.personas import parse_layer
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.device.persona import Persona, resolve_path, resolve_persona


def persona(model: str, path: str, firmware: str = "pre-2024-11", strict: bool = False) -> Persona:
    """Return the persona of a model by name."""
    return resolve_persona(find_model(model), path, firmware, strict)


def register(of: Persona, name: str, table: Table = Table.INPUT) -> RegisterSpec | None:
    """Return a register as it is shown, None where it is not."""
    found = (s.spec for s in of.registers if s.spec.name == name and s.spec.table is table)
    return next(found, None)


def answers(of: Persona, address: int, count: int = 1, table: Table = Table.INPUT) -> bool:
    """Tell whether a read of document numbers gets words."""
    if table is Table.INPUT and address in of.refused_starts:
        return False
    return any(
        first <= address and address + count - 1 <= last for first, last in of.blocks[table]
    )


def test_auto_takes_the_usual_path_and_says_so() -> None:
    """The user learns which path was chosen."""
    assert resolve_path(find_model("SH10RT"), "auto") == (
        "lan",
        ("path auto: SH10RT is usually read through lan",),
    )


def test_unusual_paths_are_allowed_with_a_warning() -> None:
    """An SH-T has no LAN port; asking for one is answered with the reason."""
    path, notes = resolve_path(find_model("SH15T"), "lan")
    assert path == "lan"
    assert "no LAN port" in notes[0]
    assert resolve_path(find_model("SH10RT"), "winet-s") == ("winet-s", ())


def test_unknown_paths_name_the_nearest() -> None:
    """A path that does not exist is refused."""
    with pytest.raises(UnknownNameError, match="winet-s"):
        resolve_path(find_model("SH10RT"), "winet-s3")


def test_lan_serves_what_the_dump_serves() -> None:
    """The bands of the LAN port are those of the SH10RT dump, and no more when strict."""
    strict = persona("SH10RT", "lan", strict=True)
    for first, last in ((4950, 5159), (5601, 5700), (6100, 6199), (13000, 13109), (13200, 13359)):
        assert answers(strict, first, min(last - first + 1, 125)), first
    assert answers(strict, 13000, 110, Table.HOLDING)
    assert not answers(strict, 7013, 25)
    assert not answers(strict, 20000)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("model", "path"),
    [("SH10RT", "winet-s"), ("SH15T", "winet-s2"), ("SH10RT", "winet-s2"), ("SH15T", "winet-s")],
)
def test_dongles_refuse_what_tells_them_from_a_lan_port(
    model: str, path: str, strict: bool
) -> None:
    """Arrays and firmware 3 and 4, however often clients ask for them."""
    dongle = persona(model, path, strict=strict)
    for address in (2613, 2629, 6100, 6196, 6500, 6826, 10757):
        assert not answers(dongle, address), address
    assert answers(dongle, 5000, 10)


@pytest.mark.parametrize("strict", [False, True])
def test_loggers_forward_no_arrays(strict: bool) -> None:
    """The documents say so; the LAN port has them."""
    assert not answers(persona("SH10RT", "logger", strict=strict), 6100, 96)
    assert answers(persona("SH10RT", "lan", strict=strict), 6100, 96)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("address", [5007, 5741, 13015, 13044])
def test_dongles_refuse_reads_that_begin_on_reserved_words(address: int, strict: bool) -> None:
    """They answer inside a block and not as its start."""
    dongle = persona("SH10RT", "winet-s", strict=strict)
    assert not answers(dongle, address)
    assert answers(dongle, address - 1, 2)


def test_reserved_words_answer_inside_the_blocks_that_clients_scan() -> None:
    """A dump lacks the pieces that begin there; SunGather's longer reads pass over them."""
    dongle = persona("SH10RT", "winet-s")
    for first, count, reserved in ((5040, 61, 5046), (5101, 100, 5142), (5601, 100, 5665)):
        assert answers(dongle, first, count)
        assert not answers(dongle, reserved)
        assert not answers(dongle, reserved, 10)


def test_string_inverters_have_no_block_of_a_hybrid() -> None:
    """SunGather asks for it at its highest level, and a dump shows that it is refused."""
    assert not answers(persona("SG5.0RS", "winet-s"), 13000, 101)
    assert answers(persona("SH10RT", "winet-s"), 13000, 101)


def test_what_no_source_speaks_of_is_answered_where_clients_scan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refusal that is not marked `always` gives way, unless strict."""
    entries = """
        title = "t"
        sources = []
        [[refuse]]
        source = "a guess"
        table = "input"
        ranges = [[6100, 6199]]
        [[refuse]]
        source = "a guess"
        table = "input"
        ranges = [[5741, 5741], [5743, 5743]]
        starting = true
        [[refuse]]
        source = "a dump"
        table = "input"
        ranges = [[5743, 5743]]
        starting = true
        always = true
    """
    layer = parse_layer("x.toml", "x", entries)
    monkeypatch.setattr("sungrow_emulator.device.persona.load_path", lambda _name: layer)
    loose, strict = (
        resolve_persona.__wrapped__(find_model("SH10RT"), "x", "2026", strict)
        for strict in (False, True)
    )
    assert answers(loose, 6100, 100)
    assert not answers(strict, 6100, 100)
    assert answers(loose, 5741, 2)
    assert not answers(strict, 5741, 2)
    assert not answers(loose, 5743)


def test_winet_hides_what_it_does_not_forward() -> None:
    """Registers that only the LAN port serves are gone behind a dongle."""
    assert register(persona("SH10RT", "lan"), "bus_voltage_lan")
    assert not register(persona("SH10RT", "winet-s"), "bus_voltage_lan")
    assert register(persona("SG5.0RT", "winet-s"), "bus_voltage")


def test_winet_shows_the_frequency_in_another_scale() -> None:
    """Many dongles show 0.01 Hz for hybrids where documents say 0.1 Hz."""
    scales = {
        (model, path): spec.scale
        for model, path in (("SH10RT", "lan"), ("SH10RT", "winet-s"), ("SG8.0RS", "winet-s"))
        if (spec := register(persona(model, path), "grid_frequency"))
    }
    assert list(scales.values()) == [0.1, 0.01, 0.1]


def test_firmware_waves_change_the_sign_of_battery_power() -> None:
    """Before November 2024 a magnitude, since then signed; without battery 0xFFFF all the same."""
    old = register(persona("SH10RT", "lan"), "battery_power")
    new = register(persona("SH10RT", "lan", "2024-11"), "battery_power")
    assert old
    assert new
    assert (old.datatype, old.shows) == (Datatype.U16, "battery.power.magnitude")
    assert (new.datatype, new.shows, new.sentinel) == (Datatype.S16, "battery.power", (0xFFFF,))


def test_firmware_of_2026_moves_the_load_switch() -> None:
    """13010 and 13011 changed places."""
    old, new = (
        register(persona("SH10RT", "lan", firmware), "load_on_off", Table.HOLDING)
        for firmware in ("pre-2024-11", "2026")
    )
    assert old
    assert new
    assert (old.address, new.address) == (13011, 13010)


def test_write_factor_is_a_matter_of_model_and_firmware() -> None:
    """Some SH-RT multiply what is written to 13074 by ten."""
    factors = [
        next(s.write_factor for s in of.registers if s.spec.name == "export_power_limit")
        for of in (persona("SH10RT", "lan"), persona("SH10RT", "lan", "2026"))
    ]
    assert factors == [1, 10]


def test_state_styles() -> None:
    """Older hybrids show bit-style codes, newer ones those of string inverters."""
    assert persona("SH10RT", "lan").state_style == "old"
    assert persona("SH10RT", "winet-s").state_style == "zero"
    assert persona("SH15T", "winet-s2").state_style == "new"
    assert persona("SH5.0RS", "lan", "2024-11").state_style == "new"


def test_padded_blocks_are_those_of_the_lan_port() -> None:
    """Only the LAN port of SH-RT pads the firmware blocks."""
    assert persona("SH10RT", "lan").padded == {2613: 15, 2629: 15}
    assert persona("SH10RT", "winet-s").padded == {}


def test_overrides_keep_to_short_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An override cannot turn a register into something of another length."""
    from sungrow_emulator.device.persona import _changed

    spec = register(persona("SH10RT", "lan"), "battery_power")
    assert spec
    with pytest.raises(EmulatorError, match="makes battery_power U32; allowed are U16 and S16"):
        _changed(spec, {"datatype": "U32"})


def test_the_web_side_is_laid_over_the_dongles_path() -> None:
    """What a path refuses and hides is there again, and each dongle keeps its own oddities."""
    model = find_model("SH10RT")
    port, side = (
        resolve_persona(model, "winet-s", "pre-2024-11", strict=True, web=web)
        for web in (False, True)
    )
    assert side.name == "hybrid-rt/winet-s+web/pre-2024-11"
    assert (side.path, side.firmware) == (port.path, port.firmware)
    assert (answers(port, 5147), answers(side, 5147)) == (False, True)
    assert (answers(port, 5741), answers(side, 5741)) == (False, True)
    assert register(port, "bus_voltage_lan") is None
    assert register(side, "bus_voltage_lan") is not None
    scales = [spec.scale for of in (port, side) if (spec := register(of, "grid_frequency"))]
    assert scales == [0.01, 0.1]
    assert (port.state_style, side.state_style) == ("zero", "old")
    s2 = resolve_persona(find_model("SH15T"), "winet-s2", "pre-2024-11", strict=True, web=True)
    shown = register(s2, "daily_output_energy")
    assert shown is not None
    assert shown.shows == "energy.export.daily"
    assert s2.blocks == persona("SH15T", "winet-s2", strict=True).blocks
