"""Each check between a protocol and its proof alone: the table that is meant, the patient, the start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import traction
from traction.errors import ProtocolError, RefusedError, UsageError
from traction.protocol.load import parse_protocol
from traction.safety.hardware import load_table
from traction.safety.limits import LimitSource
from traction.shipped import shipped_files
from traction.tables import find_table

STATIC = 'type = "static"\nforce = "{}"\nhold = "60 s"\n'


def proved(text: str, **more):
    return traction.verify(parse_protocol(text, file="a.toml"), **more)


def codes_of(proof) -> list[str]:
    return [problem.code for problem in proof.verification.problems]


# ---- the table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sim", "sim"),
        ("sim-self-locking", "sim-self-locking"),
        ("sim:", "sim"),
        ("sim:?seed=7", "sim"),
        ("sim:?drive=back-drivable&seed=7", "sim"),
        ("sim:?drive=self-locking", "sim-self-locking"),
        ("sim:?seed=7&drive=self-locking", "sim-self-locking"),
        ("tcp://127.0.0.1:5000?facts=sim-self-locking", "sim-self-locking"),
        ("serial:/dev/ttyACM0?facts=sim", "sim"),
        ("rfc2217://a:1?facts=sim", "sim"),
    ],
)
def test_the_facts_are_those_of_the_table_that_is_meant(text: str, name: str) -> None:
    table = find_table(text)
    assert table.facts == load_table(name)
    assert table.url == (text if ":" in text else table.facts.url)
    assert table.simulated is (parsed_scheme(table.url) == "sim")


def parsed_scheme(url: str) -> str:
    return url.partition(":")[0]


def test_a_file_of_one_s_own_is_a_table_by_itself_and_behind_a_url() -> None:
    path = str(shipped_files("hardware/tables")["sim-self-locking"])
    assert find_table(path).facts == load_table("sim-self-locking")
    assert find_table(path).url == "sim:?drive=self-locking"
    for url in (f"tcp://a:1?facts={path}&serial=7", f"tcp://a:1?facts={path}", f"serial:/dev/x?facts={path}"):
        assert find_table(url).facts == load_table("sim-self-locking")
        assert find_table(url).url == url
    for missing in ("none.toml", "tcp://a:1?facts=none.toml&serial=7"):
        with pytest.raises((UsageError, ProtocolError)):
            find_table(missing)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://a:5000", "'tcp://a:5000?facts=NAME', where NAME is the table behind it: one of sim"),
        ("serial:/dev/ttyACM0?baud=230400", "'serial:/dev/ttyACM0?baud=230400&facts=NAME'"),
        ("socket://a:1", "'socket://a:1?facts=NAME'"),
        ("mine:there", "a URL that one of these describes: sim"),
        ("mine:there?facts=sim", "a URL that one of these describes: sim"),  # only a line takes facts
    ],
)
def test_nothing_is_proved_for_a_table_that_no_file_describes(text: str, expected: str) -> None:
    with pytest.raises(RefusedError) as caught:
        find_table(text)
    assert caught.value.code == "E309"
    assert expected in caught.value.problems[0].expected


@pytest.mark.parametrize("text", ["sim:?facts=sim-self-locking", "sim:?colour=red", "sim:?seed=x"])
def test_an_option_that_a_simulated_table_does_not_have_is_told_before_anything_is_proved(text: str) -> None:
    with pytest.raises(UsageError):
        find_table(text)


@pytest.mark.parametrize("text", ["c:/none.toml", "C:\\none.toml", "none.toml"])
def test_a_path_with_a_colon_is_a_path(text: str) -> None:
    with pytest.raises(ProtocolError, match="E305"):
        find_table(text)


@pytest.mark.parametrize("one", [chr(0), chr(0xD800), chr(0xDFFF)])
def test_what_no_file_can_be_called_is_no_table(one: str) -> None:
    with pytest.raises(UsageError, match=r"E192 .* a name that a file can have"):
        find_table(f"a{one}b")
    assert find_table("sim").url == "sim:"


def test_behind_a_line_the_url_says_nothing_of_the_patient(small) -> None:
    proof = proved(small(STATIC.format("200 N")), table="tcp://a:1?facts=sim&serial=7", mass_kg=80.0)
    assert (proof.passed, proof.table.simulated) == (True, False)


# ---- the patient ----------------------------------------------------------------------------------------


def test_the_slack_of_a_url_is_at_most_what_the_table_s_file_states(small) -> None:
    most = load_table("sim").region("lumbar").slack_travel_mm
    text = small(STATIC.format("200 N"))
    assert proved(text, table=f"sim:?slack_mm={most:g}").passed
    with pytest.raises(RefusedError) as caught:
        proved(text, table=f"sim:?slack_mm={most + 0.5:g}")
    assert [one.code for one in caught.value.problems] == ["E328"]


def test_everything_a_url_says_against_the_patient_comes_at_once(small) -> None:
    most = load_table("sim").region("lumbar").slack_travel_mm
    with pytest.raises(RefusedError) as caught:
        proved(
            small(STATIC.format("200 N")),
            mass_kg=80.0,
            table=f"sim:?region=cervical&mass_kg=50&slack_mm={most + 1:g}",
        )
    found = [(one.code, one.field, one.found) for one in caught.value.problems]
    assert found == [
        ("E320", "region", "the URL says cervical, the session lumbar"),
        ("E320", "mass_kg", "the URL says 50 kg, the session 80 kg"),
        ("E328", "slack_mm", f"the URL says {most + 1:g} mm of slack"),
    ]


def test_a_mass_that_only_the_url_knows_contradicts_a_session_without_one_as_little_as_the_reverse(small):
    text = small(STATIC.format("200 N"))
    assert proved(text, mass_kg=80.0, table="sim:?region=lumbar").passed
    assert proved(text, table="sim:").passed


@pytest.mark.parametrize("region", ["cervical", "Lumbar", ""])
def test_the_operator_s_region_is_that_of_the_protocol(small, region: str) -> None:
    text = small(STATIC.format("200 N"))
    assert proved(text, region="lumbar").passed
    with pytest.raises(RefusedError, match="E310"):
        proved(text, region=region)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"max_force_n": 200.0}, []),
        ({"max_force_n": 199.0}, ["E311"]),
        ({"max_duration_s": 10.0}, ["E315"]),
        ({"patient": LimitSource("patient", "P1", {"max_force_n": 199.0})}, ["E311"]),
        (
            {"max_force_n": 500.0, "patient": LimitSource("patient", "P1", {"max_force_n": 199.0})},
            ["E311"],
        ),
        (
            {"max_force_n": 199.0, "patient": LimitSource("patient", "P1", {"max_force_n": 500.0})},
            ["E311"],
        ),
    ],
)
def test_what_the_operator_and_the_patient_s_file_say_both_count(small, said, codes: list[str]) -> None:
    text = small(STATIC.format("200 N"))
    assert proved(text).passed
    assert [code for code in codes_of(proved(text, **said)) if code in ("E311", "E315")] == codes


@pytest.mark.parametrize("patient", [{"max_force_n": 199.0}, "P1", 199.0, LimitSource])
def test_what_is_no_limit_of_a_patient_s_file_is_named(small, patient) -> None:
    with pytest.raises(UsageError, match="E117") as caught:
        proved(small(STATIC.format("200 N")), patient=patient)
    assert caught.value.problems[0].field == "patient"


def test_where_nobody_gave_a_mass_it_is_said_that_no_share_of_it_was_judged(small) -> None:
    text = small(STATIC.format("200 N"))
    assert "no mass" in proved(text).limits.sources["max_force_n"]
    assert "no mass" not in proved(text, mass_kg=80.0).limits.sources["max_force_n"]


def test_a_region_that_no_file_limits_and_a_tolerance_that_is_not_there_are_refused(small) -> None:
    text = small(STATIC.format("200 N"))
    for old, new, code in (
        ('region = "lumbar"', 'region = "knee"', "E329"),
        ('hold_by = "force"', 'hold_by = "force"\ntolerance = "none-such"', "E347"),
    ):
        assert text.count(old) == 1
        with pytest.raises(RefusedError) as caught:
            proved(text.replace(old, new))
        assert caught.value.code == code
        assert caught.value.problems[0].line is not None
    name = next(iter(shipped_files("hardware/tolerances")))
    assert proved(text.replace(old, f'hold_by = "force"\ntolerance = "{name}"')).passed


# ---- the start ------------------------------------------------------------------------------------------


def changed(small, old: str, new: str) -> list[traction.Problem]:
    text = small(STATIC.format("200 N"))
    assert text.count(old) == 1
    return list(proved(text.replace(old, new)).verification.problems)


def test_a_start_that_takes_up_no_slack_is_refused_at_its_place(small) -> None:
    (none,) = changed(small, '[take_up]\nforce = "20 N"\ntimeout = "60 s"\n', "")
    assert (none.code, none.found, none.file) == ("E325", "no take-up", "a.toml")
    (weak,) = changed(small, 'force = "20 N"\n', 'force = "1 N"\n')
    assert (weak.code, weak.line is not None) == ("E325", True)
    (short,) = changed(small, 'timeout = "60 s"', 'timeout = "2 s"')
    assert (short.code, short.file) == ("E326", "a.toml")
    assert short.line is not None
    assert weak.line is not None
    assert short.line > weak.line


def test_a_take_up_counts_as_long_as_it_may_last(small) -> None:
    text = small(STATIC.format("200 N"))
    quick, slow = (proved(text.replace('"60 s"\n\n', f'"{s} s"\n\n', 1)) for s in (60, 90))
    apart_s = slow.margins["session_duration"].value - quick.margins["session_duration"].value
    assert apart_s == pytest.approx(30.0)


def test_a_broken_limit_is_told_with_the_phase_in_which_it_is_broken(small) -> None:
    for first, second, place in (("950 N", "200 N", "p1"), ("200 N", "950 N", "p2")):
        text = small(STATIC.format(first), STATIC.format(second))
        found = {one.code: one for one in proved(text).verification.problems}
        line = text.split("\n").index(f'name = "{place}"')
        assert found["E311"].found.endswith(f" in '{place}'")
        assert found["E311"].line == line  # of the heading above it
        assert found["E311"].file == "a.toml"


def test_a_limit_on_the_rate_that_the_table_cannot_follow_is_refused(small) -> None:
    least = load_table("sim").region("lumbar").least_rate_n_per_s
    text = small(STATIC.format("200 N")).replace('up = "20 N/s"', f'up = "{least - 1:g} N/s"')
    text += f'\n[limits]\nmax_rate_up = "{least - 0.5:g} N/s"\n'
    found = [problem for problem in proved(text).verification.problems if problem.code == "E327"]
    assert [problem.file for problem in found] == ["a.toml"]


def test_a_way_is_one_that_was_proved(small) -> None:
    proof = proved(small(STATIC.format("200 N")))
    assert proof.way(1).digest() == proof.profile.digest()
    for number in (0, 2, -1):
        with pytest.raises(UsageError, match="E117"):
            proof.way(number)


def test_only_a_whole_proof_is_proved_again(small) -> None:
    proof = proved(small(STATIC.format("200 N")))
    assert proof.again(proof.happened) == proof
    with pytest.raises(RefusedError, match="E348"):
        replace(proof, seed=proof.seed + 1).again(proof.happened)


@pytest.mark.parametrize("path", [Path("sim"), "sim"])
def test_a_table_by_its_name_is_the_same_as_a_text_and_as_a_path(small, path) -> None:
    assert proved(small(STATIC.format("200 N")), table=path).table.url == "sim:"
