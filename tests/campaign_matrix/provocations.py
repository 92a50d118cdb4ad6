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


def too_much(force_n: np.ndarray) -> bool:
    """Above the trip (1.05 of the limit and 5 N) and what the drive goes on for until it stands."""
    return bool(force_n.max() > 1.05 * MOST_N + 5.0 + 8.0)


def too_fast(force_n: np.ndarray) -> bool:
    """Steeper than the limit by a half over two seconds: what is seen within one is down again by then."""
    ticks = 2 * TICKS_PER_S
    return bool((force_n[ticks:] - force_n[:-ticks]).max() > 1.5 * RATE_N_PER_S * 2)


def too_long_a_hold(force_n: np.ndarray) -> bool:
    """Within 5 N of the hold for longer than the limit and what it takes to see that and begin to let go."""
    return int((force_n > 85.0).sum()) > (HOLD_S + 1.5) * TICKS_PER_S


def too_long(force_n: np.ndarray) -> bool:
    """A force above slack so long after the limit that no release takes."""
    return bool((force_n[round((SESSION_S + 7.0) * TICKS_PER_S) :] > 12.0).any())


PROVOCATIONS = {
    "force": (case(2.0, max_force_n=MOST_N), too_much),
    "rate": (case(2.0, max_rate_up_n_per_s=RATE_N_PER_S), too_fast),
    "hold": (case(6.0, max_hold_s=HOLD_S), too_long_a_hold),
    "session": (case(18.0, max_session_s=SESSION_S), too_long),
}


def main() -> None:
    found = {}
    for name, (one, broken) in PROVOCATIONS.items():
        try:
            history = run(one)
        except TractionError as refused:
            found[name] = {"ended": f"REFUSED {refused.code}", "peak_n": 0.0, "holds": True}
            continue
        force_n = np.array(history.force_mn[history.start or 0 :]) / 1000
        result = history.result
        ended = "" if result is None else f"{result.outcome} {result.code}".strip()
        found[name] = {"ended": ended, "peak_n": float(force_n.max()), "holds": not broken(force_n)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
