"""A record cut into the pieces of its profile: for each span what was planned, and its samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from traction.errors import Problem, RecordError
from traction.report.conformance_rows import Ran
from traction.report.recorded import header_of, series_of
from traction.report.said import Said
from traction.runner.states import UNDER_WAY, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.runner.reader import Record

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Mask = NDArray[np.bool_]

LONGEST_TICK_US: Final = 1_000_000
CHANGED: Final = "profile"
"""The event that carries the profile by which the session goes on after an answer or an edit."""

LEVEL_N: Final = 1e-6
"""A span that ends within so much of where it began is a level: the rounding of sums of newtons."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One span of the profile as the record has it: times in s on the profile's clock, forces in N."""

    start_s: float
    end_s: float
    start_n: float
    end_n: float
    kind: str
    phase: str
    cycle: int

    @property
    def duration_s(self) -> float:
        """Return how long it was to last."""
        return self.end_s - self.start_s

    @property
    def level(self) -> bool:
        """Say whether it holds a force (also one with a wave over it), and does not lead to another one."""
        return abs(self.end_n - self.start_n) <= LEVEL_N and not (
            self.kind.startswith("ramp") or self.kind == "end"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One span and its samples: ``rows`` index the series, in order, while the profile's clock ran.

    ``paused_s`` is the session time in between that did not count.
    """

    index: int
    planned: Planned
    ran: Ran
    rows: Whole
    paused_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """The samples of a session in SI units, and the spans of the profile that was in force at its end."""

    t_s: Floats
    profile_s: Floats
    target_n: Floats
    force_n: Floats
    travel_mm: Floats
    mode: Whole
    state: Whole
    span: Whole
    controller_ms: Whole
    spans: tuple[Planned, ...]
    rest_n: float
    changes: int
    tick_s: float

    @property
    def running(self) -> Mask:
        """Say of each row whether the profile's clock ran."""
        mask: Mask = self.state == State.RUNNING
        return mask

    @property
    def following(self) -> Mask:
        """Say of each row whether the session stood between the take-up and the way down."""
        mask: Mask = np.isin(self.state, UNDER_WAY)
        return mask

    def pieces(self) -> Iterator[Piece]:
        """Yield every span in the order of the profile, also those that never ran."""
        order = np.flatnonzero(self.following & (self.span >= 0))
        by_span = dict(_groups(order, self.span[order]))
        last = max(by_span, default=-1)
        for index, planned in enumerate(self.spans):
            rows = by_span.get(index)
            if rows is None:
                yield Piece(index, planned, "none", np.empty(0, dtype=np.int64), 0.0)
                continue
            run = rows[self.running[rows]]
            steps = np.diff(self.t_s, append=self.t_s[-1] + self.tick_s)
            paused_s = float(steps[rows[~self.running[rows]]].sum())
            whole = index < last or self._reached(planned)
            yield Piece(index, planned, "whole" if whole else "part", run, paused_s)

    def _reached(self, planned: Planned) -> bool:
        """Say whether the profile's clock came to the end of a span, to within two ticks."""
        return bool(len(self.profile_s)) and float(self.profile_s.max()) >= planned.end_s - 2 * self.tick_s


def _groups(order: Whole, spans: Whole) -> Iterator[tuple[int, Whole]]:
    """Yield each span with its rows; a span is one stretch of rows, for the profile only goes forward."""
    if not len(order):
        return
    cuts = np.flatnonzero(np.diff(spans)) + 1
    found: dict[int, list[Whole]] = {}
    for rows, values in zip(np.split(order, cuts), np.split(spans, cuts), strict=True):
        found.setdefault(int(values[0]), []).append(rows)
    for index, parts in found.items():
        yield index, np.concatenate(parts)


def delivered(record: Record) -> Delivered:
    """Return the samples of ``record`` beside its profile; RecordError E610 for what no session writes."""
    header = header_of(record)
    series, samples = series_of(record), record.samples
    profile = header.part("profile")
    tick_us = header.whole("tick_us")
    if not 0 < tick_us <= LONGEST_TICK_US:
        file = None if record.path is None else str(record.path)
        raise RecordError(Problem("E610", f"a tick of {tick_us} us", "a record written by a session", file))
    spans, changes = _spans(profile, record)
    return Delivered(
        t_s=series["time_s"],
        profile_s=series["profile_s"],
        target_n=series["target_n"],
        force_n=series["force_n"],
        travel_mm=series["travel_mm"],
        mode=samples["mode"],
        state=samples["session_state"],
        span=samples["span_index"],
        controller_ms=samples["controller_ms"],
        spans=spans,
        rest_n=profile.number("rest_n"),
        changes=changes,
        tick_s=tick_us * 1e-6,
    )


def _spans(profile: Said, record: Record) -> tuple[tuple[Planned, ...], int]:
    """Return the spans of the last profile, and how often it was changed during the session."""
    spans = [_planned(one) for one in profile.parts("spans")]
    changes = 0
    file = None if record.path is None else str(record.path)
    for event in record.events:
        if event.name != CHANGED:
            continue
        try:
            body: Any = json.loads(event.text)
        except (ValueError, RecursionError):
            body = None
        said = Said(body, "event profile", file)
        first = said.whole("from") if said.has("from") else 0
        spans = [*spans[: max(first, 0)], *(_planned(one) for one in said.parts("spans"))]
        changes += 1
    return tuple(spans), changes


def _planned(said: Said) -> Planned:
    return Planned(
        start_s=said.number("start_s"),
        end_s=said.number("end_s"),
        start_n=said.number("start_n"),
        end_n=said.number("end_n"),
        kind=said.text("kind"),
        phase=said.text("phase_name"),
        cycle=said.whole("cycle"),
    )


def span_s(found: Delivered, rows: Whole) -> float:
    """Return the session time from the first of these rows to the end of the last one, in s."""
    return float(found.t_s[rows[-1]] - found.t_s[rows[0]]) + found.tick_s if len(rows) else 0.0
