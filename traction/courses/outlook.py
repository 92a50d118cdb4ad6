"""What the rules of a course say of the sessions to come: days, levels and forces, not verified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from traction.courses.book import Book
from traction.courses.history import Session
from traction.courses.rules import Due, borne_n
from traction.courses.schedule import Planned, schedule
from traction.errors import RefusedError
from traction.patients.patient import placed
from traction.protocol.compile import compile_protocol

if TYPE_CHECKING:
    from traction.profile.profile import Profile


@dataclass(frozen=True, slots=True)
class Outlook:
    """One session of the plan. ``peak_n`` and ``duration_s`` are those of its profile, in N and s.

    ``refused`` is the code for a session that cannot be compiled; ``over`` says that it goes above a cap or
    further from the one before than the course states. ``session`` is what came of it, where it was held.
    """

    planned: Planned
    level: int
    peak_n: float | None
    duration_s: float | None
    refused: str
    over: bool
    session: Session | None


def due_now(book: Book, now: str) -> Due:
    """Return the session that is due, with all that can be said against it without a table.

    That is the rules, the screening, and a force or body mass too far from the last session.
    """
    found = book.due(now)
    problems = [
        *found.problems,
        *(placed(one, book.patient) for one in book.patient.objections(book.region, now)),
    ]
    if found.planned is not None:
        profile = profile_of(book, found.planned.stage.protocol, found.level, book.seed_of(found.number))
        if not isinstance(profile, str):
            problems += book.jumps(profile.peak_n)
    return replace(found, problems=tuple(problems))


def outlook(book: Book) -> tuple[Outlook, ...]:
    """Return every session of the plan; each pair of protocol and level is compiled once."""
    profiles: dict[tuple[str, int, int], Profile | str] = {}
    found: list[Outlook] = []
    before_n = 0.0
    for planned, level in zip(schedule(book.course), book.levels(), strict=False):
        held = book.history.held[planned.number - 1] if planned.number <= len(book.history.held) else None
        if held is not None:
            opening = held.opening
            row = Outlook(planned, level, opening.planned_peak_n, opening.planned_s, "", False, held)
        else:
            name = planned.stage.protocol
            seed = book.seed_of(planned.number) if book.protocols[name].varies else 0
            key = (name, level, seed)
            if key not in profiles:
                profiles[key] = profile_of(book, *key)
            row = _ahead(book, planned, level, profiles[key], before_n)
        found.append(row)
        before_n = borne_n(held) if held is not None else row.peak_n or before_n
    return tuple(found)


def profile_of(book: Book, protocol: str, level: int, seed: int) -> Profile | str:
    """Return the profile of one protocol at one level, or the code for which it is refused."""
    try:
        known, mass_kg = book.protocols[protocol], book.patient.mass_kg
        return compile_protocol(known, mass_kg=mass_kg, seed=seed, session=level)
    except RefusedError as error:
        return error.code


def _ahead(book: Book, planned: Planned, level: int, profile: Profile | str, before_n: float) -> Outlook:
    if isinstance(profile, str):
        return Outlook(planned, level, None, None, profile, True, None)
    caps = book.course.caps
    jump = planned.number > 1 and profile.peak_n - before_n > caps.max_step_n + 1e-6
    over = profile.peak_n > caps.max_force_n or jump
    return Outlook(planned, level, profile.peak_n, profile.duration_s, "", over, None)
