"""The control plane: REST, health and metrics."""
