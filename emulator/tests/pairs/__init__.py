"""Several emulators and clients at once."""
