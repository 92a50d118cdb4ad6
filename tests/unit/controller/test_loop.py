"""The force loop holds, tracks and never lurches, on any body from a soft strap to a clamped block."""

from typing import Any

import pytest

from traction.controller.config import ControllerConfig
from traction.wire import codes

LUMBAR, CERVICAL = codes.REGION_LUMBAR, codes.REGION_CERVICAL
NOISE = (137, -90, 220, -310, 45, -180, 260, 20, -240, 150, -60)


def noisy(bench: Any) -> None:
    """Give both cells some tenths of a newton of noise that repeats after 11 and 7 ticks."""
    bench.a = lambda force: force + NOISE[bench.c.seq % 11]
    bench.b = lambda force: force - NOISE[bench.c.seq % 7]


def ramp(bench: Any, start: int, end: int, rate: int) -> list[tuple[int, int]]:
    """Send a 50 Hz ramp as a host does; return (due, force) of every tick on the way."""
    seen = []
    step = rate // 50 if end > start else -rate // 50
    due = start
    while (end - due) * step > 0:
        due = min(due + step, end) if step > 0 else max(due + step, end)
        assert bench.setpoint(due, rate) == codes.RESULT_OK
        bench.tick(2)
        seen.append((due, bench.force))
        assert bench.c.state == codes.STATE_RUN
    return seen


@pytest.mark.parametrize(
    ("region", "k", "rate"),
    [
        (LUMBAR, 4, 18_000),  # 5 mm/s of pull cannot raise a softer body faster
        (LUMBAR, 8, 35_000),
        (LUMBAR, 10, 45_000),
        (LUMBAR, 20, 50_000),
        (LUMBAR, 60, 50_000),
        (LUMBAR, 60, 2_000),
        (LUMBAR, 10, 2_000),
        (CERVICAL, 8, 15_000),
        (CERVICAL, 30, 15_000),
        (CERVICAL, 60, 1_000),
    ],
)
def test_ramps_are_tracked_within_0_3_s_and_holds_within_1_n(
    make_bench: Any, region: int, k: int, rate: int
) -> None:
    top = 300_000 if region == LUMBAR else 120_000
    bench = make_bench(region, k)
    noisy(bench)
    bench.pull(20_000, rate=8_000, seconds=12)  # the slack is taken up first
    for start, end in ((20_000, top), (top, 20_000)):
        bench.goal = None
        lags = [abs(due - force) for due, force in ramp(bench, start, end, rate)[25:]]
        assert max(lags, default=0) <= rate * 3 // 10
        bench.goal = (end, rate, codes.MODE_FORCE)
        bench.tick(300)
        for _ in range(100):
            bench.tick()
            assert abs(bench.force - end) < 1000
    assert bench.c.state == codes.STATE_RUN


@pytest.mark.parametrize("k", [4, 10, 60])
@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_a_step_of_the_target_becomes_a_ramp_that_hardly_overshoots(
    make_bench: Any, region: int, k: int
) -> None:
    bench = make_bench(region, k)
    noisy(bench)
    bench.run()
    bench.goal = (150_000, 100_000 if region == LUMBAR else 40_000, codes.MODE_FORCE)
    forces = []
    for _ in range(3000):
        bench.tick()
        forces.append(bench.force)
    limit = bench.limits[1]
    assert bench.c.state == codes.STATE_RUN
    assert max(forces) <= 154_000
    assert max(b - a for a, b in zip(forces, forces[10:], strict=False)) * 10 <= limit * 12 // 10 + 10_000
    assert abs(forces[-1] - 150_000) < 1000


@pytest.mark.parametrize("k", [4, 60])
@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_slack_is_taken_up_without_a_jolt(make_bench: Any, region: int, k: int) -> None:
    bench = make_bench(region, k, slack_um=3_000)
    noisy(bench)
    bench.run()
    bench.goal = (15_000, 8_000, codes.MODE_FORCE)
    highest = 0
    for _ in range(6000):
        bench.tick()
        highest = max(highest, bench.force)
    assert bench.c.state == codes.STATE_RUN
    assert highest <= 17_000
    assert abs(bench.force - 15_000) < 1000


