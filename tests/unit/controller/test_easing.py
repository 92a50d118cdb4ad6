"""The patient's button to ease off: what its contact says without the bounces; nothing follows from it."""

import itertools

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.easing import LET_GO_TICKS, Easing
from traction.wire import codes

OPEN = codes.INPUTS_HEALTHY
PRESSED = OPEN | codes.INPUT_EASE_PRESSED


def told(*inputs: int | None) -> list[int]:
    """Return what a button tells after each tick, 1 = pressed."""
    config = ControllerConfig(codes.REGION_LUMBAR, 1, codes.DRIVE_BACK_DRIVABLE)
    config.ease_button = 1
    button = Easing(config)
    found = []
    for one in inputs:
        button.see(one)
        assert button.bit in (0, codes.INPUT_EASE_PRESSED)
        found.append(int(button.bit > 0))
    return found


def edges(*inputs: int | None) -> int:
    """Return how many presses a host sees that looks at every tick."""
    return sum(one > before for before, one in itertools.pairwise(told(*inputs)))


def test_it_is_told_from_the_third_closed_tick_until_the_thirtieth_open_one() -> None:
    held = (OPEN,) * 5 + (PRESSED,) * 50 + (OPEN,) * 40 + (PRESSED,) * 3
    assert told(*(PRESSED,) * 4) == [0, 0, 1, 1]
    assert told(*held) == [0] * 7 + [1] * (48 + 29) + [0] * (11 + 2) + [1]


def test_what_is_told_outlasts_a_lease() -> None:
    assert LET_GO_TICKS * 10 > codes.LEASE_MAX_MS


@pytest.mark.parametrize(
    ("inputs", "presses"),
    [
        ((OPEN,) + (PRESSED, PRESSED, OPEN) * 20, 0),  # touched, and never for long enough
        ((OPEN,) + (PRESSED, OPEN) * 4 + (PRESSED,) * 9 + (OPEN, PRESSED) * 4 + (OPEN,) * 60, 1),
        ((OPEN,) + ((PRESSED,) * 3 + (OPEN,) * 29) * 5, 1),
        ((OPEN,) + ((PRESSED,) * 3 + (OPEN,) * 30) * 5, 5),
        ((OPEN,) + (PRESSED,) * 900, 1),
        ((PRESSED,) * 3 + (OPEN,) * 29 + (PRESSED,) + (OPEN,) * 29 + (PRESSED,) * 3, 1),
        ((OPEN,) + (None,) * 90, 0),
        ((OPEN,) + (PRESSED,) * 3 + (None,) * 30 + (PRESSED,) * 3, 2),
    ],
)
def test_bounces_are_no_presses_of_their_own(inputs: tuple, presses: int) -> None:
    assert edges(*inputs) == presses


def test_nothing_of_the_run_follows_from_it(make_bench) -> None:
    bench, other = make_bench(), make_bench()
    bench.config.ease_button = 1
    bench.c = Controller(bench.config)
    for one in (bench, other):
        one.run()
        one.goal = (100_000, 15_000, codes.MODE_FORCE)
        one.tick(800)
    bench.inputs = PRESSED
    for _ in range(100):
        bench.tick()
        other.tick()
        assert (bench.c.state, bench.c.fault, bench.force, bench.c.velocity_um_per_s) == (
            codes.STATE_RUN,
            codes.FAULT_NONE,
            other.force,
            other.c.velocity_um_per_s,
        )
    assert bench.c.easing.bit == codes.INPUT_EASE_PRESSED
    assert bench.c.inputs == codes.INPUTS_HEALTHY


def test_a_table_without_one_tells_of_none(bench) -> None:
    bench.inputs = PRESSED
    bench.run()
    bench.tick(20)
    assert (bench.c.state, bench.c.easing.bit, bench.c.easing.asked) == (codes.STATE_RUN, 0, 0)
