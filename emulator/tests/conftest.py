"""What every test gets: nothing outlives it, and its coverage is counted under its file."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import stat
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest
import pytest_asyncio

TESTS = Path(__file__).parent
GRACE_SECONDS = 2.0  # For what is on its way out: a joined thread, a closing transport.

hypothesis.settings.register_profile(
    "local", deadline=None, max_examples=50, print_blob=True, database=None
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("local"), derandomize=True, max_examples=100
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What this process holds at one moment and a test has to give back."""

    sockets: frozenset[tuple[int, int]]
    threads: frozenset[threading.Thread]
    children: frozenset[int]

    @classmethod
    def now(cls) -> Holdings:
        """Look at the open sockets, living threads and child processes."""
        return cls(open_sockets(), frozenset(threading.enumerate()), child_processes())

    def beyond(self, before: Holdings) -> list[str]:
        """Name what is held now and was not held `before`."""
        return [
            *(f"socket on descriptor {fd}" for fd, _ in self.sockets - before.sockets),
            *(f"thread {thread.name}" for thread in self.threads - before.threads),
            *(f"child process {pid}" for pid in self.children - before.children),
        ]


def open_sockets() -> frozenset[tuple[int, int]]:
    """Return descriptor and inode of each open socket; the inode tells reused numbers apart."""
    found: set[tuple[int, int]] = set()
    for name in os.listdir("/dev/fd"):
        try:
            status = os.fstat(int(name))
        except OSError:  # The descriptor of the listing itself.
            continue
        if stat.S_ISSOCK(status.st_mode):
            found.add((int(name), status.st_ino))
    return frozenset(found)


def child_processes() -> frozenset[int]:
    """Return the pids of living and unreaped children (none where there is no Linux /proc)."""
    pids: set[int] = set()
    for children in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # A thread that has just ended.
            pids.update(int(pid) for pid in children.read_text().split())
    return frozenset(pids)


def leaks(before: Holdings) -> list[str]:
    """Return what is still held, once the collector was asked and the grace is over."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (held := Holdings.now().beyond(before)) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    return held


@pytest.fixture(autouse=True)
def nothing_outlives() -> Iterator[None]:
    """Fail a test that leaves a socket, thread or child process behind."""
    before = Holdings.now()
    yield
    held = leaks(before)
    assert not held, f"left behind: {', '.join(held)}"


@pytest.fixture(autouse=True)
def guard_the_loop(request: pytest.FixtureRequest, nothing_outlives: None) -> None:
    """Guard the event loop of a test that has one, inside of what guards the process."""
    if pytest_asyncio.is_async_test(request.node):
        request.getfixturevalue("no_task_outlives")


@pytest.fixture
async def no_task_outlives() -> AsyncIterator[None]:
    """Fail a test that leaves a task or socket behind in its still running event loop."""
    sockets, tasks = open_sockets(), asyncio.all_tasks()

    def held() -> list[str]:
        left = asyncio.all_tasks() - tasks - {asyncio.current_task()}
        return [
            *(f"socket on descriptor {fd}" for fd, _ in open_sockets() - sockets),
            *(f"task {task.get_name()} of {task.get_coro()!r}" for task in left),
        ]

    yield
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := held()) and time.monotonic() < deadline:
        gc.collect()
        await asyncio.sleep(0.005)
    assert not left, f"left behind: {', '.join(left)}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what measures time, or everything else, where the variable BUDGETS says so.

    Times mean something only where nothing else runs.
    """
    wanted = os.environ.get("BUDGETS", "with")
    if wanted not in {"without", "only"}:
        return
    timed = [item for item in items if "full_speed" in getattr(item, "fixturenames", ())]
    left_out = timed if wanted == "without" else [item for item in items if item not in timed]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def full_speed() -> Iterator[None]:
    """Run a test that measures time without the tracer of coverage, which multiplies it."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.stop()
    yield
    if measuring is not None:
        measuring.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count what runs, here and in processes started here, under the test's own file."""
    measuring = coverage.Coverage.current()
    context = item.path.relative_to(TESTS).as_posix()
    if measuring is not None and os.environ.get("COVERAGE_CONTEXT") != context:
        os.environ["COVERAGE_CONTEXT"] = context
        os.environ["COVERAGE_FILE"] = str(Path(measuring.get_option("run:data_file")).absolute())
        os.environ["COVERAGE_PROCESS_START"] = str(TESTS.parent / "pyproject.toml")
        measuring.switch_context(context)
    return (yield)
