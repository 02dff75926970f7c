"""Processes that tests start without the tracer of coverage, which slows down Python alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SECONDS = 10.0


def environment(*hidden: str) -> dict[str, str]:
    """Return this environment without what starts a measurement, and what begins as told."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", *hidden))}


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run a Python program; yield its process and its first line, which is JSON."""
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=_SECONDS)


def nanoseconds(pid: int) -> int:
    """Return the processor time of the first thread of a process, where its loop runs."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0])
