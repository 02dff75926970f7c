"""The routes of the control API, each a thin call of the façade."""
