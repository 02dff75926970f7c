"""Tests of device/settings.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.figures import figures
from sungrow_emulator.catalog.models import find_model, load_models
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import RegisterSpec
from sungrow_emulator.device.settings import ILLEGAL_ADDRESS, SETTING_FAILURE, Settings


def settings(model: str) -> Settings:
    """Return the settings of a model as after start."""
    spec = find_model(model)
    return Settings(load_registers(spec.family), figures(spec))


def register(model: str, name: str) -> RegisterSpec:
    """Return a holding register of a model by name."""
    return next(
        spec
        for spec in load_registers(find_model(model).family)
        if spec.name == name and spec.table.value == "holding"
    )


def test_defaults_come_from_the_catalog() -> None:
    """A fresh inverter runs, without limits and in self-consumption."""
    fresh = settings("SH10RT")
    assert fresh.get("start_stop") == 0xCF
    assert fresh.get("charge_discharge_command") == 0xCC
    assert fresh.scaled("export_power_limit", "W") == 10000
    assert fresh.values["max_soc"] == 1000


def test_every_model_has_valid_defaults() -> None:
    """The default of every writable register may itself be written."""
    for name in load_models():
        store = settings(name)
        for spec in load_registers(find_model(name).family):
            if spec.writable and spec.default:
                raw = store.get(spec.name)
                assert store.check(spec, raw, {}) == 0, (name, spec.name)


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("max_soc", 900, 0),
        ("max_soc", 400, SETTING_FAILURE),
        ("charge_discharge_power", 10001, SETTING_FAILURE),
        ("ems_mode", 1, SETTING_FAILURE),
    ],
)
def test_values_outside_are_refused(name: str, raw: int, code: int) -> None:
    """A value outside its range gets exception 4, as hardware does."""
    assert settings("SH10RT").check(register("SH10RT", name), raw, {}) == code


def test_soc_limits_may_not_cross() -> None:
    """Maximum and minimum state of charge are refused where they would cross."""
    store, low, high = settings("SH10RT"), *(
        register("SH10RT", name) for name in ("min_soc", "max_soc")
    )  # fmt: skip
    store.write(high, 500)
    assert store.check(low, 500, {}) == SETTING_FAILURE
    assert store.check(low, 500, {"max_soc": 900}) == 0


def test_registers_without_default_are_absent() -> None:
    """What a model does not have refuses writes with exception 2."""
    spec = register("SH100CX", "export_power_limit")
    assert settings("SH100CX").check(spec, 5000, {}) == ILLEGAL_ADDRESS


def test_shadows_hand_on_in_their_own_scale() -> None:
    """33148 in 10 W commands the same setting as 13052 in W."""
    store, twin = settings("SH10RT"), register("SH10RT", "charge_discharge_power_wide")
    assert store.check(twin, 250, {}) == 0
    store.write(twin, 250)
    assert store.get("charge_discharge_power") == 2500
    assert store.as_raw("charge_discharge_power", twin.unit, twin.scale) == 250


def test_local_control_refuses_writes() -> None:
    """With 5034 = local only, nothing but 5034 itself can be written."""
    store = settings("SG5.0RT")
    switch, ratio = (
        register("SG5.0RT", name) for name in ("local_remote_control", "power_limitation_setting")
    )
    store.write(switch, 2)
    assert store.check(ratio, 500, {}) == SETTING_FAILURE
    assert store.check(switch, 3, {}) == 0


def test_feed_in_limit_is_ignored_while_off() -> None:
    """13074 keeps its value while 13087 is off."""
    store = settings("SH10RT")
    limit, mode = (
        register("SH10RT", name) for name in ("export_power_limit", "export_power_limit_mode")
    )
    store.write(limit, 3000)
    assert store.get("export_power_limit") == 10000
    store.write(mode, 0xAA)
    store.write(limit, 3000)
    assert store.get("export_power_limit") == 3000
    store.reset()
    assert store.get("export_power_limit") == 10000
    assert not store.is_on("export_power_limit_mode")


def test_ratio_and_power_limit_stay_in_step() -> None:
    """5008 in 0.1 % and 5039 in 0.1 kW are one limit."""
    store = settings("SG5.0RT")
    ratio, power = (
        register("SG5.0RT", name)
        for name in ("power_limitation_setting", "power_limitation_adjustment")
    )
    store.write(ratio, 500)
    assert store.get("power_limitation_adjustment") == 25
    store.write(power, 40)
    assert store.get("power_limitation_setting") == 800
    assert store.scaled("no_such_register", "W") is None
