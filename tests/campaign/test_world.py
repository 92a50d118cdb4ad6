"""One case is a whole session of the product's own parts, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from traction.campaign.case import Case, from_json, to_json
from traction.campaign.draw import draw
from traction.campaign.hosts import HostClock, TrueTime, VirtualDisk
from traction.campaign.oracle import judge
from traction.campaign.world import run
from traction.errors import UsageError
from traction.sim.faults import HOST, read_faults


@pytest.mark.parametrize("seed", range(6))
def test_a_case_without_faults_completes_and_nothing_escapes(seed: int) -> None:
    case = draw(seed, faults=0)
    history = run(case)
    verdict = judge(case, history)
    assert history.result is not None
    assert (str(history.result.outcome), verdict.false_trip, verdict.escapes) == ("COMPLETED", False, ())


@pytest.mark.parametrize("seed", range(40, 52))
def test_a_case_reads_back_as_it_was_written(seed: int) -> None:
    case = draw(seed)
    assert from_json(to_json(case)) == case


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', "null", '{"format": 1, "seed": 1}'])
def test_what_is_no_case_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="E193"):
        from_json(text)


def test_the_same_case_gives_the_same_history() -> None:
    case: Case = draw(43)
    assert run(case).digest() == run(case).digest()
    other = replace(case, rig=replace(case.rig, seed=case.rig.seed + 1))
    assert run(case).digest() != run(other).digest()


@pytest.mark.parametrize("at", ["10ms", "1s", "5.5s"])
def test_a_host_that_is_killed_leaves_a_table_that_lets_go_and_a_record_that_reads(at: str) -> None:
    killed = read_faults([f"host-crash@{at}"], (HOST,))
    case = replace(draw(2, faults=0), injections=killed)
    history = run(case)
    assert (history.crashed, history.result, history.settled) == (True, None, True)
    assert judge(case, history).escapes == ()
    assert judge(case, history).measures["H21"].detect_ms == pytest.approx(260, abs=30)


def slow_disk() -> tuple[TrueTime, HostClock, VirtualDisk]:
    true = TrueTime()
    clock = HostClock(true, lambda: False)
    disk = VirtualDisk(clock)
    disk.write(b"whole")
    disk.slow_us = 200_000
    return true, clock, disk


def killed_in_a_write(seed: int) -> tuple[int, bytes]:
    """Return when the disk was gone, and what is left on it."""
    true, clock, disk = slow_disk()
    died_us: list[int] = []

    def die() -> None:
        died_us.append(true.now)
        disk.crash(random.Random(seed))

    clock.plan(50_000, die)
    disk.write(b"abc")
    assert disk.write(b"more") == 4
    return died_us[0], disk.getvalue()


def test_who_is_killed_in_a_slow_write_is_gone_at_once_and_leaves_a_part_of_it() -> None:
    found = {killed_in_a_write(seed) for seed in range(20)}
    assert {died_us for died_us, _ in found} == {50_000}  # not after the write, or the step that wrote
    assert {left for _, left in found} == {b"whole", b"wholea", b"wholeab", b"wholeabc"}


@pytest.mark.parametrize(
    ("act", "awake_us"),
    [
        (lambda clock: clock.sleep(3_000_000), 3_200_000),  # the rest of the write is done when it is awake
        (lambda clock: clock.stall(3_000_000), 3_050_000),  # the disk goes on while the program stands still
        (lambda clock: clock.stall(10_000), 200_000),
    ],
)
def test_who_sleeps_or_stands_still_in_a_slow_write_does_so_when_it_begins(
    act: Callable[[HostClock], None], awake_us: int
) -> None:
    true, clock, disk = slow_disk()
    clock.plan(50_000, lambda: act(clock))
    disk.write(b"abc")
    assert true.now == awake_us
