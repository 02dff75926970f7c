"""Real, unmodified clients read the emulator, and what they report is compared with its truth."""