def test_position_mode_stands_still_while_the_body_creeps_and_leaves_smoothly(make_bench: Any) -> None:
    bench = make_bench(k_n_per_mm=20)
    bench.pull(200_000)
    bench.goal = (200_000, 15_000, codes.MODE_POSITION)
    bench.tick(50)
    place = bench.position_nm // 1000
    for _ in range(200):
        bench.slack_um += 10
        bench.tick(5)
        assert abs(bench.position_nm // 1000 - place) <= 1
    sagged = bench.force
    assert sagged < 170_000
    bench.goal = (200_000, 15_000, codes.MODE_FORCE)
    bench.tick(2)
    assert abs(bench.c.own_target_mn - sagged) < 1000
    bench.tick(400)
    assert abs(bench.force - 200_000) < 1000


def test_creep_in_a_force_hold_is_followed(make_bench: Any) -> None:
    bench = make_bench(k_n_per_mm=20)
    bench.pull(200_000)
    for _ in range(1000):
        bench.slack_um += 2  # 0.2 mm/s
        bench.tick()
        assert abs(bench.force - 200_000) < 1500
    bench.tick(1)
    assert bench.c.motion.loop.stiffness_mn_per_mm >= 15_000  # creep is not mistaken for softness


def test_a_slow_ramp_with_creep_does_not_make_the_body_look_soft(make_bench: Any) -> None:
    bench = make_bench(k_n_per_mm=20)
    bench.pull(100_000)
    for tick in range(2000):
        bench.slack_um += 1  # 0.1 mm/s of creep under a ramp of 0.5 N/s
        bench.goal = (100_000 + 5 * tick, 15_000, codes.MODE_FORCE)
        bench.tick()
    assert bench.c.motion.loop.stiffness_mn_per_mm >= 15_000


def test_both_cells_steer_by_their_mean(make_bench: Any) -> None:
    bench = make_bench()
    bench.b = lambda force: force + 8_000 if bench.c.now_ms > 100 else force
    bench.run()
    bench.goal = (100_000, 15_000, codes.MODE_FORCE)
    bench.tick(1500)
    assert abs(bench.force - 96_000) < 500


def test_slack_that_comes_back_is_taken_up_gently_however_soft_the_body_was(make_bench: Any) -> None:
    bench = make_bench(k_n_per_mm=4)
    bench.pull(60_000, seconds=20)
    bench.goal = (0, 50_000, codes.MODE_FORCE)
    bench.tick(300)
    bench.slack_um += 3_000
    bench.goal = (60_000, 50_000, codes.MODE_FORCE)
    bench.tick()
    while bench.force < 4_000:
        bench.tick()
        assert bench.c.velocity_um_per_s <= 1_090


def test_0_n_does_not_unwind_for_ever_on_an_offset(bench: Any) -> None:
    bench.a = bench.b = lambda force: force + 4_000
    bench.run()
    bench.goal = (0, 15_000, codes.MODE_FORCE)
    bench.tick(1000)
    assert bench.position_nm == 0


def test_0_n_after_a_pull_means_below_contact(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(60_000)
    bench.goal = (0, 50_000, codes.MODE_FORCE)
    bench.tick(300)
    assert bench.force <= 5_000
    assert bench.c.velocity_um_per_s == 0


def test_a_tick_without_a_reading_is_a_tick_standing_still(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(50_000)
    bench.goal = (300_000, 50_000, codes.MODE_FORCE)
    bench.tick(40)
    speed = bench.c.velocity_um_per_s
    bench.a = bench.b = lambda _: None
    bench.tick()
    assert bench.c.velocity_um_per_s < speed
    bench.a = bench.b = lambda force: force
    bench.tick(300)
    assert bench.c.state == codes.STATE_RUN


@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_speeds_stay_within_the_drive(make_bench: Any, region: int) -> None:
    config = ControllerConfig(region, 1, 0)
    bench = make_bench(region, 4)
    bench.run()
    last = 0
    for target in (180_000, 0, 180_000):
        bench.goal = (target, 100_000 if region == LUMBAR else 40_000, codes.MODE_FORCE)
        for _ in range(1500):
            bench.tick()
            speed = bench.c.velocity_um_per_s
            assert -config.unload_um_per_s <= speed <= config.pull_um_per_s
            assert abs(speed - last) <= config.accel_um_per_s2 // 100
            last = speed


def test_an_unknown_adaptor_is_refused() -> None:
    with pytest.raises(ValueError, match="adaptor"):
        ControllerConfig(2, 1, 0)
