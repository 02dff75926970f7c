"""Clients of a running emulator (control API) and of any inverter (Modbus)."""
