"""Serial devices, existing terminals, and pseudo terminals made here: raw, 9600 8N1."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import termios
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError

_PSEUDO = "pty"
_OPEN = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK


class Terminal(Protocol):
    """A place where one client at a time is spoken to.

    Attributes:
        name: path of the terminal: what is served, or what clients open.
        link: another path that leads to it; None where there is none.
        pause: seconds to leave a lost terminal alone before it is opened again.
    """

    name: str
    link: Path | None
    pause: float

    def open(self) -> int:
        """Return a non-blocking descriptor; OSError while there is nothing to open."""
        ...

    def engage(self) -> None:
        """Take note that a client has begun to speak."""
        ...

    def release(self) -> None:
        """Give up what `open` returned, for the other side is gone."""
        ...

    def close(self) -> None:
        """Give back everything."""
        ...


def checked_place(place: str) -> str:
    """Return a place that `open_terminal` can make sense of, whether or not it is there.

    Raises:
        EmulatorError: it is no path, or a pseudo terminal with a link that has no name.
    """
    if "\0" in place:
        raise EmulatorError("rtu: the path of a file has no NUL character in it")
    if place == f"{_PSEUDO}:":
        raise EmulatorError("rtu=pty: names no link; use pty, or pty:/path/of/a/link")
    return place


def open_terminal(place: str) -> Terminal:
    """Open a terminal for the first time.

    Args:
        place: path of a serial device or terminal, or `pty[:LINK]` for a pseudo terminal with a
            symbolic link to it.

    Raises:
        ConflictError: another program has it, or the link leads to another terminal in use.
        EmulatorError: it cannot be had; the message names the remedy.
    """
    kind, _, link = checked_place(place).partition(":")
    if kind == _PSEUDO:
        return PseudoTerminal(Path(link) if link else None)
    terminal = Device(place)
    try:
        terminal.open()
    except OSError as error:
        raise _not_to_be_had(place, error) from None
    return terminal


def look_for_terminal(place: str) -> None:
    """Look whether a place of `open_terminal` is there, without opening it.

    Raises:
        EmulatorError: there is nothing, or no directory for the link.
    """
    kind, _, link = checked_place(place).partition(":")
    wanted = os.path.dirname(link) or "." if kind == _PSEUDO else place
    try:
        os.stat(wanted)
    except OSError as error:
        raise _not_to_be_had(place, error) from None


def _not_to_be_had(place: str, error: OSError) -> EmulatorError:
    taken = error.errno == errno.EWOULDBLOCK
    return (ConflictError if taken else EmulatorError)(
        f"rtu={place!r} is no serial line to be had: {reason(error)}; it takes a serial device, a"
        " terminal, or pty[:LINK]"
    )


class Device:
    """A serial device, or a terminal that somebody else made; it may vanish and return.

    Args:
        path: e.g. `/dev/ttyUSB0`; looked up anew at each opening.
    """

    pause = 0.25

    def __init__(self, path: str) -> None:
        self.name = path
        self.link: Path | None = None
        self._descriptor: int | None = None

    def open(self) -> int:
        """Open it raw, for this program only; OSError where that cannot be.

        What was opened by `open_terminal` is handed out as it is.
        """
        if self._descriptor is None:
            descriptor = os.open(self.name, _OPEN)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                make_raw(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
        return self._descriptor

    def engage(self) -> None:
        """Nothing is to be done here."""

    def release(self) -> None:
        """Close it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    close = release


