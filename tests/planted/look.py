"""Run seeds until one escapes, on whatever package this Python imports; for a process of its own.

    python look.py FIRST:END LONE [SEED ...]

The seeds named are tried first, then all from FIRST up to END. Prints one JSON object: the escape or null,
how many seeds were run, and the CPU seconds they took. LONE is a layer (then only cases in which it stands
alone are run), or "any".
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator

from traction.campaign.campaign import tell
from traction.campaign.draw import draw
from traction.campaign.lone import lone_of
from traction.clock import cpu_us


def seeds(words: list[str]) -> Iterator[int]:
    first, end = map(int, words[0].split(":"))
    lone, hints = words[1], [int(word) for word in words[2:]]
    yield from hints
    for seed in range(first, end):
        if seed not in hints and lone in ("any", lone_of(seed)):
            yield seed


def main() -> None:
    gc.disable()
    tried, found = 0, None
    for seed in seeds(sys.argv[1:]):
        tried += 1
        told = tell(draw(seed))
        if told.escapes:
            one = told.escapes[0]
            found = {"seed": seed, "invariant": one.invariant, "says": one.says, "at_ms": one.at_ms}
            found |= {"found": str(one.found), "bound": str(one.bound)}
            break
        if tried % 64 == 0:
            gc.collect()
    print(json.dumps({"escape": found, "tried": tried, "cpu_s": cpu_us() / 1e6}))


main()
