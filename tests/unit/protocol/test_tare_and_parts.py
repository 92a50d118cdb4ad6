"""What stands beside the phases: a tare proved as it is pulled, moves, seals, stops, steps of force."""

from __future__ import annotations

import math

import pytest

import traction
from traction.errors import RefusedError, UsageError
from traction.profile.profile import Profile
from traction.profile.segments import Hold, Ramp
from traction.protocol.compile import compile_protocol
from traction.protocol.load import parse_protocol
from traction.protocol.rounding import rounded_levels
from traction.protocol.seal import opens, seal_of

PULLS = 'type = "intermittent"\nhigh = "80 N"\nlow = "{}"\nhold = "20 s"\nrest = "10 s"\nrepeat = 2'
TARE = '\n[tare]\n{}\nangle = "30 deg"\npull = "{}"\n'
MOVE = 'type = "move"\naxis = "rotation"\nto = "10 deg"\ntext = "Turn slowly."\n'
MOVE += 'within = "30 s"\nno_answer = "end"'
SALT = "00112233445566778899aabbccddeeff"


def levels(profile):
    return {
        kind: span.segment.start_n for span in profile.spans for kind in [span.kind] if "ramp" not in kind
    }


@pytest.mark.parametrize(
    ("mass", "pull", "low", "high_n", "low_n"),
    [
        ('head_mass = "4 kg"', "upward", "30 N", 80 + 2 * 9.80665, 30 + 2 * 9.80665),
        ('head_mass = "4 kg"', "downward", "30 N", 80 - 2 * 9.80665, 30 - 2 * 9.80665),
        ('head_share = "7 %"', "upward", "50 % of high", 80 + 2.8 * 9.80665, 40 + 2.8 * 9.80665),
        ('head_mass = "4 kg"', "upward", "residual", 80 + 2 * 9.80665, 8.0),
    ],
)
def test_the_table_pulls_the_level_and_what_carries_the_head(small, mass, pull, low, high_n, low_n):
    """Half of the head's weight lies along a pull of 30 deg: sin 30 deg is one half."""
    text = small(PULLS.format(low), before=TARE.format(mass, pull), residual="8 N")
    text = text.replace('force = "20 N"', 'force = "5 N"')
    profile = compile_protocol(parse_protocol(text), mass_kg=80.0)
    assert math.isclose(levels(profile)["hold"], high_n, abs_tol=2e-6)
    assert math.isclose(levels(profile)["rest"], low_n, abs_tol=2e-6)
    assert (profile.spans[0].segment.start_n, profile.spans[-1].segment.end_n) == (5.0, 8.0)


def test_what_is_proved_is_what_the_table_pulls(small):
    text = small(PULLS.format("30 N"), before=TARE.format('head_mass = "4 kg"', "upward"))
    text = text.replace('timeout = "60 s"', 'timeout = "99 s"')
    proof = traction.verify(parse_protocol(text), mass_kg=80.0, max_force_n=95.0)
    assert proof.margins["peak_force"].value == pytest.approx(99.6133)
    assert [problem.code for problem in proof.verification.problems] == ["E311"]


