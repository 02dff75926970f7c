#!/usr/bin/env python3
"""The charm: runs one emulated inverter per unit, steers it and tells where it answers."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import ops
import pydantic

import actions
import config
import control
import emulator
import inverter

_log = logging.getLogger(__name__)

RELATION = "inverter"
_NOT_READY = "waiting for the emulator to get ready"
_STATUS_LENGTH = 120


class SungrowEmulatorCharm(ops.CharmBase):
    """Brings the workload in line with the configuration on every event that may change either.

    Attributes:
        control_url: where the emulator's control API answers.
        ready_seconds: how long a starting emulator is waited for.
    """

    control_url = control.URL
    ready_seconds = 30.0

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self._container = self.unit.get_container("emulator")
        self._workload = emulator.Workload(self._container, self.control_url)
        self._number = int(self.unit.name.rpartition("/")[2])
        self._status: ops.StatusBase | None = None

        workload, relation = self.on["emulator"], self.on[RELATION]
        for event in (
            self.on.start,
            self.on.config_changed,
            self.on.upgrade_charm,
            self.on.leader_elected,
            self.on.update_status,
            self.on.secret_changed,
            workload.pebble_ready,
            workload.pebble_check_failed,
            workload.pebble_check_recovered,
            relation.relation_created,
            relation.relation_joined,
            relation.relation_changed,
            relation.relation_departed,
            relation.relation_broken,
        ):
            framework.observe(event, self._on_change)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)

        for name, handler in {
            "set-fault": self._on_set_fault,
            "clear-fault": self._on_clear_fault,
            "set-power": self._on_set_power,
            "release-power": self._on_release_power,
            "set-battery": self._on_set_battery,
            "set-clock": self._on_set_clock,
            "get-status": self._on_get_status,
            "get-connection-info": self._on_get_connection_info,
            "read-registers": self._on_read_registers,
            "write-register": self._on_write_register,
            "reset": self._on_reset,
        }.items():
            framework.observe(self.on[name].action, handler)

    def _on_change(self, _: ops.EventBase) -> None:
        self._reconcile()

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        # Without a reconciliation (stop, remove) nothing new is known and the status stays.
        if self._status is not None:
            event.add_status(self._status)

    def _on_set_fault(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.SetFault)

    def _on_clear_fault(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.ClearFault)

    def _on_set_power(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.SetPower)

    def _on_release_power(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.ReleasePower)

    def _on_set_battery(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.SetBattery)

    def _on_set_clock(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.SetClock)

    def _on_get_status(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.GetStatus)

    def _on_read_registers(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.ReadRegisters)

    def _on_write_register(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.WriteRegister)

    def _on_reset(self, event: ops.ActionEvent) -> None:
        self._perform(event, actions.Reset)

    def _on_get_connection_info(self, event: ops.ActionEvent) -> None:
        self._steer(event, self._connection_info)

    def _connection_info(self, api: control.Control) -> actions.Results:
        data = inverter.unit_data(api.state(), self._host())
        binding = self.model.get_binding(RELATION)
        address = binding.network.bind_address if binding else None
        return actions.of_connections(data, socket.getfqdn(), str(address or ""))

    def _perform(self, event: ops.ActionEvent, action: type[actions.Action]) -> None:
        try:
            parameters = action.model_validate(event.params)
        except pydantic.ValidationError as error:
            event.fail(config.explain(error, action))
        else:
            self._steer(event, parameters.perform)

    def _steer(
        self, event: ops.ActionEvent, do: Callable[[control.Control], actions.Results]
    ) -> None:
        """Do it to the emulator as configured now, and let status and relation show it.

        A configuration whose event is still to come would otherwise undo it with a restart.
        """
        self._reconcile()
        try:
            results = do(self._workload.control())
        except control.UnreachableError as error:
            event.fail(f"{error}; try again when juju status shows it active")
            return
        except (config.InvalidError, control.ControlError) as error:
            event.fail(str(error))
            return
        except emulator.AwayError:
            event.fail("the workload container does not answer; wait until it runs")
        else:
            event.set_results(results)
        self._reconcile()

    def _reconcile(self) -> None:
        """Configure the workload, publish what it shows, and note the status: the first problem.

        What runs is published even where a new configuration was refused: it goes on as it was.
        """
        problem = ""
        try:
            try:
                self._configure()
            except (config.InvalidError, emulator.StartError) as error:
                problem = str(error)
            status = self._publish(0 if problem else self.ready_seconds)
        except emulator.AwayError as error:
            _log.info("Pebble does not answer: %s", error)
            status = ops.WaitingStatus("waiting for the workload container")
        self._status = ops.BlockedStatus(_short(problem)) if problem else status

    def _configure(self) -> None:
        """Start the emulator, or restart it if its configuration has changed.

        Raises:
            InvalidError: the operator has to change the configuration.
            StartError: the image does not start the emulator.
        """
        try:
            settings = self.load_config(config.Config)
        except pydantic.ValidationError as error:
            raise config.InvalidError(config.explain(error, config.Config)) from error
        self._host()
        token = self._token(settings)
        variables = emulator.environment(settings.emulator_options(self._number), token)
        try:
            self._workload.apply(variables, token)
        except emulator.RefusedError as error:
            raise config.InvalidError(settings.blame(str(error))) from error

    def _publish(self, patience: float) -> ops.StatusBase:
        """Publish version, ports and endpoints of the emulator; return what its status is.

        Args:
            patience: seconds to wait for an emulator that has just been started.
        """
        if not self._workload.started():
            self._withdraw()
            return ops.MaintenanceStatus(_NOT_READY)
        failing = self._workload.failing()
        api = self._workload.control()
        # One that has failed for a while is not worth waiting for: its recovery is an event.
        if not api.wait_ready(0 if failing else patience):
            return ops.MaintenanceStatus(_NOT_READY)
        try:
            state = api.state()
        except control.VersionError as error:
            return ops.BlockedStatus(_short(str(error)))
        except control.ControlError as error:
            return ops.MaintenanceStatus(_short(str(error)))
        self.unit.set_workload_version(state.version)
        self.unit.set_ports(*self._workload.ports(state))
        try:
            data = inverter.unit_data(state, self._host())
        except config.InvalidError:
            _log.info("nothing is published: no host name is known to be this unit's")
        else:
            for relation in self.model.relations[RELATION]:
                relation.save(data, self.unit)
        if failing:
            return ops.MaintenanceStatus(f"check {emulator.CHECK} of the emulator fails")
        return ops.ActiveStatus(_short(emulator.simulating(state)))

    def _withdraw(self) -> None:
        for relation in self.model.relations[RELATION]:
            for key in inverter.KEYS:
                relation.data[self.unit].pop(key, None)

    def _host(self) -> str:
        """Return the host name by which clients reach this unit.

        Raises:
            InvalidError: the configured name would stand for several units.
        """
        given = str(self.config.get("external-hostname", ""))
        return config.published_host(given, self._number) or socket.getfqdn()

    def _token(self, settings: config.Config) -> str:
        """Return the token of the exposed control API, empty where it stays inside the pod.

        Raises:
            InvalidError: it is to be exposed, and there is no usable token.
        """
        if not settings.expose_control:
            return ""
        if settings.control_token is None:
            raise config.InvalidError(
                "expose-control needs control-token: juju add-secret …, juju grant-secret …"
            )
        try:
            content = settings.control_token.get_content(refresh=True)
        except ops.SecretNotFoundError:
            raise config.InvalidError("control-token: there is no such secret") from None
        except ops.ModelError:
            raise config.InvalidError(
                f"control-token is not granted: juju grant-secret … {self.app.name}"
            ) from None
        return config.token_in(content)


def _short(text: str) -> str:
    return text if len(text) <= _STATUS_LENGTH else f"{text[: _STATUS_LENGTH - 1]}…"


if __name__ == "__main__":  # pragma: no cover
    ops.main(SungrowEmulatorCharm)
