"""The rules about the true force: how high, how fast, how long, and the way down (I1 to I4, I14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign.effects import CELL_A, CELL_B, DRIVE, POWER, STRAP
from traction.campaign.history import TICK_MS
from traction.campaign.lies import lied
from traction.campaign.seen import Escape, Ints, Seen
from traction.wire import codes

WINDOW: Final = 100 // TICK_MS
TICK_S: Final = TICK_MS / 1000
HOLD_LAG_S: Final = 0.5
"""The measured force leaves a hold that is just allowed so much later than its target does (H05)."""
NOISE_MN: Final = 1200
"""Three times the noise of a cell, 0.4 N: a reading and the true force may part by so much more or less than
at another time (the error at zero is the same at both)."""
LET_GO_S: Final = 6.0
"""After the end of a session's time: the release, the dump behind it, and the ticks of both ends."""


def i1_force(seen: Seen) -> Iterator[Escape]:
    """I1: the true force is never above ``Bounds.most``: the trip, the blindness of a cell, and k v t.

    To that comes what both cells hide of it by what their faults say (``lies``).
    """
    most = seen.bounds.most + lied(seen)
    worst = int(np.argmax(seen.force - most))
    if seen.force[worst] > most[worst]:
        yield seen.escape("I1", worst, seen.force[worst] / 1000, most[worst] / 1000, "N of true force")


def i2_slope(seen: Seen) -> Iterator[Escape]:
    """I2: over any 100 ms the true force rises by ``Bounds.rise`` at most, and under power falls by ``fall``.

    How fast a force falls with the power off, or where the strap slips or breaks, no software can bound.
    """
    force, bounds = seen.force, seen.bounds
    if force.size <= WINDOW:
        return
    change = force[WINDOW:] - force[:-WINDOW]
    worst = int(np.argmax(change))
    if change[worst] > bounds.rise:
        yield seen.escape("I2", worst, change[worst] / 1000, bounds.rise / 1000, "N risen within 100 ms")
    if bounds.taken & {STRAP, DRIVE, POWER, CELL_A, CELL_B}:
        return
    powered = seen.enabled[WINDOW:] & seen.enabled[:-WINDOW]
    if not powered.any():
        return
    falls = np.where(powered, -change, 0)
    worst = int(np.argmax(falls))
    if falls[worst] > bounds.fall:
        yield seen.escape("I2", worst, falls[worst] / 1000, bounds.fall / 1000, "N fallen within 100 ms")


def i3_time(seen: Seen) -> Iterator[Escape]:
    """I3: session, impulse and longest hold stay within the limits, and the time to let go.

    The impulse is that above rest, and a run trips 5 % above its limit, for noise adds up.
    """
    bounds, start = seen.bounds, seen.history.start
    if start is None or bounds.may_stay:
        return
    pulled = np.flatnonzero((seen.force > bounds.slack) | seen.enabled)
    last_s = (int(pulled[-1]) - start) * TICK_S if pulled.size else 0.0
    most_s = bounds.max_session_s + LET_GO_S
    if last_s > most_s:
        yield seen.escape("I3", int(pulled[-1]), last_s, most_s, "s of session")
    impulse = float(np.maximum(seen.force - bounds.rest, 0).sum()) * TICK_S
    most = 1.05 * bounds.max_impulse + LET_GO_S * float(seen.force.max())
    if impulse > most and not bounds.may_exceed:  # nothing measures what both cells do not
        yield seen.escape("I3", seen.force.size - 1, impulse / 1000, most / 1000, "N s of impulse")
    if not {CELL_A, CELL_B} & bounds.taken:
        yield from _hold(seen)


def _hold(seen: Seen) -> Iterator[Escape]:
    """H05: RUN has ended when the timer of a hold must have, whatever force it began with.

    A timer begins anew where the measured force is at slack, or away from where the timer began by more than
    the band. It began no longer ago than it lasts (the limit and ``HOLD_LAG_S``), and measured forces differ
    by what true ones do and the noise of two readings at most. So it can begin anew only in a tick from which
    the true force was, within that time before, further than the band less that noise; and its time after the
    last such tick, in the next tick, RUN is over.
    """
    bounds, run, force = seen.bounds, seen.run, seen.force
    ticks = int(round((bounds.max_hold_s + HOLD_LAG_S) / TICK_S, 6)) + 1
    if int(run.sum()) <= ticks:
        return
    away = bounds.hold_band - 2 * NOISE_MN
    anew = ~run | (force <= bounds.slack)
    anew |= _highest(force, ticks + 1) - force >= away
    anew |= _highest(-force, ticks + 1) + force >= away
    index = np.arange(force.size)
    since = index - np.maximum.accumulate(np.where(anew, index, 0))
    over = np.flatnonzero(since >= ticks)
    if over.size:
        lasted_s, most_s = (ticks + 1) * TICK_S, ticks * TICK_S
        yield seen.escape("I3", over[0], lasted_s, most_s, "s of RUN within one band")


def _highest(values: Ints, width: int) -> Ints:
    """Return for each place the highest of the last ``width`` values there, itself included."""
    size = values.size
    padded = np.concatenate([np.repeat(values[:1], width - 1), values])  # so that the first has as many
    padded = np.concatenate([padded, np.repeat(values[-1:], -padded.size % width)]).reshape(-1, width)
    ahead = np.maximum.accumulate(padded, axis=1).ravel()
    behind = np.maximum.accumulate(padded[:, ::-1], axis=1)[:, ::-1].ravel()
    found: Ints = np.maximum(ahead[width - 1 : width - 1 + size], behind[:size])
    return found


def i4_release(seen: Seen) -> Iterator[Escape]:
    """I4: from the end of RUN, and from any loss of power, the force stays below ``Bounds.line``."""
    bounds, left = seen.bounds, seen.left_run
    if left is None or bounds.may_stay:
        return
    force = seen.force[left:]
    seconds = np.arange(force.size) * TICK_S
    dumped = bool((seen.state[left:] == codes.STATE_DUMPED).any())
    line = bounds.line(float(force[0]), seconds, dumped)
    above = np.flatnonzero(force > line)
    if above.size:
        first = int(above[0])
        yield seen.escape("I4", left + first, force[first] / 1000, line[first] / 1000, "N on the way down")


def i14_ends(seen: Seen) -> Iterator[Escape]:
    """I14: in the end the strap is slack and the drive off.

    Where the faults leave no way (``effects.DEFEATS``): the drive is off, the dump commanded, and the host,
    if it lives, has said that force may remain.
    """
    history = seen.history
    if history.settled or history.start is None:
        return
    if seen.bounds.may_stay and not seen.enabled[-1] and (seen.dump[-1] or seen.fault[-1]):
        result = history.result
        if result is None or any(one.code for one in result.causes):
            return
    last, left_n, slack_n = seen.force.size - 1, seen.force[-1] / 1000, seen.bounds.slack / 1000
    if left_n > slack_n:
        yield seen.escape("I14", last, left_n, slack_n, "N left in the end")
    elif seen.enabled[-1]:
        yield seen.escape("I14", last, 1.0, 0.0, "drive in power in the end")
