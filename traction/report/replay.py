"""Judge a recorded session again, as it was judged or by tighter limits; and say what was left to each.

A session is never judged by looser limits than it ran under: of the record's limits and those of a file the
tightest wins, as it does before a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.report.delivered import Delivered, Planned, delivered
from traction.report.recorded import header_of
from traction.report.replay_limits import limits_of, table_of
from traction.runner.rejudge import Judged, Judgement, bounds_of, rejudge
from traction.safety.bounds import SupervisorBounds, supervisor_bounds
from traction.safety.limits import Limits, LimitSource
from traction.safety.watch.duration import MAX_STEP_US
from traction.safety.watch.rate import WINDOWS_MS
from traction.wire import codes

if TYPE_CHECKING:
    from traction.report.delivered import Mask, Whole
    from traction.runner.reader import Record

ROUNDING: Final = 1e-9

_PROVED_BY: Final[Mapping[str, str]] = {
    "peak_force": "max_force_n",
    "rate_up": "max_rate_up_n_per_s",
    "rate_down": "max_rate_down_n_per_s",
    "longest_hold": "max_hold_s",
    "session_duration": "max_session_s",
    "impulse": "max_impulse_n_s",
    "travel": "max_travel_mm",
    "release_back_drivable": "max_release_s",
    "release_self_locking": "max_release_s",
}
"""Which limit each margin of the proof is held against."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The most of one thing in a session, and the line beyond which the supervisor ends it."""

    name: str
    unit: str
    seen: float
    line: float

    @property
    def margin(self) -> float:
        """Return what was left; negative beyond the line."""
        return self.line - self.seen


@dataclass(frozen=True, slots=True)
class Tightened:
    """One limit that a file makes tighter than the record: both values, in the unit of its name."""

    limit: str
    recorded: float
    now: float


