"""Terminals: how they are opened, named, linked to and given back."""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.servers.terminal import (
    Device,
    PseudoTerminal,
    hung_up,
    look_for_terminal,
    make_raw,
    open_terminal,
)


@pytest.fixture
def pair() -> Iterator[tuple[int, str]]:
    """Make a terminal that is not the emulator's; give the far end, and the path."""
    far, near = os.openpty()
    yield far, os.ttyname(near)
    os.close(far)
    os.close(near)


def test_a_pseudo_terminal_has_a_name_and_is_raw() -> None:
    """9600 8N1: no echo, no line editing, no parity; a client's end under a path of its own."""
    with closing(open_terminal("pty")) as terminal:
        assert Path(terminal.name).is_char_device()
        client = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        flags = termios.tcgetattr(client)
        os.close(client)
    assert flags[:2] == [0, 0]
    assert flags[2] & (termios.CSIZE | termios.PARENB | termios.CSTOPB) == termios.CS8
    assert flags[3:6] == [0, termios.B9600, termios.B9600]
    assert terminal.link is None


def test_a_link_leads_to_it_until_the_end(tmp_path: Path) -> None:
    """It is there at once and gone with the terminal."""
    link = tmp_path / "inverter"
    with closing(open_terminal(f"pty:{link}")) as terminal:
        assert terminal.link == link
        assert os.readlink(link) == terminal.name
        assert [path.name for path in tmp_path.iterdir()] == ["inverter"]
    assert list(tmp_path.iterdir()) == []


def test_a_stale_link_is_replaced(tmp_path: Path, pair: tuple[int, str]) -> None:
    """One to nothing, or to a pseudo terminal that has got the number since."""
    link = tmp_path / "inverter"
    for target in ("/dev/pts/99999", pair[1]):
        link.symlink_to(target)
        os.utime(link, (1, 1), follow_symlinks=False)
        with closing(open_terminal(f"pty:{link}")) as terminal:
            assert os.readlink(link) == terminal.name


def test_a_link_that_somebody_has_is_refused(tmp_path: Path) -> None:
    """It goes on to lead to the terminal that it was made for, and is removed with that."""
    link = tmp_path / "inverter"
    with closing(open_terminal(f"pty:{link}")) as first:
        before = os.listdir("/dev/fd")
        with pytest.raises(ConflictError, match=r"leads to /dev/.*, which somebody has"):
            open_terminal(f"pty:{link}")
        assert os.listdir("/dev/fd") == before
        assert os.readlink(link) == first.name
    assert not link.is_symlink()


def test_a_stale_link_to_the_same_number_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal may get the number that the one before it had."""
    link = tmp_path / "inverter"
    open_pair = os.openpty

    def linked_before() -> tuple[int, int]:
        far, near = open_pair()
        link.symlink_to(os.ttyname(near))
        return far, near

    monkeypatch.setattr(os, "openpty", linked_before)
    with closing(open_terminal(f"pty:{link}")) as terminal:
        assert os.readlink(link) == terminal.name
    assert not link.is_symlink()


def test_a_link_that_leads_elsewhere_by_now_is_left_alone(tmp_path: Path) -> None:
    """Somebody else has made it anew."""
    link = tmp_path / "inverter"
    with closing(open_terminal(f"pty:{link}")):
        link.unlink()
        link.symlink_to("/dev/null")
    assert os.readlink(link) == "/dev/null"


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_no_link_of_ours_is_refused(tmp_path: Path, kind: str) -> None:
    """A real file, a directory, or a link to either stays as it is."""
    place, file = tmp_path / "inverter", tmp_path / "file"
    file.write_text("mine")
    if kind == "file":
        place = file
    elif kind == "directory":
        place.mkdir()
    else:
        place.symlink_to(file)
    with pytest.raises(EmulatorError, match="no link to a pseudo terminal and stays as it is"):
        open_terminal(f"pty:{place}")
    assert file.read_text() == "mine"
    assert place.exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("pty:/nowhere/at/all", "cannot make the link /nowhere/at/all: no such file or directory"),
        ("pty:", "names no link"),
        ("/dev/tty-none", "rtu='/dev/tty-none' is no serial line to be had: no such file"),
        ("/dev/null", "it is no terminal; it takes a serial device, a terminal, or pty"),
        ("/", "is a directory"),
        ("", "rtu='' is no serial line to be had"),
        ("a\0b", "no NUL character"),
        ("pty:" + "x" * 5000, "file name too long"),
    ],
)
def test_what_cannot_be_had_is_explained(place: str, said: str) -> None:
    """One sentence with what is allowed."""
    before = os.listdir("/dev/fd")
    with pytest.raises(EmulatorError, match=said) as caught:
        open_terminal(place)
    assert "\n" not in str(caught.value)
    assert os.listdir("/dev/fd") == before


@pytest.mark.parametrize("place", ["pty", "pty:link", "pty:/dev/link", "/dev/null"])
def test_what_is_there_is_found_without_opening(place: str) -> None:
    """A link needs its directory only."""
    assert look_for_terminal(place) is None


@pytest.mark.parametrize("place", ["pty:/no/where", "/dev/tty-none", ""])
def test_what_is_not_there_is_explained(place: str) -> None:
    """In the words of opening."""
    with pytest.raises(EmulatorError, match=r"is no serial line to be had: no such file .*; it"):
        look_for_terminal(place)


def test_a_system_without_pseudo_terminals_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container without /dev/pts."""

    def none_left() -> tuple[int, int]:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(os, "openpty", none_left)
    with pytest.raises(EmulatorError, match="cannot make a pseudo terminal: no such file"):
        open_terminal("pty")


