"""Mutation testing of the safety code and the controller: python -m tests.mutation [--only PATH].

Exit 0: every mutant is killed or listed. 5: a survivor is not listed, or the list says what is not so. 1: the
tests themselves fail. 2: usage.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from tests.mutation import survivors
from tests.mutation.children import TOO_LONG
from tests.mutation.make import ROOT, files, mutants, tests_of
from tests.mutation.places import Mutant


class Progress:
    """Collects what is found of each mutant, and says now and then how far it is."""

    def __init__(self, total: int, listed: Collection[survivors.Key]) -> None:
        self._listed = listed
        self.killer: dict[survivors.Key, str] = {}  # of each mutant tried: the test that failed, or ""
        self.cpu_s: dict[survivors.Key, float] = {}
        self._total = total
        self._started = self._said = time.monotonic()
        self._on_screen = sys.stderr.isatty()

    def note(self, mutant: Mutant, killer: str, cpu_s: float) -> None:
        """Take down which test failed for a mutant, "" for none, and what it took."""
        self.killer[mutant.key] = killer
        self.cpu_s[mutant.key] = cpu_s
        if not killer and mutant.key not in self._listed:
            print(f"survived: {survivors.shown(mutant.key)}", file=sys.stderr, flush=True)
        now = time.monotonic()
        done = len(self.killer)
        if done == self._total or now - self._said > (0.5 if self._on_screen else 30.0):
            self._said = now
            alive = sum(not found and key not in self._listed for key, found in self.killer.items())
            left = _short((now - self._started) / done * (self._total - done))
            said = f"{done} of {self._total} tried, {alive} alive and not listed, about {left} left"
            print(f"{said:<76}", end="\r" if self._on_screen else "\n", file=sys.stderr, flush=True)


def _short(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def main() -> int:
    """Try the mutants of the chosen files and compare the survivors with the list."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="PATH", help="files whose path begins with this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what became of every mutant")
    parser.add_argument(
        "--entries", type=Path, metavar="FILE", help="write the unlisted as entries to fill in"
    )
    parser.add_argument(
        "--again",
        type=Path,
        metavar="FILE",
        help="only what the run that wrote this by --json has not killed",
    )
    parser.add_argument(
        "--tests", nargs="*", default=[], metavar="PATH", help="only these tests: for a first look, too"
    )
    parser.add_argument(
        "--one-in", type=int, default=1, metavar="N", help="every Nth mutant: for an estimate, no verdict"
    )
    parser.add_argument(
        "--give-up",
        type=float,
        default=math.inf,
        metavar="S",
        help="count a mutant as alive after so much processor time: for a first look, no verdict",
    )
    parser.add_argument(
        "--coverage", action="store_true", help="measure branch coverage instead; 5 below 100 %%"
    )
    options = parser.parse_args()
    os.chdir(ROOT)
    if options.coverage:
        from tests.mutation.branches import measure

        return measure(options.only)
    chosen = files(options.only)
    if not chosen:
        print(f"no file under mutation begins with {options.only!r}", file=sys.stderr)
        return 2
    started = time.monotonic()
    listed = survivors.load()
    known = every = [mutant for file in chosen for mutant in mutants(file)]
    if options.again:
        killed = _killed(options.again)
        every = [mutant for mutant in known if mutant.key not in killed]
    every = every[options.one_in // 2 :: options.one_in]
    progress = Progress(len(every), listed.why)
    failed = _try(every, options.tests or tests_of(chosen), options.jobs, progress, options.give_up)
    if failed:
        print("these tests fail without any change:", *failed, sep="\n  ", file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    if options.json:
        text = json.dumps(_as_json(every, progress, listed, seconds), indent=1)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    if options.entries:
        unlisted = [one for one in every if not progress.killer[one.key] and one.key not in listed.why]
        options.entries.write_text("".join(map(survivors.entry, unlisted)), encoding="utf-8")
    found = report(every, listed.gone(known, chosen), progress, listed, seconds)
    partly = options.tests or options.give_up < math.inf or options.one_in > 1
    return 5 if partly else found


def _killed(path: Path) -> set[survivors.Key]:
    """Return the mutants that an earlier run has killed, as it wrote them down."""
    rows = json.loads(path.read_text(encoding="utf-8"))["mutants"]
    return {
        (one["file"], one["function"], one["line"], one["becomes"], int(one["nth"]))
        for one in rows
        if one["killer"]
    }


def _try(every: list[Mutant], tests: list[str], jobs: int, progress: Progress, most_s: float) -> list[str]:
    """Try all mutants; return the tests that fail without any."""
    from tests.mutation import session

    functions = [mutant for mutant in every if mutant.function]
    imports = [mutant for mutant in every if not mutant.function]
    # in a child, so that this process stays free of the code that the imports shall import anew
    with tempfile.NamedTemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                answer = session.try_functions(functions, tests, jobs, progress.note, most_s)
                Path(file.name).write_bytes(pickle.dumps((*answer, progress.killer, progress.cpu_s)))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        if os.waitpid(pid, 0)[1] != 0:
            return ["(no answer from the tests)"]
        baseline, modules, killer, cpu_s = pickle.loads(Path(file.name).read_bytes())
    if baseline is None:
        return ["(the tests could not be collected)"]
    if baseline.failed:
        return list(baseline.failed)
    progress.killer.update(killer)
    progress.cpu_s.update(cpu_s)
    kills: dict[str, Counter[str]] = {}
    for (file, *_), test in killer.items():
        kills.setdefault(file, Counter()).update([test])
    session.try_imports(imports, baseline, modules, jobs, progress.note, kills)
    return []


def report(
    every: list[Mutant],
    gone: list[survivors.Key],
    progress: Progress,
    listed: survivors.Listed,
    seconds: float,
) -> int:
    """Print what survived or is listed wrongly and a line of figures; return the exit code."""
    alive = [mutant for mutant in every if not progress.killer[mutant.key]]
    unlisted = [mutant for mutant in alive if mutant.key not in listed.why]
    dead = [key for key in listed.why if progress.killer.get(key)]
    for title, keys in (
        ("survived, and is not listed", [mutant.key for mutant in unlisted]),
        ("is listed as a survivor, but killed now: take it off the list", dead),
        ("is listed as a survivor, but no mutant of the code any more: take it off the list", gone),
    ):
        for key in keys:
            print(f"{title}: {survivors.shown(key)}")
    for problem in listed.problems:
        print(f"the list: {problem}")
    named = len(alive) - len(unlisted)
    too_long = sum(progress.killer[mutant.key] == TOO_LONG for mutant in every)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{len(every)} mutants tried: {len(every) - len(alive)} killed ({too_long} by running for too long), "
        f"{named} alive and listed, {len(unlisted)} alive and not listed, "
        f"in {seconds:.0f} s and {used.ru_utime + used.ru_stime:.0f} s of CPU"
    )
    return 5 if unlisted or dead or gone or listed.problems else 0


def _as_json(
    every: list[Mutant], progress: Progress, listed: survivors.Listed, seconds: float
) -> dict[str, object]:
    rows = []
    for mutant in every:
        killer = progress.killer[mutant.key]
        row = {"file": mutant.file, "function": mutant.function, "kind": mutant.kind, "line": mutant.line}
        row |= {"becomes": mutant.becomes, "nth": str(mutant.nth), "killer": killer}
        rows.append(
            row | {"why": listed.why.get(mutant.key, ""), "cpu_s": round(progress.cpu_s[mutant.key], 3)}
        )
    return {"mutants": rows, "seconds": round(seconds, 1)}


if __name__ == "__main__":
    sys.exit(main())
