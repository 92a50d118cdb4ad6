"""Plant defects in the safety code, one at a time, and ask a campaign of faults to find each.

    python -m tests.planted [--only ID ...] [--jobs 2] [--seeds 0:2000] [--lone LAYER] [--json FILE]
    python -m tests.planted --no-hints --name      # every seed in its order; writes the first that catches
    python -m tests.planted --by-seeds --only ID   # also of those that no seed was known to catch

First the package as it is runs over the same seeds, and must not escape once. The defects that a seed catches
are the positive controls of the campaign. One that no seed catches stands under ``not_caught``, with the test
that does: that test is run and has to fail, which shows that the test is needed and says nothing of the
campaign. Ends with 0 when every defect of defects.toml was found, 5 when one was not, 1 when something could
not run.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.planted.reach import reached
from tests.planting import ROOT, NoSuchText, copied, run_python

HERE = Path(__file__).resolve().parent
DEFECTS = HERE / "defects.toml"
LOOK = HERE / "look.py"
ANY = "any"
LONES = (ANY, "controller", "host", "guard", "proof")


class BrokenRun(Exception):
    """A process ended in another way than with an answer."""


@dataclass(frozen=True)
class Defect:
    """One defect: the text it replaces, what it breaks in words, and a seed that is known to catch it."""

    id: str
    file: str
    old: str
    new: str
    hazards: tuple[str, ...]
    breaks: str
    seed: int | None = None
    first: bool = False  # no seed before it does
    test: str = ""  # where no seed catches it: the test that does
    why: str = ""  # and why no session shows it


@dataclass(frozen=True)
class Result:
    """What became of a defect: the first escape, or None; seeds tried and CPU seconds.

    ``test`` is the one that failed, where it is a test that finds it.
    """

    id: str
    hazards: tuple[str, ...]
    breaks: str
    escape: dict[str, Any] | None
    tried: int
    cpu_s: float
    test: str = ""

    @property
    def found(self) -> bool:
        return self.escape is not None or bool(self.test)


def defects(path: Path = DEFECTS) -> tuple[Defect, ...]:
    """Return all defects, first those that a seed catches."""
    known = tomllib.loads(path.read_text(encoding="utf-8"))
    known |= known.pop("not_caught", {})
    return tuple(Defect(name, **{**one, "hazards": tuple(one["hazards"])}) for name, one in known.items())


def look(root: Path, seeds: str, lone: str = ANY, hints: Iterable[int] = ()) -> dict[str, Any]:
    done = run_python(root, str(LOOK), seeds, lone, *map(str, hints))
    if done.returncode != 0:
        raise BrokenRun(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def plant(one: Defect, seeds: str, lone: str = ANY, only: Iterable[int] | None = None) -> Result:
    """Return what a campaign makes of one defect; with ``only``, of these seeds alone."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        root = copied(Path(folder), [one])
        if one.test:
            failed = fails(root, one.test)
            return Result(one.id, one.hazards, one.breaks, None, 0, 0.0, one.test if failed else "")
        if only is not None:
            seeds, hints = "0:0", tuple(only)
        else:
            hints = () if one.seed is None else (one.seed,)
        answer = look(root, seeds, lone, hints)
    return Result(one.id, one.hazards, one.breaks, answer["escape"], answer["tried"], answer["cpu_s"])


