"""Each check of the guard alone: what it lets through to the last digit, and what not one digit beyond."""

import gc
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers import checks, foreign
from traction.drivers.base import (
    KNOWN_CAPABILITIES,
    ControllerLimits,
    Identity,
    SetPoint,
    StopKind,
    Telemetry,
)
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.errors import Problem, TableError, TractionError
from traction.wire import codes

Make = Callable[..., tuple[GuardedDriver, ScriptedDriver]]
STAGES = ("opened", "loaded", "armed", "running")


@pytest.fixture
def make(clock: VirtualClock, limits: ControllerLimits) -> Make:
    def build(to: str, *steps: Telemetry, **kwargs: Any) -> tuple[GuardedDriver, ScriptedDriver]:
        driver = ScriptedDriver(steps, clock=clock, identity=kwargs.get("identity", IDENTITY))
        guard = GuardedDriver(driver, clock)
        verbs: tuple[Callable[[], object], ...] = (
            guard.open,
            lambda: guard.load_limits(kwargs.get("limits", limits)),
            guard.arm,
            lambda: guard.go(driver._nonce),
        )
        for verb in verbs[: STAGES.index(to) + 1]:
            verb()
        return guard, driver

    return build


def point(seq: int, target_mn: int = 0, mode: int = codes.MODE_FORCE) -> SetPoint:
    return SetPoint(target_mn, 50_000, mode, 250, seq)


# ---- stopping -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_power_taken_away_at_any_stage_leaves_a_stopped_table(make: Make, stage: str) -> None:
    guard, driver = make(stage)
    guard.stop(StopKind.OFF)
    told = driver.verbs()
    with pytest.raises(TableError, match=r"E501 arm\(\) on a driver that is stopped"):
        guard.arm()
    assert driver.verbs() == [*told, "stop"]


@pytest.mark.parametrize("stage", STAGES)
def test_power_taken_away_asks_for_the_limits_anew(make: Make, limits: ControllerLimits, stage: str) -> None:
    guard, _ = make(stage)
    guard.stop(StopKind.OFF)
    guard.load_limits(limits)
    guard.go(guard.arm())


@pytest.mark.parametrize("kind", [StopKind.RELEASE, StopKind.FAST])
def test_a_release_of_what_is_not_armed_leaves_it_as_it_was(make: Make, kind: StopKind) -> None:
    guard, _ = make("loaded")
    guard.stop(kind)
    guard.arm()


@pytest.mark.parametrize("kind", [StopKind.RELEASE, StopKind.FAST, StopKind.OFF])
def test_no_number_at_all_starts_what_was_armed_and_stopped(make: Make, kind: StopKind) -> None:
    guard, driver = make("armed")
    guard.stop(kind)
    with pytest.raises(TableError, match="E501"):
        guard.go(0)  # what the guard keeps in the place of a nonce that is used up
    assert "go" not in driver.verbs()


def test_power_taken_away_after_a_failure_brings_nothing_back(make: Make) -> None:
    guard, _ = make("running")
    with pytest.raises(TableError, match="E508"):
        guard.poll()  # the script is over
    guard.stop(StopKind.OFF)
    with pytest.raises(TableError, match="E500"):
        guard.poll()


def test_a_table_is_let_go_of_once(make: Make) -> None:
    guard, driver = make("running")
    guard.close()
    told = driver.verbs()
    guard.close()
    with guard:
        pass
    assert driver.verbs() == told
    assert (told.count("stop"), told.count("close")) == (1, 1)


def test_a_guard_that_never_came_to_be_has_nothing_to_close() -> None:
    unfinished = GuardedDriver.__new__(GuardedDriver)
    unfinished.__del__()
    del unfinished  # what is raised in there now would be a warning, which is an error here
    gc.collect()


def test_a_refusal_keeps_what_it_came_from(make: Make) -> None:
    guard, _ = make("opened")
    with pytest.raises(TableError) as caught:
        guard.arm()
    assert not caught.value.__suppress_context__


# ---- samples --------------------------------------------------------------------------------------------


class Whole(int):
    """A whole number by its looks, with an arithmetic of its own."""


