"""`python -m checks structure | coverage DATA_FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from checks import hygiene, layering
from checks.settings import Settings

USAGE = "usage: python -m checks structure | coverage DATA_FILE"


def main(arguments: list[str], root: Path) -> int:
    """Run a check, print a line per problem; return 0, 1 with problems, or 2 for bad usage."""
    match arguments:
        case ["structure"]:
            settings = Settings.load(root)
            found = [*layering.problems(settings), *hygiene.problems(settings)]
        case ["coverage", data_file] if Path(data_file).is_file():
            from checks import own_coverage

            found = own_coverage.problems(Settings.load(root), Path(data_file))
        case ["coverage", data_file]:
            print(f"{data_file} does not exist; run the tests under coverage first")
            return 2
        case _:
            print(USAGE)
            return 2
    for problem in found:
        print(problem)
    print(f"{arguments[0]}: {len(found)} problems" if found else f"{arguments[0]}: fine")
    return 1 if found else 0


if __name__ == "__main__":  # pragma: no cover
    sys.exit(main(sys.argv[1:], Path(__file__).parents[2]))
