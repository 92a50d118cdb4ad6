"""Forces that count: worked out for each cycle of the session at hand, and old files as they always were."""

from __future__ import annotations

import pytest

import traction
from traction.errors import RefusedError, UsageError
from traction.protocol.compile import compile_protocol
from traction.protocol.force_text import parse_force
from traction.protocol.load import parse_protocol
from traction.safety.limits import LimitSource

CYCLES = 'type = "intermittent"\nhigh = "{}"\nlow = "{}"\nhold = "5 s"\nrest = "5 s"\nrepeat = 5'
STEPS = 'type = "progressive"\nfrom = "50 N"\nto = "200 N"\nsteps = 3\nhold = "5 s"\nrest = "2 s"\nlow = "{}"'

GOLDEN = """
format = 1
name = "golden"
title = "Every type of phase"
region = "lumbar"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
session = { count = "on_target", hold_by = "force" }
rates = { up = "25 N/s", down = "40 N/s" }
take_up = { force = "20 N", timeout = "60 s" }
pretension = { force = "30 N", hold = "5 s", rate = "9 N/s" }
end = { rate = "30 N/s", residual = "15 N", shape = "s-curve" }

[[phase]]
name = "static"
type = "static"
force = "min(25 %BW, 60 lbf)"
hold = "33.3 s"
oscillation = { wave = "sine", amplitude = "2 lbf", frequency = "0.25 Hz" }

[[phase]]
name = "intermittent"
type = "intermittent"
high = "30 %BW + 10 lbf"
low = "50 % of high"
hold = "20 s"
rest = "7 s"
for = "4 min"
shape = "log"
knee = "50 %"
count = "always"
variation = { high = "5 %", low = "5 %", hold = "10 %", rest = "10 %", cap = "900 N" }

[[phase]]
name = "cyclic"
type = "cyclic"
high = "max(300 N, 35 %BW)"
low = "residual"
hold = "5 s"
rest = "5 s"
ramp_up = "15 s"
ramp_down = "11 s"
repeat = 3
rate_up = "40 N/s"

[[phase]]
name = "up"
type = "progressive"
from = "40 N"
to = "340 N"
steps = 4
hold = "12 s"
low = "high - 10 kgf"
rest = "3 s"

[[phase]]
name = "down"
type = "regressive"
from = "340 N"
to = "90 N"
steps = 3
hold = "12 s"
hold_by = "position"

[[phase]]
name = "away"
type = "ramp"
to = "60 N"
over = "9 s"
shape = "s-curve"
"""


@pytest.mark.parametrize(
    ("mass_kg", "seed", "digest"),
    [
        (61.5, 0, "04192ea70a0fd71e43d2a06125c97c7c302fa456a104f3956df4ea1fb0f09d59"),
        (80.0, 7, "9d2e0ca23e35714b3c47991aef11e3766f270ef6ca1068ab89ce851ec9724789"),
    ],
)
def test_a_file_without_anything_new_compiles_as_it_always_did(mass_kg, seed, digest):
    protocol = parse_protocol(GOLDEN)
    for session in (1, 9):
        profile = compile_protocol(protocol, mass_kg=mass_kg, seed=seed, session=session)
        assert profile.digest() == digest


def held(profile, kind="hold"):
    return [round(span.segment.start_n, 6) for span in profile.spans if span.kind == kind]


@pytest.mark.parametrize(
    ("high", "low", "session", "highs", "lows"),
    [
        ("min(200 N + 10 N * (cycle - 1), 230 N)", "50 N", 1, [200, 210, 220, 230, 230], [50] * 5),
        ("200 N + 5 N * (session - 1)", "50 N", 4, [215] * 5, [50] * 5),
        ("200 N + 5 N * ((session - 1) // 3)", "50 N", 6, [205] * 5, [50] * 5),
        ("200 N - 10 N * cycle", "high - 20 N * min(cycle, 2)", 1, [190, 180, 170, 160, 150], None),
        ("200 N", "20 N * max(3 - cycle, 1) + 1 N * session", 2, [200] * 5, [42, 22, 22, 22, 22]),
    ],
)
def test_every_cycle_has_the_level_it_states(small, high, low, session, highs, lows):
    protocol = parse_protocol(small(CYCLES.format(high, low)))
    profile = compile_protocol(protocol, session=session)
    assert held(profile) == highs
    expected = [high_n - 20 * min(n, 2) for n, high_n in enumerate(highs, 1)] if lows is None else lows
    assert held(profile, "rest") == expected


