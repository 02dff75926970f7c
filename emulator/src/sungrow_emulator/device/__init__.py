"""What an inverter shows: its register banks as one access path presents them."""
