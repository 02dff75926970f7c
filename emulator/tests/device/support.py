"""A device without doors, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sungrow_emulator.build import build
from sungrow_emulator.catalog.spec import RegisterSpec, Table
from sungrow_emulator.config import Config
from sungrow_emulator.device.codec import decode_value
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.persona import resolve_path
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.view import View
from sungrow_emulator.site.clock import SimClock

NOON = "2026-06-21T11:00:00Z"


@dataclass
class Wall:
    """A wall clock that goes when it is told to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Return the monotonic time."""
        return self.seconds


@dataclass
class Bench:
    """A device on the bench: its clock, its views."""

    wall: Wall
    clock: SimClock
    devices: tuple[Device, ...]
    views: dict[str, View] = field(default_factory=dict[str, View])

    @property
    def device(self) -> Device:
        """The device that was asked for."""
        return self.devices[0]

    @property
    def view(self) -> View:
        """That device through its path."""
        return self.views[self.device.id]

    def register(self, name: str, table: Table = Table.INPUT) -> RegisterSpec:
        """Return a register of the view by name."""
        return next(
            s.spec
            for s in self.view.program.persona.registers
            if s.spec.name == name and s.spec.table is table
        )

    def value(self, name: str, table: Table = Table.INPUT) -> Any:
        """Return the decoded value of a register of the view."""
        spec = self.register(name, table)
        words = self.read(spec.address, spec.count, table)
        assert isinstance(words, tuple)
        return decode_value(spec, words)

    def read(
        self, address: int, count: int = 1, table: Table = Table.INPUT
    ) -> tuple[int, ...] | int:
        """Return words by document number, or the exception code."""
        answer = self.view.read(4 if table is Table.INPUT else 3, address - 1, count)
        if isinstance(answer, int):
            return answer
        return tuple(answer[i] << 8 | answer[i + 1] for i in range(0, len(answer), 2))

    def write(self, address: int, *words: int) -> int:
        """Write words by document number; return 0 or the exception code."""
        packed = b"".join(word.to_bytes(2, "big") for word in words)
        return self.view.write(16, address - 1, packed)


def bench(model: str, **options: Any) -> Bench:
    """Put a model on the bench, its clock frozen at a summer noon unless told otherwise."""
    config = Config.from_mapping({"model": model, "start": NOON, "freeze": True, **options})
    wall = Wall()
    start = config.start_time(None).timestamp()  # type: ignore[arg-type] - start is given
    clock = SimClock(start, config.speed, config.freeze, wall)
    built = build(config, clock, wall)
    path, _ = resolve_path(built.devices[0].model, config.path)
    views = {
        device.id: View(
            device, compile_program(device.model, path, config.firmware, config.strict), wall
        )
        for device in built.devices
    }
    return Bench(wall, clock, built.devices, views)
