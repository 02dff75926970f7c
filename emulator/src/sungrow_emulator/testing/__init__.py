"""Handles for tests: a running emulator in a few milliseconds."""
