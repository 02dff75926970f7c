"""How an inverter speaks: sans-I/O Modbus, plain and encrypted; bytes in, bytes out."""
