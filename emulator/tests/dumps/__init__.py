"""Published register dumps of real devices, and an emulator put into the situation of each."""
