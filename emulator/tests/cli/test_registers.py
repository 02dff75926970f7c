"""Tests of reading and writing over Modbus, against an emulated inverter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cli.running import control_api
from control.recorder import DEVICE, STATE, Recorder

from sungrow_emulator.answers import DoorAnswer, StateAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.registers import Place, door_of, place_of
from sungrow_emulator.testing import Handle, SungrowEmulator

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="inverter", scope="module")
def _inverter() -> Iterator[Handle]:
    with SungrowEmulator(model="SH10RT") as inverter:
        yield inverter


@pytest.fixture(name="at")
def _at(inverter: Handle) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(inverter.modbus_port)]


def door(port: int, **changes: object) -> DoorAnswer:
    """Return a door as the state of an emulator shows it."""
    whole = DoorAnswer(
        kind="modbus",
        host="127.0.0.1",
        port=port,
        path="lan",
        firmware="2026",
        persona="hybrid-rt/lan/2026",
        encryption="zero",
        units={"1": "inverter", "200": "battery"},
        connections=0,
        requests=0,
        exceptions=0,
    )
    return replace(whole, **changes)


def rows(out: str) -> list[list[str]]:
    """Return the cells of the rows below the headings."""
    return [line.split() for line in out.splitlines()[1:]]


def test_read_words(call: Call, at: list[str]) -> None:
    """Numbers without a known model are words, shown in both countings."""
    code, out, err = call("read", "5000", "13000:2", *at)
    assert (code, err) == (0, "")
    assert rows(out)[0] == ["input", "5000", "4999", "3587", "0E03"]
    assert [row[1] for row in rows(out)] == ["5000", "13000", "13001"]


def test_read_wire_addresses(call: Call, at: list[str]) -> None:
    """Wire addresses are one less."""
    assert rows(call("read", "4999", "--wire", *at)[1])[0][1:4] == ["5000", "4999", "3587"]


def test_read_by_type(call: Call, at: list[str]) -> None:
    """A type makes values of the words."""
    out = call("read", "4990:10", "--type", "UTF8", *at, "--json")[1]
    (row,) = json.loads(out)
    assert row["value"].startswith("A2")


def test_read_by_name(call: Call, at: list[str]) -> None:
    """A name asks the inverter which model it is."""
    code, out, _ = call("read", "device_type_code", "min_soc", *at)
    assert code == 0
    assert rows(out)[1][0] == "holding"
    assert "%" in out


@pytest.mark.parametrize("model", ["SH10RT", "0x0E03"])
def test_read_with_model(call: Call, at: list[str], model: str) -> None:
    """A model that is given names the registers."""
    assert "load_power" in call("read", "13008", "--model", model, *at)[1]


def test_read_holding(call: Call, at: list[str]) -> None:
    """The table is input unless another is asked for."""
    assert rows(call("read", "13059", "--table", "holding", *at)[1])[0][0] == "holding"


def test_read_a_battery(call: Call, at: list[str]) -> None:
    """Another unit is another device."""
    arguments = ["battery_serial_number", "--unit", "200", "--model", "SBR128"]
    assert "battery_serial_number" in call("read", *arguments, *at)[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["13059", "200"], [200]),
        (["min_soc", "12.5"], [125]),
        (["min_soc", "0x64"], [100]),
        (["13059", "70", "--function", "16"], [70]),
        (["13058", "60", "--wire"], [60]),
        (["export_power_limit_mode", "on"], [0xAA]),
    ],
)
def test_write(call: Call, at: list[str], arguments: list[str], words: list[int]) -> None:
    """What was written is shown and can be read back."""
    code, out, err = call("write", *arguments, *at, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["words"] == words
    assert answer["function"] == (16 if "16" in arguments else 6)
    read = call("read", str(answer["address"]), "--table", "holding", *at, "--json")[1]
    assert json.loads(read)[0]["words"] == words


def test_write_for_people(call: Call, at: list[str]) -> None:
    """What was written is said in both countings."""
    out = call("write", "min_soc", "5", *at)[1]
    assert out == "wrote holding 13059 (wire 13058): 0032 with function 6\n"


def test_write_below_zero(call: Call, at: list[str]) -> None:
    """A value below 0 is no option."""
    assert "with function 16" in call("write", "13059", "-2", "--type", "S32", *at)[2]
    assert "exception" in call("write", "13059", "-2", "--type", "S16", *at)[2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["read", "40000"], 1, "input 40000 (wire 39999), 1 word: the device answers exception 2"),
        (["write", "4999", "1"], 1, "exception"),
        (["read", "laod_power"], 2, "did you mean load_power"),
        (["read", "5000:200"], 2, "1 to 125 words"),
        (["read", "5000", "--model", "SH10TR"], 2, "did you mean"),
        (["read", "5000", "--unit", "9", "--timeout", "0.1"], 3, "unit 9"),
        (["read", "5000", "--port", "99999"], 2, "1<=x<=65535"),
        (["read"], 2, "Missing argument"),
        (["write", "5000"], 2, "Missing argument"),
    ],
)
def test_errors(call: Call, at: list[str], arguments: list[str], code: int, said: str) -> None:
    """Each error is one line with its exit code."""
    where = at if "--port" not in arguments else []
    got, _, err = call(*arguments, *where)
    assert (got, err.count("\n")) == (code, 1)
    assert said in err


def test_default_door() -> None:
    """Without host, port and URL it is the default port of this machine."""
    assert place_of("", None, None, "", "", "") == Place("127.0.0.1", 5020, 1, "")
    assert place_of("inverter", None, 2, "SH10RT", "", "").port == 5020


def test_door_of_a_running_emulator(
    call: Call, inverter: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a URL host, port, unit and model come from the emulator there."""
    from control import recorder as module

    monkeypatch.setattr(module, "STATE", replace(STATE, doors=(door(inverter.modbus_port),)))
    with control_api(Recorder().facade) as url:
        assert "load_power" in call("read", "13008", "--url", url)[1]
        assert "min_soc" in call("read", "min_soc", "--url", url, "--unit", "1")[1]
        monkeypatch.setenv("SUNGROW_EMULATOR_URL", url)
        assert "load_power" in call("read", "load_power", "--host", "127.0.0.1")[1]


