"""Sessions with faults a second, by processor time, so that what else runs on the machine does not count.

``python -m benchmarks campaign --compiled`` measures the copy that ``make campaign`` uses.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import count

from tests.compiled.build import compiled, environment
from traction.campaign.asked import asks
from traction.campaign.campaign import Report, campaign, run_part
from traction.campaign.draw import SHARE
from traction.campaign.lone import lone_of

STAGES = 30
TARGET_PER_S = 80.0
"""Sessions a second on two cores, each ``LONG_S`` of virtual time in the mean, at a tick of 10 ms."""
LONG_S = 30.0
CORES = 2


def main() -> None:
    asked = next(seed for seed in count() if asks(seed) and not lone_of(seed))
    run_part((0, 1, asked))  # what is loaded and compiled once is no part of a session
    stages = [campaign(range(SHARE * stage, SHARE * (stage + 1)), 1) for stage in range(STAGES)]
    show(stages)
    print(f"of these, the longest, as many as last {LONG_S:g} s in the mean:")
    show(longest(stages))


def longest(stages: Sequence[Report]) -> list[Report]:
    """Return the stages with the longest sessions, as many as there may be with a mean of ``LONG_S``."""
    chosen = sorted(stages, key=lambda one: one.virtual_s / one.sessions, reverse=True)
    while chosen[1:] and virtual_s(chosen) < LONG_S:
        chosen.pop()
    return chosen


def virtual_s(stages: Sequence[Report]) -> float:
    """Return the mean virtual time of their sessions."""
    return sum(one.virtual_s for one in stages) / sum(one.sessions for one in stages)


def show(stages: Sequence[Report]) -> None:
    """Print what the sessions of these stages took."""
    sessions = sum(one.sessions for one in stages)
    cpu_ms = 1000 * sum(one.cpu_s for one in stages) / sessions
    lasted_s = virtual_s(stages)
    print(f"{sessions} sessions, {sum(one.faulty for one in stages)} with a fault that began in them")
    print(f"processor time            {cpu_ms:8.2f} ms a session")
    print(f"virtual time              {lasted_s:8.2f} s a session")
    print(f"on two cores              {CORES * 1000 * lasted_s / cpu_ms:8.1f} s of virtual time a second")
    print(f"processor time            {10 * cpu_ms / lasted_s:8.2f} us a tick of 10 ms, oracle and all")
    print(
        f"on two cores              {CORES * 1000 / cpu_ms:8.1f} sessions a second (wanted: {TARGET_PER_S:g})"
    )
    found = sum(len(one.escapes) for one in stages), sum(len(one.false_trips) for one in stages)
    print(f"escapes, false trips      {found[0]}, {found[1]}")


def in_the_copy() -> int:
    """Measure the compiled copy of the package; return the exit code."""
    words = [sys.executable, "-P", "-m", "benchmarks", "campaign"]
    return subprocess.run(words, env=environment(compiled()), check=False).returncode


if __name__ == "__main__":
    main()
