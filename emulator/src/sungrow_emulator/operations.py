"""What an operator does to devices: the part of the façade that changes what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sungrow_emulator import access
from sungrow_emulator.answers import ChangeAnswer, RegistersAnswer
from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import flag
from sungrow_emulator.device.view import View
from sungrow_emulator.fleet import Fleet, Installation
from sungrow_emulator.plan import told_at
from sungrow_emulator.report import Decoded, changes, decoded, describe, lacks
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.timeline import within


class Operations:
    """Reads, writes and commands, each by the id of a device; an empty one means the first.

    Args:
        fleet: the devices.
        clock: simulated time.
    """

    def __init__(self, fleet: Fleet, clock: SimClock) -> None:
        self._fleet = fleet
        self._clock = clock

    def registers(
        self, device_id: str, table: str, address: int, count: int = 1
    ) -> RegistersAnswer:
        """Return raw words by document number.

        Raises:
            EmulatorError: a client would get an exception there; the sentence says which.
        """
        return access.read_block(
            self._fleet.find(device_id)[1], access.table_named(table), address, count
        )

    def pin(
        self, device_id: str, table: str, address: int, words: Sequence[int]
    ) -> RegistersAnswer:
        """Lay raw words above the bank until they are unpinned."""
        return access.pin(
            self._fleet.find(device_id)[1], access.table_named(table), address, words
        )

    def unpin(self, device_id: str, table: str, address: int) -> RegistersAnswer:
        """Take the run of pinned words away that begins at an address."""
        return access.unpin(self._fleet.find(device_id)[1], access.table_named(table), address)

    def write(self, device_id: str, address: int, words: Sequence[int]) -> ChangeAnswer:
        """Write holding registers as a client would, with the same checks.

        Raises:
            EmulatorError: the device refuses; the sentence names the exception code.
        """
        view = self._fleet.find(device_id)[1]
        before = decoded(view)
        access.write(view, address, words)
        return self._change(view, before, f"wrote holding {address}")

    def set_power(self, device_id: str, watts: float) -> ChangeAnswer:
        """Hold PV so that uncurtailed AC power is `watts` (0 … 1.1 x nominal), day or night."""
        owner, view = self._inverter(device_id)
        within("watts", watts, 0, 1.1 * view.device.model.nominal_power)
        return self._operate(
            owner,
            view,
            f"PV held at {watts:g} W",
            lambda at: owner.site.set_pv_power(view.device.plant, watts, at),
            pv_power=watts,
        )

    def release_power(self, device_id: str = "") -> ChangeAnswer:
        """Let PV follow the sun again."""
        owner, view = self._inverter(device_id)
        return self._operate(
            owner,
            view,
            "PV follows the sun",
            lambda at: owner.site.set_pv_power(view.device.plant, None, at),
            pv_power=None,
        )

    def set_load(self, device_id: str, watts: float | None) -> ChangeAnswer:
        """Hold the house load at `watts`; None lets it follow its profile again."""
        owner, view = self._inverter(device_id)
        if watts is not None:
            within("watts", watts, 0, 1e6)
        action = "load follows its profile" if watts is None else f"load held at {watts:g} W"
        return self._operate(
            owner, view, action, lambda at: owner.site.set_load(watts, at), load_power=watts
        )

    def set_soc(self, device_id: str, percent: float) -> ChangeAnswer:
        """Set the battery's state of charge (0 … 100 %)."""
        owner, view = self._with_battery(device_id)
        within("percent", percent, 0, 100)
        return self._operate(
            owner,
            view,
            f"state of charge set to {percent:g} %",
            lambda at: owner.site.set_soc(view.device.plant, percent, at),
        )

    def set_battery_power(self, device_id: str, watts: float | None) -> ChangeAnswer:
        """Hold the battery at `watts` (positive discharges); None lets it manage itself again."""
        owner, view = self._with_battery(device_id)
        limit = max(view.device.model.battery_max_charge, view.device.model.battery_max_discharge)
        if watts is not None:
            within("watts", watts, -limit, limit)
        action = "battery manages itself" if watts is None else f"battery held at {watts:g} W"
        return self._operate(
            owner,
            view,
            action,
            lambda at: owner.site.set_battery_power(view.device.plant, watts, at),
            battery_power=watts,
        )

    def set_fault(self, device_id: str, fault: int | str) -> ChangeAnswer:
        """Raise a fault (feed-in stops) or an alarm (it goes on) by number or name."""
        (_, view), spec = self._inverter(device_id), find_fault(fault)
        before = decoded(view)
        if spec not in view.device.faults:
            view.device.set_faults((*view.device.faults, spec))
        kind = "fault" if spec.stops else "alarm"
        return self._change(view, before, f"{kind} {spec.number} {spec.name}", lacks(view, spec))

    def clear_fault(self, device_id: str = "", fault: int | str | None = None) -> ChangeAnswer:
        """Clear one fault or alarm, or all of them; the inverter then starts again."""
        _, view = self._inverter(device_id)
        before = decoded(view)
        active = view.device.faults
        gone = active if fault is None else tuple(f for f in active if f == find_fault(fault))
        if fault is not None and not gone:
            names = ", ".join(f"{f.number} {f.name}" for f in active) or "none"
            raise EmulatorError(f"fault {fault} is not active; active are: {names}")
        view.device.set_faults(tuple(f for f in active if f not in gone))
        cleared = ", ".join(f"{f.number} {f.name}" for f in gone) or "nothing"
        return self._change(view, before, f"cleared {cleared}")

    def _begin(self, owner: Installation) -> None:
        """Do what the plan of a device wants held from the start."""
        commands = {
            "pv_power": self.set_power,
            "load_power": self.set_load,
            "battery_power": self.set_battery_power,
            "soc": self.set_soc,
        }
        for name, value in owner.plan.hold.items():
            with told_at(owner.plan, f"hold {flag(name)}"):
                try:
                    commands[name](owner.id, value)
                except EmulatorError as error:
                    raise EmulatorError(f"{owner.id}: hold {flag(name)}: {error}") from None
        for number, fault in enumerate(owner.plan.faults):
            with told_at(owner.plan, f"faults {number}"):
                self.set_fault(owner.id, fault)

    def _restore(self) -> None:
        """Tell sites that began afresh what stands."""
        now = self._clock.now()
        for owner in self._fleet:
            for device in owner.devices:
                held = owner.overrides[device.id]
                if "pv_power" in held:
                    owner.site.set_pv_power(device.plant, held["pv_power"], now)
                if "load_power" in held:
                    owner.site.set_load(held["load_power"], now)
                if "battery_power" in held:
                    owner.site.set_battery_power(device.plant, held["battery_power"], now)
                device.restore()

    def _changed(self) -> None:
        for owner in self._fleet:
            for device in owner.devices:
                device.changed()

    def _operate(
        self,
        owner: Installation,
        view: View,
        action: str,
        command: Callable[[float], None],
        **held: float | None,
    ) -> ChangeAnswer:
        before = decoded(view)
        command(self._clock.now())
        overrides = owner.overrides[view.device.id]
        for name, value in held.items():
            overrides.pop(name, None)
            if value is not None:
                overrides[name] = value
        for one in self._fleet:
            if one.site is owner.site:
                for device in one.devices:
                    device.changed()
        shadows = owner.site.shadowed_by(view.device.plant, self._clock.now())
        return self._change(view, before, action, shadows)

    def _change(
        self, view: View, before: Decoded, action: str, notes: tuple[str, ...] = ()
    ) -> ChangeAnswer:
        owner, _ = self._fleet.find(view.device.id)
        return ChangeAnswer(
            device=view.device.id,
            action=action,
            time=iso(self._clock.now()),
            changed=changes(before, decoded(view)),
            notes=notes,
            state=describe(view, owner.overrides[view.device.id]),
        )

    def _inverter(self, device_id: str) -> tuple[Installation, View]:
        owner, view = self._fleet.find(device_id)
        if view.device.kind != "inverter":
            raise EmulatorError(
                f"device {view.device.id!r} is a {view.device.kind}; only an inverter can do this"
            )
        return owner, view

    def _with_battery(self, device_id: str) -> tuple[Installation, View]:
        owner, view = self._fleet.find(device_id)
        if view.device.kind == "battery":
            view = owner.view
        if view.device.value("battery.soc") is None:
            raise EmulatorError(f"{view.device.model.name} has no battery fitted")
        return owner, view


def iso(at: float) -> str:
    """Return a time in epoch seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
