"""The model alone: patients under a prescribed tension, no table, no controller, no limits.

An engineering model of a bench simulator: it predicts nothing about a person.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np

from traction.errors import Problem, UsageError
from traction.sim import lanes
from traction.sim.block import Stepping, march_block, ordered
from traction.sim.coefficients import PLACE, STATE_NAMES, coefficients
from traction.sim.grid import entry_of, sample_times
from traction.sim.trajectory import Trajectory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.patient import Patient
    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

Progress = Callable[[int, int], None]


DEFAULT = Stepping()


def simulate(
    patients: Sequence[Patient],
    timeline: Timeline | Sequence[Timeline],
    *,
    every_s: float = 1.0,
    at_s: Sequence[float] | Floats | None = None,
    stepping: Stepping = DEFAULT,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Trajectory:
    """Return the states of all patients at the instants asked for: ``at_s``, else every ``every_s`` seconds.

    ``timeline`` is one for all patients (its forces may differ between them), or one for each; then all have
    the same postures one after the other, and the tension of a shorter one stays as it ended. Blocks of 64
    patients run on ``threads`` threads, by default one for each core. ``progress`` is called with the number
    of patients done and of all.

    Raises UsageError: E185 for a timeline that does not fit the patients or instants outside it, E187 for
    patients whose equations are too fast to step, E180 for an unknown posture.
    """
    timelines = [timeline] * len(patients) if not isinstance(timeline, Sequence) else list(timeline)
    longest = _checked(patients, timelines)
    times = sample_times(longest, every_s, at_s)
    by_entry = tuple(
        np.array(
            [coefficients(each, posture=entry.posture, flexion_deg=entry.flexion_deg) for each in patients]
        )
        for entry in longest.entries
    )
    order = ordered(by_entry, timelines)
    tension = np.empty((times.size, len(patients)))
    states = {name: np.empty((times.size, len(patients))) for name in STATE_NAMES}

    def run(which: Whole) -> Floats:
        rows = [each[which] for each in by_entry]
        marched = march_block([timelines[k] for k in which], which, times, rows, stepping)
        tension[:, which] = marched.tension_n
        for row, name in enumerate(lanes.SAVED):
            states[name][:, which] = marched.states[:, row]
        return marched.told

    blocks = [order[k : k + lanes.WIDTH] for k in range(0, order.size, lanes.WIDTH)]
    told = np.array(_run_all(run, blocks, threads, progress))
    entries = entry_of(longest, times)
    states["UNLOADED"], states["WATER"] = _given_back(longest, times, entries, by_entry)
    steps = (int(told[:, 0].sum()), int(told[:, 1].sum()), float(told[:, 2].max()))
    return Trajectory(times, tension, states, tuple(patients), entries, by_entry, steps)


def _checked(patients: Sequence[Patient], timelines: Sequence[Timeline]) -> Timeline:
    """Return the longest timeline; raise UsageError (E185) when one does not fit patients or others."""
    if not patients or len(timelines) != len(patients):
        found = f"{len(timelines)} timelines for {len(patients)} patients"
        raise UsageError(Problem("E185", found, "at least one patient, and one timeline for each or for all"))
    longest = max(timelines, key=lambda each: each.duration_s)
    postures = [(entry.posture, entry.flexion_deg) for entry in longest.entries]
    for each in {id(line): line for line in timelines}.values():
        if each.n_patients not in (None, len(patients)):
            found = f"forces for {each.n_patients} patients"
            raise UsageError(Problem("E185", found, f"for {len(patients)}", field="pull_n"))
        if [(entry.posture, entry.flexion_deg) for entry in each.entries] != postures or (
            len(postures) > 1 and each.starts_s != longest.starts_s
        ):
            raise UsageError(
                Problem("E185", "timelines with different postures", "the same for every patient")
            )
    return longest


def _run_all(
    run: Callable[[Whole], Floats], blocks: Sequence[Whole], threads: int | None, progress: Progress | None
) -> list[Floats]:
    """Run every block, on threads where there are several; an interruption leaves no block waiting."""
    total, done = sum(block.size for block in blocks), 0
    workers = min(threads or len(os.sched_getaffinity(0)), len(blocks))
    if workers < 2:
        found = []
        for block in blocks:
            found.append(run(block))
            done += block.size
            if progress is not None:
                progress(done, total)
        return found
    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(run, block): block.size for block in blocks}
        jobs = list(waiting)
        try:
            while waiting:
                ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
                done += sum(waiting.pop(job) for job in ready)
                if progress is not None:
                    progress(done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [job.result() for job in jobs]


def _given_back(
    timeline: Timeline, times: Floats, entries: Whole, by_entry: Sequence[Floats]
) -> tuple[Floats, Floats]:
    """Return what lying gave back, height and water, each 0 to 1, at each instant: exactly.

    Both go to the target of the posture with a time constant of their own, whatever else happens.
    """
    found = []
    for target, lag in (("unloaded_target", "unloading_s"), ("water_target", "water_s")):
        series = np.empty((times.size, len(by_entry[0])))
        value = np.zeros(len(by_entry[0]))
        for index, (entry, start_s) in enumerate(zip(timeline.entries, timeline.starts_s, strict=True)):
            goal, per_s = by_entry[index][:, PLACE[target]], 1.0 / by_entry[index][:, PLACE[lag]]
            mine = entries == index
            series[mine] = goal + (value - goal) * np.exp(-(times[mine, np.newaxis] - start_s) * per_s)
            value = goal + (value - goal) * np.exp(-entry.for_s * per_s)
        found.append(series)
    return found[0], found[1]
