"""Every release arrives at slack in time without tripping itself, or falls through to power off."""

from typing import Any

import pytest

from traction.controller import limits as order
from traction.controller import motion as drive
from traction.wire import codes

LUMBAR, CERVICAL = codes.REGION_LUMBAR, codes.REGION_CERVICAL
TOP = {LUMBAR: 880_000, CERVICAL: 195_000}


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST])
@pytest.mark.parametrize("k", [10, 20, 60])
@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_an_ordinary_release_from_any_force_is_done_in_time(
    make_bench: Any, region: int, k: int, kind: int
) -> None:
    for share in (5, 50, 100):
        bench = make_bench(region, k)
        force = TOP[region] * share // 100
        bench.pull(force, rate=15_000)
        bench.goal = None
        bench.c.stop(kind)
        ticks = 0
        while bench.c.state != codes.STATE_DONE:
            before = bench.force
            bench.tick()
            ticks += 1
            assert bench.c.state in (codes.STATE_RELEASING, codes.STATE_FAST_RELEASING, codes.STATE_DONE)
            assert bench.force <= before + 200
        assert ticks <= 500
        assert bench.force <= 10_000
        assert bench.c.fault == 0
        assert bench.c.enabled == 0


@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST])
def test_the_way_down_keeps_its_rate(make_bench: Any, region: int, kind: int) -> None:
    bench = make_bench(region, 60)
    bench.pull(TOP[region])
    bench.goal = None
    bench.c.stop(kind)
    rate = bench.limits[order.RELEASE_RATE if kind == codes.STOP_RELEASE else order.FAST_RELEASE_RATE]
    forces = []
    while bench.c.state != codes.STATE_DONE:
        bench.tick()
        forces.append(bench.force)
    steepest = max(forces[index - 10] - forces[index] for index in range(10, len(forces)))
    assert steepest * 10 <= rate * 120 // 100
    assert len(forces) * 10 >= (TOP[region] - 10_000) * 1000 // (rate * 120 // 100)


@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_a_jam_falls_through_to_power_off_and_the_power_less_release(make_bench: Any, region: int) -> None:
    bench = make_bench(region)
    bench.pull(TOP[region])
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.jam = True
    ticks = 0
    while bench.c.state != codes.STATE_DUMPED:
        bench.tick()
        ticks += 1
    assert ticks <= 60
    assert (bench.c.dump, bench.c.enabled) == (1, 0)
    assert bench.c.fault in (codes.FAULT_RELEASE_LATE, codes.FAULT_FOLLOWING)
    bench.tick()
    assert bench.force == 0


def test_a_release_that_moves_but_does_not_unload_is_late_after_half_a_second(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(300_000)
    bench.goal = None
    held = bench.force
    bench.a = bench.b = lambda _: held + bench.c.seq % 2
    bench.c.stop(codes.STOP_RELEASE)
    bench.tick(50)
    assert bench.c.state == codes.STATE_RELEASING
    bench.tick(2)
    assert (bench.c.state, bench.c.fault) == (codes.STATE_DUMPED, codes.FAULT_RELEASE_LATE)


def test_no_release_lasts_longer_than_its_time(make_bench: Any) -> None:
    bench = make_bench(k_n_per_mm=5)  # so soft that top speed just keeps to the release line
    bench.pull(530_000, seconds=45)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    ticks = 0
    while bench.c.state == codes.STATE_RELEASING:
        bench.tick()
        ticks += 1
    assert bench.c.state == codes.STATE_DUMPED
    assert ticks == 501


def test_a_tightened_release_time_is_kept(make_bench: Any) -> None:
    bench = make_bench()
    for index, value in (
        (order.MAX_FORCE, 100_000),
        (order.MAX_RELEASE, 1_000),
        (order.RELEASE_RATE, 100_000),
    ):
        bench.limits = (*bench.limits[:index], value, *bench.limits[index + 1 :])
    bench.pull(99_000)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.tick(102)
    assert bench.c.state == codes.STATE_DONE


def test_a_fast_release_draws_a_new_line_but_the_time_runs_on(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(500_000)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    start = bench.c.motion.release.whole_start_ms
    bench.tick(50)
    bench.c.stop(codes.STOP_FAST)
    release = bench.c.motion.release
    assert (release.whole_start_ms, release.start_ms) == (start, bench.c.now_ms)


def test_slack_needs_three_samples_that_were_really_read(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(15_000)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.a = bench.b = lambda _: 5_000
    bench.tick(2)
    bench.a = bench.b = lambda _: None
    bench.tick(2)
    assert bench.c.state == codes.STATE_RELEASING
    bench.a = bench.b = lambda _: 5_000
    bench.tick(2)
    assert bench.c.motion.loose_um is None
    bench.tick()
    assert bench.c.motion.loose_um is not None  # slack: from here it only gets looser
    bench.settle(1)
    assert bench.c.state == codes.STATE_DONE


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST])
@pytest.mark.parametrize("k", [6, 20, 60])
@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_a_release_ends_loose_and_not_just_slack(make_bench: Any, region: int, k: int, kind: int) -> None:
    bench = make_bench(region, k, slack_um=15_000)
    bench.a = lambda force: force + bench.c.seq % 2  # a cell that lives
    bench.pull(100_000, seconds=100)
    bench.goal = None
    bench.c.stop(kind)
    bench.settle(5)
    assert bench.c.state == codes.STATE_DONE
    # past the point where the force ends by as much as creep may bring back
    loose_um = bench.slack_um - bench.position_nm // 1000
    assert loose_um >= min(2_500, 30_000 / k)
    assert loose_um <= bench.config.past_slack_um + 1_000


def test_a_release_stops_where_the_run_began(make_bench: Any) -> None:
    bench = make_bench(slack_um=500)
    bench.pull(100_000, seconds=20)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle(5)
    assert bench.c.state == codes.STATE_DONE
    assert bench.position_nm // 1000 == pytest.approx(0, abs=700)


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST])
@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_where_no_reading_falls_only_the_start_of_the_run_is_slack(
    make_bench: Any, region: int, kind: int
) -> None:
    bench = make_bench(region)
    bench.run()
    bench.a = bench.b = lambda _: 300  # both are stuck at what a slack rope shows
    bench.goal = (50_000, 15_000, codes.MODE_FORCE)
    for _ in range(2000):
        bench.tick()
        if bench.position_nm // 1000 > bench.config.quiet_um - 200:
            break
    assert bench.c.state == codes.STATE_RUN
    assert bench.force > 50_000  # and nobody sees it
    bench.goal = None
    bench.c.stop(kind)
    while bench.c.enabled:
        bench.tick()
        assert bench.c.velocity_um_per_s <= 0
    assert (bench.c.state, bench.c.fault) == (codes.STATE_DONE, 0)
    assert bench.c.now_ms - bench.c.motion.release.whole_start_ms <= 1_000
    bench.settle(1)
    assert bench.force == 0
    assert bench.position_nm // 1000 == pytest.approx(0, abs=700)


