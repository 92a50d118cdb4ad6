"""A campaign: many cases over several processes, and what the oracle said of them all."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from traction.campaign.case import Case
from traction.campaign.draw import SHARE, draw, stage_of
from traction.campaign.history import History
from traction.campaign.interrupts import held_back, leave_to_parent
from traction.campaign.oracle import Escape, judge
from traction.campaign.trunk import branches_cpu_s, grow
from traction.campaign.world import run
from traction.clock import WallClock
from traction.wire import codes

Progress = Callable[[int, int], None]

AHEAD: Final = 2
"""So many parts wait for each process, so that none is ever without work, and few are lost by Ctrl-C."""

DARK: Final = "not started"
"""The phase of a fault that began before anything had power."""


@dataclass(frozen=True, slots=True)
class Found:
    """An invariant that broke in the session of a seed."""

    seed: int
    escape: Escape


@dataclass(slots=True)
class Worst:
    """Of one hazard: how many sessions had a fault of it, and the worst of each figure; None: not measured.

    ``seed`` is that of the least margin.
    """

    runs: int = 0
    overshoot_n: float | None = None
    detect_ms: float | None = None
    react_ms: float | None = None
    margin: float | None = None
    seed: int | None = None


@dataclass(slots=True)
class Report:
    """What a campaign has found; ``interrupted`` where it was ended before all seeds were run."""

    wanted: int
    sessions: int = 0
    faulty: int = 0
    virtual_s: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    escapes: list[Found] = field(default_factory=list)
    false_trips: list[int] = field(default_factory=list)
    worst: dict[str, Worst] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    interrupted: bool = False

    @property
    def sessions_per_s(self) -> float:
        """Return sessions per second of real time."""
        return self.sessions / self.wall_s if self.wall_s > 0.0 else 0.0

    @property
    def passed(self) -> bool:
        """Say whether all was run, nothing escaped, and nothing healthy was ended."""
        return not (self.escapes or self.false_trips or self.interrupted)


@dataclass(frozen=True, slots=True)
class Told:
    """What one session leaves behind for the campaign; the digest is that of its history."""

    seed: int
    escapes: tuple[Escape, ...]
    false_trip: bool
    measures: dict[str, tuple[float | None, float | None, float | None, float | None]]
    outcome: str
    hits: tuple[tuple[str, str], ...]
    ticks: int
    digest: str


def campaign(
    seeds: Sequence[int],
    jobs: int = 1,
    progress: Progress | None = None,
    *,
    faults: int | None = None,
    first: bool = False,
) -> Report:
    """Run the cases of ``seeds`` in ``jobs`` processes and return what was found.

    ``faults`` is what ``draw`` takes; ``first`` ends the campaign with the first escape. What each seed gives
    depends on nothing but the seed. A KeyboardInterrupt ends it early, with what there is.
    """
    report, clock = Report(wanted=len(seeds)), WallClock()
    parts = list(parts_of(seeds))
    try:
        for told, cpu_s in _run_parts(parts, jobs, faults):
            report.cpu_s += cpu_s
            for one in told:
                add(report, one)
            if progress is not None:
                progress(report.sessions, report.wanted)
            if first and report.escapes:
                break
    except KeyboardInterrupt:
        report.interrupted = True
    report.wall_s = clock.now_us() / 1e6
    report.escapes.sort(key=lambda one: one.seed)
    report.false_trips.sort()
    return report


def parts_of(seeds: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the seeds in parts that share a stage, in their order."""
    part: list[int] = []
    for seed in seeds:
        if part and seed // SHARE != part[0] // SHARE:
            yield tuple(part)
            part = []
        part.append(seed)
    if part:
        yield tuple(part)


