"""A constant force, with or without a wave over it; or a constant position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.errors import Problem
from traction.profile.checks import require, settle
from traction.profile.oscillation import Oscillation
from traction.profile.segment import Time, evaluate

if TYPE_CHECKING:
    from traction.profile.segment import FloatArray

HOLD_MODES = ("force", "position")


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold ``force_n`` for ``duration_s``, or (mode "position") hold the position that gave it.

    While the position is held, the tissue relaxes and the force falls below ``force_n``; the profile states
    the force at the start, which the next segment starts from again. An oscillation covers the largest whole
    number of periods that fits, and the rest of the hold is plain, so that it ends where it began.
    Raises ProtocolError E280, E281, E282 (numbers), E284 (the oscillation does not fit), E288 (mode).
    """

    force_n: float
    duration_s: float
    oscillation: Oscillation | None = None
    mode: str = "force"

    def __post_init__(self) -> None:
        problems = settle(self, positive=("duration_s",), non_negative=("force_n",))
        if self.mode not in HOLD_MODES:
            problems.append(Problem("E288", repr(self.mode), " or ".join(HOLD_MODES), field="Hold.mode"))
        if self.oscillation is not None and not problems:
            problems += _misfits(self, self.oscillation)
        require(problems)

    @property
    def start_n(self) -> float:
        """Return the force at the start, in N: the level, for a wave starts at zero offset."""
        return self.force_n

    @property
    def end_n(self) -> float:
        """Return the force at the end, in N: the level, for a wave ends at zero offset."""
        return self.force_n

    @property
    def peak_n(self) -> float:
        """Return the highest force, in N: the crest of the wave."""
        return self.force_n if self.oscillation is None else self.force_n + self.oscillation.amplitude_n

    @property
    def trough_n(self) -> float:
        """Return the lowest force, in N: the trough of the wave."""
        return self.force_n if self.oscillation is None else self.force_n - self.oscillation.amplitude_n

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s, zero or more."""
        return 0.0 if self.oscillation is None else self.oscillation.rate_up_n_per_s

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the steepest fall in N/s, zero or more."""
        return 0.0 if self.oscillation is None else self.oscillation.rate_down_n_per_s

    def value(self, t_s: float) -> float:
        """Return the force in N at one time within the hold (not checked)."""
        wave = self.oscillation
        if wave is None:
            return self.force_n
        cycles = t_s * wave.frequency_hz
        if cycles >= wave.whole_periods(self.duration_s):
            return self.force_n
        return self.force_n + wave.offset(cycles)

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the force in N at each time within the hold (not checked)."""
        import numpy as np

        if self.oscillation is None:
            return np.full(t_s.shape, self.force_n)
        cycles = t_s * self.oscillation.frequency_hz
        plain = cycles >= self.oscillation.whole_periods(self.duration_s)
        return self.force_n + np.where(plain, 0.0, self.oscillation.offsets(cycles))

    def force_at(self, t_s: Time) -> Time:
        """Return the force in N at ``t_s`` seconds (scalar or array). Raises E289 outside the hold."""
        return evaluate(self, t_s)

    def impulse_above(self, level_n: float) -> float:
        """Return the integral of max(force - level_n, 0), in N s."""
        plain = max(self.force_n - level_n, 0.0)
        if self.oscillation is None:
            return plain * self.duration_s
        wave_s = self.oscillation.whole_periods(self.duration_s) / self.oscillation.frequency_hz
        waves = self.oscillation.mean_above(level_n - self.force_n) * wave_s
        return waves + plain * max(self.duration_s - wave_s, 0.0)

    def time_at(self, force_n: float) -> float:
        """Return 0: a hold is at its force from the start."""
        del force_n
        return 0.0


def _misfits(hold: Hold, wave: Oscillation) -> list[Problem]:
    problems: list[Problem] = []
    if hold.mode != "force":
        problems.append(
            Problem("E284", "an oscillation on a held position", "a hold by force", field="Hold.mode")
        )
    if not wave.amplitude_n <= hold.force_n:
        found = f"an amplitude of {wave.amplitude_n:g} N on a hold of {hold.force_n:g} N"
        problems.append(
            Problem("E284", found, "at most the force of the hold", field="Oscillation.amplitude_n")
        )
    if wave.whole_periods(hold.duration_s) < 1:
        found = f"{hold.duration_s:g} s at {wave.frequency_hz:g} Hz"
        problems.append(Problem("E284", found, "at least one whole period", field="Oscillation.frequency_hz"))
    return problems
