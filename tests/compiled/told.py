"""Print what is kept of each session of some seeds, in one line each, and first of what the code was made.

python -m tests.compiled.told FIRST END [FAULTS]
"""

from __future__ import annotations

import importlib
import sys

from tests.compiled.build import MODULES
from traction.campaign.campaign import parts_of, run_part

SOURCE, COMPILED = "source", "compiled"


def main(words: list[str]) -> None:
    """Run the seeds."""
    first, end, *faults = map(int, words)
    files = [str(importlib.import_module(name[:-3].replace("/", ".")).__file__) for name in MODULES]
    kinds = {SOURCE if file.endswith(".py") else COMPILED for file in files}
    print(*sorted(kinds))
    for part in parts_of(range(first, end)):
        for told in run_part(part, *faults)[0]:
            print(told)


if __name__ == "__main__":
    main(sys.argv[1:])
