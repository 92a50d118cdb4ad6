"""What easing off does to the longest hold: a flatter profile leaves the band of one later, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from traction.runner.plan import SessionPlan

EASE: Final = "ease"
"""The name of the event of a record for each time the force was eased off."""


def longest_hold_s(plan: SessionPlan, share: float) -> float:
    """Return the most, in s, that the hold timer may count on the profile with ``share`` of its force left.

    An upper bound of the eased profile alone: pauses, and the time in which the force comes down, are not in
    it. Where ``share`` takes a force of f newtons to max(share f, rest), two forces that lie within a window
    w of each other then were at most (w + rest (1 - share)) / share apart before; so the bound is the one of
    the profile itself with a window that much wider (the lower one at the rest force is the worst case).
    """
    limits, rest_n = plan.limits, plan.profile.rest_n
    band_n = (limits.hold_band_n + rest_n * (1.0 - share) / 2.0) / share
    slack_n = limits.slack_n / share if rest_n <= limits.slack_n else limits.slack_n
    return plan.profile.longest_hold_s(band_n, slack_n)


def too_long(plan: SessionPlan, share: float) -> str:
    """Return what the limit of a hold means for a profile that was eased so far; empty where it will do."""
    most_s = plan.limits.max_hold_s
    if longest_hold_s(plan, share) <= most_s:
        return ""
    return f"so little changes now that the limit of one hold, {most_s:g} s, may end the session"
