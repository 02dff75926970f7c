"""`python -m sungrow_emulator`: the command line."""

from __future__ import annotations

from sungrow_emulator.cli import main

if __name__ == "__main__":
    main()
