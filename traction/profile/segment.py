"""What every segment of a profile can answer, and how a scalar or an array reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from traction.errors import Problem, ProtocolError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float64]

Time = TypeVar("Time", float, "FloatArray")
"""Seconds: one float or a float64 array; the force comes back in the same shape."""


class Curve(Protocol):
    """Anything with a length in time and a force along it: a segment, or a whole profile."""

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        ...

    def value(self, t_s: float) -> float:
        """Return the force in N at one time; the caller vouches for 0 <= t_s <= duration_s."""
        ...

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the force in N at each time; the caller vouches for 0 <= t_s <= duration_s."""
        ...


class Segment(Curve, Protocol):
    """One closed-form piece of a profile; every figure is exact, none is sampled."""

    @property
    def start_n(self) -> float:
        """Return the force at its start, in N."""
        ...

    @property
    def end_n(self) -> float:
        """Return the force at its end, in N."""
        ...

    @property
    def peak_n(self) -> float:
        """Return the highest force, in N."""
        ...

    @property
    def trough_n(self) -> float:
        """Return the lowest force, in N."""
        ...

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s, zero or more."""
        ...

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the steepest fall in N/s, zero or more."""
        ...

    def force_at(self, t_s: Time) -> Time:
        """Return the force in N at ``t_s`` seconds after its start. Raises E289 outside the segment."""
        ...

    def impulse_above(self, level_n: float) -> float:
        """Return the integral of max(force - level_n, 0) over the segment, in N s."""
        ...

    def time_at(self, force_n: float) -> float:
        """Return when a rising or falling segment reaches ``force_n``, held to its ends; 0 for a hold."""
        ...


def evaluate(curve: Curve, t_s: Time) -> Time:
    """Return the force of ``curve`` at ``t_s`` (scalar -> float, array -> float64 array of equal shape).

    Raises ProtocolError E289 when any time is NaN or outside 0 .. duration_s.
    """
    if isinstance(t_s, (int, float)):
        if not 0.0 <= t_s <= curve.duration_s:
            raise outside(t_s, curve.duration_s)
        return curve.value(float(t_s))
    return _evaluate_array(curve, t_s)


def outside(t_s: float, duration_s: float) -> ProtocolError:
    """Return the error for a time that a curve does not have."""
    return ProtocolError(Problem("E289", f"t = {t_s} s", f"0 to {duration_s} s", field="t_s"))


def _evaluate_array(curve: Curve, t_s: FloatArray) -> FloatArray:
    import numpy as np

    times = np.asarray(t_s, dtype=np.float64)
    wrong = ~((times >= 0.0) & (times <= curve.duration_s))
    if wrong.any():
        raise outside(float(times[wrong].flat[0]), curve.duration_s)
    return curve.values(times)
