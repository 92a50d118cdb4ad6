"""The supervisor never raises, repeats itself exactly, and leaves healthy sessions alone."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve
from traction.safety.bounds import supervisor_bounds
from traction.safety.hardware import load_region, load_table
from traction.safety.limits import merge
from traction.safety.sample import Activity, Reaction, Sample, Verdict
from traction.safety.supervisor import Supervisor
from traction.safety.verify import verify
from traction.wire import codes

TABLE = load_table("sim")
LIMITS = {name: merge(load_region(name), [TABLE.source(name)]) for name in ("lumbar", "cervical")}
BOUNDS = {name: supervisor_bounds(limits, TABLE, rest_n=20.0) for name, limits in LIMITS.items()}

whole = st.integers(-(2**40), 2**40)
likely = st.sampled_from([0, 1, 2, 3, 4, 5, 20, 100, 7_000, 300_000, -6_000, codes.FORCE_INVALID_MN])
fields = st.one_of(whole, likely)
samples = st.builds(Sample, *[fields] * len(Sample._fields))
anything = st.one_of(st.floats(), st.none(), st.booleans(), st.text(max_size=3), whole)


@given(st.lists(samples, max_size=40))
def test_whole_numbers_never_raise_and_are_judged_alike_twice(history):
    first, second = Supervisor(BOUNDS["lumbar"]), Supervisor(BOUNDS["lumbar"])
    verdicts = [first.judge(sample) for sample in history]
    assert [second.judge(Sample(*map(int, sample))) for sample in history] == verdicts
    for verdict in verdicts:
        assert isinstance(verdict, Verdict)
        assert bool(verdict.code) == (verdict.reaction != Reaction.NONE) == bool(verdict.detail)


@given(st.lists(st.lists(anything, max_size=16), max_size=10))
def test_anything_else_is_a_trip(history):
    supervisor = Supervisor(BOUNDS["lumbar"])
    for thing in history:
        verdict = supervisor.judge(tuple(thing))
        if len(thing) != len(Sample._fields) or any(type(value) is not int for value in thing):
            assert verdict.code == "E401"


@given(st.lists(samples, max_size=20), st.lists(anything, max_size=3))
def test_garbage_in_between_changes_no_later_verdict(history, garbage):
    clean, dirty = Supervisor(BOUNDS["lumbar"]), Supervisor(BOUNDS["lumbar"])
    for sample in history:
        for thing in garbage:
            dirty.judge(thing)
        assert dirty.judge(sample) == clean.judge(sample)


# ---- healthy sessions ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Bench:
    """A healthy table: the force follows the target with a lag, the carriage follows by the stiffness."""

    region: str
    stiffness_n_per_mm: float
    lag_s: float
    seed: int

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.speed = TABLE.regions[self.region].pull_speed_mm_per_s
        self.unload = TABLE.regions[self.region].unload_speed_mm_per_s
        self.force_n = self.travel_mm = self.creep_mm = 0.0
        self.offsets_n = (self.random.uniform(-1, 1), self.random.uniform(-1, 1))
        self.position_n = None

    def move(self, target_n: float, dt_s: float, position: bool) -> None:
        if position:
            self.force_n -= 0.001 * self.force_n * dt_s  # relaxes by a third in six minutes
            return
        wanted = (target_n - self.force_n) / self.lag_s / self.stiffness_n_per_mm
        moved_mm = max(min(wanted, self.speed), -self.unload) * dt_s
        self.force_n += moved_mm * self.stiffness_n_per_mm
        self.creep_mm += 1e-4 * self.force_n / self.stiffness_n_per_mm * dt_s
        self.travel_mm += moved_mm

    def read(self, index: int) -> int:
        noisy = self.force_n + self.offsets_n[index] + self.random.gauss(0.0, TABLE.force_noise_n)
        return round(noisy / TABLE.force_resolution_n) * round(1000 * TABLE.force_resolution_n)


def session(profile, region, stiffness, lag_s, seed, late):
    """Yield the samples of a session: 5 s of slack in the take-up, the profile with a pause, a release."""
    bench = Bench(region, stiffness, lag_s, seed)
    state = {"t_us": 0, "seq": 1, "now_ms": 1000}

    def tick(activity, target_n, mode=0, controller=codes.STATE_RUN):
        dt_ms = 20 + (bench.random.choice((20, 60, 100)) if late and bench.random.random() < 0.02 else 0)
        bench.move(target_n, dt_ms / 1000, position=mode == codes.MODE_POSITION)
        state["t_us"] += dt_ms * 1000
        state["now_ms"] += dt_ms
        state["seq"] += dt_ms // 10
        travel = round(1000 * (bench.travel_mm + bench.creep_mm))
        reading = (bench.read(0), bench.read(1))
        clock = (state["t_us"], 3_000, state["seq"], state["now_ms"], 7)
        target = round(1000 * target_n)
        return Sample(
            *clock, controller, 0, codes.INPUTS_HEALTHY, *reading, travel, target, mode, int(activity)
        ), dt_ms / 1000

    start_n = profile.force_at(0.0)
    for step in range(500):  # slack first: the carriage moves and nothing resists; then up to the start
        if step < 250:
            bench.force_n, bench.travel_mm = 0.0, step * 0.02
        target_n = min(max(step - 250, 0) * 0.2, start_n)
        yield tick(Activity.TAKE_UP, target_n)[0]
    t_s, mode, paused = 0.0, codes.MODE_FORCE, False
    while t_s <= profile.duration_s:
        span = profile.span_at(t_s)
        target_n = profile.force_at(t_s)
        by_position = getattr(span.segment, "mode", "force") == "position"
        # as the runner does: the position is kept until the falling target meets the force that has sagged
        sagged = mode == codes.MODE_POSITION and target_n > bench.force_n
        mode = codes.MODE_POSITION if by_position or sagged else codes.MODE_FORCE
        sample, dt_s = tick(Activity.FOLLOW, target_n, mode)
        yield sample
        t_s += dt_s
        if not paused and t_s > profile.duration_s / 2:  # relax to the base, wait, come back with a ramp
            paused = True
            force_n = profile.force_at(t_s)
            rate = LIMITS[region].max_rate_up_n_per_s * 0.02
            way = [max(force_n - rate * k, profile.rest_n) for k in range(int(force_n / rate) + 2)]
            for target_n in (*way, *[way[-1]] * 300, *reversed(way)):
                yield tick(Activity.FOLLOW, target_n)[0]
    release = LIMITS[region].release_rate_n_per_s
    target_n = bench.force_n
    for _ in range(300):
        target_n = max(target_n - release * 0.02, 0.0)
        slack = bench.force_n < 5.0
        yield tick(Activity.RELEASE, target_n, 0, codes.STATE_DONE if slack else codes.STATE_RELEASING)[0]


PROFILES = {
    "lumbar": Profile.of(
        Ramp(20.0, 380.0, 12.5),
        Hold(380.0, 15.0, Oscillation("sine", 4.5, 1.0)),
        SCurve(380.0, 20.0, 6.0),
        Hold(20.0, 10.0),
        LogRise(20.0, 300.0, 40.0),
        Hold(300.0, 60.0, mode="position"),
        Ramp(300.0, 100.0, 2.0),
        Hold(100.0, 20.0, Oscillation("sawtooth", 4.0, 1.0)),
        Ramp(100.0, 0.0, 1.0),
        Hold(0.0, 10.0),
        Ramp(0.0, 540.0, 18.5),
        Hold(540.0, 20.0),
        Ramp(540.0, 0.0, 5.4),
        rest_n=20.0,
    ),
    "cervical": Profile.of(
        Ramp(20.0, 120.0, 6.67),
        Hold(120.0, 15.0, Oscillation("triangle", 3.0, 1.0)),
        SCurve(120.0, 20.0, 4.0),
        Hold(20.0, 10.0),
        LogRise(20.0, 100.0, 30.0),
        Hold(100.0, 60.0, mode="position"),
        Ramp(100.0, 40.0, 1.5),
        Hold(40.0, 20.0),
        Ramp(40.0, 190.0, 10.0),
        Hold(190.0, 20.0),
        Ramp(190.0, 0.0, 4.75),
        rest_n=20.0,
    ),
}


@pytest.mark.parametrize("region", sorted(PROFILES))
def test_the_sessions_below_are_within_the_limits(region):
    assert verify(PROFILES[region], LIMITS[region], TABLE).passed


@settings(max_examples=25, deadline=None)
@example("lumbar", 19.0, 0.109375, 256, True)  # late just where a hold by position ends
@given(
    st.sampled_from(sorted(PROFILES)),
    st.floats(8.0, 60.0),
    st.floats(0.1, 0.4),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_a_healthy_session_is_left_alone(region, stiffness, lag_s, seed, late):
    supervisor = Supervisor(BOUNDS[region])
    for sample in session(PROFILES[region], region, stiffness, lag_s, seed, late):
        verdict = supervisor.judge(sample)
        assert verdict.reaction == Reaction.NONE, (sample, verdict)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(PROFILES)), st.integers(0, 2**32))
def test_a_recorded_session_is_judged_alike_again(region, seed):
    rng = random.Random(seed)
    history = list(session(PROFILES[region], region, 10.0, 0.3, seed, late=True))[: rng.randrange(200, 4000)]
    history = [
        sample._replace(force_b_mn=sample.force_b_mn + rng.choice((0, 0, 40_000)))
        if rng.random() < 0.3
        else sample
        for sample in history
    ]
    first, second = Supervisor(BOUNDS[region]), Supervisor(BOUNDS[region])
    assert [first.judge(sample) for sample in history] == [second.judge(sample) for sample in history]
