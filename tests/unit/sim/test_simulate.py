"""The model alone: equal to a tight adaptive solution of the same equations, for one patient and for many."""

import numpy as np
import pytest

from traction.errors import UsageError
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim.patient import make_patient
from traction.sim.people import draw_patients
from traction.sim.reference import reference
from traction.sim.scenario import Entry, Timeline, timeline_of
from traction.sim.simulate import simulate

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
