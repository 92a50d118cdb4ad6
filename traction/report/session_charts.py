"""The pictures of a session's page: force, travel, disc pressure, margins; and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from traction import units
from traction.report.checks import figure
from traction.report.delivered import Delivered
from traction.report.html import table, text
from traction.report.recorded import header_of, outcome_of, series_of
from traction.report.svg import BROAD, DASHED, DOTTED, SOLID, Chart, Curve, chart_lines

if TYPE_CHECKING:
    from traction.report.svg import Floats
    from traction.runner.reader import Event, Record

PRESSURE: Final = "disc_pressure_kpa"
INTERVALS: Final = 40
MOST_MARKS: Final = 24
MARKED: Final = ("stop", "pause", "resume", "ease", "ask", "answer", "no answer", "edit", "alert", "move")
"""Events that are drawn: what people asked for, beside the causes of the end."""

LIMIT_SHOWN: Final = 2.2
"""A limit so many times the peak would flatten the curve; then its figure stands in the margins alone."""


def force_chart(record: Record, found: Delivered) -> Chart | None:
    """Return commanded and measured force, what did not run, the limit and what happened."""
    if not len(found.t_s):
        return None
    apart, series = apart_words(record), series_of(record)
    measured = [Curve("measured", found.t_s, found.force_n, BROAD)]
    if apart:  # a mean of two that contradict each other is the force of neither
        measured = [
            Curve("cell A", found.t_s, series["force_a_n"], BROAD),
            Curve("cell B", found.t_s, series["force_b_n"], DASHED),
        ]
    curves = [*measured, Curve("commanded", found.t_s, found.target_n, SOLID)]
    rest = _not_run(found)
    if rest is not None:
        curves.append(rest)
    peak_n = max(float(np.nan_to_num(found.force_n).max()), float(found.target_n.max()), 1.0)
    merged = header_of(record).part("limits").part("merged")
    limit_n = merged.part("max_force_n").number("value")
    line = (limit_n, f"limit {figure(limit_n)} N") if limit_n <= LIMIT_SHOWN * peak_n else None
    return Chart(
        "force",
        "Force over time, commanded and measured",
        f"{_force_words(found, rest is not None)} {apart}".strip(),
        "force (N)",
        curves,
        line,
        marks(record),
        height=340,
    )


def apart_words(record: Record) -> str:
    """Return by how much the load cells contradict each other, where a mean of both says little; else ""."""
    series = series_of(record)
    apart_n = np.abs(series["force_a_n"] - series["force_b_n"])  # NaN where one gave no reading
    most_n = header_of(record).part("limits").part("facts").number("cell_difference_n")
    rows = np.flatnonzero(apart_n > most_n)
    if not len(rows):
        return ""
    since_s, worst_n = float(series["time_s"][rows[0]]), float(apart_n[rows].max())
    return f"From {since_s:.1f} s on the load cells are up to {figure(worst_n)} N apart; each is drawn."


def _not_run(found: Delivered) -> Curve | None:
    """Return the part of the profile that did not run, from where the session left it."""
    reached_s = float(found.profile_s.max())
    end_s = float(found.t_s[found.following][-1]) if found.following.any() else float(found.t_s[-1])
    ahead = [span for span in found.spans if span.end_s > reached_s + 2 * found.tick_s]
    if not ahead:
        return None
    shift_s = end_s - reached_s
    t_s, force_n = [], []
    for span in ahead:
        start_s = max(span.start_s, reached_s)
        share = (start_s - span.start_s) / span.duration_s if span.duration_s > 0 else 0.0
        t_s += [start_s + shift_s, span.end_s + shift_s]
        force_n += [span.start_n + share * (span.end_n - span.start_n), span.end_n]
    return Curve("planned, did not run", np.array(t_s), np.array(force_n), DOTTED)


def _force_words(found: Delivered, cut: bool) -> str:
    known = np.isfinite(found.force_n)
    if not known.any():
        return "No load cell gave a reading."
    row = int(np.argmax(np.where(known, found.force_n, -np.inf)))
    parts = [
        f"The commanded force reaches {figure(float(found.target_n.max()))} N",
        f"the measured force is highest at {found.t_s[row]:.1f} s with {figure(float(found.force_n[row]))} N",
        f"the record ends at {found.t_s[-1]:.1f} s with {figure(float(found.force_n[known][-1]))} N",
    ]
    if cut:
        parts.append("the rest of the profile did not run")
    return "; ".join(parts) + "."


def travel_chart(found: Delivered) -> Chart | None:
    """Return the travel of the carriage."""
    if not len(found.t_s):
        return None
    words = (
        f"The carriage goes from {found.travel_mm[0]:.1f} mm to {found.travel_mm.max():.1f} mm at most, and "
        f"stands at {found.travel_mm[-1]:.1f} mm at the end."
    )
    curve = Curve("travel", found.t_s, found.travel_mm)
    return Chart("travel", "Travel of the carriage", words, "travel (mm)", [curve], height=220)


def pressure_chart(record: Record, found: Delivered) -> Chart | None:
    """Return the disc pressure in mmHg, where the table has a channel for it."""
    series = series_of(record)
    if PRESSURE not in series or not len(found.t_s):
        return None
    mmhg: Floats = series[PRESSURE] / units.KPA_PER_MMHG
    words = (
        f"The pressure in the disc begins at {mmhg[0]:.0f} mmHg, is lowest with {mmhg.min():.0f} mmHg at "
        f"{found.t_s[int(mmhg.argmin())]:.1f} s, and ends at {mmhg[-1]:.0f} mmHg."
    )
    line = (float(mmhg[0]), "at the start")
    curve = Curve("disc pressure", found.t_s, mmhg)
    return Chart("pressure", "Pressure in the disc", words, "pressure (mmHg)", [curve], line, height=240)


def marks(record: Record) -> tuple[tuple[float, str], ...]:
    """Return what is worth a mark: what people asked for, and the causes of the end; each moment once."""
    found = [
        (event.t_us * 1e-6, f"{event.name}{_short(event)}") for event in record.events if event.name in MARKED
    ]
    ended = outcome_of(record)
    if ended is not None:
        causes = [cause for cause in ended.parts("causes") if cause.text("outcome") != "COMPLETED"]
        found += [
            (cause.number("t_us") * 1e-6, f"{cause.text('outcome')} {cause.text('code')}") for cause in causes
        ]
    return tuple(found[:MOST_MARKS])


def _short(event: Event) -> str:
    """Return what a mark says behind its name: what was asked for, and not by whom, as the events do."""
    said = event.text.partition(" of the force" if event.name == "ease" else ", by ")[0]
    words = said if len(said) <= 28 else f"{said[:27]}\N{HORIZONTAL ELLIPSIS}"
    return f": {words}" if words and not words.startswith(("{", "[")) else ""


def figure_lines(chart: Chart | None, caption: str) -> Iterator[str]:
    """Yield a chart as a figure with a caption that leads to its table; nothing without a chart."""
    if chart is None:
        return
    yield '<figure class="wide"><div class="scroll">'
    yield from chart_lines(chart)
    yield f'</div><figcaption>{text(caption)} <a href="#table">As a table.</a></figcaption></figure>'


def share_lines(shares: Sequence[tuple[str, float]], name: str, title: str, end: str) -> Iterator[str]:
    """Yield shares of one as bars up to a line that is called ``end``; ``name`` makes the ids unique."""
    if not shares:
        return
    height, left, wide = 26 * len(shares) + 34, 250, 600
    words = "; ".join(f"{said} {100 * share:.0f} %" for said, share in shares)
    yield '<figure class="wide"><div class="scroll">'
    yield f'<svg viewBox="0 0 960 {height}" role="img" aria-labelledby="{name}-title {name}-words">'
    yield f'<title id="{name}-title">{text(title)}</title>'
    yield f'<desc id="{name}-words">{text(words)}.</desc>'
    for index, (said, share) in enumerate(shares):
        y = 8 + 26 * index
        length = wide * min(max(share, 0.0), 1.05)
        yield f'<text x="{left - 10}" y="{y + 13}" text-anchor="end">{text(said)}</text>'
        yield f'<rect x="{left}" y="{y}" width="{length:.1f}" height="17" fill="#555"/>'
        yield f'<text x="{left + length + 8:.1f}" y="{y + 13}" class="said">{100 * share:.0f} %</text>'
    floor = height - 24
    yield f'<path d="M{left} 4V{floor}" stroke="#333" fill="none"/>'
    yield f'<path d="M{left + wide} 4V{floor}" stroke="#111" stroke-dasharray="5 3" fill="none"/>'
    yield f'<text x="{left + wide}" y="{height - 8}" text-anchor="middle">{text(end)}</text>'
    yield f"</svg></div><figcaption>{text(title)}; the table below has the figures.</figcaption></figure>"


def picture_table(record: Record, found: Delivered) -> Iterator[str]:
    """Yield the curves as one table: means over equal stretches of the session."""
    if not len(found.t_s):
        return
    series = series_of(record)
    header = ["from", "state or phase", "commanded", "measured", "lowest", "highest", "travel"]
    pressure = series.get(PRESSURE)
    if pressure is not None:
        header.append("disc pressure")
    edges = np.unique(np.linspace(0, len(found.t_s), INTERVALS + 1).astype(np.int64))
    rows = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = slice(start, end)
        force_n = found.force_n[part][np.isfinite(found.force_n[part])]
        low, high = (f"{force_n.min():.1f} N", f"{force_n.max():.1f} N") if len(force_n) else ("", "")
        cells = [
            f"{found.t_s[start]:.1f} s",
            text(_where(found, (start + end) // 2)),
            f"{found.target_n[part].mean():.1f} N",
            f"{force_n.mean():.1f} N" if len(force_n) else "no reading",
            low,
            high,
            f"{found.travel_mm[part].mean():.1f} mm",
        ]
        if pressure is not None:
            cells.append(f"{pressure[part].mean() / units.KPA_PER_MMHG:.0f} mmHg")
        rows.append(cells)
    caption = f"The pictures as a table: means over {len(rows)} equal stretches of the session"
    yield from table(caption, header, rows, numbers=range(2, len(header)))


def _where(found: Delivered, row: int) -> str:
    from traction.runner.states import State

    state = int(found.state[row])
    if state == State.RUNNING and 0 <= found.span[row] < len(found.spans):
        span = found.spans[int(found.span[row])]
        cycle = f" {span.cycle}" if span.cycle else ""
        return f"{span.phase}: {span.kind.replace('_', ' ')}{cycle}"
    known = {int(one): one.name.replace("_", " ").lower() for one in State}
    return known.get(state, f"state {state}")
