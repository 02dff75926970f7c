"""Commands that lay raw words above the registers of a running emulator."""

from __future__ import annotations

import click

from sungrow_emulator.answers import RegistersAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, device_option, json_option
from sungrow_emulator.cli.output import print_json, raw

_TABLE = click.Choice(["input", "holding"])


@click.command("pin")
@click.argument("table", type=_TABLE)
@click.argument("address", type=int)
@click.argument("words", nargs=-1, required=True)
@control_options
@device_option
@json_option
def pin_command(
    url: str,
    token_file: str,
    device: str,
    table: str,
    address: int,
    words: tuple[str, ...],
    as_json: bool,
) -> None:
    """Lay raw words above the registers.

    WORDS are decimal or 0x…; clients see them from document number ADDRESS on until `unpin`.
    """
    with connect(url, token_file) as client:
        answer = client.pin(device, table, address, [_word(text) for text in words])
    _print(answer, as_json)


@click.command("unpin")
@click.argument("table", type=_TABLE)
@click.argument("address", type=int)
@control_options
@device_option
@json_option
def unpin_command(
    url: str, token_file: str, device: str, table: str, address: int, as_json: bool
) -> None:
    """Take pinned words away.

    ADDRESS is the document number of the first one.
    """
    with connect(url, token_file) as client:
        answer = client.unpin(device, table, address)
    _print(answer, as_json)


def _word(text: str) -> int:
    try:
        word = int(text, 0)
    except ValueError:
        word = -1
    if not 0 <= word <= 0xFFFF:
        raise EmulatorError(f"{text!r} is not a word; 0 to 65535 or 0x0000 to 0xFFFF are possible")
    return word


def _print(answer: RegistersAnswer, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    pinned = "pinned" if answer.pinned else "not pinned"
    click.echo(
        f"{answer.device}: {answer.table} {answer.address} (wire {answer.wire}) shows "
        f"{raw(answer.words)}, {pinned}"
    )
