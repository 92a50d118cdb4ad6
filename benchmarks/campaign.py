"""Sessions with faults a second, by processor time, so that what else runs on the machine does not count.

``python -m benchmarks campaign --compiled`` measures the copy that ``make campaign`` uses.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import count

from tests.compiled.build import compiled, environment
from traction.campaign.asked import asks
from traction.campaign.campaign import campaign, run_part
from traction.campaign.draw import SHARE
from traction.campaign.lone import lone_of

SEEDS = range(20 * SHARE)
TARGET_PER_S = 80.0
"""Sessions a second on two cores, each about 30 s of virtual time at a tick of 10 ms."""
CORES = 2


def main() -> None:
    asked = next(seed for seed in count() if asks(seed) and not lone_of(seed))
    run_part((0, 1, asked))  # what is loaded and compiled once is no part of a session
    report = campaign(SEEDS, 1)
    cpu_ms = 1000 * report.cpu_s / report.sessions
    virtual_s = report.virtual_s / report.sessions
    print(f"{report.sessions} sessions, {report.faulty} with a fault that began in them")
    print(f"processor time            {cpu_ms:8.2f} ms a session")
    print(f"virtual time              {virtual_s:8.2f} s a session")
    print(f"on two cores              {CORES * 1000 * virtual_s / cpu_ms:8.1f} s of virtual time a second")
    print(f"processor time            {10 * cpu_ms / virtual_s:8.2f} us a tick of 10 ms, oracle and all")
    print(
        f"on two cores              {CORES * 1000 / cpu_ms:8.1f} sessions a second (wanted: {TARGET_PER_S:g})"
    )
    print(f"escapes, false trips      {len(report.escapes)}, {len(report.false_trips)}")


def in_the_copy() -> int:
    """Measure the compiled copy of the package; return the exit code."""
    words = [sys.executable, "-P", "-m", "benchmarks", "campaign"]
    return subprocess.run(words, env=environment(compiled()), check=False).returncode


if __name__ == "__main__":
    main()
