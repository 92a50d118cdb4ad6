"""``python -m tests.processes --rounds 300``: real processes, what is done to them, and what both have seen.

Each round takes an emulated controller on a pty and a host with its recorder, does something to one of them,
and holds the histories of both sides against each other (``traction.testing.history``). Ends with 5 where
something was found, with 1 where the rounds themselves did not work.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.processes.nemesis import NEMESES
from tests.processes.rounds import Round, play

FOUND, BROKEN = 5, 1


def load_everything() -> None:
    """Load and compile what the sides of a round need, once for all of them."""
    import traction.cli.app
    import traction.cli.emulate  # noqa: F401
    from tests.processes.sides import TABLE, plan
    from traction.cli.errors import run  # noqa: F401
    from traction.drivers.base import TableSetup
    from traction.drivers.url import parse_url
    from traction.sim.emulator import make_emulated
    from traction.sim.options import read_options
    from traction.sim.serve import serve  # noqa: F401

    make_emulated(read_options(parse_url(TABLE), TableSetup()))
    plan("serial:/dev/none", 1.0)


def _one(number: int, seed: int, kind: str, keep: str) -> Round:
    del number
    return play(seed, kind, Path(keep))


def drawn(count: int, seed: int, kinds: list[str]) -> list[tuple[int, int, str]]:
    """Return number, seed and kind of each round."""
    chance = random.Random(seed)
    return [(number, chance.randrange(1 << 32), kinds[number % len(kinds)]) for number in range(count)]


def rounds(todo: list[tuple[int, int, str]], jobs: int, keep: Path) -> Iterator[Round | str]:
    """Yield what came of each round as it ends, or in plain words why it did not work."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        running = {pool.submit(_one, *what, str(keep)): what for what in todo}
        for one in as_completed(running):
            try:
                yield one.result()
            except Exception as error:
                yield f"round {running[one]}: {type(error).__name__}: {error}"


def worst(done: list[Round]) -> dict[str, dict[str, Any]]:
    """Return for each kind how many rounds there were, how they ended and the longest times."""
    table: dict[str, dict[str, Any]] = {}
    for kind in NEMESES:
        mine = [one for one in done if one.kind == kind]
        if mine:
            timed = [one for one in mine if one.left_run_ms is not None]
            table[kind] = {
                "rounds": len(mine),
                "in_run": len(timed),
                "left_run_ms": max((round(one.left_run_ms or 0) for one in timed), default=None),
                "slack_ms": max((round(one.slack_ms or 0) for one in timed), default=None),
                "completed": sum(one.outcome.startswith("COMPLETED") for one in mine),
                "rows": sum(one.rows for one in mine),
            }
    return table


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.processes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=len(NEMESES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=4 * (os.cpu_count() or 1))
    parser.add_argument("--only", nargs="*", choices=list(NEMESES), default=list(NEMESES))
    parser.add_argument("--replay", metavar="KIND:SEED", help="play this one round again")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "traction-rounds")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("-o", type=Path, metavar="FILE", help="write the whole result as JSON")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Play the rounds and say what came of them."""
    asked = _arguments(words)
    load_everything()
    began, done, broken = time.monotonic(), [], []
    todo = drawn(asked.rounds, asked.seed, asked.only)
    if asked.replay is not None:
        kind, _, seed = asked.replay.partition(":")
        todo = [(0, int(seed), kind)]
    for one in rounds(todo, asked.jobs, asked.keep):
        if isinstance(one, str):
            broken.append(one)
            print(one, file=sys.stderr)
            continue
        done.append(one)
        for finding in one.findings:
            told = f"FOUND {one.kind} {one.detail}: {finding['rule']}: {finding['what']}"
            print(f"{told}; its files are in {asked.keep}/{one.kind}-{one.seed}", file=sys.stderr)
        if one.findings:
            print(f"again: python -m tests.processes --replay {one.kind}:{one.seed}", file=sys.stderr)
    found = sum(len(one.findings) for one in done)
    report = {
        "rounds": len(done),
        "broken": broken,
        "findings": found,
        "seconds": round(time.monotonic() - began, 1),
        "kinds": worst(done),
        "all": [vars(one) for one in done],
    }
    text = json.dumps(report, indent=1)
    if asked.o is not None:
        asked.o.write_text(text + "\n", encoding="utf-8")
    if asked.json:
        print(text)
    else:
        for kind, row in report["kinds"].items():
            print(f"{kind:20}", "  ".join(f"{name} {value}" for name, value in row.items()))
        print(f"{len(done)} rounds in {report['seconds']} s, {found} findings, {len(broken)} broken")
    return BROKEN if broken else FOUND if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