@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_a_release_out_of_a_rest_goes_back_however_long_the_slack_was(make_bench: Any, region: int) -> None:
    bench = make_bench(region, 10, slack_um=30_000)
    bench.a = lambda force: force + bench.c.seq % 2
    bench.pull(100_000, seconds=200)
    bench.goal = (0, 15_000, codes.MODE_FORCE)
    bench.tick(1500)
    assert bench.force <= 10_000
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle(8)
    assert (bench.c.state, bench.c.fault) == (codes.STATE_DONE, 0)
    assert bench.position_nm // 1000 == pytest.approx(0, abs=700)


def test_a_carriage_that_does_not_come_back_loses_its_power(make_bench: Any) -> None:
    bench = make_bench(slack_um=4_000)
    bench.pull(20_000, seconds=20)
    bench.goal = (0, 15_000, codes.MODE_FORCE)
    bench.tick(500)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.tick(3)
    way_um = bench.position_nm // 1000
    assert bench.c.motion.loose_end_ms == bench.c.now_ms + way_um * 1000 // 20_000 + 500
    motion, way_ms = bench.c.motion, way_um * 1000 // 20_000 + 500
    for now_ms, progress in ((way_ms - 1, drive.GOING), (way_ms, drive.LATE)):
        assert motion.unload(way_um, bench.c.now_ms + now_ms) == progress
    assert motion.unload(1, bench.c.now_ms) == drive.GOING
    assert motion.unload(0, bench.c.now_ms + way_ms) == drive.SLACK


@pytest.mark.parametrize("region", [LUMBAR, CERVICAL])
def test_a_fast_release_is_faster_on_a_soft_body_too(make_bench: Any, region: int) -> None:
    times = {}
    for kind in (codes.STOP_RELEASE, codes.STOP_FAST):
        bench = make_bench(region, 6 if region == LUMBAR else 8)
        bench.pull(TOP[region] // 2, seconds=60)
        bench.goal = None
        bench.c.stop(kind)
        force, times[kind], steepest = bench.force, 0, 0
        while bench.force > 10_000:
            bench.tick(10)
            steepest = max(steepest, force - bench.force)
            force = bench.force
            times[kind] += 1
        cap = bench.limits[order.RELEASE_RATE if kind == codes.STOP_RELEASE else order.FAST_RELEASE_RATE]
        assert steepest * 10 <= cap * 120 // 100
        assert bench.c.fault == 0
    assert times[codes.STOP_FAST] <= 0.65 * times[codes.STOP_RELEASE]


def test_the_higher_cell_decides_when_slack_is_reached(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(100_000)
    bench.goal = None
    bench.a = lambda force: max(force - 12_000, 0)
    bench.tick(30)
    while bench.c.state != codes.STATE_FAULT_LATCHED and bench.c.state != codes.STATE_DONE:
        bench.tick()
    assert bench.force <= 10_000


def test_a_release_never_pulls_not_even_after_a_slip(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(300_000)
    bench.goal = None
    bench.c.stop(codes.STOP_RELEASE)
    bench.tick(5)
    bench.slack_um += 5_000  # 100 N are gone at once
    while bench.c.state == codes.STATE_RELEASING:
        bench.tick()
        assert bench.c.velocity_um_per_s <= 0
    assert bench.c.state == codes.STATE_DONE


@pytest.mark.parametrize("state", ["position", "rising", "falling"])
def test_a_release_begins_well_from_any_motion(make_bench: Any, state: str) -> None:
    bench = make_bench(k_n_per_mm=60)
    bench.pull(200_000)
    if state == "position":
        bench.goal = (200_000, 15_000, codes.MODE_POSITION)
    else:
        bench.goal = (400_000 if state == "rising" else 20_000, 50_000, codes.MODE_FORCE)
    bench.tick(60)
    top = bench.force
    bench.c.stop(codes.STOP_RELEASE)
    bench.goal = None
    while bench.c.state == codes.STATE_RELEASING:
        bench.tick()
        assert bench.force <= top + 6_000  # the carriage cannot turn at once
    assert bench.c.state == codes.STATE_DONE
