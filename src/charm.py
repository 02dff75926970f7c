#!/usr/bin/env python3
"""The charm. It is a skeleton: it deploys and says that it does not start the emulator yet."""

from __future__ import annotations

import ops


class SungrowEmulatorCharm(ops.CharmBase):
    """Says in its status how far it is."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(ops.BlockedStatus("this revision does not start the emulator yet"))


if __name__ == "__main__":  # pragma: no cover
    ops.main(SungrowEmulatorCharm)