@dataclass(frozen=True, slots=True)
class Trip:
    """A verdict at a sample, where it stands in the profile, and the force of both cells there, in N."""

    judged: Judged
    profile_s: float
    force_n: float
    where: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What judging again found.

    ``new`` are the verdicts that the session itself did not give, ``lost`` those (code, time in us) that it
    gave and judging again does not. ``refused`` says what the proof before the run would have refused,
    ``looser`` names limits of the file that change nothing. ``seen`` says how near the session came.
    """

    judgement: Judgement
    complete: bool
    tightened: tuple[Tightened, ...]
    looser: tuple[str, ...]
    refused: tuple[str, ...]
    trips: tuple[Trip, ...]
    new: tuple[Trip, ...]
    lost: tuple[tuple[str, int], ...]
    seen: tuple[Seen, ...]

    @property
    def holds(self) -> bool:
        """Say whether nothing is new and nothing is lost, and the proof would stand."""
        return not (self.new or self.refused or self.lost)


def replay(record: Record, source: LimitSource | None = None) -> Replay:
    """Judge ``record`` again, by the limits it ran under or by the tightest of those and ``source``.

    Of an incomplete record the samples that are left are judged, and compared with its events. Raises
    RecordError E616 where the record does not say how it was judged, E610 for what no session writes.
    """
    known = bounds_of(record)
    limits = limits_of(record)
    bounds, tightened, looser = _bounds(record, known, limits, source)
    judgement = rejudge(record, bounds)
    found = delivered(record)
    given = judgement.recorded if record.outcome is not None else judgement.told
    trips = tuple(_trip(record, found, one) for one in judgement.verdicts)
    # by tighter limits a session may trip earlier for the reason for which it tripped later
    lost = () if tightened else tuple(one for one in given if one not in judgement.given)
    return Replay(
        judgement=judgement,
        complete=record.complete,
        tightened=tightened,
        looser=looser,
        refused=tuple(_refused(record, tightened)),
        trips=trips,
        new=tuple(trip for trip in trips if (trip.judged.code, trip.judged.t_us) not in given),
        lost=lost,
        seen=tuple(seen_of(record, bounds)),
    )


def _bounds(
    record: Record, known: SupervisorBounds, limits: Limits, source: LimitSource | None
) -> tuple[SupervisorBounds, tuple[Tightened, ...], tuple[str, ...]]:
    """Return the bounds to judge by: those of the record, but for what tighter limits change."""
    values = {} if source is None else dict(source.values)
    tighter = {name: value for name, value in values.items() if value < getattr(limits, name)}
    looser = tuple(name for name, value in values.items() if value > getattr(limits, name))
    if not tighter:
        return known, (), looser
    table = table_of(record)
    rest_n = header_of(record).part("profile").number("rest_n")
    before = asdict(supervisor_bounds(limits, table, rest_n=rest_n))
    after = asdict(supervisor_bounds(replace(limits, **tighter), table, rest_n=rest_n))  # type: ignore[arg-type]
    # what this version would derive otherwise than the one that recorded stays as it was recorded
    changed = {name: after[name] for name in after if after[name] != before[name]}
    pairs = tuple(Tightened(name, getattr(limits, name), tighter[name]) for name in tighter)
    return replace(known, **changed), pairs, looser


def _refused(record: Record, tightened: Sequence[Tightened]) -> Iterator[str]:
    """Yield what the proof before the run would have refused under tighter limits."""
    now = {one.limit: one.now for one in tightened}
    for said in header_of(record).parts("margins"):
        limit = now.get(_PROVED_BY.get(said.text("name"), ""))
        value = said.number("value")
        if limit is not None and not (limit > 0.0 and value <= limit * (1.0 + ROUNDING)):
            name = said.text("name").replace("_", " ")
            unit = said.text("unit")
            yield f"{name}: {value:.6g} {unit} planned, limit {limit:.6g} {unit}"


def _trip(record: Record, found: Delivered, judged: Judged) -> Trip:
    row = judged.row
    high_mn = max(int(record.samples["force_mn"][row]), int(record.samples["force_b_mn"][row]))
    index = int(found.span[row])
    where = _where(found.spans[index]) if 0 <= index < len(found.spans) else "before the profile"
    return Trip(judged, float(found.profile_s[row]), high_mn / 1000, where)


def _where(span: Planned) -> str:
    cycle = f" {span.cycle}" if span.cycle else ""
    return f"{span.phase or 'profile'}: {span.kind.replace('_', ' ')}{cycle}"


def seen_of(record: Record, bounds: SupervisorBounds) -> Iterator[Seen]:
    """Yield how near ``record`` came to each line of ``bounds`` that one figure can be read for."""
    samples = record.samples
    t_us, high_mn = samples["t_us"], np.maximum(samples["force_mn"], samples["force_b_mn"])
    if not len(t_us):
        return
    yield Seen("force", "N", float(high_mn.max()) / 1e3, bounds.over_force_mn / 1e3)
    pulling = samples["activity"] != 2
    travel_um = np.abs(samples["travel_um"][pulling])
    yield Seen("travel", "mm", float(travel_um.max(initial=0)) / 1e3, bounds.max_travel_um / 1e3)
    last_us = int(t_us[pulling].max(initial=0))
    yield Seen("session, without the way down", "s", last_us / 1e6, bounds.max_session_us / 1e6)
    yield Seen("one hold", "s", _hold_us(t_us, high_mn, pulling, bounds) / 1e6, bounds.max_hold_us / 1e6)
    steps_us = np.minimum(np.diff(t_us, prepend=0), MAX_STEP_US)
    impulse = float((np.maximum(high_mn - bounds.rest_mn, 0) * steps_us)[pulling].sum())
    yield Seen("impulse above rest", "N s", impulse / 1e9, bounds.max_impulse_mn_us / 1e9)
    for name, sign, line in (
        ("rise in a second", 1, bounds.rate_up_mn_per_s),
        ("fall in a second", -1, bounds.rate_down_mn_per_s),
    ):
        seen = _rate_n_per_s(record, pulling, sign)
        yield Seen(name, "N/s", seen, (line + bounds.rate_noise_mn) / 1e3)


def _hold_us(t_us: Whole, high_mn: Whole, pulling: Mask, bounds: SupervisorBounds) -> int:
    """Return the longest time at one force as the supervisor counts it: within a band of where it began."""
    longest = anchor = since = 0
    rows = zip(t_us.tolist(), high_mn.tolist(), strict=True)
    for now, force in compress(rows, pulling.tolist()):
        if force <= bounds.slack_mn or abs(force - anchor) > bounds.hold_band_mn:
            anchor, since = force, now
        longest = max(longest, now - since)
    return int(longest)


def _rate_n_per_s(record: Record, pulling: Mask, sign: int) -> float:
    """Return the steepest change over the longer window of the supervisor, on the controller's clock."""
    a_mn, b_mn = record.samples["force_mn"], record.samples["force_b_mn"]
    # a cell without a reading has no slope: its mark is a number of two million newtons
    read = pulling & (a_mn != codes.FORCE_INVALID_MN) & (b_mn != codes.FORCE_INVALID_MN)
    ms, force_n = record.samples["controller_ms"][read], (a_mn + b_mn)[read] / 2000.0
    before = np.searchsorted(ms, ms - max(WINDOWS_MS), side="right") - 1
    rows = np.flatnonzero(before >= 0)
    if not len(rows) or (np.diff(ms) < 0).any():
        return 0.0
    passed_s = (ms[rows] - ms[before[rows]]) / 1000.0
    rates = sign * (force_n[rows] - force_n[before[rows]]) / np.maximum(passed_s, 1e-3)
    return max(float(rates.max()), 0.0)
