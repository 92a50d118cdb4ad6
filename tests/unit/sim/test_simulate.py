"""The model alone: equal to a tight adaptive solution of the same equations, for one patient and for many."""

import os
import subprocess
import sys

import numpy as np
import pytest

from traction.errors import UsageError
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim.coefficients import STATE_NAMES
from traction.sim.patient import make_patient
from traction.sim.people import draw_patients
from traction.sim.reference import reference
from traction.sim.scenario import Entry, Timeline, timeline_of
from traction.sim.simulate import Stepping, simulate

FORCE_N, SHARE = 0.1, 1e-3

# slack, break-away, a hold, a reversal, a wave, a fast release and slack again
COURSE = (
    Entry("supine", 5.0),
    Entry("supine", 40.0, 300.0, ramp_s=15.0),
    Entry("supine", 20.0, 100.0, ramp_s=4.0),
    Entry("supine", 15.0, 250.0, ramp_s=5.0, wave="sine", wave_amplitude_n=20.0, wave_hz=0.5),
    Entry("supine", 20.0, 0.0, ramp_s=3.0),
    Entry("standing", 10.0),
    Entry("prone", 20.0, 200.0, ramp_s=10.0, flexion_deg=10.0),
)
GENTLE = tuple(
    Entry(e.posture, e.for_s, e.pull_n * 0.4, 15.0, e.wave, e.wave_amplitude_n * 0.4, e.wave_hz, e.ramp_s)
    for e in COURSE
)
PEOPLE = [
    {},
    {"disc": "healthy", "mass_kg": 120.0},
    {"couch": "fixed"},
    {"couch": "fixed", "mass_kg": 45.0},
    {"region": "cervical"},
    {"region": "cervical", "couch": "fixed"},
]


def close(found, exact):
    """Hold two trajectories of the same patients together, to 0.1 N and 0.1 % of the largest pressure."""
    for force in ("F_REGION", "Z", "SENSED"):
        assert np.abs(found.states[force] - exact.states[force]).max() < FORCE_N, force
    assert found.tension_n == pytest.approx(exact.tension_n, abs=1e-6)
    for name in ("disc_pressure_kpa", "lumbar_elongation_mm", "muscle_activity_pct_mva", "disc_water_index"):
        truth = exact.quantity(name)
        assert np.abs(found.quantity(name) - truth).max() < SHARE * np.abs(truth).max(), name


@pytest.mark.parametrize("kind", PEOPLE, ids=str)
def test_the_steps_agree_with_a_tight_adaptive_solution(kind):
    patient = make_patient(**kind)
    timeline = Timeline(GENTLE if "region" in kind else COURSE)
    exact = reference(patient, timeline, every_s=0.25)
    assert exact.states["F_REGION"].max() > 60.0
    close(simulate([patient], timeline, every_s=0.25), exact)


@pytest.mark.parametrize("name", ["lumbar-disc-30min", "cerv-spasm", "uconn-30-10"])
def test_shipped_protocols_agree_with_a_tight_adaptive_solution(name):
    protocol = load_protocol(name)
    profile = compile_protocol(protocol, mass_kg=80.0, seed=1)
    knots = timeline_of(profile).entries[0].course
    at = np.flatnonzero(knots[0] <= 120.0)  # two minutes have every kind of bend in them
    entry = Entry("supine", float(knots[0][at[-1]]), course=(knots[0][at], knots[1][at]))
    patient = make_patient(protocol.region, mass_kg=80.0)
    close(
        simulate([patient], Timeline((entry,)), every_s=0.2),
        reference(patient, Timeline((entry,)), every_s=0.2),
    )


def test_a_population_is_its_patients_one_by_one():
    people = draw_patients(70, 5) + draw_patients(30, 6, couch="fixed")
    pulls = np.linspace(100.0, 400.0, len(people))
    together = Timeline((Entry("prone", 30.0, pulls, ramp_s=10.0), Entry("prone", 20.0, 0.0, ramp_s=5.0)))
    found = simulate(people, together, every_s=1.0, threads=2)
    assert found.quantity("disc_pressure_kpa").shape == (51, 100)
    for k in (0, 33, 69, 70, 99):
        alone = Timeline((Entry("prone", 30.0, pulls[k], ramp_s=10.0), Entry("prone", 20.0, 0.0, ramp_s=5.0)))
        one = simulate([people[k]], alone, every_s=1.0)
        for name in STATE_NAMES:
            near = FORCE_N / 2 if name in ("F_REGION", "Z", "SENSED") else 1e-2  # the steps are the block's
            assert found.states[name][:, [k]] == pytest.approx(one.states[name], abs=near), name
        assert found.tension_n[:, [k]] == pytest.approx(one.tension_n)


