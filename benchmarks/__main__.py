"""Measure what the project claims, beside peers in the same run: ``make bench``, or name the benchmarks."""

import sys
from collections.abc import Callable

from benchmarks import accuracy, library, memory, model, population, session, startup, wire_integrity

BENCHMARKS: dict[str, Callable[[], None]] = {
    "startup": startup.main,
    "library": library.main,
    "session": session.main,
    "memory": memory.main,
    "accuracy": accuracy.main,
    "model": model.main,
    "population": population.main,
    "wire_integrity": wire_integrity.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
