"""A file of cases is read strictly: what is wrong is named with its place, all of it at once."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.errors import UsageError
from traction.evidence.case import Band, Case, Compare, Person, Place, Reading, Setup, Stage
from traction.evidence.names import COUCHES, DISCS, LEVELS, POSTURES, QUANTITIES, SEXES
from traction.evidence.read import parse_cases, read_cases
from traction.protocol.file_text import MAX_BYTES


def test_every_field_is_read_as_it_is_written(whole) -> None:
    (case,) = parse_cases(whole.encode(), "cases.toml").cases
    assert case == Case(
        id="whole",
        source="Author, year",
        url="https://example.org/paper",
        confirmed=True,
        score=True,
        person=Person(75.0, 1.8, 40.0, "female", (1, 2, 3, 4, 5), "herniated"),
        setup=Setup("lumbar", "split", "L4-L5"),
        timeline=(
            Stage("prone", 60.0, 10.0),
            Stage("prone", 1200.0, 10.0, 300.0, "n", 5.0, "sine", 20.0, 0.5),
        ),
        place=Place("cases.toml", 1),
        reading=Reading("disc_pressure_kpa", at_s=1260.0, minus_at_s=0.0),
        band=Band(-22.0, -10.0),
    )
    assert case.duration_s == 1260.0


def test_what_is_not_stated_is_nominal_unsourced_and_scored(problems) -> None:
    text = """
    [[case]]
    id = "short"
    [[case.timeline]]
    posture = "supine"
    for_s = 4.0
    [case.expect]
    quantity = "tension_n"
    at_s = 4.0
    high = 1.0
    """
    (case,) = parse_cases(text.encode()).cases
    assert case.person == Person()
    assert case.setup == Setup("lumbar", "split", "L4-L5")
    assert (case.source, case.url, case.confirmed, case.score) == ("", "", False, True)
    assert case.timeline[0].ramp_s == 4.0  # ten seconds, or all of a shorter entry


@pytest.mark.parametrize(
    ("pull", "newtons"), [("pull_n = 50", 50.0), ("pull_bw = 0.5", 392.266), ("pull_lbf = 60", 266.893)]
)
def test_a_pull_is_newtons_for_a_body(whole, pull: str, newtons: float) -> None:
    (case,) = parse_cases(whole.replace("pull_n = 300.0", pull).encode()).cases
    assert case.timeline[1].pull_n(80.0) == pytest.approx(newtons, abs=1e-3)


MISTAKES = [
    ('id = "whole"', "", "E711", "case[1].id"),
    ('id = "whole"', 'id = "two words"', "E714", "case[1].id"),
    ('id = "whole"', "id = 7", "E712", "case[1].id"),
    ('id = "whole"', 'id = "a\\u001b[31m"', "E714", "case[1].id"),
    ('source = "Author, year"', "source = false", "E712", "case[1].source"),
    ('url = "https://', 'url = "see https://', "E714", "case[1].url"),
    ('source = "Author, year"', 'source = "a\\u202eb"', "E714", "case[1].source"),
    ("confirmed = true", 'confirmed = "yes"', "E712", "case[1].confirmed"),
    ("score = true", "scored = true", "E710", "case[1].scored"),
    ("mass_kg = 75.0", "mass = 75.0", "E710", "case[1].patient.mass"),
    ("mass_kg = 75.0", "mass_kg = 7500", "E713", "case[1].patient.mass_kg"),
    ("mass_kg = 75.0", 'mass_kg = "75 kg"', "E712", "case[1].patient.mass_kg"),
    ("height_m = 1.8", "height_m = 180", "E713", "case[1].patient.height_m"),
    ('sex = "female"', 'sex = "F"', "E714", "case[1].patient.sex"),
    ("grade = [1, 2, 3, 4, 5]", "grade = [1, 2, 3, 4]", "E712", "case[1].patient.grade"),
    ("grade = [1, 2, 3, 4, 5]", "grade = [1, 2, 3, 4, 6]", "E713", "case[1].patient.grade"),
    ("grade = [1, 2, 3, 4, 5]", "grade = 0", "E713", "case[1].patient.grade"),
    ("grade = [1, 2, 3, 4, 5]", "grade = 2.0", "E713", "case[1].patient.grade"),
    ("grade = [1, 2, 3, 4, 5]", "grade = true", "E713", "case[1].patient.grade"),
    ('disc = "herniated"', 'disc = "bulging"', "E714", "case[1].patient.disc"),
    ('region = "lumbar"', 'region = "thoracic"', "E714", "case[1].setup.region"),
    ('couch = "split"', 'couch = "water"', "E714", "case[1].setup.couch"),
    ('level = "L4-L5"', 'level = "C5-C6"', "E714", "case[1].setup.level"),
    ('posture = "prone"\nfor_s = 60', "for_s = 60", "E711", "case[1].timeline[1].posture"),
    ('posture = "prone"\nfor_s', 'posture = "kneeling"\nfor_s', "E714", "case[1].timeline[1].posture"),
    ("for_s = 60", "", "E711", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = 0", "E713", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = -5", "E713", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = nan", "E713", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = inf", "E713", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = 1e12", "E713", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_s = true", "E712", "case[1].timeline[1].for_s"),
    ("for_s = 60", "for_min = 1", "E710", "case[1].timeline[1].for_min"),
    ("pull_n = 300.0", "pull = 300.0", "E710", "case[1].timeline[2].pull"),
    ("pull_n = 300.0", "pull_kgf = 30.0", "E710", "case[1].timeline[2].pull_kgf"),
    ("pull_n = 300.0", "pull_n = -300.0", "E713", "case[1].timeline[2].pull_n"),
    ("pull_n = 300.0", "pull_n = 300.0\npull_bw = 0.5", "E715", "case[1].timeline[2].pull_bw"),
    ("pull_n = 300.0", "pull_bw = 50", "E713", "case[1].timeline[2].pull_bw"),
    ("wave_amplitude_n = 20.0\n", "", "E715", "case[1].timeline[2].wave"),
    ("wave_hz = 0.5\n", "", "E715", "case[1].timeline[2].wave"),
    ("wave_amplitude_n = 20.0", "wave_amplitude_n = 0.0", "E713", "case[1].timeline[2].wave_amplitude_n"),
    ("wave_amplitude_n = 20.0", "wave_amplitude_n = 301.0", "E715", "case[1].timeline[2].wave_amplitude_n"),
    ('wave = "sine"', 'wave = "square"', "E714", "case[1].timeline[2].wave"),
    ('wave = "sine"\n', "", "E715", "case[1].timeline[2].wave_hz"),
    ("ramp_s = 10.0", "ramp_s = 1300.0", "E716", "case[1].timeline[2].ramp_s"),
    ("disc_pressure_kpa", "disc_pressure", "E714", "case[1].expect.quantity"),
    ("disc_pressure_kpa", "disc_pressure_psi", "E714", "case[1].expect.quantity"),
    ("at_s = 1260.0\n", "at_s = 1260.1\n", "E716", "case[1].expect.at_s"),
    ("at_s = 1260.0\nmin", 'at_s = 1260.0\nover = "max"\nmin', "E715", "case[1].expect.at_s"),
    ("at_s = 1260.0\n", "", "E715", "case[1].expect.at_s"),
    ("at_s = 1260.0\n", 'over = "median"\n', "E714", "case[1].expect.over"),
    ("at_s = 1260.0\n", 'over = "max"\nfrom_s = 9\nto_s = 5\n', "E716", "case[1].expect.from_s"),
    ("at_s = 1260.0\n", 'over = "max"\nto_s = 5000\n', "E716", "case[1].expect.to_s"),
    ("minus_at_s = 0.0", "minus_at_s = 2000.0", "E716", "case[1].expect.minus_at_s"),
    ("minus_at_s = 0.0", "minus_at_s = -1.0", "E713", "case[1].expect.minus_at_s"),
    ("minus_at_s = 0.0", "minus_at_s = 0\nratio_to_at_s = 0", "E715", "case[1].expect.ratio_to_at_s"),
    ("minus_at_s = 0.0", "from_s = 0.0", "E715", "case[1].expect.from_s"),
    ("low = -22.0", "low = -2.0", "E717", "case[1].expect.low"),
    ("low = -22.0\nhigh = -10.0", "", "E711", "case[1].expect.low"),
    ("low = -22.0", "low = nan", "E713", "case[1].expect.low"),
    ("[case.expect]", "[case.expects]", "E711", "case[1].expect"),
    ("[case.expect]", '[case.compare]\nother = "a"\n[case.expect]', "E711", "case[1].compare.relation"),
    ("[[case]]", "[[cases]]", "E710", "cases"),
]


@pytest.mark.parametrize(("old", "new", "code", "field"), MISTAKES)
def test_a_mistake_is_named_with_its_field_and_line(whole, problems, old, new, code, field) -> None:
    text = whole.replace(old, new, 1)
    assert text != whole
    found = problems(text)
    assert (code, field) in {(one.code, one.field) for one in found}
    for one in found:
        assert one.file == "cases.toml"
        assert one.line is not None
        assert one.expected


def test_what_says_nothing_may_be_written_out(whole, problems) -> None:
    text = (
        whole.replace('wave = "sine"', 'wave = "constant"').replace("= 20.0", "= 0.0").replace("0.5", "0.0")
    )
    assert problems(text) == []
    assert problems(whole.replace("Author, year", "Author,\\u00a0year")) == []
    assert problems(whole.replace("https://example.org/paper", "doi:10.1000/182")) == []


def test_all_mistakes_come_at_once_in_the_order_of_the_file(whole, problems) -> None:
    text = whole.replace("mass_kg = 75.0", "mass = 75.0").replace("disc_pressure_kpa", "disc_presure_kpa")
    first, second = problems(text + text.replace('id = "whole"', 'id = "b"').replace("mass =", "mass_kg ="))[
        :2
    ]
    lines = text.splitlines()
    assert (first.field, first.line) == ("case[1].patient.mass", lines.index("mass = 75.0") + 1)
    assert "mass_kg" in first.found
    assert second.field == "case[1].expect.quantity"
    assert "did you mean disc_pressure_kpa" in second.found


def test_a_wave_that_is_misspelt_is_one_mistake(whole, problems) -> None:
    (one,) = problems(whole.replace('"sine"', '"sin"'))
    assert (one.code, one.found) == ("E714", "'sin' (did you mean sine?)")


@pytest.mark.parametrize("lasts", ["for_s = -1", "for_s = inf", "for_s = true", ""])
def test_a_ramp_is_not_held_to_a_length_that_is_wrong(whole, problems, lasts) -> None:
    found = problems(whole.replace("for_s = 1200.0", lasts))
    assert {one.field for one in found} == {"case[1].timeline[2].for_s"}


def test_what_goes_into_a_comparison_is_checked(whole, problems) -> None:
    lines = {
        'relation = "less"\nlow = 1.0': ("E715", "low"),
        'relation = "ratio"': ("E711", "low"),
        'relation = "same"': ("E714", "relation"),
        'relation = "difference"\nlow = 2\nhigh = 1': ("E717", "low"),
    }
    for text, (code, name) in lines.items():
        (one,) = problems(f'{whole}[case.compare]\nother = "b"\n{text}\n')
        assert (one.code, one.field) == (code, f"case[1].compare.{name}")


def test_sizes_are_bounded(whole, problems) -> None:
    assert problems("#" * (MAX_BYTES + 1))[0].code == "E701"
    entry = '[[case.timeline]]\nposture = "prone"\nfor_s = 1\n'
    many = whole.replace("[case.expect]", entry * 1000 + "[case.expect]")
    assert {one.code for one in problems(many)} == {"E705"}
    still = whole.replace("wave_hz = 0.5", "wave_hz = 1e-3")
    week = still.replace("for_s = 1200.0", "for_s = 604799.0")
    assert problems(week)[0].code == "E705"
    weeks = week.replace("for_s = 604799.0", "for_s = 604000.0")
    assert problems(weeks) == []
    nine = "".join(weeks.replace('"whole"', f'"{number}"') for number in range(9))
    assert [one.code for one in problems(nine)] == ["E705"]


def test_waves_are_bounded_in_a_case_and_in_a_file(whole, problems) -> None:
    most = whole.replace("for_s = 1200.0", "for_s = 10010.0")  # 5000 periods behind the ramp
    assert problems(most) == []
    assert [one.field for one in problems(most.replace("for_s = 10010.0", "for_s = 10013.0"))] == [
        "case[1].timeline"
    ]
    five = "".join(most.replace('"whole"', f'"{number}"') for number in range(5))
    assert [(one.code, one.field) for one in problems(five)] == [("E705", "case")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[case]\n", "E703"),
        ("a = " + "[" * 50, "E703"),
        ("a = " + "9" * 5000, "E703"),
        ("[[case]]\nid = 1\nid = 2\n", "E704"),
        ("a = 1\n" * 20_000, "E703"),
        ("\0", "E702"),
        ("case = 3\n", "E712"),
        ("case = [1, 2]\n", "E712"),
        ("", "E711"),
        ("[case]\nid = 1\n", "E712"),
        ("[[case]]\nexpect = 1\ntimeline = 2\npatient = 3\nsetup = []\ncompare = 1.0\n", "E711"),
    ],
)
def test_what_is_no_file_of_cases_is_refused(problems, text: str, code: str) -> None:
    assert problems(text)[0].code == code


def test_a_folder_is_no_file_of_cases(tmp_path) -> None:
    with pytest.raises(UsageError) as caught:
        read_cases(tmp_path)
    (found,) = caught.value.problems
    assert (found.code, found.expected) == ("E131", "a file of cases")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        parse_cases(b"\xff\xfe[")
    assert caught.value.code == "E702"


@given(st.binary(max_size=300))
def test_no_bytes_bring_down_the_reader(content: bytes) -> None:
    with pytest.raises(UsageError):
        parse_cases(content)


values = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.lists(st.integers(), max_size=6)
)
NAMES = [
    *(
        "id",
        "source",
        "url",
        "confirmed",
        "score",
        "mass_kg",
        "height_m",
        "age_years",
        "sex",
        "grade",
        "disc",
    ),
    *("disc", "region", "couch", "level", "posture", "pull_n", "pull_bw", "pull_lbf", "flexion_deg", "wave"),
    *("wave_amplitude_n", "wave_hz", "ramp_s", "for_s", "quantity", "at_s", "over", "from_s", "to_s"),
    *("minus_at_s", "ratio_to_at_s", "low", "high", "other", "relation"),
]
HEADERS = ("", "[case.patient]", "[case.setup]", "[[case.timeline]]", "[case.expect]", "[case.compare]")


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), values, max_size=5), min_size=6, max_size=6))
def test_no_value_in_any_field_brings_down_the_reader(tables: list[dict[str, Any]]) -> None:
    lines = ["[[case]]"]
    for header, table in zip(HEADERS, tables, strict=True):
        lines += [header, *(f"{name} = {toml(value)}" for name, value in table.items())]
    with pytest.raises(UsageError) as caught:
        parse_cases("\n".join(lines).encode("utf-8", "replace"))
    assert all(problem.code.startswith(("E7", "E206")) for problem in caught.value.problems)


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(one):08x}" for one in value if not 0xD800 <= ord(one) < 0xE000) + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return repr(value)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


numbers = st.floats(-1e6, 1e6)
regions = st.sampled_from(sorted(LEVELS))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    region = draw(regions)
    grades = st.tuples(*[st.integers(1, 5) for _ in LEVELS[region]])
    stages = draw(
        st.lists(
            st.builds(
                Stage,
                posture=st.sampled_from(POSTURES),
                for_s=st.floats(1.0, 3600.0),
                ramp_s=st.floats(0.0, 1.0),
                pull=st.floats(0.0, 2.0),
                pull_unit=st.sampled_from(["n", "bw", "lbf"]),
                flexion_deg=st.floats(-90.0, 90.0),
            ),
            min_size=1,
            max_size=4,
        )
    )
    duration_s = math.fsum(stage.for_s for stage in stages)
    instant = st.floats(0.0, duration_s)
    return Case(
        id=draw(st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True)),
        source=draw(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30)),
        url=draw(st.sampled_from(["", "https://example.org/a"])),
        confirmed=draw(st.booleans()),
        score=draw(st.booleans()),
        person=Person(
            mass_kg=draw(optional(st.floats(30.0, 250.0))),
            height_m=draw(optional(st.floats(1.2, 2.3))),
            age_years=draw(optional(st.floats(14.0, 110.0))),
            sex=draw(optional(st.sampled_from(SEXES))),
            grade=draw(optional(st.integers(1, 5) | grades)),
            disc=draw(optional(st.sampled_from(DISCS))),
        ),
        setup=Setup(region, draw(st.sampled_from(COUCHES)), draw(st.sampled_from(LEVELS[region]))),
        timeline=tuple(stages),
        place=Place("<text>", 1),
        reading=Reading(
            draw(st.sampled_from(sorted(QUANTITIES))), at_s=draw(instant), minus_at_s=draw(optional(instant))
        ),
        band=Band(*sorted([draw(numbers), draw(numbers)])),
        compare=draw(
            optional(st.builds(Compare, st.just("other"), st.just("ratio"), st.builds(Band, low=numbers)))
        ),
    )


def written(case: Case) -> str:
    """Write a case as the file format has it."""
    assert case.reading is not None
    patient = {name: getattr(case.person, name) for name in Person.__slots__}
    expect = {name: getattr(case.reading, name) for name in ("quantity", "at_s", "minus_at_s")}
    lines = ["[[case]]"]
    lines += fields({name: getattr(case, name) for name in ("id", "source", "url", "confirmed", "score")})
    lines += ["[case.patient]", *fields(patient)]
    setup = {name: getattr(case.setup, name) for name in Setup.__slots__}
    lines += ["[case.setup]", *fields(setup)]
    for stage in case.timeline:
        row = {"posture": stage.posture, f"pull_{stage.pull_unit}": stage.pull}
        rest = {name: getattr(stage, name) for name in ("flexion_deg", "ramp_s", "for_s")}
        lines += ["[[case.timeline]]", *fields(row | rest)]
    lines += ["[case.expect]", *fields(expect | {"low": case.band.low, "high": case.band.high})]
    if case.compare is not None:
        row = {"other": case.compare.other, "relation": case.compare.relation, "low": case.compare.band.low}
        lines += ["[case.compare]", *fields(row)]
    return "\n".join(lines)


def fields(row: dict[str, Any]) -> list[str]:
    return [f"{name} = {toml(value)}" for name, value in row.items() if value is not None]


@given(cases())
def test_a_case_that_is_written_out_reads_as_itself(case: Case) -> None:
    assert parse_cases(written(case).encode("utf-8")).cases == (case,)