def test_the_number_of_threads_changes_no_bit():
    people = draw_patients(150, 2)
    timeline = Timeline((Entry("prone", 20.0, 300.0, ramp_s=10.0),))
    one, two = (simulate(people, timeline, threads=threads) for threads in (1, 2))
    for name in STATE_NAMES:
        assert one.states[name].tobytes() == two.states[name].tobytes()


def test_each_patient_may_have_a_timeline_of_their_own():
    people = draw_patients(5, 9)
    protocol = load_protocol("lumbar-disc")
    lines = [timeline_of(compile_protocol(protocol, mass_kg=each.mass_kg, seed=0)) for each in people]
    assert len({line.duration_s for line in lines}) > 1
    found = simulate(people, lines, every_s=20.0)
    for k, (patient, line) in enumerate(zip(people, lines, strict=True)):
        times = found.time_s[found.time_s <= line.duration_s]
        one = simulate([patient], line, at_s=times)
        assert found.tension_n[: times.size, k] == pytest.approx(one.tension_n[:, 0], abs=1e-6)
        assert found.states["F_REGION"][: times.size, k] == pytest.approx(
            one.states["F_REGION"][:, 0], abs=0.1
        )


def test_states_come_at_the_instants_asked_for():
    patient = make_patient()
    timeline = Timeline((Entry("prone", 10.0, 100.0, ramp_s=7.0), Entry("standing", 10.0)))
    every = simulate([patient], timeline, every_s=3.0)
    assert every.time_s.tolist() == [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 20.0]
    some = simulate([patient], timeline, at_s=[0.0, 3.5, 10.0, 20.0])
    assert some.tension_n[:, 0] == pytest.approx([0.0, 50.0, 100.0, 0.0])
    assert some.entry.tolist() == [0, 0, 0, 1]  # where two meet, the one that ends there
    for wrong in ({"at_s": [0.0, 21.0]}, {"at_s": [3.0, 2.0]}, {"at_s": []}, {"every_s": 0.0}):
        with pytest.raises(UsageError, match="E185"):
            simulate([patient], timeline, **wrong)


def test_what_does_not_fit_is_refused():
    patient, timeline = make_patient(), Timeline((Entry("prone", 10.0, np.array([1.0, 2.0])),))
    for people, line in (([patient], timeline), ([], timeline), ([patient] * 2, [timeline])):
        with pytest.raises(UsageError, match="E185"):
            simulate(people, line)
    other = [Timeline((Entry("prone", 5.0),)), Timeline((Entry("supine", 5.0),))]
    with pytest.raises(UsageError, match="E185"):
        simulate([patient] * 2, other)


def test_an_interruption_ends_it():
    def interrupt(done, total):
        assert 0 < done <= total == 130
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(draw_patients(130, 1), Timeline((Entry("prone", 5.0, 50.0),)), progress=interrupt)


def test_smaller_steps_change_less_than_the_error_allowed():
    people = draw_patients(64, 3)
    timeline = Timeline((Entry("prone", 40.0, 350.0, ramp_s=12.0), Entry("prone", 20.0, 100.0, ramp_s=5.0)))
    coarse = simulate(people, timeline)
    fine = simulate(people, timeline, stepping=Stepping(0.0005, 0.02, 1e-5))
    assert fine.steps[0] > 4 * coarse.steps[0]
    off = np.abs(coarse.states["F_REGION"] - fine.states["F_REGION"]).max(axis=0)
    assert (off > FORCE_N).sum() == 0
    assert np.quantile(off, 0.95) < 0.02


WITHOUT_JIT = """
import numpy as np
from traction.sim.patient import make_patient
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate
found = simulate([make_patient()], Timeline((Entry("supine", 1.5, 40.0, ramp_s=1.0),)), every_s=0.5)
numbers = [found.states["F_REGION"][:, 0], found.states["Z"][:, 0], found.quantity("disc_pressure_kpa")[:, 0]]
"""


def test_the_same_lines_run_without_the_compiler():
    namespace: dict[str, object] = {}
    exec(WITHOUT_JIT, namespace)
    code = WITHOUT_JIT + "\nimport numba\nassert numba.config.DISABLE_JIT\nprint(np.array(numbers).tolist())"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    printed = subprocess.check_output([sys.executable, "-W", "error", "-c", code], env=environment, text=True)
    assert np.array(eval(printed)) == pytest.approx(np.array(namespace["numbers"]), abs=1e-6)
