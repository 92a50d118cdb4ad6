"""Which levels of a profile a table cannot hold exactly, because it counts force in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction.profile.profile import Profile

_SAME: Final = 1e-6
"""A level this part of a step beside a whole number of steps is one: the rounding of a sum of newtons."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """A level that is no whole number of steps: in which phase, in N, and the step nearest to it, in N."""

    phase: str
    level_n: float
    nearest_n: float


def rounded_levels(profile: Profile, step_n: float) -> tuple[Rounded, ...]:
    """Return every level held in ``profile`` that is no whole number of ``step_n``, each once, in order.

    Nothing is rounded: the profile keeps its levels, and a table that can only make steps would pull the
    nearest one instead.
    """
    found: dict[tuple[str, float], Rounded] = {}
    if not step_n > 0.0:
        return ()
    for span in profile.spans:
        level_n = span.segment.start_n
        if span.kind.startswith("ramp") or span.kind == "end" or level_n != span.segment.end_n:
            continue
        nearest_n = round(level_n / step_n) * step_n
        if abs(level_n - nearest_n) > _SAME * step_n:
            found.setdefault((span.phase_name, level_n), Rounded(span.phase_name, level_n, nearest_n))
    return tuple(found.values())
