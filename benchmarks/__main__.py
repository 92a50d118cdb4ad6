"""Measure what the project claims, beside peers in the same run: ``make bench``, or name the benchmarks.

``link --for 10min`` says how long its two sessions in real time take, and ``campaign --compiled`` measures
the copy of the package that is compiled to C; nothing may follow these.
"""

import sys
from collections.abc import Callable

from benchmarks import (
    accuracy,
    campaign,
    library,
    link,
    memory,
    model,
    population,
    session,
    startup,
    wire_integrity,
)

BENCHMARKS: dict[str, Callable[[], None]] = {
    "startup": startup.main,
    "library": library.main,
    "session": session.main,
    "memory": memory.main,
    "accuracy": accuracy.main,
    "model": model.main,
    "population": population.main,
    "campaign": campaign.main,
    "wire_integrity": wire_integrity.main,
    "link": link.main,
}


def main(names: list[str]) -> int:
    if names[:1] == ["link"] and len(names) > 1:
        link.run(names[1:])
        return 0
    if names == ["campaign", "--compiled"]:
        return campaign.in_the_copy()
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
