"""An emulator of Sungrow solar inverters that real clients cannot tell from hardware."""

__version__ = "0.1.0"
