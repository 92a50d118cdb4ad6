"""Up to when two profiles are one: a loop may go over from one to the other only before that."""

from __future__ import annotations

from traction.profile.profile import Profile
from traction.profile.spans import Span


def agree_until_us(old: Profile, new: Profile) -> int:
    """Return the profile time, in whole us, up to which the two have the same force at every instant.

    Spans agree that are equal but for how long they last, where a hold without a wave is held in both; the
    time is then the end of the shorter. It is the length of the shorter profile where nothing differs before.
    """
    agreed_us = 0
    for one, other in zip(old.spans, new.spans, strict=False):
        if one == other:
            agreed_us = _us(one.end_s)
            continue
        if _same_hold(one, other):
            agreed_us = _us(min(one.end_s, other.end_s))
        break
    return agreed_us


def _same_hold(one: Span, other: Span) -> bool:
    """Say whether both spans hold one level from one time on, in the same way, and belong together."""
    first, second = one.segment, other.segment
    level = first.start_n == first.peak_n == first.trough_n == first.end_n
    plain = level and second.start_n == second.peak_n == second.trough_n == first.start_n
    modes = getattr(first, "mode", None), getattr(second, "mode", None)
    place = (one.start_s, one.kind, one.phase, one.cycle) == (
        other.start_s,
        other.kind,
        other.phase,
        other.cycle,
    )
    return plain and place and modes[0] == modes[1]


def _us(time_s: float) -> int:
    return round(time_s * 1e6)
