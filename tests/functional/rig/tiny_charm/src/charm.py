"""A charm for the rig's own tests: one service, one check, one relation to itself."""

from __future__ import annotations

import socket

import ops

_LAYER: ops.pebble.LayerDict = {
    "services": {
        "httpd": {
            "override": "replace",
            "startup": "enabled",
            "command": "/bin/httpd -f -p 502 -h /www",
        },
    },
    "checks": {
        "page": {
            "override": "replace",
            "level": "ready",
            "period": "500ms",
            "timeout": "400ms",
            "threshold": 2,
            "http": {"url": "http://127.0.0.1:502/"},
        },
    },
}


class TinyCharm(ops.CharmBase):
    """Does the same at every event."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        for event in (
            self.on.install,
            self.on.config_changed,
            self.on.secret_changed,
            self.on["web"].pebble_ready,
            self.on["web"].pebble_check_failed,
            self.on["web"].pebble_check_recovered,
            self.on["server"].relation_created,
            self.on["client"].relation_changed,
            self.on["client"].relation_departed,
        ):
            framework.observe(event, self._reconcile)
        framework.observe(self.on["echo"].action, self._echo)
        framework.observe(self.on["fail"].action, self._fail)
        framework.observe(self.on["crash"].action, self._crash)
        framework.observe(self.on.collect_unit_status, self._status)

    def _reconcile(self, _: ops.EventBase) -> None:
        if self.config["broken"]:
            raise RuntimeError("broken on purpose")
        self.unit.set_ports(502)
        self.unit.set_workload_version("1.0")
        for relation in self.model.relations["server"]:
            relation.data[self.unit]["host"] = socket.getfqdn()
        container = self.unit.get_container("web")
        if container.can_connect():
            container.push("/www/index.html", str(self.config["greeting"]), make_dirs=True)
            container.add_layer("tiny", {**_LAYER}, combine=True)
            container.replan()

    def _echo(self, event: ops.ActionEvent) -> None:
        event.log("echoing")
        event.set_results({"said": event.params["text"] * event.params["times"]})

    def _fail(self, event: ops.ActionEvent) -> None:
        event.fail("on purpose")

    def _crash(self, _: ops.ActionEvent) -> None:
        raise RuntimeError("crashed on purpose")

    def _token(self) -> str:
        try:
            secret = self.model.get_secret(id=str(self.config["token"]))
            return secret.get_content(refresh=True)["token"]
        except ops.SecretNotFoundError:
            return "missing"
        except ops.ModelError:
            return "not granted"

    def _status(self, event: ops.CollectStatusEvent) -> None:
        container = self.unit.get_container("web")
        if not container.can_connect():
            event.add_status(ops.WaitingStatus("no Pebble"))
            return
        checks = container.get_checks("page")
        if any(check.status is ops.pebble.CheckStatus.DOWN for check in checks.values()):
            event.add_status(ops.MaintenanceStatus("page is down"))
        heard = [
            relation.data[unit].get("host", "")
            for relation in self.model.relations["client"]
            for unit in sorted(relation.units, key=lambda unit: unit.name)
        ]
        words = [*heard, *([self._token()] if "token" in self.config else [])]
        event.add_status(ops.ActiveStatus(" ".join(words)))


if __name__ == "__main__":
    ops.main(TinyCharm)