@pytest.mark.parametrize("value", [True, Whole(7)])
def test_a_channel_carries_a_plain_whole_number(make: Make, value: Any) -> None:
    steps = (sample(1)._replace(channels=(7,)), sample(2)._replace(channels=(value,)))
    guard, driver = make("opened", *steps, identity=replace(IDENTITY, channels=("a_mn",)))
    guard.poll()
    with pytest.raises(TableError, match="E506"):
        guard.poll()
    assert driver.verbs()[-1] == "stop"


@pytest.mark.parametrize("value", [foreign.MIN_INT, foreign.MAX_INT])
def test_the_largest_numbers_of_64_bits_are_numbers(value: int) -> None:
    assert checks.is_whole(value)
    assert foreign.shown(value) == str(value)
    beyond = value + (1 if value > 0 else -1)
    assert not checks.is_whole(beyond)
    assert foreign.shown(beyond) == "a whole number of 64 bits"


def test_the_last_nonce_is_one() -> None:
    assert checks.check_nonce(foreign.MAX_INT) == foreign.MAX_INT
    for value in (foreign.MAX_INT + 1, 0):
        with pytest.raises(TableError, match="E507"):
            checks.check_nonce(value)


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (7, "a sample is <class 'int'>"),
        (Telemetry(*range(10), ())._replace(state=None), "state is None"),  # type: ignore[arg-type]
        (Telemetry(*range(10), (1,)), "1 channels, or a time beyond all bounds"),
        (Telemetry(*range(10), (1.0,)), "channels are (1.0,)"),  # type: ignore[arg-type]
        (Telemetry(*range(10), [1]), "channels are [1]"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_with_a_sample_is_said(thing: Any, said: str) -> None:
    assert checks.telemetry_fault(thing).problems[0].found == said


# ---- who is there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"model": "m" * checks.LONGEST_TEXT},
        {"tick_ms": checks.LONGEST_TICK_MS},
        {"tick_ms": 1},
        {"boot_id": foreign.MAX_INT},
        {"boot_id": foreign.MIN_INT},
        {"channels": tuple(f"c{number}" for number in range(checks.MOST_CHANNELS))},
        {"capabilities": KNOWN_CAPABILITIES},
    ],
)
def test_an_identity_may_go_to_its_bounds(change: dict[str, Any]) -> None:
    identity: Identity = replace(IDENTITY, **change)
    assert checks.check_identity(identity) is identity


# ---- set-points -----------------------------------------------------------------------------------------


def test_the_first_sample_of_all_can_be_echoed(make: Make) -> None:
    guard, driver = make("running", sample(0))
    guard.poll()
    guard.setpoint(point(0))
    assert driver.sent[-1].value == point(0)


def test_the_largest_force_is_one(make: Make, limits: ControllerLimits) -> None:
    low = replace(limits, max_force_mn=300)
    guard, driver = make("running", sample(1), limits=low)
    guard.poll()
    guard.setpoint(point(1, 300))
    assert driver.sent[-1].value == point(1, 300)
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(1, 301))


@pytest.mark.parametrize(("target_mn", "good"), [(1252, True), (1253, False)])
def test_the_first_target_lies_within_the_carry_and_2_mn(make: Make, target_mn: int, good: bool) -> None:
    # 25 ms at 50 N/s, which is all that may have been saved when the sample is read at the go
    guard, _ = make("running", sample(1))
    guard.poll()
    if good:
        guard.setpoint(point(1, target_mn))
        return
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(1, target_mn))


def test_the_same_target_takes_no_time_however_old_its_sample(make: Make, clock: VirtualClock) -> None:
    guard, driver = make("armed", sample(1))
    guard.poll()
    clock.wait_until_us(150_000)
    guard.go(driver._nonce)
    guard.setpoint(point(1))
    assert driver.sent[-1].value == point(1)


@pytest.mark.parametrize("seq", [-2, -1, 0, 1])
def test_no_number_is_an_echo_before_a_sample_has_come(make: Make, seq: int) -> None:
    guard, driver = make("running")
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(seq))
    assert "setpoint" not in driver.verbs()


