"""Tests of site_file.py."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, flag
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.plan import DEVICE_KEYS, HELD, Plan
from sungrow_emulator.site_file import SiteFileError, load_site, parse_site

CLUSTER = """
timezone: Europe/Berlin
seed: 5
devices:
- id: master
  site: roof
  model: SH10RT
  hold: {pv-power: 3000, soc: 40.5}
  faults: [514, grid-lost]
- id: slave
  site: roof
  model: 0x0E03
  unit: 2
  meter: none
  battery: none
"""


def parse(text: str, **options: Any) -> Plan:
    """Parse the text of a site file."""
    return parse_site("site.yaml", text, options)


def refused(text: str, **options: Any) -> str:
    """Return what is said about a site file that is wrong."""
    with pytest.raises(SiteFileError) as caught:
        parse(text, **options)
    return str(caught.value)


def test_a_file_is_a_plan() -> None:
    """Options beside the list hold for all devices, those of a device for it alone."""
    plan = parse(CLUSTER)
    master, slave = plan.devices
    assert plan.config.seed == 5
    assert (master.id, master.site, master.place) == ("master", "roof", "site.yaml:5")
    assert master.hold == {"pv_power": 3000, "soc": 40.5}
    assert master.faults == ("514", "grid-lost")
    assert (slave.config.model, slave.config.unit, slave.config.seed) == ("0x0E03", 2, 5)
    assert [d.config.instance for d in plan.devices] == [0, 1]


def test_dongles_are_for_single_devices_unless_asked_for() -> None:
    """Several dongles would want the same ports."""
    assert parse("devices: [{}]").devices[0].config.winet == "auto"
    assert {d.config.winet for d in parse("devices: [{}, {}]").devices} == {"none"}
    assert parse("devices: [{}, {winet: winet-s2}]").devices[1].config.winet == "winet-s2"
    assert parse("{winet: eyem4, devices: [{}, {}]}").devices[0].config.winet == "eyem4"


def test_given_options_go_before_the_file() -> None:
    """Those of the command line hold for every device, and so does their check."""
    plan = parse("{speed: 2, devices: [{modbus-port: 7}, {}]}", modbus_port=0, speed=9.0)
    assert {d.config.modbus_port for d in plan.devices} == {0}
    assert plan.config.speed == 9
    with pytest.raises(EmulatorError, match=r"^modbus-port=-1 must be between"):
        parse("devices: [{}]", modbus_port=-1)


def test_instances_count_on() -> None:
    """However the first number is given, no two devices have one serial number."""
    numbers = [d.config.instance for d in parse("devices: [{}, {}, {instance: 7}]").devices]
    assert numbers == [0, 1, 7]
    text = "{instance: 20, devices: [{}, {}, {instance: 7}]}"
    assert [d.config.instance for d in parse(text).devices] == [20, 21, 7]
    given_too = parse(text, instance=100).devices
    assert [d.config.instance for d in given_too] == [120, 121, 107]


def test_serial_numbers_stay_as_they_are_written() -> None:
    """Only a number of the emulator that is given beside the file counts them up."""
    text = "devices:\n- {}\n- serial-number: A2320857900\n- serial-number: A9\n"
    for options in ({}, {"instance": 0}):
        devices = parse(text, **options).devices
        assert [d.config.serial_number for d in devices[1:]] == ["A2320857900", "A9"]
    said = refused(text, instance=5)
    assert said.startswith("site.yaml:4: serial-number='A9': counting it up by 5 takes 2 or more")
    (device,) = parse("devices: [{serial-number: A90}]", instance=5).devices
    assert device.config.serial_number == "A95"


@pytest.mark.parametrize(
    ("written", "option", "value"),
    [
        ("model: 0x0E03", "model", "0x0E03"),
        ("serial-number: 123", "serial_number", "123"),
        ("strict: yes", "strict", True),
        ("strict: off", "strict", False),
        ("pv: 1e4", "pv", 10000.0),
        ("pv: 4200.5", "pv", 4200.5),
        ("pv: 4200", "pv", 4200),
        ("pv: null", "pv", None),
        ("modbus-port: 0x1F6", "modbus_port", 502),
        ("unit: 1_0", "unit", 10),
    ],
)
def test_values_are_what_the_option_takes(written: str, option: str, value: object) -> None:
    """Text stays as it is written; numbers and switches are those of YAML."""
    (device,) = parse(f"devices:\n- {written}\n").devices
    assert getattr(device.config, option) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "site.yaml:1: the file is empty; it needs devices:"),
        ("# nothing\n", "site.yaml:1: the file is empty; it needs devices:"),
        ("\n[]", "site.yaml:2: a mapping is wanted here"),
        ("seed: 1", "site.yaml:1: there are no devices; list them under devices:"),
        ("seed: 1\ndevices: []", "site.yaml:2: devices must be a list of at least one device"),
        ("devices: {}", "site.yaml:1: devices must be a list"),
        ("devices:\n- a\n", "site.yaml:2: a mapping is wanted here, of e.g. id, site, hold"),
        ("devices:\n- {}\nsede: 1", "site.yaml:3: unknown option 'sede'; did you mean seed"),
        ("devices:\n- mdoel: x", "site.yaml:2: unknown option 'mdoel'; did you mean model"),
        ("devices:\n- seed: 1", "site.yaml:2: seed holds for all devices; write it beside"),
        ("devices:\n- count: 2", "site.yaml:2: unknown option 'count'"),
        ("control-token: x\ndevices: [{}]", "site.yaml:1: unknown option 'control-token'"),
        ("devices:\n- id: a\n  id: b", "site.yaml:3: id stands here a second time"),
        ("devices:\n- {[a]: b}", "site.yaml:2: a name is wanted here"),
        ("devices:\n- id: a/b", "site.yaml:2: id='a/b' must be 1 to 80 letters"),
        ("devices:\n- model: x\n  id: ''", "site.yaml:3: a name or a number is wanted here"),
        ("devices:\n- id: [a]", "site.yaml:2: a name or a number is wanted here"),
        ("devices:\n- model: [a]", "site.yaml:2: model must be a single value"),
        (
            "devices:\n- model: SG5.0RT\n  path: lam",
            "site.yaml:3: path='lam': allowed are auto, lan",
        ),
        ("devices:\n- {}\n- winet-http-port: -1", "site.yaml:3: winet-http-port=-1 must be"),
        ("devices:\n- unit: '5'", "site.yaml:2: unit='5' must be a whole number"),
        ("devices:\n- unit: 1:30", "site.yaml:2: unit='1:30' must be a whole number"),
        ("devices:\n- unit: yes", "site.yaml:2: unit=True must be a whole number"),
        ("devices:\n- instance: yes", "site.yaml:2: instance=True must be a whole number"),
        ("devices:\n- pv: .inf", "site.yaml:2: pv='.inf' must be a number"),
        ("devices:\n- pv: '5'", "site.yaml:2: pv='5' must be a number"),
        ("devices:\n- pv: much", "site.yaml:2: pv='much' must be a number"),
        ("devices:\n- {}\nspeed: 0", "site.yaml:3: speed=0 must be between 0.001 and 86400"),
        ("devices:\n- {}\nstart: noon", "site.yaml:3: start: 'noon' is not a time; write ISO"),
        ("devices:\n- hold: 5", "site.yaml:2: a mapping is wanted here, of e.g. pv-power, load"),
        ("devices:\n- hold:\n    pv: 5", "site.yaml:3: unknown option 'pv'; allowed are pv-power"),
        ("devices:\n- hold:\n    soc: half", "site.yaml:3: soc='half' must be a number"),
        ("devices:\n- hold: {soc: [1]}", "site.yaml:2: a name or a number is wanted here"),
        ("devices:\n- faults: 5", "site.yaml:2: faults must be a list of numbers or names"),
        ("devices:\n- faults: [[5]]", "site.yaml:2: a name or a number is wanted here"),
        (f"devices:\n- faults: [{'5,' * 101}]", "site.yaml:2: these are too many faults"),
        (f"devices: [{'{},' * 10_001}]", "site.yaml:1: 10001 devices are too many"),
        ("a: [", "site.yaml:1: while parsing a flow node, expected the node content"),
        ("a: 1\nb: *c", "site.yaml:2: found undefined alias 'c'"),
        ("a: 1\n---\nb: 2", "site.yaml:2: expected a single document in the stream"),
        ("devices:\n- id: '\x00'", "site.yaml:2: a character that YAML does not allow"),
        ('a: 1\nb: "\\UFFFFFFFF"', "site.yaml:1: a text of it names a character that"),
        ("[" * 5000, "site.yaml:1: lists and mappings stand in each other too deep"),
        ("x: &x {}\n", "site.yaml:1: unknown option 'x'"),
        ("devices:\n- &a {}\n- <<: *a", "site.yaml:3: merge keys are not read; options beside"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, says: str) -> None:
    """The sentence names file, line and what is allowed."""
    assert refused(text).startswith(says)


@pytest.mark.parametrize(
    ("device", "says"),
    [
        ("model: SH10TR", "unknown model 'SH10TR'; did you mean"),
        ("{model: SG5.0RT, battery: SBR128}", "SG5.0RT has no battery converter"),
        ("serial-number: ü", "serial-number='ü' must be 1 to 20 printable ASCII characters"),
        ("timezone: Europe/Berlim", "did you mean Europe/Berlin"),
        (
            "{modbus-port: 0, faults: [gird-lost]}",
            "unknown fault 'gird-lost'; did you mean",
        ),
        (
            "{modbus-port: 0, hold: {pv-power: 99999}}",
            "inverter-2: hold pv-power: watts=99999 must",
        ),
        (
            "{id: a, unit: 2, battery: none, hold: {soc: 5}}",
            "a: hold soc: SH10RT has no batt",
        ),
        ("{modbus-port: 0, hold: {soc: inf}}", "inverter-2: hold soc: percent=inf must be"),
        ("{}", "unit=1: that is inverter-1 at 127.0.0.1:5020 already; choose another unit or"),
        ("{unit: 200}", "unit=200: that is battery at 127.0.0.1:5020 already"),
        ("unit: 2", "unit=200, the battery of inverter-2: that is battery at 127.0.0.1:5020 alr"),
        ("{id: inverter-1}", "device 'inverter-1' is there already; choose another id"),
        ("encryption: key", "encryption=key: 127.0.0.1:5020 speaks zero already; choose that"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(device: str, says: str) -> None:
    """Mistakes that show only when devices are built begin with where the device is written."""
    text = f"devices:\n- battery: SBR128\n- {device}\n"
    with pytest.raises(EmulatorError) as caught:
        Emulator(parse(text))
    assert str(caught.value).startswith("site.yaml:3: "), caught.value
    assert says in str(caught.value).replace("inverter-1-battery", "battery")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (1, "timezone: Europe/Berlln\n\ndevices:\n- unit: 2"),
        (1, "model: SH10RTT\ndevices:\n- unit: 2"),
        (4, "devices:\n- unit: 2\n\n  model: SH10RTT"),
        (4, "devices:\n- unit: 2\n\n  model: 0x9999"),
        (4, "devices:\n- unit: 2\n\n  battery: SBR127"),
        (4, "devices:\n- model: SG5.0RT\n\n  battery: SBR128"),
        (4, "devices:\n- unit: 2\n\n  timezone: Europe/Berlln"),
        (4, "devices:\n- unit: 2\n\n  wallbox: AC22E-02"),
        (4, "devices:\n- unit: 2\n\n  wallbox: SH10RT"),
        (4, "devices:\n- unit: 2\n\n  serial-number: ü"),
        (5, "devices:\n- faults:\n  - grid-lost\n\n  - nope"),
        (5, "devices:\n- hold:\n    load-power: 5\n\n    pv-power: 99999"),
        (4, "devices:\n- unit: 2\n\n  modbus-second-port: 5020\n  path: logger"),
        (3, "devices:\n- id: a\n  id: b"),
    ],
)
def test_mistakes_are_told_with_the_line_of_the_option(line: int, text: str) -> None:
    """Wherever they are found: the line is that of the value."""
    with pytest.raises(EmulatorError, match=rf"^site\.yaml:{line}: "):
        Emulator(parse(text))


def test_mistakes_of_what_was_given_do_not_blame_the_file() -> None:
    """An option beside a file is told with its own name."""
    with pytest.raises(EmulatorError, match=r"^--model: unknown model 'SH10RTT'; did you mean"):
        Emulator(parse("devices:\n- model: SH10RT", model="SH10RTT"))


def test_devices_of_one_site_are_in_one_place() -> None:
    """The one that stands elsewhere is named."""
    text = "devices:\n- site: a\n- site: a\n  latitude: 50\n  unit: 2\n"
    with pytest.raises(EmulatorError, match=r"site\.yaml:3: site='a': its devices are in diff"):
        Emulator(parse(text))


def test_long_values_are_shortened() -> None:
    """A sentence stays a sentence whatever the file holds."""
    for text in (f"unit: {'9' * 9000}", f"path: {'x' * 9000}", f"{'k' * 9000}: 1"):
        assert len(refused(f"devices:\n- {text}")) < 300


def test_aliases_share_values() -> None:
    """An anchor may stand for a value or a whole device."""
    text = "devices:\n- {model: &m SG5.0RT, hold: &h {pv-power: 1}}\n- {model: *m, hold: *h}\n"
    first, second = parse(text).devices
    assert (second.config.model, second.hold) == ("SG5.0RT", first.hold)
    assert len(parse("devices:\n- &d {unit: 3}\n- *d\n").devices) == 2


def test_aliases_cannot_blow_up() -> None:
    """A billion laughs is a line of text, soon."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    nested = "&b0 [x, x]"
    for n in range(1, 30):
        nested = f"&b{n} [{nested}, *b{n - 1}]"
    begin = time.monotonic()
    assert "unknown option 'a0'" in refused("\n".join(levels))
    for key in ("id", "model", "hold", "faults", "unit"):
        said = refused(f"devices:\n- {key}: {nested}\n")
        assert len(said) < 200
    assert "a name or a number" in refused(f"devices:\n- hold: {{soc: {nested}}}")
    assert refused("devices: &a [*a]").startswith("site.yaml:1: ")
    assert refused("&a {devices: [*a]}").startswith("site.yaml:1: ")
    assert time.monotonic() - begin < 5


