"""Watching the Pebble of one container, as Juju's agent does, and restarting the container.

Juju turns Pebble's notices into hooks: the first answer of a daemon into pebble-ready, changes
that perform or recover a check into pebble-check-failed and -recovered, custom notices into
pebble-custom-notice.
"""

from __future__ import annotations

import contextlib
import datetime
import http.client
import os
import pathlib
import threading
from collections.abc import Callable

import ops

from rig.context import Hook
from rig.pod import Container

_POLL_SECONDS = 0.5
_UNREACHABLE = (ops.pebble.Error, OSError, http.client.HTTPException)


class Watcher(threading.Thread):
    """Reports hooks for one container until told to stop."""

    def __init__(
        self,
        container: Container,
        folder: pathlib.Path,
        restart: Callable[[], Container],
        report: Callable[[Hook], None],
    ) -> None:
        super().__init__(name=f"watch-{container.name}", daemon=True)
        self._container = container
        # Addresses of sockets are short, paths of models need not be.
        self._folder = os.open(folder, os.O_PATH)
        self._client = ops.pebble.Client(f"/proc/self/fd/{self._folder}/pebble.socket", timeout=5)
        self._restart = restart
        self._report = report
        self._seen: dict[str, datetime.datetime] = {}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Report nothing any more."""
        self._stopping.set()
        self.join(timeout=15)
        os.close(self._folder)

    def run(self) -> None:
        """Watch."""
        while not self._stopping.is_set():
            if self._answers():
                self._hook("pebble-ready")
                self._watch()
            if not self._stopping.is_set():
                # The kubelet starts a container again when its first process has ended.
                self._container = self._restart()

    def _answers(self) -> bool:
        while self._container.running and not self._stopping.wait(0.1):
            with contextlib.suppress(*_UNREACHABLE):
                self._client.get_system_info()
                return True
        return False

    def _watch(self) -> None:
        while self._container.running and not self._stopping.wait(_POLL_SECONDS):
            with contextlib.suppress(*_UNREACHABLE):
                for notice in self._client.get_notices():
                    if self._seen.get(notice.id) != notice.last_repeated:
                        self._seen[notice.id] = notice.last_repeated
                        self._notice(notice)

    def _notice(self, notice: ops.pebble.Notice) -> None:
        if notice.type == ops.pebble.NoticeType.CUSTOM:
            self._hook(
                "pebble-custom-notice",
                ("JUJU_NOTICE_ID", notice.id),
                ("JUJU_NOTICE_TYPE", "custom"),
                ("JUJU_NOTICE_KEY", notice.key),
            )
        kind = notice.last_data.get("kind")
        if kind not in ("perform-check", "recover-check"):
            return
        change = self._client.get_change(ops.pebble.ChangeID(notice.key))
        check = ("JUJU_PEBBLE_CHECK_NAME", str(notice.last_data.get("check-name", "")))
        if kind == "perform-check" and change.status == ops.pebble.ChangeStatus.ERROR.value:
            self._hook("pebble-check-failed", check)
        if kind == "recover-check" and change.status == ops.pebble.ChangeStatus.DONE.value:
            self._hook("pebble-check-recovered", check)

    def _hook(self, name: str, *env: tuple[str, str]) -> None:
        workload = ("JUJU_WORKLOAD_NAME", self._container.name)
        self._report(Hook(f"{self._container.name}-{name}", (workload, *env)))
