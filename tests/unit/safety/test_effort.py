"""A profile twice as long takes twice the work to prove, not four times."""

from __future__ import annotations

import sys

from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Ramp
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify

TABLE = load_table("sim")
LIMITS = session_limits("lumbar", TABLE)


def calls(cycles: int) -> int:
    """Return how many calls of functions the proof makes; every cycle of the profile shares one window."""
    parts = [LogRise(20.0, 75.0, 10.0)]
    for _ in range(cycles):
        parts += [LogRise(75.0, 100.0, 4.0), Hold(100.0, 0.1), Ramp(100.0, 75.0, 1.0), Hold(75.0, 0.1)]
    profile = Profile.of(*parts, Ramp(75.0, 0.0, 5.0), rest_n=20.0)
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        found = verify(profile, LIMITS, TABLE, take_up_timeout_s=60.0)
    finally:
        sys.setprofile(None)
    assert found.passed, found.problems
    return count


def test_the_work_grows_with_the_length():
    assert calls(200) < 2.3 * calls(100)
