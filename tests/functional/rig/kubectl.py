"""A tiny `kubectl`: hands its command line to the daemon of the model that the namespace names."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

from rig import juju


def _namespace(argv: Sequence[str]) -> str:
    for before, name in itertools.pairwise(argv):
        if before in ("-n", "--namespace"):
            return name
    for word in argv:
        if word.startswith("--namespace="):
            return word.partition("=")[2]
    raise juju.ClientError("no namespace: give the model's name with -n")


def main(argv: Sequence[str]) -> int:
    """Run one command."""
    try:
        return juju.ask(juju.state_folder(), _namespace(argv), "kubectl", argv)
    except juju.ClientError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
