"""A course file: whose sessions, by which protocols, how often, how the level goes up, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from traction.errors import Problem
from traction.patients.days import WEEKDAYS, day_of
from traction.patients.form import Form, parse_form, read_text_bytes

FORMAT: Final = 1
SYMPTOMS: Final = ("same", "inward", "outward", "gone")
"""How symptoms moved in a session: gone all at once is a reason to look again, not to go on."""
MOST_WEEKS: Final = 104
MOST_LEVEL: Final = 1000
LONGEST_REST_S: Final = 14 * 86_400.0


@dataclass(frozen=True, slots=True)
class Stage:
    """So many weeks with so many sessions each; 0 a week is a washout. ``protocol`` is a name or a path."""

    name: str
    weeks: int
    per_week: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Progression:
    """The level goes up by one after ``after`` tolerated sessions in a row, to ``most``; down by ``back``."""

    after: int
    back: int
    most: int


@dataclass(frozen=True, slots=True)
class Caps:
    """What no session may exceed: N at all, N above the last session, and a share of the body mass."""

    max_force_n: float
    max_step_n: float
    max_mass_change: float


@dataclass(frozen=True, slots=True)
class StopRules:
    """What holds the course until somebody has looked: so many in a row, or any of these symptoms."""

    not_tolerated: int
    stopped: int
    tripped: int
    gap_days: int
    symptoms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the plan of a course comes from, what to know of it, and what its file chose; may be empty."""

    citation: str = ""
    url: str = ""
    caution: str = ""
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """One course as its file says; ``digest`` is the SHA-256 of its bytes."""

    id: str
    title: str
    patient: Path
    start: str
    days: tuple[str, ...]
    rest_s: float
    seed: int
    stages: tuple[Stage, ...]
    progression: Progression | None
    caps: Caps
    stop: StopRules
    digest: str
    path: Path
    text: str = field(repr=False)
    source: Source = Source()

    def problem(self, code: str, found: str, expected: str, where: str | None = None) -> Problem:
        """Return a problem with the course's file."""
        return Problem(code, found, expected, str(self.path), field=where)

    def protocol_of(self, stage: Stage) -> str | Path:
        """Return the protocol of a stage: a library name as it is, a path from beside the course's file."""
        written = stage.protocol
        if "/" in written or written.endswith(".toml"):
            return self.path.parent / written
        return written


def load_course(path: str | Path) -> Course:
    """Read a course file. Raises UsageError E132, ProtocolError with every mistake at once (E30x, E11x)."""
    where = Path(path)
    return parse_course(read_text_bytes(where, "a course file"), where)


def parse_course(content: bytes, path: Path) -> Course:
    """Return the course that ``content`` spells; ``path`` is where its files lie beside. ProtocolError."""
    form = parse_form(content, str(path))
    form.whole("format", FORMAT, FORMAT)
    protocol = form.text("protocol") if form.has("protocol") else ""
    days = form.words("days", WEEKDAYS)
    course = Course(
        id=form.name("id"),
        title=form.text("title"),
        patient=path.parent / form.text("patient"),
        start=form.day("start"),
        days=tuple(sorted(days, key=WEEKDAYS.index)),
        rest_s=form.quantity("rest", "time", zero=True, high=LONGEST_REST_S),
        seed=form.whole("seed", 0, 2**31) if form.has("seed") else 0,
        stages=tuple(_stage(one, protocol, len(days)) for one in form.tables("stage")),
        progression=_progression(form.table("progression")) if form.has("progression") else None,
        caps=_caps(form.table("caps")),
        stop=_stop(form.table("stop")),
        digest=form.reading.digest,
        path=path,
        text=form.reading.text,
        source=_source(form.table("source")) if form.has("source") else Source(),
    )
    _judge(form, course)
    form.finish()
    return course


def _judge(form: Form, course: Course) -> None:
    """Note what contradicts itself, or what no calendar can be made of."""
    if not course.stages:
        form.wrong("stage", "no stage", "at least one [[stage]] with weeks and per_week", "E307")
    elif not any(stage.per_week for stage in course.stages):
        form.wrong("stage", "a course without a session", "a stage with at least one a week")
    if sum(stage.weeks for stage in course.stages) > MOST_WEEKS:
        form.wrong("stage", "a course of more than two years", f"at most {MOST_WEEKS} weeks in all")
    if course.start and day_of(course.start) < day_of("2000-01-01"):
        form.wrong("start", f"found {course.start}", "a day in this century")


def _stage(form: Form, protocol: str, days: int) -> Stage:
    own = form.text("protocol") if form.has("protocol") else protocol
    per_week = form.whole("per_week", 0, len(WEEKDAYS))
    if per_week > days > 0:
        form.wrong("per_week", f"{per_week} sessions a week", f"at most one on each of the {days} days")
    if per_week and not own:
        form.wrong("protocol", "no protocol", "one here, or one for the whole course at the top", "E307")
    return Stage(form.text("name"), form.whole("weeks", 1, MOST_WEEKS), per_week, own)


def _source(form: Form) -> Source:
    return Source(
        form.text("citation"),
        form.text("url") if form.has("url") else "",
        form.text("caution"),
        form.words("assumed"),
    )


def _progression(form: Form) -> Progression:
    return Progression(
        form.whole("after", 1, 100), form.whole("back", 0, MOST_LEVEL), form.whole("most", 1, MOST_LEVEL)
    )


def _caps(form: Form) -> Caps:
    return Caps(
        form.quantity("max_force", "force", zero=True),
        form.quantity("max_step", "force", zero=True),
        form.quantity("max_mass_change", "fraction", zero=True, high=1.0),
    )


def _stop(form: Form) -> StopRules:
    return StopRules(
        form.whole("not_tolerated", 1, 100),
        form.whole("stopped", 1, 100),
        form.whole("tripped", 1, 100),
        form.whole("gap_days", 1, 366),
        form.words("symptoms", SYMPTOMS),
    )