def test_tags_run_nothing() -> None:
    """Only the text of a value counts, whatever its tag."""
    said = refused("devices:\n- unit: !!python/object/apply:os.system [ls]\n")
    assert said == "site.yaml:2: unit must be a single value"
    (device,) = parse("devices:\n- model: !!python/name:os.system x\n").devices
    assert device.config.model == "x"


def test_files_are_read(tmp_path: Path) -> None:
    """Messages begin with the path as it was given; a byte order mark does no harm."""
    path = tmp_path / "site.yaml"
    path.write_text(f"\ufeff{CLUSTER}", "utf-8")
    assert [d.id for d in load_site(path, {}).devices] == ["master", "slave"]
    path.write_text("devices:\n- unit: 0\n", "utf-8")
    with pytest.raises(SiteFileError, match=f"^{path}:2: unit=0 must be between 1 and 246"):
        load_site(path, {})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """What is missing, a folder, too large, endless or no text is one sentence."""
    path = tmp_path / "site.yaml"
    with pytest.raises(SiteFileError, match=r"site\.yaml: No such file"):
        load_site(path, {})
    with pytest.raises(SiteFileError, match="Is a directory"):
        load_site(tmp_path, {})
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(SiteFileError, match=r"site\.yaml:2: not UTF-8 text"):
        load_site(path, {})
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(SiteFileError, match="larger than 1 MB"):
        load_site(path, {})
    with pytest.raises(SiteFileError, match="larger than 1 MB"):
        load_site(Path("/dev/zero"), {})


