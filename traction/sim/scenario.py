"""What is done to a patient over time: postures one after the other, and the tension of the strap in each.

Every force is a row of knots joined by straight lines. Ramps are exact; waves and curved rises stay within
0.01 N of the force they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from traction.errors import Problem, UsageError
from traction.sim.curves import profile_knots, sine_knots
from traction.sim.patient import POSTURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.profile.profile import Profile

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

WAVES = ("constant", "sine")
MAX_HZ = 5.0
"""Fastest wave, as in a protocol: what swings faster than a body can follow is no traction."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One posture held for ``for_s`` seconds, under one pull.

    The tension goes in a straight line from where the entry before left it (0 N at the start) to ``pull_n``
    within ``ramp_s``; then it stays, or swings by ``wave_amplitude_n`` about it as a sine that starts at the
    pull. ``pull_n`` is one number for all patients or one for each, shape (n_patients,). ``course`` replaces
    all of that by knots: times in s from the start of the entry, and forces in N.

    Raises UsageError (E185) for what is not a posture or wave, a time that is no time, a pull or a trough
    below zero (a strap cannot push), or a ramp longer than the entry.
    """

    posture: str
    for_s: float
    pull_n: float | Floats = 0.0
    flexion_deg: float = 0.0
    wave: str = "constant"
    wave_amplitude_n: float | Floats = 0.0
    wave_hz: float = 0.0
    ramp_s: float = 0.0
    course: tuple[Floats, Floats] | None = None

    def __post_init__(self) -> None:
        problems = [Problem("E185", found, wanted, field=field) for found, wanted, field in _wrong(self)]
        if problems:
            raise UsageError(*problems)

    def knots(self, before_n: float | Floats) -> tuple[Floats, Floats]:
        """Return times in s, shape (k,), and forces in N, shape (k,) or (k, n_patients).

        ``before_n`` is the tension in N that the entry before left, one number or one for each patient.
        """
        if self.course is not None:
            return self.course
        pull = np.asarray(self.pull_n, dtype=float)
        times, waves = self._shape()
        ramp = np.ones_like(times)
        ramp[0] = 0.0
        amplitude = np.asarray(self.wave_amplitude_n, dtype=float)
        before = np.asarray(before_n, dtype=float)
        if not (pull.ndim or amplitude.ndim or before.ndim):
            return times, before + ramp * (pull - before) + waves * amplitude
        along = ramp[:, None]
        return times, before + along * (pull - before) + waves[:, None] * amplitude

    def _shape(self) -> tuple[Floats, Floats]:
        """Return the times of the knots and the wave at each, as a share of its amplitude."""
        largest = float(np.max(self.wave_amplitude_n))
        if self.wave == "constant" or largest == 0.0:
            return np.array([0.0, self.ramp_s, self.for_s]), np.zeros(3)
        times, waves = sine_knots(self.for_s - self.ramp_s, self.wave_hz, largest)
        return np.append(0.0, times + self.ramp_s), np.append(0.0, waves)


def _wrong(entry: Entry) -> Iterator[tuple[str, str, str]]:
    if entry.posture not in POSTURES:
        yield f"posture {entry.posture!r}", f"one of {', '.join(POSTURES)}", "posture"
    if entry.wave not in WAVES:
        yield f"wave {entry.wave!r}", f"one of {', '.join(WAVES)}", "wave"
    if not 0.0 < entry.for_s < math.inf:
        yield f"{entry.for_s} s", "a time above zero", "for_s"
    if not entry.ramp_s >= 0.0 or entry.ramp_s > entry.for_s:
        yield f"a ramp of {entry.ramp_s} s", f"0 to {entry.for_s} s, the length of the entry", "ramp_s"
    if not math.isfinite(entry.flexion_deg):
        yield f"{entry.flexion_deg} degrees", "a number", "flexion_deg"
    pull, swing = np.asarray(entry.pull_n), np.asarray(entry.wave_amplitude_n)
    if not (np.isfinite(pull).all() and (pull >= 0.0).all()):
        yield f"a pull of {pull.min()} N", "a number, zero or more", "pull_n"
    elif not (np.isfinite(swing).all() and (swing >= 0.0).all() and (swing <= pull).all()):
        yield f"an amplitude of {swing.max()} N", "zero to the pull: a strap cannot push", "wave_amplitude_n"
    if entry.wave == "sine" and not 0.0 < entry.wave_hz <= MAX_HZ:
        yield f"{entry.wave_hz} Hz", f"above 0 and at most {MAX_HZ:g} Hz", "wave_hz"
    if entry.course is not None:
        yield from _wrong_course(*entry.course, entry.for_s)


def _wrong_course(times: Floats, forces: Floats, for_s: float) -> Iterator[tuple[str, str, str]]:
    if not (times.ndim == 1 and times.size > 1 and len(forces) == times.size):
        yield f"{times.size} times and {len(forces)} forces", "as many, two or more", "course"
        return
    if not (times[0] == 0.0 and (np.diff(times) >= 0.0).all() and abs(times[-1] - for_s) <= 1e-9 * for_s):
        yield f"knots from {times[0]} s to {times[-1]} s", f"rising from 0 to {for_s} s", "course"
    if not (np.isfinite(forces).all() and (forces >= 0.0).all()):
        yield f"a force of {forces.min()} N", "a number, zero or more", "course"


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Entries one after the other, from 0 s. Raises UsageError (E185) when there is none, or they disagree.

    ``n_patients`` is how many patients its forces are for, or None when they are the same for everybody.
    """

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise UsageError(Problem("E185", "a timeline without an entry", "at least one"))
        if len(self._counts()) > 1:
            found = f"entries for {' and '.join(map(str, sorted(self._counts())))} patients"
            raise UsageError(Problem("E185", found, "as many in all", field="pull_n"))

    def _counts(self) -> set[int]:
        rows = [np.asarray(each) for entry in self.entries for each in (entry.pull_n, entry.wave_amplitude_n)]
        courses = [entry.course[1] for entry in self.entries if entry.course is not None]
        return {row.size for row in rows if row.ndim} | {each.shape[1] for each in courses if each.ndim == 2}

    @property
    def n_patients(self) -> int | None:
        """Return for how many patients there are forces, None when one force is for all."""
        return next(iter(self._counts()), None)

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return math.fsum(entry.for_s for entry in self.entries)

    @property
    def starts_s(self) -> tuple[float, ...]:
        """Return when each entry starts, in s."""
        before = [math.fsum(entry.for_s for entry in self.entries[:i]) for i in range(len(self.entries))]
        return tuple(before)

    def only(self, which: Whole) -> Timeline:
        """Return the timeline of some of its patients, by their numbers."""
        return self if self.n_patients is None else Timeline(tuple(_picked(e, which) for e in self.entries))

    def courses(self, which: Whole | None = None) -> Iterator[tuple[Entry, Floats, Floats]]:
        """Yield each entry with its knots: times in s from the start of the timeline, and forces in N.

        The forces have shape (n_knots,) or (n_knots, n_patients); ``which`` picks patients by their number.
        """
        before: float | Floats = 0.0
        for entry, start_s in zip(self.entries, self.starts_s, strict=True):
            picked = entry if which is None or self.n_patients is None else _picked(entry, which)
            times, forces = picked.knots(before)
            before = forces[-1]
            yield entry, times + start_s, forces


def _picked(entry: Entry, which: Whole) -> Entry:
    """Return ``entry`` for some of its patients."""
    course, pull, wave = entry.course, np.asarray(entry.pull_n), np.asarray(entry.wave_amplitude_n)
    if course is not None and course[1].ndim == 2:
        course = (course[0], course[1][:, which])
    return replace(
        entry,
        pull_n=pull[which] if pull.ndim else entry.pull_n,
        wave_amplitude_n=wave[which] if wave.ndim else entry.wave_amplitude_n,
        course=course,
    )


def timeline_of(profile: Profile, posture: str = "prone", flexion_deg: float = 0.0) -> Timeline:
    """Return the target force of a compiled protocol as a timeline of one entry, within 0.01 N everywhere.

    The first newtons come as in the profile, without a table that takes up slack first.
    """
    times, forces = profile_knots(profile)
    entry = Entry(posture, for_s=float(times[-1]), flexion_deg=flexion_deg, course=(times, forces))
    return Timeline((entry,))
