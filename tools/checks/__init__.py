"""The project's own checks: structure of the emulator, hygiene of the tree, coverage by file."""
