"""``python -m tests.fuzz frames --for 60s``, or ``protocols``: as many as fit in; 5 for a finding."""

import argparse
import json
import random
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

from tests.fuzz import frames, protocols

CALLS: dict[str, tuple[Callable[[int, int], Any], int]] = {
    "frames": (frames.run, 2000),
    "protocols": (lambda seed, many: protocols.run(seed, many, runs=0.02), 50),
}


def seconds(text: str) -> float:
    """Return what 60s, 5min or 0.5h is in seconds."""
    for unit, worth in (("min", 60.0), ("h", 3600.0), ("s", 1.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * worth
    raise argparse.ArgumentTypeError(f"{text!r} has no unit: 60s, 5min, 1h")


def main() -> int:
    """Run until the time is over, print what was tried, and every finding with its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("what", choices=CALLS)
    parser.add_argument("--for", dest="time", type=seconds, default=60.0, metavar="60s")
    parser.add_argument("--seed", type=int, help="the first one; else a new one each time")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    call, many = CALLS[asked.what]
    seed = random.SystemRandom().randrange(1 << 31) if asked.seed is None else asked.seed
    first, totals, wrong = seed, {}, []
    end = monotonic() + asked.time
    while monotonic() < end and len(wrong) < 20:
        count = call(seed, many)
        wrong += [{"seed": seed, "found": one} for one in count.wrong]
        for name in count.__slots__:
            value = getattr(count, name)
            if name == "slowest_s":
                totals[name] = max(totals.get(name, 0.0), value)
            elif name != "wrong":
                totals[name] = totals.get(name, 0) + value
        seed += 1
    if asked.json:
        print(json.dumps({"what": asked.what, "first_seed": first, **totals, "wrong": wrong}))
    else:
        for one in wrong:
            print(f"seed {one['seed']}: {one['found']}")
        told = ", ".join(
            f"{value:g} {name}" if name == "slowest_s" else f"{value} {name}"
            for name, value in totals.items()
        )
        print(f"seeds {first} to {seed - 1}: {told}, {len(wrong)} wrong")
    return 5 if wrong else 0


sys.exit(main())
