"""The command line `sungrow-emulator`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from sungrow_emulator.cli.root import run

    sys.exit(run(sys.argv[1:]))
