"""What happens: clock, sun, PV, battery, grid, load, meter, counters, inverter state."""
