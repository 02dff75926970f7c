"""What goes wrong in a way that a command line reports."""

from __future__ import annotations


class JujuError(Exception):
    """A `juju` command, or a hook tool, refuses: its text goes to stderr after "ERROR"."""
