"""Tests of metrics.py."""

from __future__ import annotations

from sungrow_emulator.metrics import Metric, of_connections, of_door, of_line
from sungrow_emulator.protocol.door import Counters
from sungrow_emulator.protocol.rtu import LineCounters

WHERE = {"door": "modbus", "port": "502"}


def test_connections_go_up_and_down() -> None:
    """Open connections are a gauge."""
    assert of_connections(WHERE, 3) == Metric(
        "modbus_connections", "Open connections.", "gauge", WHERE, 3
    )


def test_a_door_counts_by_function_and_by_code() -> None:
    """What was never asked or refused has no sample; totals are there from the start."""
    counters = Counters(unanswered=1, garbage_closes=2, unit_failures=1)
    for function in (4, 4, 6):
        counters.count_request(function)
    counters.count_refusal(2)
    found = {(m.name, *m.labels.values()): (m.kind, m.value) for m in of_door(WHERE, counters)}
    where = tuple(WHERE.values())
    assert found == {
        ("modbus_replies_total", *where): ("counter", 2),
        ("modbus_key_requests_total", *where): ("counter", 0),
        ("modbus_encrypted_frames_total", *where): ("counter", 0),
        ("modbus_garbage_closes_total", *where): ("counter", 2),
        ("modbus_unit_failures_total", *where): ("counter", 1),
        ("modbus_requests_total", *where, "4"): ("counter", 2),
        ("modbus_requests_total", *where, "6"): ("counter", 1),
        ("modbus_exceptions_total", *where, "2"): ("counter", 1),
    }


def test_a_line_counts_what_it_hears() -> None:
    """Frames for others and noise are told apart."""
    heard = LineCounters(frames=5, foreign_frames=2, crc_errors=1)
    assert {m.name: m.value for m in of_line(WHERE, heard)} == {
        "modbus_rtu_frames_total": 5,
        "modbus_rtu_foreign_frames_total": 2,
        "modbus_rtu_crc_errors_total": 1,
    }