@pytest.mark.parametrize(("target_mn", "good"), [(502, True), (503, False)])
def test_a_sample_from_before_the_start_has_saved_less(
    make: Make, clock: VirtualClock, target_mn: int, good: bool
) -> None:
    guard, driver = make("armed", sample(1))
    guard.poll()
    clock.wait_until_us(15_000)
    guard.go(driver._nonce)  # 10 ms at 50 N/s are left of the carry, and the 2 mN
    if good:
        guard.setpoint(point(1, target_mn))
        return
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(1, target_mn))


@pytest.mark.parametrize(("target_mn", "good"), [(25_002, True), (25_003, False)])
def test_the_carry_is_25_ms_and_not_one_microsecond_more(
    make: Make, limits: ControllerLimits, target_mn: int, good: bool
) -> None:
    guard, _ = make("running", sample(1), limits=replace(limits, max_rate_up_mn_per_s=1_000_000))
    guard.poll()
    if good:
        guard.setpoint(point(1, target_mn))
        return
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(1, target_mn))


def test_the_tightest_limit_is_one() -> None:
    tightest = ControllerLimits(*[1] * len(checks.LIMIT_NAMES))
    assert checks.check_limits(tightest, None) is tightest


@pytest.mark.parametrize("name", SetPoint._fields)
def test_what_is_no_number_in_a_set_point_is_named(make: Make, name: str) -> None:
    guard, _ = make("running", sample(1))
    guard.poll()
    with pytest.raises(TableError, match=f"{name} is None") as caught:
        guard.setpoint(point(1)._replace(**{name: None}))
    assert caught.value.problems[0].field == name


# ---- words of others ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("four", 4, "four"),
        ("fives", 4, "five..."),
        ("a\nb", 9, r"a\nb"),
        ("\xe4", 9, "\xe4"),
        ("\xe4\n", 9, "\xe4\\n"),
    ],
)
def test_a_text_is_cut_where_it_is_too_long(text: str, longest: int, expected: str) -> None:
    assert foreign.cleaned(text, longest) == expected


class Text(str):
    """A text by its looks, with an idea of its own of what it is."""

    __slots__ = ()


PROBLEM = Problem("E500", "x")


@pytest.mark.parametrize(
    ("problems", "usable"),
    [
        ((PROBLEM,), True),
        ((PROBLEM,) * foreign.MOST_PROBLEMS, True),
        ((PROBLEM,) * (foreign.MOST_PROBLEMS + 1), False),
        ((), False),
        ([PROBLEM], False),
        ((replace(PROBLEM, found="x" * foreign.LONGEST_OWN),), True),
        ((replace(PROBLEM, found="x" * (foreign.LONGEST_OWN + 1)),), False),
        ((replace(PROBLEM, line=0, column=(1 << 31) - 1),), True),
        ((replace(PROBLEM, line=-1),), False),
        ((replace(PROBLEM, line=1 << 31),), False),
        ((replace(PROBLEM, line=True),), False),
        ((replace(PROBLEM, column=1.0),), False),  # type: ignore[arg-type]
        ((replace(PROBLEM, file="a\x1b[2J"),), False),
        ((replace(PROBLEM, field="a\nb"),), False),
        ((replace(PROBLEM, found=Text("x")),), False),
        ((replace(PROBLEM, file="a", field="b"),), True),
        ((PROBLEM, type("Other", (), {f: getattr(PROBLEM, f) for f in Problem.__slots__})()), False),
    ],
)
def test_an_error_is_taken_over_as_it_stands_or_not_at_all(problems: Any, usable: bool) -> None:
    error = TableError(PROBLEM)
    error.problems = problems
    assert foreign.is_usable(error) is usable
    made = foreign.failure("arm()", error)
    assert (made is error) is usable
    assert made.code == ("E500" if usable else "E507")


def test_what_only_says_it_is_an_error_of_ours_is_none() -> None:
    class Pretender(ValueError):
        problems = (PROBLEM,)
        __class__ = TractionError  # type: ignore[assignment]

    assert not foreign.is_usable(Pretender())
    assert foreign.failure("arm()", Pretender()).code == "E507"


def test_an_interrupt_that_nobody_raised_came_from_nowhere() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not foreign.is_from_outside(KeyboardInterrupt())