def test_a_device_is_set_raw_and_kept_for_oneself(pair: tuple[int, str]) -> None:
    """A second emulator on it is refused; after the first has left it may come."""
    far, path = pair
    with closing(open_terminal(path)) as terminal:
        assert (terminal.name, terminal.link) == (path, None)
        assert terminal.open() == terminal.open()
        assert termios.tcgetattr(terminal.open())[3] == 0
        terminal.engage()
        os.write(far, b"\x03\x0d\x04")
        assert os.read(terminal.open(), 10) == b"\x03\x0d\x04"
        with pytest.raises(EmulatorError, match="another program has it"):
            open_terminal(path)
    with closing(open_terminal(path)):
        pass


def test_a_device_is_opened_anew_after_it_was_lost(pair: tuple[int, str]) -> None:
    """By its path; while that leads nowhere, opening fails and may be tried again."""
    terminal = Device(pair[1])
    terminal.open()
    terminal.release()
    terminal.name = "/dev/tty-none"
    with pytest.raises(FileNotFoundError):
        terminal.open()
    terminal.name = pair[1]
    with closing(terminal):
        assert os.isatty(terminal.open())


def test_a_pseudo_terminal_is_the_same_for_the_next_client() -> None:
    """Name and settings; what the one before did not read is gone."""
    with closing(PseudoTerminal()) as terminal:
        master = terminal.open()
        client = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        terminal.engage()
        terminal.engage()
        settings = termios.tcgetattr(client)
        settings[3] |= termios.ICANON
        termios.tcsetattr(client, termios.TCSANOW, settings)
        os.write(master, b"for nobody\n")
        os.close(client)
        with pytest.raises(OSError, match="Input/output"):
            os.read(master, 1)
        assert hung_up(master)
        terminal.release()
        assert terminal.open() == master
        client = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            os.read(client, 10)
        assert termios.tcgetattr(client)[3] == 0
        os.write(client, b"hello")
        assert os.read(master, 10) == b"hello"
        os.close(client)


def test_requests_of_a_client_that_left_are_forgotten() -> None:
    """Its answers would be for the next one; what that one asks is kept."""
    with closing(PseudoTerminal()) as terminal:
        master = terminal.open()
        client = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        terminal.engage()
        os.write(client, b"old" * 3000)
        os.close(client)
        terminal.release()
        client = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        os.write(client, b"new")
        terminal.release()
        assert os.read(master, 10) == b"new"
        assert not hung_up(master)
        os.close(client)


def test_raw_is_for_terminals() -> None:
    """Of anything else it is an OSError like those of opening."""
    with Path("/dev/null").open() as file, pytest.raises(OSError, match="ioctl"):
        make_raw(file.fileno())


def test_a_link_whose_directory_is_gone_ends_nothing(tmp_path: Path) -> None:
    """Closing goes on where there is nothing to remove."""
    place = tmp_path / "folder"
    place.mkdir()
    terminal = open_terminal(f"pty:{place / 'link'}")
    (place / "link").unlink()
    place.rmdir()
    terminal.close()
    assert not place.exists()
