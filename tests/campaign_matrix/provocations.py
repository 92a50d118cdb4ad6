"""Plans that break a limit, run on whatever package this Python imports: for tests of one layer alone.

Prints one JSON object: name -> how the session ended, what the true force did, and whether the limit held. A
refused plan holds. Run by test_knockout.py in a copy in which the proof, and more, is switched off.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from traction.campaign.case import HOLD, RAMP, Case, Leg, Plan
from traction.campaign.phases import base_case
from traction.campaign.world import run
from traction.errors import TractionError
from traction.wire import codes

MOST_N = 60.0
RATE_N_PER_S = 12.0
HOLD_S = 3.0
SESSION_S = 12.0

UP = Leg(RAMP, 90.0, 2.8)
DOWN = Leg(RAMP, 20.0, 1.4)
TICKS_PER_S = 100


def case(hold_s: float, **limits: float) -> Case:
    base = base_case("whole", "lumbar", "self-locking", "direct")
    known = {name: value for name, value in base.limits if name != "max_hold_s"} | limits
    plan = Plan(20.0, (UP, Leg(HOLD, 90.0, hold_s), DOWN))
    return replace(base, plan=plan, limits=tuple(known.items()))


def too_much(force_n: np.ndarray) -> tuple[float, float, str]:
    """The force, up to the trip (1.05 of the limit and 5 N) and what the drive adds until it stands."""
    return float(force_n.max()), 1.05 * MOST_N + 5.0 + 8.0, "N"


def too_fast(force_n: np.ndarray) -> tuple[float, float, str]:
    """The slope, up to the limit and a half over two seconds: what is seen within one is down by then."""
    ticks = 2 * TICKS_PER_S
    return float((force_n[ticks:] - force_n[:-ticks]).max()) / 2, 1.5 * RATE_N_PER_S, "N/s over two seconds"


def too_long_a_hold(force_n: np.ndarray) -> tuple[float, float, str]:
    """The time within 5 N of the hold, up to the limit and what it takes to see that and begin to let go."""
    return int((force_n > 85.0).sum()) / TICKS_PER_S, HOLD_S + 1.5, "s at the hold"


def too_long(force_n: np.ndarray) -> tuple[float, float, str]:
    """The time until the force is slack for good, up to the limit and what no release takes."""
    above = np.flatnonzero(force_n > 12.0)
    return (int(above[-1]) + 1 if above.size else 0) / TICKS_PER_S, SESSION_S + 7.0, "s until slack"


PROVOCATIONS = {
    "force": (case(2.0, max_force_n=MOST_N), too_much),
    "rate": (case(2.0, max_rate_up_n_per_s=RATE_N_PER_S), too_fast),
    "hold": (case(6.0, max_hold_s=HOLD_S), too_long_a_hold),
    "session": (case(18.0, max_session_s=SESSION_S), too_long),
}


def main() -> None:
    found = {}
    for name, (one, measured) in PROVOCATIONS.items():
        try:
            history = run(one)
        except TractionError as refused:
            found[name] = {"ended": f"REFUSED {refused.code}", "peak_n": 0.0, "holds": True}
            continue
        start = history.start or 0
        force_n = np.array(history.force_mn[start:]) / 1000
        result = history.result
        ended = "" if result is None else f"{result.outcome} {result.code}".strip()
        figure, most, what = measured(force_n)
        left = (at for at in range(start, history.ticks) if history.state(at) != codes.STATE_RUN)
        found[name] = {
            "ended": ended,
            "peak_n": float(force_n.max()),
            "holds": figure <= most,
            "out_s": (next(left, history.ticks) - start) / TICKS_PER_S,
            "measured": f"{figure:.1f} of {most:.1f} {what}",
            "margin": 1.0 - figure / most,
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