def said_in_one_line(text: str) -> None:
    """Parse; what is refused must be one line that begins with file and line."""
    try:
        plan = parse(text)
    except SiteFileError as error:
        said = str(error)
        assert said.startswith("site.yaml:")
        assert said.removeprefix("site.yaml:").partition(":")[0].isdecimal(), said
        assert len(said.splitlines()) == 1
        assert len(said) < 400
    else:
        assert plan.devices


@given(st.one_of(st.text(), st.text("\"'\\xuU0F{}[]:,&*!|>%@`- \n\t#?<=~yn", max_size=60)))
def test_any_text(text: str) -> None:
    """Any text is a plan or refused in one line."""
    said_in_one_line(text)
    said_in_one_line(f"devices:\n- id: {text}")


NAMES = st.sampled_from([*map(flag, Config.names()), *DEVICE_KEYS, *map(flag, HELD), "devices"])
ANY = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.sampled_from(["", "auto", "SH10RT", "2026-06-21", "0001-01-01T00:00:00+14:00"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(NAMES | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(ANY, st.lists(st.dictionaries(NAMES, ANY, max_size=3), max_size=3))
def test_any_yaml(anything: object, devices: list[Any]) -> None:
    """Any YAML, sensible or not, is a plan or refused in one line."""
    said_in_one_line(yaml.safe_dump(anything))
    said_in_one_line(yaml.safe_dump({"devices": devices}))


@given(NAMES, ANY, ANY)
def test_any_value(name: str, one: object, other: object) -> None:
    """Any value of a known option is taken or refused in one line."""
    said_in_one_line(yaml.safe_dump({name: one, "devices": [{name: other}]}))
