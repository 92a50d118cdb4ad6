"""Every figure of a profile as an enclosure: the second of the two routines, by interval arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from traction.profile.profile import Profile
from traction.profile.segments import Segment
from traction.safety.figures import TOUCH_N, WorstCase
from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.holds import PlacedPart, Stay, longest_hold
from traction.safety.interval.search import integral_above, largest
from traction.safety.interval.shapes import Part, parts_of, plain_part

JUMP_N: Final = 1e-6
"""Two spans that differ by more where they meet have no finite rate there."""

_ZERO: Final = Interval(0.0)


@dataclass(frozen=True, slots=True)
class _Enclosed:
    """What is enclosed once for each distinct segment: N, N/s, N s and s."""

    number: int
    peak: Interval
    rise: Interval
    fall: Interval
    impulse: Interval
    duration: Interval
    start: Interval
    end: Interval
    plain: Part
    plain_range: Interval


def enclosures(profile: Profile, case: WorstCase) -> dict[str, Interval]:
    """Return an enclosure of every figure by name, in the unit of its limit.

    Raises RefusedError E322 for a shape this routine was not written for.
    """
    known: dict[Segment, _Enclosed] = {}
    for span in profile.spans:
        if span.segment not in known:
            known[span.segment] = _enclose(span.segment, profile.rest_n, case.slack_n, len(known))
    spans = [known[span.segment] for span in profile.spans]
    peak = _highest([one.peak for one in known.values()])
    torn = any(_apart(one.end, other.start) for one, other in pairwise(spans))
    jump = Interval(math.inf) if torn else _ZERO
    coasting, dumping = (_time_to_slack(peak, case, constant) for constant in (case.coast_s, case.dump_s))
    duration, impulse = _sums(spans)
    slower = _highest([coasting, dumping])
    return {
        "peak_force": peak,
        "rate_up": _highest([jump, *(one.rise for one in known.values())]),
        "rate_down": _highest([jump, *(one.fall for one in known.values())]),
        "longest_hold": longest_hold(_placed(profile, known), 2.0 * case.hold_band_n, case.slack_n),
        "session_duration": Interval(case.take_up_timeout_s) + duration + slower,
        "impulse": impulse,
        "travel": peak / Interval(case.softest_n_per_mm) + Interval(case.slack_travel_mm),
        "release_back_drivable": coasting,
        "release_self_locking": dumping,
    }


def _enclose(segment: Segment, rest_n: float, slack_n: float, number: int) -> _Enclosed:
    parts = parts_of(segment)
    (first, *_), (*_, last) = parts, parts
    duration, impulse = _ZERO, _ZERO
    for part in parts:
        times = part.scale_s * Interval(float(part.repeats))
        duration = duration + times * (Interval(part.high) - Interval(part.low))
        impulse = impulse + times * integral_above(part.force, part.slope, rest_n, part.low, part.high)
    plain = plain_part(segment, slack_n)
    return _Enclosed(
        number=number,
        peak=_highest([largest(part.force, part.low, part.high) for part in parts]),
        rise=_highest([_ZERO, *(_steepest(part, 1.0) for part in parts)]),
        fall=_highest([_ZERO, *(_steepest(part, -1.0) for part in parts)]),
        impulse=impulse,
        duration=duration,
        start=first.force(Interval(first.low)),
        end=last.force(Interval(last.high)),
        plain=plain,
        plain_range=plain.force(Interval(plain.low, plain.high)),
    )


def _steepest(part: Part, sign: float) -> Interval:
    if part.level:
        return _ZERO
    signed = Interval(sign)
    return largest(lambda u: signed * part.slope(u), part.low, part.high) / part.scale_s


def _highest(values: list[Interval]) -> Interval:
    """Enclose the largest of several enclosed numbers."""
    return Interval(max(value.lo for value in values), max(value.hi for value in values))


def _apart(one: Interval, other: Interval) -> bool:
    return not (one.lo - other.hi <= JUMP_N and other.lo - one.hi <= JUMP_N)


def _sums(spans: list[_Enclosed]) -> tuple[Interval, Interval]:
    """Enclose the whole duration and the whole impulse."""
    duration, impulse = _ZERO, _ZERO
    for one in spans:
        duration, impulse = duration + one.duration, impulse + one.impulse
    return duration, impulse


def _placed(profile: Profile, known: dict[Segment, _Enclosed]) -> list[PlacedPart]:
    placed = []
    for span in profile.spans:
        one = known[span.segment]
        stay = Stay(
            span.start_s, span.start_s + span.segment.duration_s, one.plain_range.lo, one.plain_range.hi
        )
        placed.append(PlacedPart(one.plain, one.number, stay))
    return placed


def _time_to_slack(peak: Interval, case: WorstCase, constant_s: float) -> Interval:
    """Enclose the longest time to slack from any instant; it grows with the force, so the peak encloses all.

    The drive obeys and the carriage moves at the release rate, on the softest patient no faster than its
    unload speed allows; or it stands still until the lag is noticed and the force then decays with its time
    constant.
    """
    slack = Interval(case.slack_n)
    if peak.hi <= case.slack_n + TOUCH_N:
        return _ZERO
    over = peak - slack
    by_rate = over / Interval(case.release_rate_n_per_s)
    by_speed = over / (Interval(case.softest_n_per_mm) * Interval(case.unload_speed_mm_per_s))
    decay = Interval(case.lag_s) + Interval(constant_s) * (peak / slack).log()
    slowest = _highest([by_rate, by_speed, decay])
    return Interval(case.reaction_s) + slowest
