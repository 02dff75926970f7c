"""What both charms do when Juju runs them."""
