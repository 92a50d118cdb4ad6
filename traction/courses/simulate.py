"""What the model says of a course: each session, and how soon nothing of it is left.

The same patient lives through one day three times: with a session, with a sham session, and with none. What
a session did is the difference to the day without one. The day is a night of eight hours, four hours up, the
session, and six hours up; all days are alike. Six hours after a session the model's creep is back to nothing
(its slowest time is half an hour at most), so that each day begins anew and the days between need no steps.
Nothing here is a person, and nothing heals: the model has no pain, no repair and no outcome, so that sham and
real differ in nothing but what forces do while they last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from traction.courses.outlook import Outlook, profile_of
from traction.errors import RefusedError
from traction.sim.patient import make_patient
from traction.sim.scenario import Entry, Timeline, timeline_of
from traction.sim.simulate import simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.courses.book import Book
    from traction.sim.patient import Patient

    Floats = NDArray[np.float64]

NIGHT_S: Final = 8 * 3600.0
MORNING_S: Final = 4 * 3600.0
SHAM_N: Final = 10 * 4.4482216152605
"""Peak of a sham session: 10 lbf, the same motions (Schimmel JJP et al. Eur Spine J 2009;18:1843-1850)."""

AFTER_S: Final = (60.0, 600.0, 3600.0, 6 * 3600.0)
"""When after a session the model is looked at: a minute, ten, an hour, and six; then the day is over."""

EVERY_S: Final = 5.0
QUANTITIES: Final = ("segment_elongation_mm", "disc_pressure_mmhg", "disc_water_index")


@dataclass(frozen=True, slots=True)
class Felt:
    """What one session did to the disc of the model, against the same day without it.

    ``elongation_mm`` is what one level is longer at the end of the session, ``most_mm`` at most in it,
    ``left_mm`` what is left of it after each of AFTER_S; ``pressure_mmhg`` is the lowest in the session,
    ``left_pressure_mmhg`` and ``left_water`` the difference at the end of the day.
    """

    peak_n: float
    pressure_mmhg: float
    most_mm: float
    elongation_mm: float
    left_mm: tuple[float, ...]
    left_pressure_mmhg: float
    left_water: float


@dataclass(frozen=True, slots=True)
class Lived:
    """One session of the plan in the model, real and sham."""

    row: Outlook
    real: Felt
    sham: Felt


class _Seen(NamedTuple):
    """What the model gave, shape (n_times, n_days): the last day is the one without a session."""

    time_s: Floats
    tension_n: Floats
    length_mm: Floats
    pressure_mmhg: Floats
    water: Floats


def live(book: Book, rows: Sequence[Outlook]) -> tuple[Patient, tuple[Lived, ...]]:
    """Return the model's patient, and what it says of each session of a plan that can be compiled.

    Sessions of one protocol, level and seed are simulated once. Raises UsageError E180 for a patient outside
    the model's range, RefusedError E378 where no session can be compiled.
    """
    patient = patient_of(book)
    # a held session may be of a protocol that was changed since, and cannot be compiled any more
    profiles = {key: profile_of(book, *key) for key in dict.fromkeys(_key(book, row) for row in rows)}
    known = {key: one for key, one in profiles.items() if not isinstance(one, str) and one.peak_n > 0.0}
    if not known:
        codes = sorted({one for one in profiles.values() if isinstance(one, str)})
        found = f"no session of the plan pulls ({', '.join(codes) or '0 N'})"
        raise RefusedError(book.course.problem("E378", found, "one that can be compiled for this patient"))
    pulled = [row for row in rows if _key(book, row) in known]
    keys = [_key(book, row) for row in pulled]
    sessions = {key: timeline_of(one, patient.posture).entries[0] for key, one in known.items()}
    longest_s = max(one.for_s for one in sessions.values())
    timelines = []
    for one in sessions.values():
        timelines += [_day(_scaled(one, peak_n), longest_s) for peak_n in (float("inf"), SHAM_N)]
    timelines.append(_day(_scaled(next(iter(sessions.values())), 0.0), longest_s))
    stops_s = [NIGHT_S + MORNING_S + one.for_s for one in sessions.values()]
    times = _instants(stops_s, timelines[0].duration_s)
    run = simulate([patient] * len(timelines), timelines, at_s=times)
    seen = _Seen(times, run.tension_n, *(run.quantity(name) for name in QUANTITIES))
    felt = {
        key: (_felt(seen, stop_s, 2 * index), _felt(seen, stop_s, 2 * index + 1))
        for index, (key, stop_s) in enumerate(zip(sessions, stops_s, strict=True))
    }
    return patient, tuple(Lived(row, *felt[key]) for row, key in zip(pulled, keys, strict=True))


def patient_of(book: Book) -> Patient:
    """Return the model's patient of the file's mass, height and age; the rest is nominal."""
    known = book.patient
    return make_patient(
        book.region,
        mass_kg=known.mass_kg,
        height_m=None if known.height_mm is None else known.height_mm / 1000.0,
        age_years=None if known.age_years is None else float(known.age_years),
    )


def _key(book: Book, row: Outlook) -> tuple[str, int, int]:
    name = row.planned.stage.protocol
    seed = book.seed_of(row.planned.number) if book.protocols[name].varies else 0
    return name, row.level, seed


def _day(session: Entry, longest_s: float) -> Timeline:
    """Return one day with a session in it; a short one lies on without a pull until the longest is over."""
    assert session.course is not None
    times, forces = session.course
    if times[-1] < longest_s:
        times, forces = np.append(times, [times[-1], longest_s]), np.append(forces, [0.0, 0.0])
    pulled = replace(session, for_s=longest_s, course=(times, forces))
    before = (Entry("supine", NIGHT_S), Entry("standing", MORNING_S))
    return Timeline((*before, pulled, Entry("standing", AFTER_S[-1])))


def _scaled(entry: Entry, peak_n: float) -> Entry:
    """Return a session whose forces are scaled down to a peak."""
    assert entry.course is not None
    times, forces = entry.course
    return replace(entry, course=(times, forces * min(1.0, peak_n / float(forces.max()))))


def _instants(stops_s: Sequence[float], end_s: float) -> Floats:
    parts = [np.arange(NIGHT_S + MORNING_S, max(stops_s), EVERY_S)]
    parts += [np.array([stop_s, *(stop_s + after_s for after_s in AFTER_S)]) for stop_s in stops_s]
    return np.unique(np.clip(np.concatenate(parts), 0.0, end_s))


def _felt(seen: _Seen, stop_s: float, lane: int) -> Felt:
    times, pressure, water = seen.time_s, seen.pressure_mmhg, seen.water
    longer = seen.length_mm[:, lane] - seen.length_mm[:, -1]
    within = (times >= NIGHT_S + MORNING_S) & (times <= stop_s)
    after = [int(np.searchsorted(times, min(stop_s + one, times[-1]))) for one in AFTER_S]
    return Felt(
        peak_n=float(seen.tension_n[within, lane].max()),
        pressure_mmhg=float(pressure[within, lane].min()),
        most_mm=float(longer[within].max()),
        elongation_mm=float(longer[int(np.searchsorted(times, stop_s))]),
        left_mm=tuple(float(longer[index]) for index in after),
        left_pressure_mmhg=float(pressure[-1, lane] - pressure[-1, -1]),
        left_water=float(water[-1, lane] - water[-1, -1]),
    )