class PseudoTerminal:
    """A pair of which clients open one end, again and again under the same name.

    Its other end hangs up while no client has it open. So that clients can be waited for, the
    emulator keeps the client's end open itself until one has spoken.

    Args:
        link: a symbolic link to the client's end; one that a dead process left is replaced.

    Raises:
        ConflictError: the link leads to a pseudo terminal that somebody has.
        EmulatorError: the pair or the link cannot be made.
    """

    pause = 0.0

    def __init__(self, link: Path | None = None) -> None:
        try:
            self._master, slave = os.openpty()
        except OSError as error:
            raise EmulatorError(
                f"rtu: cannot make a pseudo terminal: {reason(error)};"
                " mount devpts at /dev/pts, or give a terminal that exists"
            ) from None
        self._guard: int | None = slave
        self.name = os.ttyname(slave)
        self.link: Path | None = None
        try:
            os.set_blocking(self._master, False)
            make_raw(slave)
            if link is not None:
                _link(link, self.name)
                self.link = link
        except BaseException:
            self.close()
            raise

    def open(self) -> int:
        """Return this end; bytes come once a client speaks."""
        if self._guard is None:
            self._guard = os.open(self.name, _OPEN)
            make_raw(self._guard)  # What the last client did not read is not for the next one.
        return self._master

    def engage(self) -> None:
        """Leave the other end to the client, so that its going is noticed."""
        if self._guard is not None:
            os.close(self._guard)
            self._guard = None

    def release(self) -> None:
        """Forget what the client that left had asked; this end stays open."""
        if hung_up(self._master):
            with suppress(OSError):  # EIO, once all has been read.
                while os.read(self._master, 4096):
                    pass

    def close(self) -> None:
        """Close both ends, and remove the link if it still is ours."""
        self.engage()
        os.close(self._master)
        if self.link is not None and _target(self.link) == self.name:
            with suppress(OSError):  # The directory may have been locked meanwhile.
                self.link.unlink()


def make_raw(descriptor: int) -> None:
    """Set a terminal to 9600 8N1 without any treatment of what passes; OSError if it is none.

    What had come in by then is forgotten.
    """
    try:
        *_, characters = termios.tcgetattr(descriptor)
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        control = termios.CS8 | termios.CREAD | termios.CLOCAL
        speed = termios.B9600
        termios.tcsetattr(
            descriptor, termios.TCSANOW, [0, 0, control, 0, speed, speed, characters]
        )
        termios.tcflush(descriptor, termios.TCIFLUSH)
    except termios.error as error:
        raise OSError(*error.args) from None


def hung_up(descriptor: int) -> bool:
    """Tell whether the other side of a terminal is closed."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))


def _link(link: Path, name: str) -> None:
    """Make a link in one step, so that no client finds none."""
    try:
        if link.exists() and not (link.is_symlink() and _is_pseudo(link)):
            raise EmulatorError(
                f"rtu: {link} is no link to a pseudo terminal and stays as it is; remove it,"
                " or give pty: another path"
            )
        if _leads_to_another(link, name):
            raise ConflictError(
                f"rtu: {link} leads to {link.readlink()}, which somebody has; give pty: another"
                " path, or remove the link if it is not wanted"
            )
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.symlink_to(name)
        fresh.replace(link)
    except OSError as error:
        raise EmulatorError(
            f"rtu: cannot make the link {link}: {reason(error)}; give pty: a path in a directory"
            " that exists and may be written"
        ) from None


def _target(link: Path) -> str | None:
    """Return where a symbolic link leads; None if it is none."""
    try:
        return os.readlink(link)
    except OSError:
        return None


def _leads_to_another(link: Path, name: str) -> bool:
    """Tell whether a link leads to a pseudo terminal that is there since it was made.

    One that is younger than the link has only got the number of what the link was made for.
    """
    if not link.exists() or link.resolve() == Path(name).resolve():
        return False
    return link.stat().st_ctime_ns <= link.lstat().st_mtime_ns


def _is_pseudo(link: Path) -> bool:
    path = link.resolve()
    named = path.parent.name == "pts" or path.name.startswith("ttys")  # Linux, macOS.
    return named and stat.S_ISCHR(path.stat().st_mode)


def reason(error: OSError) -> str:
    """Say in a few words why a terminal cannot be had."""
    if error.errno == errno.EWOULDBLOCK:
        return "another program has it"
    if error.errno == errno.ENOTTY:
        return "it is no terminal"
    return (error.strerror or "unknown error").lower()