def test_a_rest_between_steps_counts_the_steps(small):
    profile = compile_protocol(parse_protocol(small(STEPS.format("30 N + 10 N * cycle"))))
    assert (held(profile), held(profile, "rest")) == ([100, 150, 200], [40, 50, 60])


def test_every_cycle_is_held_against_the_limits(small, tmp_path):
    path = tmp_path / "rises.toml"
    path.write_text(small(CYCLES.format("300 N + 200 N * (cycle - 1)", "50 N")).replace("60 s", "99 s"))
    proof = traction.verify(path, mass_kg=100.0)
    assert {problem.code for problem in proof.verification.problems} >= {"E311"}
    assert proof.margins["peak_force"].value == 1100.0
    assert traction.verify(path, mass_kg=100.0, session=3).session == 3


@pytest.mark.parametrize(
    ("high", "session", "words"),
    [
        ("200 N - 60 N * session", 4, "which is -40 N in session 4"),
        ("200 N - 60 N * (cycle - 1)", 1, "which is -40 N in cycle 5"),
        ("900 N * session", 9, "which is 8100 N in session 9"),
    ],
)
def test_a_level_that_leaves_all_sense_is_refused_where_it_does(small, high, session, words):
    protocol = parse_protocol(small(CYCLES.format(high, "0 N")))
    with pytest.raises(RefusedError) as caught:
        compile_protocol(protocol, session=session)
    assert caught.value.code == "E331"
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("session * 5 N", 1, "write the force first"),
        ("5 N * session // 2", 15, "'//' after"),
        ("5 N * (session // 0)", 19, "a division by 0"),
        ("5 N * (session // cycle)", 19, "a division by cycle"),
        ("5 N * 2.5", 7, "no whole number"),
        ("5 N * 10001", 7, "out of range"),
        ("5 N *", 6, "nothing where a whole number"),
        ("5 N * high", 7, "'high' where a whole number"),
        ("5 N * (session", 15, "no ')'"),
        ("5 N * (session, 2)", 15, "',' where ')' belongs"),
        ("5 N * min(session)", 7, "min of one number"),
        ("5 N * (((((session)))))", 11, "brackets inside 4 others"),
        ("high - 10 N - 5 N", 13, "a second minus sign"),
        ("high 10 N", 6, "where '-' belongs"),
    ],
)
def test_what_does_not_count_is_told_with_its_column(text, column, words):
    with pytest.raises(UsageError) as caught:
        parse_force(text, low=True)
    (problem,) = caught.value.problems
    assert (problem.code in ("E113", "E115"), problem.column) == (True, column)
    assert words in problem.found


@pytest.mark.parametrize("session", [0, -1, 10_001, True, "2", 1.0])
def test_a_session_is_a_whole_number_from_one(small, session):
    with pytest.raises(UsageError) as caught:
        compile_protocol(parse_protocol(small(CYCLES.format("99 N", "9 N"))), session=session)
    assert caught.value.code == "E118"


def test_a_patients_file_tightens_and_is_named():
    limits = LimitSource("patient", "of a file", {"max_force_n": 100.0})
    proof = traction.verify("lumbar-first-visit", mass_kg=80.0, patient=limits)
    assert (proof.passed, proof.margins["peak_force"].source) == (False, "patient of a file")
    with pytest.raises(UsageError) as caught:
        traction.verify("lumbar-first-visit", mass_kg=80.0, patient="anna.toml")
    assert caught.value.code == "E117"
