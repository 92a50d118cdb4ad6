"""A timeline says what is done, refuses what cannot be, and a protocol becomes one, newton by newton."""

import numpy as np
import pytest

from traction.errors import UsageError
from traction.profile.hold import Hold
from traction.profile.oscillation import WAVES, Oscillation
from traction.profile.profile import Profile
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.shipped import shipped_files
from traction.sim.scenario import Entry, Timeline, timeline_of

LIBRARY = list(shipped_files("protocols/library"))


def force(timeline, times):
    knots = [(at, forces) for _, at, forces in timeline.courses()]
    at, forces = (np.concatenate(parts) for parts in zip(*knots, strict=True))
    return np.interp(times, at, forces)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_knots_of_a_protocol_stay_close_to_its_force(name):
    profile = compile_protocol(load_protocol(name), mass_kg=80.0, seed=3)
    timeline = timeline_of(profile)
    times = np.linspace(0.0, profile.duration_s, 20_011)
    assert timeline.duration_s == pytest.approx(profile.duration_s, rel=1e-12)
    assert np.abs(force(timeline, times) - profile.force_at(times)).max() < 0.01


@pytest.mark.parametrize("wave", WAVES)
def test_the_knots_of_a_wave_stay_close_to_it(wave):
    profile = Profile.of(Hold(300.0, 20.3, Oscillation(wave, 80.0, 1.7)))
    times = np.linspace(0.0, profile.duration_s, 40_037)
    assert np.abs(force(timeline_of(profile), times) - profile.force_at(times)).max() < 0.01


@pytest.mark.parametrize("kind", ["SCurve", "LogRise"])
def test_the_knots_of_a_curve_stay_close_to_it(kind):
    from traction.profile import segments

    for sharpness in (0.5, 1e5) if kind == "LogRise" else (None,):
        more = {} if sharpness is None else {"sharpness": sharpness}
        curve = getattr(segments, kind)(20.0, 600.0, 12.0, **more)
        profile = Profile.of(curve)
        times = np.concatenate([np.linspace(0.0, 12.0, 30_011), 12.0 * np.geomspace(1e-9, 1.0, 5000)])
        assert np.abs(force(timeline_of(profile), times) - profile.force_at(times)).max() < 0.01


def test_an_entry_goes_in_a_line_from_where_the_one_before_ended():
    timeline = Timeline(
        (
            Entry("prone", 30.0, 200.0, ramp_s=10.0),
            Entry("prone", 20.0, 50.0, ramp_s=10.0, wave="sine", wave_amplitude_n=40.0, wave_hz=0.25),
        )
    )
    times = [0.0, 5.0, 10.0, 30.0, 35.0, 40.0, 41.0, 42.0, 43.0]
    assert force(timeline, times) == pytest.approx([0, 100, 200, 200, 125, 50, 90, 50, 10], abs=0.01)
    assert timeline.starts_s == (0.0, 30.0)


def test_a_pull_may_differ_from_patient_to_patient():
    timeline = Timeline(
        (Entry("prone", 10.0, np.array([100.0, 200.0, 300.0]), ramp_s=10.0), Entry("prone", 5.0))
    )
    assert timeline.n_patients == 3
    (_, _, pulling), (_, _, after) = timeline.courses(np.array([2, 0]))
    assert pulling[-1].tolist() == [300.0, 100.0]
    assert after[0].tolist() == [300.0, 100.0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"posture": "upside down"}, "posture"),
        ({"for_s": 0.0}, "for_s"),
        ({"for_s": float("nan")}, "for_s"),
        ({"pull_n": -1.0}, "pull_n"),
        ({"pull_n": float("nan")}, "pull_n"),
        ({"pull_n": np.array([1.0, -2.0])}, "pull_n"),
        ({"ramp_s": 11.0}, "ramp_s"),
        ({"ramp_s": -1.0}, "ramp_s"),
        ({"flexion_deg": float("inf")}, "flexion_deg"),
        ({"wave": "square"}, "wave"),
        ({"wave": "sine", "pull_n": 10.0, "wave_amplitude_n": 11.0, "wave_hz": 1.0}, "wave_amplitude_n"),
        ({"wave": "sine", "pull_n": 10.0, "wave_amplitude_n": 5.0, "wave_hz": 0.0}, "wave_hz"),
        ({"course": (np.array([0.0, 9.0]), np.array([0.0, 1.0]))}, "course"),
        ({"course": (np.array([0.0, 10.0]), np.array([0.0, -1.0]))}, "course"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_named(wrong, field):
    with pytest.raises(UsageError) as caught:
        Entry(**({"posture": "prone", "for_s": 10.0} | wrong))
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("E185", field)]


def test_a_timeline_needs_entries_for_as_many_patients():
    with pytest.raises(UsageError, match="E185"):
        Timeline(())
    with pytest.raises(UsageError, match="E185"):
        Timeline((Entry("prone", 1.0, np.zeros(2)), Entry("prone", 1.0, np.zeros(3))))
