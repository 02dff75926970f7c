"""How a WiNet-S dongle speaks: sans-I/O WebSocket services and HTTP endpoints."""
