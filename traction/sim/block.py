"""One block of up to 64 patients: its numbers laid out in lanes, and marched leg by leg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from traction.errors import Problem, UsageError
from traction.sim import lanes
from traction.sim.coefficients import PLACE
from traction.sim.grid import Leg, legs, merged
from traction.sim.population import march

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

KNOTS_AT_ONCE = 4096
"""A wave has half a million knots an hour: a block reads them in parts."""

FASTEST_PER_S = 5000.0
"""What swings faster, in rad/s, is refused: the steps it takes would be shorter than 0.1 ms."""

PHASE = 0.3
"""Part of a swing, in rad, that the first step after a bend may cover."""

HOLDING = 0.5
"""Share of the error allowed where bristles are stiffer than the region: what they hold does not fade."""

HEAVY_KG = 20.0
"""Moving mass from which on the whole error is allowed."""

JUMP_S = 1e-6
"""How long a jump of the tension takes where it has to be told apart from the instant before."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """How long steps are: ``first_s`` where the tension bends, at most ``longest_s`` while nothing moves.

    Between them each step tells its error and is repeated, shorter, when that is above ``allowed_n``; for a
    moving mass below 20 kg, a head, which is pulled more gently, in proportion less, and on a fixed couch,
    where friction holds for minutes what it is off by, half as much. The defaults were measured:
    docs/population.md.
    """

    first_s: float = 0.005
    longest_s: float = 0.2
    allowed_n: float = 0.002

    @classmethod
    def fixed(cls, step_s: float) -> Stepping:
        """Return steps that are all of one length in s, whatever their error."""
        return cls(step_s, step_s, float("inf"))

    def numbers(self, by_entry: Sequence[Floats]) -> Floats:
        """Return what ``march`` reads, for patients of these coefficients."""
        lightest = min(float(rows[:, PLACE["moving_mass_kg"]].min()) for rows in by_entry)
        allowed_n = self.allowed_n * min(lightest / HEAVY_KG, 1.0) * (HOLDING if _held(by_entry) else 1.0)
        first_s = min(self.first_s, PHASE / float(fastest_per_s(by_entry).max()))
        return np.array([first_s if np.isfinite(allowed_n) else self.first_s, self.longest_s, allowed_n])


class Marched(NamedTuple):
    """What a block gives: tension, N (n_times, n), states (n_times, n_states, n), a sum over its steps."""

    tension_n: Floats
    states: Floats
    told: Floats


def fastest_per_s(by_entry: Sequence[Floats]) -> Floats:
    """Return the fastest swing of each patient, rad/s: its mass on bristles and on the unflattened region."""
    stiffness = ("friction_stiffness_n_per_mm", "flattening_n_per_mm")
    squares = [
        sum(rows[:, PLACE[name]] for name in stiffness) * lanes.MM_PER_M / rows[:, PLACE["moving_mass_kg"]]
        for rows in by_entry
    ]
    return np.sqrt(np.max(squares, axis=0))  # type: ignore[no-any-return]


def _held(by_entry: Sequence[Floats]) -> bool:
    """Say whether friction holds a patient for good: it bends less than the region does."""
    bristle, flat = (PLACE[name] for name in ("friction_stiffness_n_per_mm", "flattening_n_per_mm"))
    return any(bool((rows[:, bristle] > rows[:, flat]).any()) for rows in by_entry)


def ordered(by_entry: Sequence[Floats], timelines: Sequence[Timeline]) -> Whole:
    """Return the numbers of the patients, so that equal timelines and equally fast patients share a block.

    Raises UsageError (E187) for a patient too fast to step.
    """
    fastest = fastest_per_s(by_entry)
    if not fastest.max() <= FASTEST_PER_S:
        found = f"patient {int(fastest.argmax())} swings at {fastest.max():.0f} rad/s"
        raise UsageError(Problem("E187", found, f"at most {FASTEST_PER_S:.0f} rad/s"))
    seen: dict[int, int] = {}
    line = np.array([seen.setdefault(id(each), len(seen)) for each in timelines])
    return np.lexsort((fastest, line))


def march_block(
    timelines: Sequence[Timeline], which: Whole, times: Floats, by_entry: Sequence[Floats], stepping: Stepping
) -> Marched:
    """March the patients of the numbers ``which``: one timeline, and one row of coefficients, for each."""
    lane = np.minimum(np.arange(lanes.WIDTH), which.size - 1)  # lanes left over repeat the last patient
    saved = np.zeros((times.size, len(lanes.SAVED), which.size))
    tension = np.zeros((times.size, which.size))
    block, told = np.zeros(lanes.SIZE), np.zeros(3)
    block[lanes.ACTIVITY :][: lanes.WIDTH] = by_entry[0][lane, PLACE["guarding_rest_mva"]]
    steps = stepping.numbers(by_entry)
    for leg in _legs(timelines, which, times):
        block[lanes.NUMBERS_AT :] = lanes.numbers(by_entry[leg.entry])[:, lane].ravel()
        forces = leg.forces_n.reshape(len(leg.times_s), -1)
        asked = np.flatnonzero(leg.store >= 0)
        tension[leg.store[asked]] = forces[asked]
        column = lane % forces.shape[1] if forces.shape[1] > 1 else np.zeros_like(lane)
        for begin in range(0, max(len(leg.times_s) - 1, 1), KNOTS_AT_ONCE):
            part = slice(begin, begin + KNOTS_AT_ONCE + 1)
            spread = np.ascontiguousarray(forces[part][:, column])
            march(block, leg.times_s[part], spread, leg.store[part], saved, steps, told)
    return Marched(tension, saved, told)


def _legs(timelines: Sequence[Timeline], which: Whole, times: Floats) -> Iterator[Leg]:
    """Yield the legs of a block: those of the one timeline, or all knots of all timelines together."""
    distinct = list({id(line): line for line in timelines}.values())
    if len(distinct) == 1:
        yield from legs(distinct[0], times, which)
        return
    longest = max(distinct, key=lambda line: line.duration_s)
    courses = [list(line.courses(which)) for line in distinct]
    for leg in legs(longest, times, which):
        knots = [_rising(course[leg.entry][1]) for course in courses]
        together = np.unique(np.concatenate([leg.times_s, *knots]))
        forces = np.empty((together.size, which.size))
        for k, line in enumerate(timelines):
            number = distinct.index(line)
            own = courses[number][leg.entry][2]
            forces[:, k] = np.interp(together, knots[number], own if own.ndim == 1 else own[:, k])
        wanted = np.flatnonzero(leg.store >= 0)
        yield Leg(leg.entry, *merged(together, forces, leg.times_s[wanted], leg.store[wanted]))


def _rising(times: Floats) -> Floats:
    """Return knots of which no two are at one instant."""
    same = np.append(False, np.diff(times) <= 0.0)
    return times + JUMP_S * same
