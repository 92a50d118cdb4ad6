"""Many patients at once: the march of a block of them over a course of tension.

Each step tells its own error in newtons (``lane_step.py``), which sets the length of the next one: a few
milliseconds where the tension bends or friction turns, a fifth of a second while nothing moves.

Compiled by numba without the lock of the interpreter, so that blocks run on threads side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from traction.sim.caching import fingerprint
from traction.sim.lane_step import step
from traction.sim.lanes import FORCE_AT, NEXT, WIDTH

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
March = Callable[[Floats, Floats, Floats, Whole, Floats, Floats, Floats], None]

SHRINK, GROW, SAFE = 0.2, 2.0, 0.85
"""How far the error of one step may change the next, and the margin kept below what is allowed."""

BEND_N_PER_S = 0.5
"""A change of slope that sets a body swinging by less than 0.02 N."""

LEAST = 0.01
"""Share of the first step at which a step is accepted whatever its error: friction turns in an instant."""

FIRST_S, LONGEST_S, ALLOWED_N = range(3)
"""Places in ``stepping``: the first step, the longest step, and the error allowed in one step."""

TAKEN, REFUSED, LARGEST_N = range(3)
"""Places in ``told``: steps taken, steps taken again, and the largest error of any step, N."""


def _marcher(digest: int) -> March:
    """Return the compiled march; ``digest`` is in its closure, so that other sources are compiled anew."""

    def march(
        b: Floats, times: Floats, forces: Floats, store: Whole, saved: Floats, stepping: Floats, told: Floats
    ) -> None:
        """March the block ``b`` over the knots ``times`` in s, between which ``forces`` in N are straight.

        ``forces`` has shape (n_knots, count) with count up to ``WIDTH``. At knot k with ``store[k]`` at or
        above zero the states of as many lanes as ``saved`` has go to ``saved[store[k]]``. Steps begin with
        ``stepping[FIRST_S]`` at the first knot and where the tension bends. ``told`` adds up what happened.
        """
        assert digest >= 0
        count = forces.shape[1]
        h, last = stepping[FIRST_S], 1.0
        for p in range(count):
            b[FORCE_AT + p], b[FORCE_AT + WIDTH + p] = forces[0, p], forces[0, p]
        for k in range(times.shape[0]):
            span = times[k] - times[k - 1] if k > 0 else 0.0
            if k > 0:
                bent = 0.0
                for p in range(count):
                    rise = forces[k, p] - forces[k - 1, p]
                    before = b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p]
                    bent = max(bent, abs(before / last - rise / max(span, 1e-9)))
                    b[FORCE_AT + p], b[FORCE_AT + WIDTH + p] = forces[k - 1, p], forces[k, p]
                if bent > BEND_N_PER_S:
                    h = min(h, stepping[FIRST_S])
                last = max(span, 1e-9)
            if span > 0.0:
                h = _over(b, span, h, stepping, told)
            if store[k] >= 0:
                for i in range(NEXT // WIDTH):
                    for p in range(saved.shape[2]):
                        saved[store[k], i, p] = b[i * WIDTH + p]

    try:
        return cast("March", njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(march))
    except RuntimeError:  # numba found no writable place for its cache
        return cast("March", njit(nogil=True, fastmath=True, error_model="numpy")(march))


@njit(fastmath=True, error_model="numpy")
def _over(b: Floats, span: float, h: float, stepping: Floats, told: Floats) -> float:
    """Take the block over one straight piece of ``span`` s; return the step to go on with, s."""
    least = LEAST * stepping[FIRST_S]
    accepted = least * (1.0 + 1e-6)  # parts of a span may be longer than asked for by a rounding
    done = 0.0
    while done < span:
        parts = math.ceil((span - done) / h * (1.0 - 1e-9))
        now = (span - done) / parts
        error = step(b, done / span, now / span, now)
        change = SAFE * math.sqrt(stepping[ALLOWED_N] / max(error, 1e-30))
        if error > stepping[ALLOWED_N] and now > accepted:
            told[REFUSED] += 1.0
            h = max(now * max(change, SHRINK), least)
            continue
        told[TAKEN] += 1.0
        told[LARGEST_N] = max(told[LARGEST_N], error)
        for i in range(NEXT):
            b[i] = b[NEXT + i]
        done = span if parts == 1 else done + now
        h = max(h, now * min(change, GROW)) if change > 1.0 else now * change
        h = min(max(h, least), stepping[LONGEST_S])
    return h


march: Final = _marcher(fingerprint("lane_step", "lanes", "coefficients", "equations"))
