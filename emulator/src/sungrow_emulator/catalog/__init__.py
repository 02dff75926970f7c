"""What exists: models, registers, codes, personas; data files and their typed loaders."""
