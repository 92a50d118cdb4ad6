"""Many patients side by side: each is what it is alone, whatever block, thread or timeline it comes in."""

import os
import subprocess
import sys

import numpy as np
import pytest

from traction.errors import UsageError
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim.block import ordered
from traction.sim.coefficients import PLACE, STATE_NAMES, coefficients
from traction.sim.measure import PART, measure, percentiles
from traction.sim.parameter import region_rows
from traction.sim.patient import COUCHES, make_patient
from traction.sim.people import draw_patients
from traction.sim.scenario import Entry, Timeline, timeline_of
from traction.sim.simulate import Stepping, simulate

FORCE_N = 0.1
TIGHT = Stepping(0.001, 0.02, 1e-4)


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


def test_smaller_steps_change_less_than_the_error_allowed():
    people = draw_patients(64, 3)
    timeline = Timeline((Entry("prone", 40.0, 350.0, ramp_s=12.0), Entry("prone", 20.0, 100.0, ramp_s=5.0)))
    coarse = simulate(people, timeline)
    fine = simulate(people, timeline, stepping=Stepping(0.0005, 0.02, 1e-5))
    assert fine.steps[0] > 4 * coarse.steps[0]
    off = np.abs(coarse.states["F_REGION"] - fine.states["F_REGION"]).max(axis=0)
    assert (off > FORCE_N).sum() == 0
    assert np.quantile(off, 0.95) < 0.02


def test_a_patient_too_fast_for_the_finest_steps_is_refused_before_anything_runs():
    rows = np.array([coefficients(make_patient(couch=couch)) for couch in COUCHES])
    line = [Timeline((Entry("prone", 5.0),))] * 2
    assert ordered([rows], line).tolist() == sorted(range(2), key=lambda k: COUCHES[k] == "fixed")
    for stiffness in (1e6, float("nan"), float("inf")):
        rows[1, PLACE["friction_stiffness_n_per_mm"]] = stiffness
        with pytest.raises(UsageError, match="E187"):
            ordered([rows], line)


def test_a_body_that_friction_holds_rests_for_as_long_as_it_is_held():
    # steps that meet softer bristles than the body would shiver and wear the friction off, up to 0.6 N of it
    people = draw_patients(64, 1, couch="fixed")
    holds = [Entry("prone", 300.0, pull, ramp_s=10.0) for pull in (400.0, 100.0, 250.0)]
    coarse, fine = (simulate(people, Timeline(tuple(holds)), stepping=each) for each in (Stepping(), TIGHT))
    off = np.abs(coarse.states["F_REGION"] - fine.states["F_REGION"])
    assert off.max() < FORCE_N
    pressure, truth = (run.quantity("disc_pressure_kpa") for run in (coarse, fine))
    assert (np.abs(pressure - truth).max(axis=0) < 1e-3 * np.abs(truth).max(axis=0)).all()


def test_the_fastest_patient_of_the_stated_ranges_can_be_stepped():
    rows = region_rows("cervical", "fixed", "herniated")
    ends = {"bristle_ratio": "high", "flattening_n_per_mm": "high", "moving_share": "low"}
    values = {name: getattr(rows[name], end) for name, end in ends.items()}
    quick = make_patient("cervical", couch="fixed", mass_kg=30.0, values=values)
    line = Timeline((Entry("supine", 5.0, 50.0, ramp_s=2.0),))
    assert np.isfinite(simulate([quick], line).states["F_REGION"]).all()


def test_a_jump_of_the_pull_is_followed():
    line = Timeline((Entry("prone", 5.0), Entry("prone", 20.0, 300.0), Entry("prone", 20.0)))
    people = [make_patient(), make_patient(couch="fixed")]
    found, tight = (simulate(people, line, every_s=0.1, stepping=each) for each in (Stepping(), TIGHT))
    assert found.tension_n[60].tolist() == [300.0, 300.0]
    assert np.abs(found.states["F_REGION"] - tight.states["F_REGION"]).max() < FORCE_N


def test_steps_that_can_not_be_short_enough_still_end():
    line = Timeline((Entry("prone", 1.0), Entry("prone", 1.0, 300.0)))
    found = simulate([make_patient(couch="fixed")], line, stepping=Stepping(0.0005, 0.02, 2e-9))
    assert np.isfinite(found.states["F_REGION"]).all()
    assert found.steps[2] > 2e-9


def test_quantities_of_many_are_those_of_the_states():
    people = draw_patients(PART + 6, 4)
    pulls = np.linspace(50.0, 250.0, len(people))
    line = Timeline((Entry("prone", 4.0, pulls, ramp_s=2.0),))
    told = []
    found = measure(people, line, ["disc_load_n", "tension_n"], progress=lambda *seen: told.append(seen))
    whole = simulate(people, line)
    assert told[-1] == (len(people), len(people))
    assert found.quantities["tension_n"] == pytest.approx(whole.tension_n, abs=1e-3)
    assert found.quantities["disc_load_n"] == pytest.approx(whole.quantity("disc_load_n"), abs=0.05)
    bands = percentiles(found.quantities["tension_n"])
    assert bands.shape == (5, found.time_s.size)
    assert bands[:, -1] == pytest.approx(np.percentile(pulls, [5, 25, 50, 75, 95]), abs=1e-2)


def test_quantities_of_patients_with_their_own_timelines_end_with_the_longest():
    people = draw_patients(6, 8)
    lines = [Timeline((Entry("prone", 3.0 + k, 100.0, ramp_s=3.0 + k),)) for k in range(6)]
    found = measure(people, lines, ["tension_n"])
    assert found.time_s[-1] == pytest.approx(8.0)
    assert found.quantities["tension_n"].shape == (9, 6)
    assert found.quantities["tension_n"][3] == pytest.approx(
        [100.0 * 3.0 / (3.0 + k) for k in range(6)], abs=0.01
    )


@pytest.mark.parametrize(("patients", "every_s"), [(1, 1e-9), (64, 1e-3), (10_000, 0.1)])
def test_what_has_no_room_is_refused_before_anything_is_computed(patients, every_s):
    people = [make_patient()] * patients
    line = Timeline((Entry("prone", 2700.0, 100.0, ramp_s=5.0),))
    with pytest.raises(UsageError, match="E185") as caught:
        measure(people, line, ["tension_n"], every_s=every_s)
    assert caught.value.problems[0].field == "every_s"


def test_one_patient_at_many_instants_takes_the_room_of_one():
    # the states of all 64 lanes of the block would take 200 MB
    code = """
import resource
from traction.sim.measure import measure
from traction.sim.patient import COUCHES, make_patient
from traction.sim.scenario import Entry, Timeline
line = Timeline((Entry("prone", 50.0, 100.0, ramp_s=5.0),))
measure([make_patient()], line, ["tension_n"], every_s=1.0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
measure([make_patient()], line, ["tension_n"], every_s=1e-3)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown_kb = int(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert grown_kb < 100_000


def test_fewer_are_taken_at_once_where_there_are_many_instants(monkeypatch):
    people = draw_patients(70, 4)
    line = Timeline((Entry("prone", 4.0, 100.0, ramp_s=2.0),))
    whole = measure(people, line, ["tension_n"]).quantities["tension_n"]
    monkeypatch.setattr("traction.sim.measure.MOST_AT_ONCE", 64)
    told = []
    found = measure(people, line, ["tension_n"], progress=lambda *seen: told.append(seen))
    assert told == [(64, 70), (70, 70)]
    assert found.quantities["tension_n"] == pytest.approx(whole)


WITHOUT_JIT = """
import numpy as np
from traction.sim.patient import COUCHES, make_patient
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