def fails(root: Path, test: str) -> bool:
    """Say whether a test fails on the copy at ``root``; raises BrokenRun when it cannot be run there."""
    words = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", str(ROOT / test))
    done = run_python(root, *words)
    if done.returncode not in (0, 1):
        raise BrokenRun(f"{test}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 1


def halves(seeds: str, jobs: int) -> list[str]:
    """Return the range of seeds in ``jobs`` parts."""
    first, end = map(int, seeds.split(":"))
    cuts = [first + (end - first) * part // jobs for part in range(jobs + 1)]
    return [f"{low}:{high}" for low, high in pairwise(cuts) if low < high]


def sound(seeds: str, jobs: int) -> bool:
    """Say whether the package as it is escapes in none of the seeds."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder, ThreadPoolExecutor(jobs) as pool:
        root = copied(Path(folder), [])
        answers = list(pool.map(lambda part: look(root, part), halves(seeds, jobs)))
    for answer in answers:
        if answer["escape"] is not None:
            print(f"nothing planted: an escape in seed {told(answer['escape'])}")
    tried, cpu_s = sum(one["tried"] for one in answers), sum(one["cpu_s"] for one in answers)
    print(f"nothing planted: {tried} seeds, {cpu_s:.0f} s of CPU")
    return all(answer["escape"] is None for answer in answers)


def told(escape: dict[str, Any]) -> str:
    return f"{escape['seed']}: {escape['invariant']} {escape['found']} of {escape['bound']} {escape['says']}"


def run(
    wanted: list[Defect], seeds: str, jobs: int, lone: str, in_order: bool = False, name: bool = False
) -> list[Result]:
    """Plant each defect and tell of each as it is done; with ``name`` write its seed into its entry at once.

    With ``in_order`` the seeds named are not tried first, and those left out that a defect cannot change.
    """
    results = []
    reach = reached([one for one in wanted if not one.test], halves(seeds, jobs)) if in_order else None
    with ThreadPoolExecutor(jobs) as pool:
        planted = [pool.submit(plant, each, seeds, lone, reach and reach(each.id)) for each in wanted]
        for future in as_completed(planted):
            one = future.result()
            word = "NOT CAUGHT" if one.escape is None else f"seed {told(one.escape)}"
            how = f"by {one.test}" if one.test else f"{word} ({one.tried} seeds, {one.cpu_s:.1f} s)"
            print(f"{one.id}: {how}", flush=True)
            results.append(one)
            if name:
                name_seed(one, in_order)
    return results


def name_seed(one: Result, first: bool, path: Path = DEFECTS) -> None:
    """Write the seed that caught a defect into its entry, and whether it is the first that does."""
    if one.escape is None:
        return
    text = path.read_text(encoding="utf-8")
    entry = re.compile(
        rf"(?ms)^(\[{re.escape(one.id)}\]\n.*?^breaks = [^\n]*\n)(?:seed = \d+\n)?(?:first = true\n)?"
    )
    named = f"seed = {one.escape['seed']}\n" + ("first = true\n" if first else "")
    path.write_text(entry.sub(lambda found: found[1] + named, text, count=1), encoding="utf-8")


def summary(results: list[Result]) -> str:
    """Return the last lines: how many were planted, and by what they were caught."""
    seeds = [one.escape["seed"] for one in results if one.escape is not None] or [0]
    caught = sum(one.escape is not None for one in results)
    by_tests = sum(bool(one.test) for one in results)
    said = f"positive controls of the campaign: {caught} defects, each caught by a seed"
    said += f" (median {statistics.median(seeds):.0f}, highest {max(seeds)})"
    said += f", {sum(one.cpu_s for one in results):.0f} s of CPU"
    alone = f"controls of single tests: {by_tests} defects that no seed is known to catch, each by its test"
    return f"{said}\n{alone}\n{len(results)} planted, {caught} caught by seeds, {by_tests} by tests"


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.planted", description="Plant defects and find each."
    )
    parser.add_argument("--only", nargs="+", metavar="ID", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds", default="0:2000")
    parser.add_argument("--json", dest="report", type=Path, metavar="FILE")
    parser.add_argument(
        "--lone", choices=LONES, default=ANY, help="only cases in which this layer stands alone"
    )
    parser.add_argument("--no-hints", action="store_true", help="try the seeds in their order only")
    parser.add_argument(
        "--by-seeds", action="store_true", help="ask seeds also of those that a test is named for"
    )
    parser.add_argument("--name", action="store_true", help="write the seeds that caught into defects.toml")
    parser.add_argument("--skip-sound", action="store_true", help="do not run the package as it is first")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    asked = parsed(arguments)
    wanted = [one for one in defects() if not asked.only or one.id in asked.only]
    if asked.no_hints:
        wanted = [replace(one, seed=None) for one in wanted]
    if asked.by_seeds:
        wanted = [replace(one, test="") for one in wanted]
    try:
        if not asked.skip_sound and not sound(asked.seeds, asked.jobs):
            print("nothing can be said of defects while the package itself escapes", file=sys.stderr)
            return 1
        results = run(wanted, asked.seeds, asked.jobs, asked.lone, asked.no_hints, asked.name)
    except (NoSuchText, BrokenRun, RuntimeError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    if asked.report is not None:
        asked.report.write_text(
            json.dumps([asdict(one) for one in results], indent=2) + "\n", encoding="utf-8"
        )
    print(summary(results))
    return 0 if results and all(one.found for one in results) else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
