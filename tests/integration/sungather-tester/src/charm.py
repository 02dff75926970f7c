#!/usr/bin/env python3
"""Runs SunGather once against a related inverter; a requirer with nothing but ops."""

from __future__ import annotations

import json
import re
from typing import Any

import ops

CONNECTION_TYPES = ("modbus", "sungrow", "http")
# Three seconds of sleep after it connects, up to 23 reads, ten seconds for each that stays silent.
TIMEOUT = 120.0


class CollectError(Exception):
    """The collector read nothing; one sentence says why."""


class SungatherTester(ops.CharmBase):
    """Collects when asked to, from wherever the relation says."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.container = self.unit.get_container("sungather")
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)
        framework.observe(self.on["run-once"].action, self._on_run_once)

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(self._status(str(self.config["connection-type"])))

    def _on_run_once(self, event: ops.ActionEvent) -> None:
        wanted = str(event.params.get("connection-type", self.config["connection-type"]))
        found = self._target(wanted)
        if found is None:
            event.fail(f"no related inverter offers the connection type {wanted}")
            return
        host, port = found
        try:
            report = self._collect(host, port, wanted, int(event.params.get("level", 1)))
        except CollectError as error:
            event.fail(f"{wanted} at {host}:{port}: {error}")
            return
        event.set_results(
            {
                "connection-type": wanted,
                "host": host,
                "port": port,
                "client": report["client"],
                "model": report["model"],
                "serial-number": report["serial_number"],
                **{_key(name): value for name, value in report["values"].items()},
                "readings": json.dumps(report),
            }
        )

    def _status(self, wanted: str) -> ops.StatusBase:
        if wanted not in CONNECTION_TYPES:
            allowed = ", ".join(CONNECTION_TYPES)
            return ops.BlockedStatus(f"connection-type={wanted}: allowed are {allowed}")
        if self.model.get_relation("inverter") is None:
            return ops.BlockedStatus("integrate with an inverter")
        if not self.container.can_connect():
            return ops.WaitingStatus("waiting for the container")
        found = self._target(wanted)
        if found is None:
            return ops.WaitingStatus(f"waiting for the inverter to offer {wanted}")
        return ops.ActiveStatus(f"{wanted} at {found[0]}:{found[1]}")

    def _target(self, wanted: str) -> tuple[str, int] | None:
        """Return host and port of a connection type: of the lowest unit that offers it."""
        relation = self.model.get_relation("inverter")
        if relation is None:
            return None
        for unit in sorted(relation.units, key=_number):
            for endpoint in json.loads(relation.data[unit].get("endpoints") or "null") or ():
                host, port = endpoint.get("host"), endpoint.get("port")
                if endpoint.get("connection_type") == wanted and host and port:
                    return host, port
        return None

    def _collect(self, host: str, port: int, wanted: str, level: int) -> dict[str, Any]:
        command = ["collect", host, str(port), wanted, "--level", str(level)]
        try:
            printed, _ = self.container.exec(command, timeout=TIMEOUT).wait_output()
        except ops.pebble.ExecError as error:
            reason = _last_line(str(error.stderr or ""))
            raise CollectError(reason or f"exit {error.exit_code}") from None
        except ops.pebble.ChangeError as error:
            raise CollectError(_last_line(error.err)) from None
        except ops.pebble.Error as error:
            raise CollectError(f"the collector did not run to its end: {error}") from None
        return json.loads(printed)


def _number(unit: ops.Unit) -> int:
    return int(unit.name.split("/")[1])


def _key(name: str) -> str:
    """Return a register's name as Juju wants the keys of results."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


if __name__ == "__main__":
    ops.main(SungatherTester)
