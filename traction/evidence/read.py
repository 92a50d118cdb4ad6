"""Read the cases of one file: every field strictly, and every error of the file at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from traction.errors import UsageError
from traction.evidence.case import Band, Case, Compare, Person, Place, Reading, Setup, Stage
from traction.evidence.fields import Fields, shown
from traction.evidence.names import (
    COUCHES,
    DISCS,
    LEVELS,
    NOMINAL_LEVEL,
    OVERS,
    POSTURES,
    QUANTITIES,
    RELATIONS,
    SEXES,
    WAVES,
)
from traction.evidence.rules import check
from traction.evidence.text import parse_toml, read_toml
from traction.protocol.places import Places
from traction.protocol.problems import Fault, placed
from traction.sim.patient import AGE_RANGE_YEARS, HEIGHT_RANGE_M, MASS_RANGE_KG

MAX_CASES: Final = 500
MAX_ID: Final = 80
MAX_STAGES: Final = 1000
MAX_CASE_S: Final = 7 * 24 * 3600.0
MAX_FILE_S: Final = 60 * 24 * 3600.0
"""Simulated time a file may ask for; two months of one patient are some seconds of computing."""

MAX_PERIODS: Final = 5000
"""Periods of waves in a case, and in a file four times as many: each costs as much as minutes of rest."""

MAX_FORCE_N: Final = 5000.0
MAX_BW: Final = 5.0
MAX_LBF: Final = 1000.0
MAX_HZ: Final = 5.0
MAX_FLEXION_DEG: Final = 90.0
MAX_VALUE: Final = 1e9
DEFAULT_RAMP_S: Final = 10.0

_PULLS: Final = (("pull_n", MAX_FORCE_N), ("pull_bw", MAX_BW), ("pull_lbf", MAX_LBF))


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file and where everything in it was written."""

    file: str
    cases: tuple[Case, ...]
    places: Places


def read_cases(path: Path) -> CaseFile:
    """Return the cases of the file at ``path``. Raises UsageError with every error of the file."""
    data, places = read_toml(path)
    return _cases(data, places, str(path))


def parse_cases(content: bytes, file: str = "<text>") -> CaseFile:
    """Return the cases that ``content`` spells; ``file`` names it in errors. Raises UsageError."""
    data, places = parse_toml(content, file)
    return _cases(data, places, file)


def _cases(data: dict[str, Any], places: Places, file: str) -> CaseFile:
    faults: list[Fault] = []
    top = Fields(data, (), faults)
    cases = []
    for number, fields in enumerate(top.tables("case", MAX_CASES), 1):
        case = _case(fields, Place(file, number))
        if case is not None:
            cases.append(case)
    top.finish()
    total = sum(case.duration_s for case in cases)
    if total > MAX_FILE_S:
        found, most = f"{total / 3600:g} h in all cases together", f"at most {MAX_FILE_S / 3600:g} h"
        faults.append(Fault(("case",), "E705", found, most))
    if sum(case.periods for case in cases) > 4 * MAX_PERIODS:
        found, most = "very many periods of waves in all cases together", f"at most {4 * MAX_PERIODS}"
        faults.append(Fault(("case",), "E705", found, most))
    if faults:
        raise UsageError(*placed(faults, places, file))
    return CaseFile(file, tuple(cases), places)


def _case(fields: Fields, place: Place) -> Case | None:
    """Return one case, or None when something of it is wrong, which is then noted."""
    before = len(fields.faults)
    setup = _setup(fields.table("setup"))
    reading, band = _expect(fields.table("expect"))
    case = Case(
        id=_id(fields),
        source=fields.text("source", default="") or "",
        url=_url(fields),
        confirmed=fields.flag("confirmed", False),
        score=fields.flag("score", True),
        person=_person(fields.table("patient"), setup.region),
        setup=setup,
        timeline=tuple(_stages(fields)),
        place=place,
        reading=reading,
        band=band,
        compare=_compare(fields.table("compare")),
    )
    fields.finish()
    check(case, fields, clean=len(fields.faults) == before, most_s=MAX_CASE_S, most_periods=MAX_PERIODS)
    return case if len(fields.faults) == before else None


def _id(fields: Fields) -> str:
    name = fields.text("id") or ""
    if len(name.split()) > 1 or name != name.strip() or len(name) > MAX_ID:
        fields.wrong("E714", shown(name), f"a name without blanks, at most {MAX_ID} characters", "id")
    return name


def _url(fields: Fields) -> str:
    url = fields.text("url", default="") or ""
    if len(url.split()) > 1:
        fields.wrong("E714", shown(url), "an address without blanks", "url")
    return url


def _setup(fields: Fields | None) -> Setup:
    if fields is None:
        return Setup("lumbar", COUCHES[0], NOMINAL_LEVEL["lumbar"])
    region = fields.word("region", LEVELS, default="lumbar")
    couch = fields.word("couch", COUCHES, default=COUCHES[0]) or COUCHES[0]
    # a level cannot be judged by a region that is itself wrong
    known = LEVELS[region] if region else tuple(level for levels in LEVELS.values() for level in levels)
    nominal = NOMINAL_LEVEL[region or "lumbar"]
    level = fields.word("level", known, default=nominal) or nominal
    fields.finish()
    return Setup(region or "lumbar", couch, level)


def _person(fields: Fields | None, region: str) -> Person:
    if fields is None:
        return Person()
    person = Person(
        mass_kg=fields.number("mass_kg", *MASS_RANGE_KG),
        height_m=fields.number("height_m", *HEIGHT_RANGE_M),
        age_years=fields.number("age_years", *AGE_RANGE_YEARS),
        sex=fields.word("sex", SEXES, default="") or None,
        grade=_grade(fields, len(LEVELS[region])),
        disc=fields.word("disc", DISCS, default="") or None,
    )
    fields.finish()
    return person


