"""Juju without Juju: pods, hook tools and artefacts for tests on a plain Debian machine."""
