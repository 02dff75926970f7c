"""The `sungrow_inverter` relation interface."""
