"""Watch that both load cells are believable and that the force is within its limit."""

from __future__ import annotations

from typing import Final

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict
from traction.wire import codes

SAMPLES: Final = 3
"""So many samples in a row beyond a threshold trip; one alone may be noise."""

DIFFER_US: Final = 500_000
"""Two cells may read apart for this long: they sit at different places of a harness that is moving."""


class ForceWatch:
    """Judges range, sign and agreement of the two cells; counts samples beyond each threshold.

    ``a_mn`` and ``b_mn`` are the last readings, ``quiet`` says that nothing is being counted; the supervisor
    moves the readings on by itself while both are between ``low_mn`` and ``high_mn``.
    """

    __slots__ = (
        "_b",
        "_differ_since_us",
        "_missing",
        "_negative",
        "_over",
        "a_mn",
        "apart_mn",
        "b_mn",
        "high_mn",
        "low_mn",
        "quiet",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self.low_mn, self.high_mn = bounds.negative_force_mn, bounds.over_force_mn
        self.apart_mn = bounds.cell_difference_mn
        self.a_mn = self.b_mn = 0
        self._missing = self._over = self._negative = 0
        self._differ_since_us = -1
        self.quiet = True

    def bridge(self, force_a_mn: int, force_b_mn: int) -> tuple[int, int, Verdict | None]:
        """Return both readings in mN, a missing one bridged by that cell's last; and E416 or None.

        E416 when a cell gives no reading for 3 samples, or both give none.
        """
        a_missing, b_missing = force_a_mn == codes.FORCE_INVALID_MN, force_b_mn == codes.FORCE_INVALID_MN
        if not (a_missing or b_missing):
            self._missing = 0
            self.a_mn, self.b_mn = force_a_mn, force_b_mn
            return force_a_mn, force_b_mn, None
        self._missing += 1
        if a_missing and b_missing:
            verdict = Verdict(Reaction.POWER_OFF, "E416", "neither load cell gives a reading")
            return self.a_mn, self.b_mn, verdict
        self.a_mn = self.a_mn if a_missing else force_a_mn
        self.b_mn = self.b_mn if b_missing else force_b_mn
        if self._missing < SAMPLES:
            return self.a_mn, self.b_mn, None
        detail = f"load cell {'A' if a_missing else 'B'} gives no reading"
        return self.a_mn, self.b_mn, Verdict(Reaction.RELEASE, "E416", detail)

    def judge(self, t_us: int, a_mn: int, b_mn: int, releasing: bool) -> Verdict | None:
        """Return what is wrong with the force, or None; the sign is not judged while ``releasing``.

        At slack after a release a harness may swing, and a cell may read a little below zero.
        """
        if (
            self.low_mn <= a_mn <= self.high_mn
            and self.low_mn <= b_mn <= self.high_mn
            and -self.apart_mn <= a_mn - b_mn <= self.apart_mn
        ):
            self._over = self._negative = 0
            self._differ_since_us = -1
            self.quiet = self._missing == 0
            return None
        self.quiet = False
        negative = None if releasing else self._judge_sign(min(a_mn, b_mn))
        return negative or self._judge_height(max(a_mn, b_mn)) or self._judge_agreement(t_us, a_mn, b_mn)

    def _judge_sign(self, lower_mn: int) -> Verdict | None:
        self._negative = self._negative + 1 if lower_mn < self._b.negative_force_mn else 0
        if self._negative < SAMPLES and lower_mn >= self._b.negative_at_once_mn:
            return None
        return Verdict(Reaction.POWER_OFF, "E412", f"a load cell reads {lower_mn / 1000:.1f} N")

    def _judge_height(self, higher_mn: int) -> Verdict | None:
        limit_mn = self._b.over_force_mn
        self._over = self._over + 1 if higher_mn > limit_mn else 0
        if self._over < SAMPLES and higher_mn <= self._b.over_force_at_once_mn:
            return None
        detail = f"{higher_mn / 1000:.1f} N measured, trips above {limit_mn / 1000:.1f} N"
        return Verdict(Reaction.FAST_RELEASE, "E411", detail)

    def _judge_agreement(self, t_us: int, a_mn: int, b_mn: int) -> Verdict | None:
        if abs(a_mn - b_mn) <= self._b.cell_difference_mn:
            self._differ_since_us = -1
            return None
        if self._differ_since_us < 0:
            self._differ_since_us = t_us
        if t_us - self._differ_since_us <= DIFFER_US:
            return None
        detail = f"load cells read {a_mn / 1000:.1f} N and {b_mn / 1000:.1f} N"
        return Verdict(Reaction.RELEASE, "E413", detail)


class FrozenWatch:
    """Judges whether each cell still answers: one that repeats itself while the carriage moves is stuck.

    Keeps each cell's reading, and where and when it last changed; the supervisor notes by itself that both
    have changed.
    """

    __slots__ = ("_slack_mn", "a_mn", "a_travel_um", "a_us", "b_mn", "b_travel_um", "b_us")

    TRAVEL_UM: Final = 1_500
    """At the softest stiffness such a travel changes the force by many counts."""

    FORGET_US: Final = 2_000_000
    """Travel slower than this is creep, over which a coarse cell may rightly show the same count."""

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._slack_mn = bounds.slack_mn
        self.a_mn = self.b_mn = codes.FORCE_INVALID_MN
        self.a_travel_um = self.b_travel_um = 0
        self.a_us = self.b_us = 0

    def judge(self, t_us: int, a_mn: int, b_mn: int, travel_um: int) -> Verdict | None:
        """Return E414 when a cell is stuck, or None; near slack, where travel needs no force, never."""
        a_stuck = b_stuck = False
        if a_mn != self.a_mn or a_mn <= self._slack_mn or t_us - self.a_us > self.FORGET_US:
            self.a_mn, self.a_travel_um, self.a_us = a_mn, travel_um, t_us
        else:
            a_stuck = not -self.TRAVEL_UM <= travel_um - self.a_travel_um <= self.TRAVEL_UM
        if b_mn != self.b_mn or b_mn <= self._slack_mn or t_us - self.b_us > self.FORGET_US:
            self.b_mn, self.b_travel_um, self.b_us = b_mn, travel_um, t_us
        else:
            b_stuck = not -self.TRAVEL_UM <= travel_um - self.b_travel_um <= self.TRAVEL_UM
        if not (a_stuck or b_stuck):
            return None
        reaction = Reaction.POWER_OFF if a_stuck and b_stuck else Reaction.RELEASE
        which = "both load cells" if a_stuck and b_stuck else "load cell A" if a_stuck else "load cell B"
        return Verdict(
            reaction, "E414", f"{which} did not change over {self.TRAVEL_UM / 1000:.1f} mm of travel"
        )
