"""Measures the emulator beside other Modbus servers; `python -m benchmarks --help` says how."""
