"""The simulated patient: who lies there, on which couch, with which discs, and every parameter.

The numbers stand in ``parameters.toml``, each with unit, range, source and how it was found. What is not
said about a patient is filled with a stated nominal, and the patient tells what was filled with what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from traction.errors import Problem, UsageError
from traction.sim.parameter import Rows, level_names, parameter_tables, region_rows, with_values

REGIONS = ("lumbar", "cervical")
COUCHES = ("split", "fixed")
DISCS = ("herniated", "healthy")
SEXES = ("male", "female")
POSTURES = ("prone", "supine", "side", "standing", "sitting", "suspended")
NOMINAL_LEVEL = {"lumbar": "L4-L5", "cervical": "C5-C6"}
NOMINAL_POSTURE = {"lumbar": "prone", "cervical": "supine"}
NOMINAL_MASS_KG = 75.0
NOMINAL_HEIGHT_M = 1.75  # the size of body that the disc's area and height in parameters.toml belong to
MASS_RANGE_KG = (30.0, 250.0)
HEIGHT_RANGE_M = (1.2, 2.3)
AGE_RANGE_YEARS = (14.0, 110.0)
NUMBERS = (
    ("mass_kg", "a body mass", MASS_RANGE_KG, "kg"),
    ("height_m", "a body height", HEIGHT_RANGE_M, "m"),
    ("age_years", "an age", AGE_RANGE_YEARS, "years"),
)
GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient on one couch: who it is, and every parameter of the equations by name.

    ``grades`` has one grade (1 to 5) for each of ``levels``, from the top down; ``level`` is the disc that is
    ``disc`` and that single-disc quantities refer to, the others are healthy. ``stated`` names what was
    given; ``filled`` says, for each of the rest, which nominal took its place.
    """

    region: str
    couch: str
    disc: str
    mass_kg: float
    height_m: float
    age_years: float
    sex: str
    grades: tuple[int, ...]
    level: str
    posture: str
    parameters: Rows
    stated: tuple[str, ...]
    filled: Mapping[str, str]

    def value(self, name: str) -> float:
        """Return the value of the parameter ``name`` in the unit its row states."""
        return self.parameters[name].value

    @property
    def levels(self) -> tuple[str, ...]:
        """Return the names of the region's discs from the top down."""
        return level_names(self.region)

    @property
    def level_index(self) -> int:
        """Return where ``level`` stands in ``levels``."""
        return self.levels.index(self.level)


def make_patient(
    region: str = REGIONS[0],
    *,
    couch: str = COUCHES[0],
    disc: str = DISCS[0],
    mass_kg: float | None = None,
    height_m: float | None = None,
    age_years: float | None = None,
    sex: str | None = None,
    grade: int | tuple[int, ...] | None = None,
    level: str | None = None,
    posture: str | None = None,
    values: Mapping[str, float] | None = None,
) -> Patient:
    """Return the patient of this description; ``values`` replaces parameters by name, inside their ranges.

    ``grade`` is one grade for every disc or one for each, from the top down. Raises UsageError (E180, E181)
    with everything that is not known or out of its range.
    """
    numbers = {"mass_kg": mass_kg, "height_m": height_m, "age_years": age_years}
    words = {"sex": sex, "level": level, "posture": posture}
    _check({"region": region, "couch": couch, "disc": disc} | words, numbers, grade)
    given: dict[str, str | float] = {
        name: found for name, found in (words | numbers).items() if found is not None
    }
    filled: dict[str, str] = {}
    person = _filled_words(region, given, filled) | _filled_numbers(given, filled)
    damaged = str(person["level"]) if disc == "herniated" else None
    return Patient(
        region=region,
        couch=couch,
        disc=disc,
        mass_kg=float(person["mass_kg"]),
        height_m=float(person["height_m"]),
        age_years=float(person["age_years"]),
        sex=str(person["sex"]),
        grades=_filled_grades(region, damaged, grade, filled),
        level=str(person["level"]),
        posture=str(person["posture"]),
        parameters=with_values(region_rows(region, couch, disc), values or {}),
        stated=(*given, *(() if grade is None else ("grade",))),
        filled=MappingProxyType(filled),
    )


def _filled_words(
    region: str, given: Mapping[str, str | float], filled: dict[str, str]
) -> dict[str, str | float]:
    """Return sex, level and posture, as given or else nominal; what is nominal is written to ``filled``."""
    nominal = {"sex": SEXES[0], "level": NOMINAL_LEVEL[region], "posture": NOMINAL_POSTURE[region]}
    filled.update({name: word for name, word in nominal.items() if name not in given})
    return nominal | {name: given[name] for name in nominal if name in given}


def _filled_numbers(given: Mapping[str, str | float], filled: dict[str, str]) -> dict[str, str | float]:
    """Return mass, height and age, as given or else nominal of the sex; writes to ``filled`` as well."""
    rows, sex = parameter_tables()["patient"], given.get("sex", SEXES[0])
    numbers: dict[str, str | float] = {}
    for name, _, _, unit in NUMBERS:
        if name in given:
            numbers[name] = given[name]
            continue
        numbers[name] = (rows.get(f"{sex}_{name}") or rows[name]).value
        filled[name] = f"{numbers[name]:g} {unit}"
    return numbers


def _filled_grades(
    region: str, damaged: str | None, grade: int | tuple[int, ...] | None, filled: dict[str, str]
) -> tuple[int, ...]:
    """Return a grade for every disc; ``damaged`` names the herniated one, whose nominal grade is worse."""
    levels = level_names(region)
    if isinstance(grade, int):
        return (grade,) * len(levels)
    if grade is not None:
        return tuple(grade)
    rows = parameter_tables()["patient"]
    healthy, herniated = round(rows["healthy_grade"].value), round(rows["herniated_grade"].value)
    filled["grade"] = str(healthy) if damaged is None else f"{healthy}, and {herniated} at {damaged}"
    return tuple(herniated if name == damaged else healthy for name in levels)


def _check(
    words: Mapping[str, str | None],
    numbers: Mapping[str, float | None],
    grade: int | tuple[int, ...] | None,
) -> None:
    """Raise UsageError (E180) with one problem for everything given that is unknown or out of its range."""
    levels = level_names(words["region"] or "") or tuple(
        name for region in REGIONS for name in level_names(region)
    )
    known = {"region": REGIONS, "couch": COUCHES, "disc": DISCS, "sex": SEXES, "posture": POSTURES}
    problems = [
        Problem("E180", f"{what} {found!r}", f"one of {', '.join(one)}", field=what)
        for what, one in (known | {"level": levels}).items()
        if (found := words[what]) is not None and found not in one
    ]
    for name, what, (low, high), unit in NUMBERS:
        number = numbers[name]
        if number is not None and not low <= number <= high:
            expected = f"{low:g} to {high:g} {unit}"
            problems.append(Problem("E180", f"{what} of {number} {unit}", expected, field=name))
    if grade is not None:
        grades = (grade,) * len(levels) if isinstance(grade, int) else tuple(grade)
        if len(grades) != len(levels) or not all(one in GRADES for one in grades):
            expected = f"one grade from 1 to 5, or {len(levels)} of them from {levels[0]} down"
            problems.append(Problem("E180", f"grade {grade}", expected, field="grade"))
    if problems:
        raise UsageError(*problems)
