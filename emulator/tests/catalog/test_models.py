"""Models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from sungrow_emulator.catalog.errors import CatalogError, UnknownNameError
from sungrow_emulator.catalog.models import (
    find_model,
    load_models,
    models_by_type_code,
    resolve_model,
)
from sungrow_emulator.catalog.registers import families


def test_every_model_is_found_by_name_and_code() -> None:
    """All 285 models resolve by name in any case and are among the candidates of their code."""
    models = load_models()
    assert len(models) == 285
    for model in models.values():
        assert find_model(model.name.swapcase()) == model
        assert model in models_by_type_code(model.type_code)


def test_families_are_known_and_names_differ() -> None:
    """Each family has a register map, and no two names are the same in lower case."""
    models = load_models()
    assert {model.family for model in models.values()} <= set(families())
    assert max(Counter(name.casefold() for name in models).values()) == 1


def test_figures_are_plausible() -> None:
    """Inverters have power, trackers, strings and limits; hybrids a battery converter."""
    for model in load_models().values():
        assert model.sources
        assert set(model.unverified) <= set(model.__slots__)
        if model.family in ("logger", "ihomemanager", "wallbox-ac"):
            assert model.mppt_count == 0
            continue
        assert model.phases in (1, 3)
        assert 700 <= model.nominal_power <= 400_000
        assert len(model.strings_per_mppt) == model.mppt_count >= 1
        assert min(model.strings_per_mppt) >= 1
        assert model.mppt_voltage_min < model.mppt_voltage_max <= model.max_dc_voltage
        assert model.output_type in ((0,) if model.phases == 1 else (1, 2))
        assert model.hybrid == model.family.startswith("hybrid-")
        if model.hybrid:
            assert min(model.battery_max_charge, model.battery_max_discharge) > 0
            assert model.bdc_rated > 0
        else:
            assert model.power_limit_ratio_max >= 1000
            assert min(model.power_limit_max, model.reactive_limit) > 0


def test_a_shared_code_gives_all_candidates() -> None:
    """0x2430 is SG5.0RT, and SG5.0RT-20 too; the canonical one comes first."""
    assert [model.name for model in models_by_type_code(0x2430)] == ["SG5.0RT", "SG5.0RT-20"]
    assert models_by_type_code(0xFFFF) == ()
    shared = Counter(model.type_code for model in load_models().values())
    for code, count in shared.items():
        assert len(models_by_type_code(code)) == count


@pytest.mark.parametrize("text", ["SG5.0RT", " sg5.0rt ", "0x2430", "9264", "0X2430"])
def test_resolve_by_name_or_code(text: str) -> None:
    """A name, and a type code in hex or decimal, mean the same model."""
    assert resolve_model(text).name == "SG5.0RT"


def test_unknown_name_and_code_name_the_nearest() -> None:
    """What does not exist is answered with what does."""
    with pytest.raises(UnknownNameError, match=r"unknown model 'SH10TR'; did you mean .*SH10RT"):
        find_model("SH10TR")
    with pytest.raises(UnknownNameError, match="unknown type code '0x2431F'; did you mean 0x2431"):
        resolve_model("0x2431F")


def test_strings_of_each_tracker() -> None:
    """One figure stands for every tracker; string currents need two strings on one of them."""
    assert find_model("SG8.0RT").strings_per_mppt == (2, 1)
    assert find_model("SG8.0RT").string_currents
    assert find_model("SG110CX").strings_per_mppt == (2,) * 9
    assert not find_model("SG5.0RT").string_currents
    assert not find_model("SH15T").string_currents
    assert find_model("Logger1000").strings_per_mppt == ()


def test_what_no_source_backs_is_marked() -> None:
    """The estimates of a row are named; the padded strings of SH50CX are among them."""
    assert find_model("SG5.0RT").unverified == ("output_type",)
    assert "strings_per_mppt" in find_model("SH50CX").unverified
    assert "bdc_rated" in find_model("SH5.0RT").unverified
    assert "bdc_rated" not in find_model("SH10RT").unverified


def test_wrong_number_of_strings_is_refused(spoil: Callable[[str, str, str], None]) -> None:
    """A list of strings has one figure for each tracker."""
    spoil("models.csv", ",2,2;1,", ",2,2;1;1,")
    with pytest.raises(CatalogError, match="one figure, or one for each of the 2 trackers"):
        load_models()
