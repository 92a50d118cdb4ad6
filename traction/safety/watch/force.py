"""Watch that both load cells are believable and that the force is within its limit."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from traction.safety import belief
from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict
from traction.safety.watch.noise import CellNoise
from traction.wire import codes

SAMPLES: Final = 3
"""So many samples in a row beyond a threshold trip; one alone may be noise."""

MISSING: Final = 3
"""A missing reading weighs as much as so many good ones, as at the controller."""

GONE: Final = SAMPLES * MISSING

NAMES: Final = MappingProxyType({belief.CELL_A: "A", belief.CELL_B: "B"})

DIFFER_US: Final = 500_000
"""Two cells may read apart for this long: they sit at different places of a harness that is moving."""


class ForceWatch:
    """Judges range, sign and agreement of the two cells; counts samples beyond each threshold.

    ``trusted`` says which cells are believed (bits of ``belief``): one that has failed stays out for the rest
    of the session. ``a_mn`` and ``b_mn`` are the last readings, ``quiet`` says that nothing is being counted;
    the supervisor moves the readings on by itself while both are between ``low_mn`` and ``high_mn``.
    """

    __slots__ = (
        "_b",
        "_differ_since_us",
        "_lost_code",
        "_missing_a",
        "_missing_b",
        "_negative",
        "_over",
        "a_mn",
        "apart_mn",
        "b_mn",
        "high_mn",
        "low_mn",
        "quiet",
        "trusted",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self.low_mn, self.high_mn = bounds.negative_force_mn, bounds.over_force_mn
        self.apart_mn = bounds.cell_difference_mn
        self.a_mn = self.b_mn = 0
        self.trusted = belief.BOTH
        self._lost_code = ""
        self._missing_a = self._missing_b = self._over = self._negative = 0
        self._differ_since_us = -1
        self.quiet = True

    def bridge(self, force_a_mn: int, force_b_mn: int) -> Verdict | None:
        """Take both readings, a missing one bridged by that cell's last; return E416 or None.

        E416 when a cell gives no reading for 3 samples in a row, or every second or third time, from where on
        it is not believed any more, or when no believed cell gives one. With no cell left to believe every
        sample asks for the power to be cut.
        """
        if force_a_mn != codes.FORCE_INVALID_MN:
            self.a_mn, self._missing_a = force_a_mn, self._fewer(self._missing_a, belief.CELL_A)
        else:
            self._missing_a += MISSING
        if force_b_mn != codes.FORCE_INVALID_MN:
            self.b_mn, self._missing_b = force_b_mn, self._fewer(self._missing_b, belief.CELL_B)
        else:
            self._missing_b += MISSING
        if not (self._missing_a or self._missing_b) and self.trusted:
            return None
        if not self.trusted:
            return Verdict(Reaction.POWER_OFF, self._lost_code, "neither load cell is believed any more")
        nothing = belief.believed_mn(force_a_mn, force_b_mn, self.trusted) is None
        gone = (belief.CELL_A if self._missing_a >= GONE else 0) | (
            belief.CELL_B if self._missing_b >= GONE else 0
        )
        self.distrust(gone, "E416")
        if nothing:
            return Verdict(Reaction.POWER_OFF, "E416", "no believed load cell gives a reading")
        if not gone:
            return None
        return Verdict(Reaction.RELEASE, "E416", f"load cell {NAMES[gone]} gives no reading")

    def _fewer(self, missing: int, cell: int) -> int:
        # of a cell that is not believed any more nothing is counted up: it is there or it is not
        return missing - 1 if missing and self.trusted & cell else 0

    def distrust(self, cells: int, code: str) -> None:
        """Believe these cells no longer; ``code`` says why, and is repeated when none is left."""
        if self.trusted & cells:
            self.trusted &= ~cells
            self._lost_code = code
            self.quiet = False

    def readings(self) -> tuple[int, int]:
        """Return the last readings of cell A and B in mN; the other one for a cell not believed."""
        a_mn = self.b_mn if self.trusted == belief.CELL_B else self.a_mn
        b_mn = self.a_mn if self.trusted == belief.CELL_A else self.b_mn
        return a_mn, b_mn

    def judge(self, t_us: int, a_mn: int, b_mn: int, releasing: bool) -> Verdict | None:
        """Return what is wrong with the force, or None; the sign is not judged while ``releasing``.

        At slack after a release a harness may swing, and a cell may read a little below zero.
        """
        if not self.trusted:
            return None  # these readings say nothing
        if (
            self.low_mn <= a_mn <= self.high_mn
            and self.low_mn <= b_mn <= self.high_mn
            and -self.apart_mn <= a_mn - b_mn <= self.apart_mn
        ):
            self._over = self._negative = 0
            self._differ_since_us = -1
            self.quiet = self.trusted == belief.BOTH and not (self._missing_a or self._missing_b)
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
    """Judges whether each cell still answers: one that repeats itself while the force must change is stuck.

    It must change where it had noise before, where the carriage moves, and on the way down (where a strap may
    give way with the carriage standing) where the other cell does. Keeps each cell's reading, and where and
    when it last changed; the supervisor notes by itself that both have changed.
    """

    __slots__ = (
        "_a_noise",
        "_a_noted_us",
        "_a_then_mn",
        "_apart_mn",
        "_b_noise",
        "_b_noted_us",
        "_b_then_mn",
        "_quiet_um",
        "_slack_mn",
        "a_mn",
        "a_travel_um",
        "a_us",
        "b_mn",
        "b_travel_um",
        "b_us",
        "stuck",
    )

    TRAVEL_UM: Final = 1_500
    """At the softest stiffness such a travel changes the force by many counts."""

    REPEATS_US: Final = 200_000
    """Against the other cell a repetition counts after ten samples: one alone may be chance."""

    FORGET_US: Final = 2_000_000
    """Travel slower than this is creep, over which a coarse cell may rightly show the same count."""

    QUIET_UM: Final = 6_000
    """Near slack a cell has only its noise to show: over so much pulling that changes one of them at least. A
    controller alone asks for it within 5 mm."""

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._slack_mn = bounds.slack_mn
        # twelve standard deviations and two counts: the same harness pulls on both cells
        self._apart_mn = 2 * bounds.noise_mn
        self.a_mn = self.b_mn = codes.FORCE_INVALID_MN
        self.a_travel_um = self.b_travel_um = 0
        self.a_us = self.b_us = 0
        self._quiet_um = 0  # where both began to repeat themselves near slack
        self._a_noted_us = self._b_noted_us = -1
        self._a_then_mn = self._b_then_mn = 0
        self._a_noise, self._b_noise = CellNoise(), CellNoise()
        self.stuck = belief.NEITHER  # which cells the last sample found stuck

    def judge(
        self, t_us: int, a_mn: int, b_mn: int, travel_um: int, trusted: int, releasing: bool = False
    ) -> Verdict | None:
        """Return E414 when a trusted cell is stuck, or None; near slack only when both are, while pulling."""
        before_a, before_b = self.a_mn, self.b_mn  # the readings of the sample before
        a_stuck = b_stuck = False
        if max(a_mn, b_mn) <= self._slack_mn:  # the first sample there is another one than the one before
            if a_mn != before_a or b_mn != before_b or releasing or travel_um < self._quiet_um:
                self._quiet_um = travel_um
            a_stuck = b_stuck = travel_um - self._quiet_um > self.QUIET_UM
        if a_mn != before_a or a_mn <= self._slack_mn or t_us - self.a_us > self.FORGET_US:
            self._a_noise.pass_over(t_us, a_mn == before_a)
            self.a_mn, self.a_travel_um, self.a_us = a_mn, travel_um, t_us
        else:
            if self._a_noted_us != self.a_us:  # its first repetition: from here the other cell is followed
                self._a_noted_us, self._b_then_mn = self.a_us, before_b
            a_stuck |= self._a_noise.is_missing(t_us, self.a_us, b_mn != before_b)
            a_stuck |= not -self.TRAVEL_UM <= travel_um - self.a_travel_um <= self.TRAVEL_UM
            if releasing and t_us - self.a_us >= self.REPEATS_US:
                a_stuck |= not -self._apart_mn <= b_mn - self._b_then_mn <= self._apart_mn
        if b_mn != before_b or b_mn <= self._slack_mn or t_us - self.b_us > self.FORGET_US:
            self._b_noise.pass_over(t_us, b_mn == before_b)
            self.b_mn, self.b_travel_um, self.b_us = b_mn, travel_um, t_us
        else:
            if self._b_noted_us != self.b_us:
                self._b_noted_us, self._a_then_mn = self.b_us, before_a
            b_stuck |= self._b_noise.is_missing(t_us, self.b_us, a_mn != before_a)
            b_stuck |= not -self.TRAVEL_UM <= travel_um - self.b_travel_um <= self.TRAVEL_UM
            if releasing and t_us - self.b_us >= self.REPEATS_US:
                b_stuck |= not -self._apart_mn <= a_mn - self._a_then_mn <= self._apart_mn
        self.stuck = trusted & ((belief.CELL_A if a_stuck else 0) | (belief.CELL_B if b_stuck else 0))
        if not self.stuck:
            return None
        reaction = Reaction.POWER_OFF if self.stuck == trusted else Reaction.RELEASE
        cells = "both load cells" if self.stuck == belief.BOTH else f"load cell {NAMES[self.stuck]}"
        return Verdict(reaction, "E414", f"{cells} did not change while the carriage or the other cell did")
