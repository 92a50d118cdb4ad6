"""The proof before a run: profile x limits -> margins, or REFUSED with every reason.

Every figure is found twice, in closed form and by interval arithmetic. Where the closed form lies outside the
enclosure, or the enclosure is too wide to say, the run is refused: one of the two routines is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from traction.errors import Problem, RefusedError
from traction.profile.profile import Profile
from traction.safety.closed_form import closed_form
from traction.safety.facts import TableFacts
from traction.safety.figures import FIGURES, Figure, worst_case
from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.enclosures import enclosures
from traction.safety.limits import Limits, is_amount
from traction.safety.release import LAG_S

ROUNDING: Final = 1e-9
"""Figures may exceed a limit by this part of it: the rounding of one float divided by another."""

COARSE: Final = 0.02
"""The upper end of an enclosure may pass the limit by this part of it: it is coarser than the closed form."""


class _Rule(NamedTuple):
    limit: str
    unit: str
    code: str
    reads: str
    widest: float  # widest enclosure, as a part of its upper end, that still proves the figure


_RULES: Final = {
    "peak_force": _Rule("max_force_n", "N", "E311", "the peak force", 1e-6),
    "rate_up": _Rule("max_rate_up_n_per_s", "N/s", "E312", "the steepest rise", 1e-6),
    "rate_down": _Rule("max_rate_down_n_per_s", "N/s", "E313", "the steepest fall", 1e-6),
    # coarse on purpose: the spans at both ends of a hold are cut into eighths of the band only. What keeps a
    # coarse enclosure honest is that its upper end may hardly pass the limit
    "longest_hold": _Rule("max_hold_s", "s", "E314", "the longest hold", 1.0),
    "session_duration": _Rule("max_session_s", "s", "E315", "the session with take-up and release", 1e-6),
    "impulse": _Rule("max_impulse_n_s", "N s", "E316", "the impulse above rest", 1e-2),
    "travel": _Rule("max_travel_mm", "mm", "E317", "the travel on the softest patient", 1e-6),
    "release_back_drivable": _Rule(
        "max_release_s", "s", "E318", "the time to slack on a back-drivable drive", 1e-6
    ),
    "release_self_locking": _Rule(
        "max_release_s", "s", "E319", "the time to slack on a self-locking drive", 1e-6
    ),
}


@dataclass(frozen=True, slots=True)
class Margin:
    """The distance left to one limit: ``margin`` is limit - value in ``unit``, negative when broken.

    ``source`` names whose limit it is; ``at_s`` is when in the profile the value occurs, where that is one
    time.
    """

    name: str
    value: float
    limit: float
    margin: float
    unit: str
    source: str
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What the proof found: a margin for every limit, and a problem for every reason to refuse.

    ``profile_digest`` and ``limits`` are what was proved: a session runs nothing else on this proof.
    """

    margins: tuple[Margin, ...]
    problems: tuple[Problem, ...]
    profile_digest: str
    limits: Limits

    @property
    def passed(self) -> bool:
        """Say whether nothing speaks against the run."""
        return not self.problems

    def require(self) -> None:
        """Raise RefusedError with every problem, if there is any."""
        if self.problems:
            raise RefusedError(*self.problems)


def verify(
    profile: Profile, limits: Limits, table: TableFacts, *, take_up_timeout_s: float = 0.0
) -> Verification:
    """Prove a profile against limits on a table, for the worst patient and both kinds of drive.

    ``take_up_timeout_s`` is the longest the slack take-up before the profile may last. Returns the
    problems: E311-E319 a broken limit each (by either routine), E321 and E323 when the two do not agree,
    E322 for an unknown shape, E324 for limits that no table could keep together. Raises RefusedError E303
    when the table does not serve the region, E304 for a time-out that is no time.
    """
    if not is_amount(take_up_timeout_s):
        found = f"a take-up time-out of {take_up_timeout_s!r}"
        raise RefusedError(Problem("E304", found, "a finite number of seconds, 0 or more"))
    case = worst_case(limits, table, take_up_timeout_s, LAG_S)
    figures = closed_form(profile, case)
    margins = tuple(_margin(name, figures[name], limits) for name in FIGURES)
    problems = [*_contradictions(limits)]
    problems += [problem for margin in margins if (problem := _broken(margin)) is not None]
    try:
        enclosed = enclosures(profile, case)
    except RefusedError as error:
        problems += error.problems
    else:
        for margin in margins:
            problems += _second_opinion(margin, enclosed[margin.name])
    return Verification(margins, tuple(problems), profile.digest(), limits)


