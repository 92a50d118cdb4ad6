"""One look at a table as a line."""

from __future__ import annotations

from traction.bench.watch import Seen
from traction.report.style import Style


def watch_line(seen: Seen, style: Style) -> str:
    """Return one line of plain words, within the width where a terminal shows it."""
    parts = [
        f"{seen.t_s:7.1f} s",
        seen.state,
        f"A {_force(seen.force_a_n)}",
        f"B {_force(seen.force_b_n)}",
        f"{seen.travel_mm:6.1f} mm",
        f"e-stop {seen.emergency_stop}",
        f"patient {seen.patient_stop}",
        f"age {seen.age_ms:.0f} ms",
    ]
    if seen.round_trip_ms is not None:
        parts.append(f"round trip {seen.round_trip_ms:.1f} ms")
    if seen.fault != "none":
        parts.insert(4, f"fault: {seen.fault}")  # behind the forces, which a narrow terminal must show, too
    line = "  ".join(parts)
    return line if style.whole else line[: style.width - 1]


def _force(force_n: float | None) -> str:
    return "no reading" if force_n is None else f"{force_n:6.1f} N"
