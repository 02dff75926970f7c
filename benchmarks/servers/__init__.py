"""What the emulator is measured against; each serves one register image and prints its port."""