def test_url_without_need(call: Call, at: list[str]) -> None:
    """Where host and port are given nobody is asked for them."""
    assert call("read", "5000", *at, "--url", "http://127.0.0.1:1")[0] == 0


def state(*doors: DoorAnswer) -> StateAnswer:
    """Return the state of an emulator with a hybrid and its battery."""
    battery = replace(DEVICE, id="battery", model="SBR128")
    return replace(STATE, devices=(DEVICE, battery), doors=doors)


@pytest.mark.parametrize(
    ("unit", "model"), [(None, "SH10RT"), (1, "SH10RT"), (200, "SBR128"), (9, "")]
)
def test_unit_and_model(unit: int | None, model: str) -> None:
    """The model is that of the device behind the unit."""
    assert door_of(state(door(5020)), "h", unit).model == model


def test_door_on_all_addresses() -> None:
    """A door on all addresses is reached where the control API was."""
    assert door_of(state(door(5020, host="0.0.0.0")), "emu.local").host == "emu.local"
    assert door_of(state(door(5020, host="::")), "emu.local").host == "emu.local"


def test_first_device_elsewhere() -> None:
    """Where no unit leads to the first device it is unit 1."""
    assert door_of(state(door(5020, units={"2": "battery"})), "h").unit == 1


def test_no_door() -> None:
    """An emulator without a Modbus door says so."""
    with pytest.raises(EmulatorError, match="no Modbus door"):
        door_of(state(door(5020, kind="serial")), "h")


def test_unknown_type_code(call: Call, inverter: Handle, at: list[str]) -> None:
    """An inverter that nobody knows needs a model."""
    inverter.pin("input", 5000, [0xFFF0])
    code, _, err = call("read", "load_power", *at)
    inverter.unpin("input", 5000)
    assert (code, "0xFFF0, which no known model has; give --model" in err) == (2, True)
