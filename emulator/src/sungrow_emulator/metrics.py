"""Numbers for monitoring: what doors and their servers have counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sungrow_emulator.protocol.door import Counters

if TYPE_CHECKING:
    from sungrow_emulator.protocol.rtu import LineCounters


@dataclass(frozen=True, slots=True)
class Metric:
    """One number for monitoring.

    Attributes:
        name: metric name without prefix, e.g. `modbus_requests_total`.
        help: one line.
        kind: `counter` or `gauge`.
        labels: what tells it from others of the same name.
        value: the number.
    """

    name: str
    help: str
    kind: str
    labels: Mapping[str, str]
    value: float


def of_connections(labels: Mapping[str, str], open_now: int) -> Metric:
    """Return the number of connections that are open at one Modbus server."""
    return Metric("modbus_connections", "Open connections.", "gauge", labels, open_now)


def of_door(labels: Mapping[str, str], counters: Counters) -> Iterator[Metric]:
    """Yield what a Modbus door has counted, whatever server it came by."""
    for name, text, count in (
        ("replies", "Frames sent.", counters.replies),
        ("key_requests", "Key requests of encrypted Modbus.", counters.key_requests),
        ("encrypted_frames", "Requests that came encrypted.", counters.encrypted_frames),
        (
            "garbage_closes",
            "Connections closed over bytes that are no frame.",
            counters.garbage_closes,
        ),
        (
            "unit_failures",
            "Requests that the emulator itself failed at; answered with exception 4.",
            counters.unit_failures,
        ),
    ):
        yield Metric(f"modbus_{name}_total", text, "counter", labels, count)
    for name, text, label, counts in (
        ("requests", "Requests received.", "function", counters.functions),
        ("exceptions", "Requests refused.", "code", counters.exceptions),
    ):
        for number, count in enumerate(counts):
            if count:
                own = {**labels, label: str(number)}
                yield Metric(f"modbus_{name}_total", text, "counter", own, count)


def of_line(labels: Mapping[str, str], counters: LineCounters) -> Iterator[Metric]:
    """Yield what a serial line, or what speaks like one, has heard."""
    for name, text, count in (
        ("frames", "RTU frames with a right CRC, whoever they are for.", counters.frames),
        ("foreign_frames", "RTU frames that were for other units.", counters.foreign_frames),
        ("crc_errors", "Stretches of bytes that were no RTU frame.", counters.crc_errors),
    ):
        yield Metric(f"modbus_rtu_{name}_total", text, "counter", labels, count)