def _contradictions(limits: Limits) -> Iterator[Problem]:
    """Yield what a controller would refuse to load, whatever the profile."""
    release_s = (
        limits.max_force_n / limits.release_rate_n_per_s if limits.release_rate_n_per_s > 0 else math.inf
    )
    if not release_s <= limits.max_release_s * (1.0 + ROUNDING):
        found = f"a release from {limits.max_force_n:g} N in {limits.max_release_s:g} s"
        expected = (
            f"at least {release_s:.3g} s at {limits.release_rate_n_per_s:g} N/s, or a lower force limit"
        )
        yield Problem("E324", found, expected, field="max_release")
    if not limits.max_force_n > limits.slack_n:
        found = f"a force limit of {limits.max_force_n:g} N"
        yield Problem("E324", found, f"one above slack, {limits.slack_n:g} N", field="max_force")


def _margin(name: str, figure: Figure, limits: Limits) -> Margin:
    rule = _RULES[name]
    limit = getattr(limits, rule.limit)
    if rule.unit == "N/s":
        limit = _whole_milli(limit)
    source = limits.sources.get(rule.limit, "")
    return Margin(name, figure.value, limit, limit - figure.value, rule.unit, source, figure.at_s)


def _whole_milli(rate_n_per_s: float) -> float:
    """Return a limit on a rate as the table is given it: in whole mN/s, rounded to the tight side.

    What is steeper by less than that falls behind its own ramp, and is refused on the way.
    """
    if not rate_n_per_s < math.inf:
        return rate_n_per_s
    return math.floor(rate_n_per_s * 1000.0 * (1.0 + ROUNDING)) / 1000.0


def _broken(margin: Margin) -> Problem | None:
    """Return why a margin refuses, or None; NaN refuses, and so does a limit of zero, whatever the value."""
    if margin.limit > 0.0 and margin.value <= margin.limit * (1.0 + ROUNDING):
        return None
    rule = _RULES[margin.name]
    when = "" if margin.at_s is None else f" at {margin.at_s:.2f} s"
    value, limit = f"{margin.value:.3f}", f"{margin.limit:.3f}"
    if value == limit:  # so close that only more digits tell them apart
        value = f"{margin.value:.9g}"
    found = f"{rule.reads} is {value} {margin.unit}{when}"
    expected = f"at most {limit} {margin.unit} ({margin.source})"
    return Problem(rule.code, found, expected, field=margin.name)


def _second_opinion(margin: Margin, enclosure: Interval) -> list[Problem]:
    """Return why the interval proof objects: it disagrees, knows too little, or cannot rule out a breach."""
    rule, value = _RULES[margin.name], margin.value
    slop = ROUNDING * (1.0 + abs(enclosure.hi))
    # the closed form may state a hold a little too long where it ends on curves, never too short
    above = slop + (enclosure.width if margin.name == "longest_hold" else 0.0)
    bounds = f"{enclosure.lo:.6g} to {enclosure.hi:.6g} {rule.unit}"
    if not enclosure.lo - slop <= value <= enclosure.hi + above:
        found = f"{rule.reads} is {value:.6g} {rule.unit} in closed form"
        return [Problem("E321", found, bounds, field=margin.name)]
    if not enclosure.width <= rule.widest * (1.0 + abs(enclosure.hi)):
        found = f"{rule.reads} is only known to be {bounds}"
        return [Problem("E323", found, "a narrow range", field=margin.name)]
    if _broken(margin) is None and not enclosure.hi <= margin.limit * (1.0 + COARSE):
        found = f"{rule.reads} may be up to {enclosure.hi:.3f} {rule.unit} by interval arithmetic"
        return [Problem(rule.code, found, f"at most {margin.limit:.3f} {margin.unit}", field=margin.name)]
    return []