def _run_parts(
    parts: Sequence[tuple[int, ...]], jobs: int, faults: int | None
) -> Iterator[tuple[list[Told], float]]:
    if jobs <= 1 or len(parts) <= 1:
        with held_back() as look:  # over all of them: what is pressed in the last session of a part counts
            for part in parts:
                look()
                yield run_part(part, faults, look)
        return
    # fresh processes: what a fork would share with this one (threads, files) is no part of a session
    pool = ProcessPoolExecutor(
        min(jobs, len(parts)), mp_context=get_context("spawn"), initializer=leave_to_parent
    )
    try:
        yield from _keep_busy(pool, parts, jobs, faults)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _keep_busy(
    pool: ProcessPoolExecutor, parts: Sequence[tuple[int, ...]], jobs: int, faults: int | None
) -> Iterator[tuple[list[Told], float]]:
    rest = iter(parts)
    running: set[Future[tuple[list[Told], float]]] = set()
    while True:
        for part in rest:
            running.add(pool.submit(run_part, part, faults))
            if len(running) >= jobs * AHEAD:
                break
        if not running:
            return
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for one in done:
            yield one.result()


def run_part(
    part: Sequence[int], faults: int | None = None, look: Callable[[], None] | None = None
) -> tuple[list[Told], float]:
    """Run some seeds in this process; return what each leaves, and the CPU seconds of all.

    ``look`` is called before each of them, and may raise.
    """
    from traction.clock import cpu_us

    before = cpu_us() / 1e6 + branches_cpu_s()
    was_on = gc.isenabled()
    gc.disable()  # what a session leaves behind goes by itself, but for a few cycles
    try:
        told: dict[int, Told] = {}
        cases = [draw(seed, faults=faults) for seed in part]
        for number in dict.fromkeys(one.seed // SHARE for one in cases if faults != 0 and not one.lone):
            if look is not None:
                look()
            told |= grow(
                stage_of(number).case, (one for one in cases if one.seed // SHARE == number), told_of
            )
        for case in cases:
            if case.seed not in told:
                if look is not None:
                    look()
                told[case.seed] = tell(case)
    finally:
        if was_on:
            gc.enable()
    gc.collect(0)
    return [told[seed] for seed in part], cpu_us() / 1e6 + branches_cpu_s() - before


def tell(case: Case) -> Told:
    """Run one case, judge it, and return what the campaign keeps of it."""
    return told_of(case, run(case))


def told_of(case: Case, history: History) -> Told:
    """Judge a case that was run, and return what the campaign keeps of it."""
    verdict = judge(case, history)
    result = history.result
    return Told(
        seed=case.seed,
        escapes=verdict.escapes,
        false_trip=verdict.false_trip,
        measures={
            name: (one.overshoot_n, one.detect_ms, one.react_ms, one.margin)
            for name, one in verdict.measures.items()
        },
        outcome="no host" if result is None else str(result.outcome),
        hits=tuple(_hits(case, history)),
        ticks=history.ticks,
        digest=history.digest(),
    )


def _hits(case: Case, history: History) -> Iterator[tuple[str, str]]:
    for one, onset in zip(case.injections, history.onsets, strict=True):
        if onset is not None:
            started = history.start is not None and onset >= history.start
            yield one.fault.name, codes.STATE_NAMES[history.state(onset)] if started else DARK


def add(report: Report, told: Told) -> None:
    """Count one session in."""
    report.sessions += 1
    report.faulty += bool(told.hits)
    report.virtual_s += told.ticks / 100
    report.escapes += [Found(told.seed, escape) for escape in told.escapes]
    if told.false_trip:
        report.false_trips.append(told.seed)
    report.outcomes[told.outcome] += 1
    report.hits.update(told.hits)
    for name, measure in told.measures.items():
        _worsen(report.worst.setdefault(name, Worst()), told.seed, measure)


def _worsen(
    worst: Worst, seed: int, measure: tuple[float | None, float | None, float | None, float | None]
) -> None:
    overshoot_n, detect_ms, react_ms, margin = measure
    worst.runs += 1
    worst.overshoot_n = _larger(worst.overshoot_n, overshoot_n)
    worst.detect_ms = _larger(worst.detect_ms, detect_ms)
    worst.react_ms = _larger(worst.react_ms, react_ms)
    if margin is not None and (worst.margin is None or (margin, seed) < (worst.margin, worst.seed)):
        worst.margin, worst.seed = margin, seed


def _larger(one: float | None, other: float | None) -> float | None:
    return other if one is None or (other is not None and other > one) else one