def _grade(fields: Fields, levels: int) -> int | tuple[int, ...] | None:
    value = fields.raw("grade")
    if value is None:
        return None
    grades = value if isinstance(value, list) else [value]
    if isinstance(value, list) and len(value) != levels:
        fields.wrong("E712", f"a list of {len(value)}", f"one grade, or {levels}: one for each disc", "grade")
        return None
    for grade in grades:
        if isinstance(grade, bool) or not isinstance(grade, int) or not 1 <= grade <= 5:
            fields.wrong("E713", shown(grade), "a whole number from 1 to 5", "grade")
            return None
    return tuple(value) if isinstance(value, list) else value


def _stages(fields: Fields) -> Iterator[Stage]:
    for one in fields.tables("timeline", MAX_STAGES):
        yield _stage(one)


def _stage(fields: Fields) -> Stage:
    written = [name for name, _ in _PULLS if fields.has(name)]
    pulls = {name: fields.number(name, 0.0, most) for name, most in _PULLS}
    if len(written) > 1:
        fields.wrong("E715", f"both {written[0]} and {written[1]}", "one of them", written[1])
    name = written[0] if written else "pull_n"
    fields.require("for_s", "how long the entry lasts")
    lasts_s = fields.number("for_s", 0.0, MAX_CASE_S, above=True)
    for_s = lasts_s or 1.0
    ramp_s = fields.number("ramp_s", 0.0, MAX_CASE_S)
    wave = fields.word("wave", WAVES, default=WAVES[0])
    swings = wave == "sine"
    stage = Stage(
        posture=fields.word("posture", POSTURES) or POSTURES[0],
        for_s=for_s,
        ramp_s=min(DEFAULT_RAMP_S, for_s) if ramp_s is None else ramp_s,
        pull=pulls[name] or 0.0,
        pull_unit=name.removeprefix("pull_"),  # type: ignore[arg-type]  # one of the three names above
        flexion_deg=fields.number("flexion_deg", -MAX_FLEXION_DEG, MAX_FLEXION_DEG) or 0.0,
        wave=wave or WAVES[0],
        wave_amplitude_n=fields.number("wave_amplitude_n", 0.0, MAX_FORCE_N, above=swings) or 0.0,
        wave_hz=fields.number("wave_hz", 0.0, MAX_HZ, above=swings) or 0.0,
    )
    for need in ("wave_amplitude_n", "wave_hz"):
        if swings and not fields.has(need):
            fields.wrong("E715", f'wave = "sine" without {need}', f"{need} beside it", "wave")
        if wave == WAVES[0] and getattr(stage, need):
            fields.wrong("E715", f'{need} without wave = "sine"', "both or neither", need)
    if stage.pull_unit != "bw" and stage.wave_amplitude_n > stage.pull_n(0.0):
        found = f"an amplitude of {stage.wave_amplitude_n:g} N about {stage.pull_n(0.0):g} N"
        fields.wrong("E715", found, "at most the pull: a harness cannot push", "wave_amplitude_n")
    if lasts_s is not None and stage.ramp_s > lasts_s:
        found, expected = f"a ramp of {stage.ramp_s:g} s", f"at most for_s, {stage.for_s:g} s"
        fields.wrong("E716", found, expected, "ramp_s")
    fields.finish()
    return stage


def _expect(fields: Fields | None) -> tuple[Reading | None, Band]:
    if fields is None:
        return None, Band()
    reading, band = _reading(fields), _band(fields)
    fields.finish()
    return reading, band


def _reading(fields: Fields) -> Reading:
    times = {
        name: fields.number(name, 0.0, MAX_CASE_S)
        for name in ("at_s", "from_s", "to_s", "minus_at_s", "ratio_to_at_s")
    }
    over = fields.word("over", OVERS, default="") or None
    if fields.has("at_s") == fields.has("over"):
        found = "both at_s and over" if fields.has("over") else "neither at_s nor over"
        fields.wrong("E715", found, "one of them: an instant, or min, max or mean", "at_s")
    for name in ("from_s", "to_s"):
        if fields.has(name) and fields.has("at_s"):
            fields.wrong("E715", f"{name} beside at_s", f"{name} only with over", name)
    if fields.has("minus_at_s") and fields.has("ratio_to_at_s"):
        fields.wrong("E715", "both minus_at_s and ratio_to_at_s", "one of them", "ratio_to_at_s")
    quantity = fields.word("quantity", QUANTITIES)
    return Reading(quantity or next(iter(QUANTITIES)), over=over, **times)  # type: ignore[arg-type]


def _band(fields: Fields) -> Band:
    low, high = (fields.number(name, -MAX_VALUE, MAX_VALUE) for name in ("low", "high"))
    if low is not None and high is not None and low > high:
        fields.wrong("E717", f"low = {low:g} above high = {high:g}", "low at most high", "low")
    return Band(low, high)


def _compare(fields: Fields | None) -> Compare | None:
    if fields is None:
        return None
    other = fields.text("other")
    relation = fields.word("relation", RELATIONS)
    band = _band(fields)
    written = [name for name in ("low", "high") if fields.has(name)]
    if relation in ("less", "greater") and written:
        found, expected = f'{written[0]} with relation = "{relation}"', "it only with difference or ratio"
        fields.wrong("E715", found, expected, written[0])
    if relation in ("difference", "ratio") and not written:
        fields.missing("low", f"low, high or both with a {relation}")
    fields.finish()
    if other is None or relation is None:
        return None
    return Compare(other, relation, band)  # type: ignore[arg-type]  # one of RELATIONS
