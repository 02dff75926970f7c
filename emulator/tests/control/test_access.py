"""Tests of the control API's token and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.control.access import (
    is_loopback,
    require_token,
    resolve_token,
    token_matches,
)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "emu.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"]
)
def test_loopback_names(host: str) -> None:
    """Names and addresses that can only mean this machine are loopback."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "example.com", "127.0.0.1.nip"])
def test_other_names(host: str) -> None:
    """Everything else is not."""
    assert not is_loopback(host)


def test_no_token() -> None:
    """Neither a token nor a file is no token."""
    assert resolve_token("", "") == ""


def test_token_from_environment() -> None:
    """A token that is given directly is taken as it is."""
    assert resolve_token("s3cret", "") == "s3cret"


def test_token_from_file(tmp_path: Path) -> None:
    """A file's token loses the white space around it."""
    file = tmp_path / "token"
    file.write_text(" s3cret\n")
    assert resolve_token("", str(file)) == "s3cret"


def test_token_from_both(tmp_path: Path) -> None:
    """Two tokens are refused: nobody can tell which one counts."""
    with pytest.raises(EmulatorError, match="not from both"):
        resolve_token("a", str(tmp_path / "token"))


@pytest.mark.parametrize("content", [b"", b"  \n", b"two words", b"\xff\xfe", b"tab\there"])
def test_unusable_token_file(tmp_path: Path, content: bytes) -> None:
    """A file without one word of ASCII is refused by name."""
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(EmulatorError, match="token' must hold one word of printable ASCII"):
        resolve_token("", str(file))


def test_missing_token_file(tmp_path: Path) -> None:
    """A file that is not there is named with the reason."""
    with pytest.raises(EmulatorError, match="gone' cannot be read: No such file"):
        resolve_token("", str(tmp_path / "gone"))


def test_impossible_token_file() -> None:
    """A file name that no system can have is refused as well."""
    with pytest.raises(EmulatorError, match="cannot be read: embedded null"):
        resolve_token("", "a\0b")


def test_long_token_file(tmp_path: Path) -> None:
    """A file that is no token file is not read whole."""
    file = tmp_path / "token"
    file.write_bytes(b"x" * 5000)
    with pytest.raises(EmulatorError, match="longer than 4096 bytes"):
        resolve_token("", str(file))


def test_bad_token_in_environment() -> None:
    """A token of the environment is checked like one of a file."""
    with pytest.raises(EmulatorError, match="SUNGROW_EMULATOR_CONTROL_TOKEN must hold one word"):
        resolve_token("a b", "")


def test_beyond_loopback_needs_a_token() -> None:
    """Listening for other machines without a token is refused with the remedy."""
    with pytest.raises(EmulatorError, match=r"'0\.0\.0\.0' is reachable.*--control-token-file"):
        require_token("0.0.0.0", "")


@pytest.mark.parametrize(("host", "token"), [("0.0.0.0", "x"), ("127.0.0.1", ""), ("::1", "x")])
def test_allowed_combinations(host: str, token: str) -> None:
    """Loopback needs no token, and with one every address is fine."""
    assert require_token(host, token) is None


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ("Bearer s3cret", True),
        ("bearer  s3cret ", True),
        ("Bearer wrong", False),
        ("Basic s3cret", False),
        ("s3cret", False),
        ("", False),
        ("Bearer s\xe9cret", False),
    ],
)
def test_authorization_header(header: str, matches: bool) -> None:
    """Only the bearer scheme with the very token matches."""
    assert token_matches(header, "s3cret") is matches
