"""Run seeds on a copy that ``reach`` has marked, and print as JSON which defects were noted in which seeds.

python reached.py FIRST:END
"""

from __future__ import annotations

import gc
import json
import sys
from collections import defaultdict

import planted_marks

from traction.campaign.campaign import tell
from traction.campaign.draw import draw


def main() -> None:
    first, end = map(int, sys.argv[1].split(":"))
    seeds = defaultdict(list)
    gc.disable()
    for seed in range(first, end):
        planted_marks.SEEN.clear()
        tell(draw(seed))
        for name in planted_marks.SEEN:
            seeds[name].append(seed)
        if seed % 64 == 0:
            gc.collect()
    print(json.dumps(seeds))


main()