@pytest.mark.parametrize(
    ("mass", "pull", "low", "mass_kg", "code"),
    [
        ('head_share = "7 %"', "upward", "30 N", None, "E330"),
        ('head_mass = "4 kg"', "downward", "10 N", None, "E331"),
    ],
)
def test_a_tare_that_cannot_be_pulled_is_refused(small, mass, pull, low, mass_kg, code):
    protocol = parse_protocol(small(PULLS.format(low), before=TARE.format(mass, pull)))
    with pytest.raises(RefusedError) as caught:
        compile_protocol(protocol, mass_kg=mass_kg)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("low", "below", "tare", "code"),
    [
        ("40 N", "40 N", "", ""),
        ("41 N", "40 N", "", "E338"),
        ("20 N", "40 N", TARE.format('head_mass = "5 kg"', "upward"), "E338"),
        ("50 N", "40 N", TARE.format('head_mass = "5 kg"', "downward"), "E338"),
        ("40 N", "80 N", "", "E338"),
        ("40 N", "60 N", "", "E338"),
        ("40 N", "50 N", "", ""),
    ],
)
def test_a_patient_is_moved_at_a_low_tension_only(small, low, below, tare, code):
    """Below every pull; with a tare the higher of both counts: what is pulled, what reaches the neck."""
    position = f'\n[position]\nmoves_below = "{below}"\nlevel = "C5-C6"\nsteps = ["Lie down."]\n'
    steps = 'type = "progressive"\nfrom = "30 N"\nto = "70 N"\nsteps = 2\nhold = "5 s"'
    weaker = 'type = "static"\nforce = "55 N"\nhold = "5 s"'
    chain = (steps, PULLS.format(low), MOVE, weaker, PULLS.format(low))
    protocol = parse_protocol(small(*chain, before=position + tare))
    if code:
        with pytest.raises(RefusedError) as caught:
            compile_protocol(protocol)
        assert caught.value.code == code
    else:
        proof = traction.verify(protocol, mass_kg=80.0)
        assert [(ask.kind, ask.text) for ask in proof.questions] == [
            ("move", "rotation to 10 deg: Turn slowly.")
        ]


def test_what_is_declared_reaches_the_session(small):
    seal = seal_of("sham", SALT)
    before = f'\n[sham]\nlabel = "arm B"\nseal = "{seal}"\n'
    before += '\n[stops]\npatient = "fast-release"\npause = "release"\n'
    text = small(PULLS.format("30 N"), before=before, tail='alert_every = "30 s"\nalert_times = 3\n')
    text = text.replace('hold_by = "force"', 'hold_by = "force"\ntolerance = "yy-0697"')
    text = text.replace('timeout = "60 s"', 'timeout = "99 s"')
    proof = traction.verify(parse_protocol(text), mass_kg=80.0, session=4)
    plan = proof.session_plan()
    assert (plan.session, plan.declared.tolerance, plan.declared.sham.label) == (4, "yy-0697", "arm B")
    assert (plan.declared.stops.patient, plan.declared.stops.operator) == ("fast-release", None)
    assert (plan.declared.alerts.every_s, plan.declared.alerts.times) == (30.0, 3)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('region = "lumbar"', 'region = "hip"', "E329"),
        ('hold_by = "force"', 'hold_by = "force"\ntolerance = "mine"', "E347"),
    ],
)
def test_what_has_no_file_of_its_own_is_refused(small, old, new, code):
    with pytest.raises(RefusedError) as caught:
        traction.verify(parse_protocol(small(PULLS.format("30 N")).replace(old, new)), mass_kg=80.0)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line is not None) == (code, True)


def test_levels_between_two_steps_of_a_table_are_told_and_kept():
    profile = Profile.of(
        Ramp(0.0, 40.0, 4.0), Hold(40.0, 5.0), Ramp(40.0, 44.48, 1.0), Hold(44.48, 5.0), Hold(44.48, 1)
    )
    assert [(one.level_n, one.nearest_n) for one in rounded_levels(profile, 10.0)] == [(44.48, 40.0)]
    assert rounded_levels(profile, 0.04) == ()
    proof = traction.verify("lumbar-first-visit", mass_kg=80.0)
    assert [one.nearest_n for one in proof.rounding] == [111.0]
    assert proof.profile.peak_n == pytest.approx(111.2055)


def test_a_seal_opens_with_its_name_and_salt_only():
    seal = seal_of("sham", SALT)
    assert opens(seal, " sham ", SALT)
    assert not opens(seal, "Sham", SALT)
    assert not opens(seal, "sham", SALT[::-1])
    for name, salt in (
        ("sham", "00"),
        ("sham", SALT.upper()),
        (" ", SALT),
        ("sham", "no salt at all, but long enough"),
    ):
        with pytest.raises(UsageError) as caught:
            seal_of(name, salt)
        assert caught.value.code == "E138"
