"""Nothing reaches a table unchecked, nothing comes from one unchecked, and every way out stops it."""

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, SetPoint, StopKind, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.errors import Problem, RefusedError, TableError, TractionError, UsageError
from traction.wire import codes

Make = Callable[..., tuple[GuardedDriver, ScriptedDriver]]
FOREIGN = [None, True, 1.0, float("nan"), float("inf"), "1", 1 + 0j]


@pytest.fixture
def make(clock: VirtualClock, limits: ControllerLimits) -> Make:
    def build(
        steps: Iterable[Telemetry | BaseException] = (), *, to: str = "running", **kwargs: Any
    ) -> tuple[GuardedDriver, ScriptedDriver]:
        driver = ScriptedDriver(steps, clock=clock, **kwargs)
        guard = GuardedDriver(driver, clock)
        for verb in ("open", "load_limits", "arm", "go"):
            if to == "new":
                break
            if verb == "load_limits":
                guard.load_limits(limits)
            elif verb == "go":
                guard.go(driver._nonce)
            else:
                getattr(guard, verb)()
            if to == {"open": "opened", "load_limits": "loaded", "arm": "armed", "go": "running"}[verb]:
                break
        return guard, driver

    return build


def healthy(count: int) -> list[Telemetry | BaseException]:
    return [sample(seq) for seq in range(1, count + 1)]


def point(seq: int, target: int = 0, **change: Any) -> SetPoint:
    return SetPoint(target, 50_000, codes.MODE_FORCE, 250, seq)._replace(**change)


def assert_ended(guard: GuardedDriver, driver: ScriptedDriver) -> None:
    """The table was told to stop, nothing can be commanded any more, and stop and close get through."""
    assert driver.sent[-1].verb == "stop"
    told = len(driver.sent)
    verbs: tuple[Callable[[], object], ...] = (
        guard.open,
        guard.arm,
        lambda: guard.load_limits(guard.limits or None),  # type: ignore[arg-type]
        lambda: guard.go(1),
        lambda: guard.reset(0),
        lambda: guard.setpoint(point(1)),
    )
    for verb in verbs:
        with pytest.raises(TableError) as caught:
            verb()
        assert caught.value.code == "E500"
    assert len(driver.sent) == told
    guard.stop(StopKind.FAST)
    assert (driver.sent[-1].verb, driver.sent[-1].value) == ("stop", StopKind.FAST)


def assert_closes(guard: GuardedDriver, driver: ScriptedDriver) -> None:
    guard.close()
    guard.close()
    assert driver.verbs()[-2:] == ["stop", "close"]
    with pytest.raises(TableError, match="E500"):
        guard.poll()


def assert_dead(guard: GuardedDriver, driver: ScriptedDriver) -> None:
    """Not even its samples are believed any more."""
    assert_ended(guard, driver)
    told = len(driver.sent)
    with pytest.raises(TableError) as caught:
        guard.poll()
    assert caught.value.code == "E500"
    assert len(driver.sent) == told
    assert_closes(guard, driver)


def assert_watched(guard: GuardedDriver, driver: ScriptedDriver) -> None:
    """The link lives, so the release can be watched to its end."""
    assert_ended(guard, driver)
    driver._steps = iter([sample(90, state=codes.STATE_RELEASING), sample(91, state=codes.STATE_DONE)])
    assert [guard.poll().seq, guard.poll().seq] == [90, 91]
    assert not guard.may_be_powered
    assert_ended_still(guard)
    assert_closes(guard, driver)


def assert_ended_still(guard: GuardedDriver) -> None:
    with pytest.raises(TableError, match="E500"):
        guard.setpoint(point(91))


# ---- order -------------------------------------------------------------------------------------------

ORDER = {
    "new": {"open"},
    "opened": {"load_limits", "poll", "reset"},
    "loaded": {"load_limits", "arm", "poll", "reset"},
    "armed": {"load_limits", "arm", "go", "poll", "reset"},
    "running": {"setpoint", "poll"},
    "stopped": {"load_limits", "poll", "reset"},
}


@pytest.mark.parametrize("stage", ORDER)
@pytest.mark.parametrize("verb", ["open", "load_limits", "arm", "go", "setpoint", "poll", "reset"])
def test_every_verb_at_every_stage(make: Make, limits: ControllerLimits, stage: str, verb: str) -> None:
    guard, driver = make(healthy(2), to="running" if stage == "stopped" else stage)
    if stage in ("running", "stopped"):
        guard.poll()
    if stage == "stopped":
        guard.stop(StopKind.RELEASE)
    calls: dict[str, Callable[[], object]] = {
        "open": guard.open,
        "load_limits": lambda: guard.load_limits(limits),
        "arm": guard.arm,
        "go": lambda: guard.go(driver._nonce),
        "setpoint": lambda: guard.setpoint(point(1)),
        "poll": guard.poll,
        "reset": lambda: guard.reset(0),
    }
    if verb in ORDER[stage]:
        calls[verb]()
        assert driver.sent[-1].verb == verb
    else:
        with pytest.raises(TableError) as caught:
            calls[verb]()
        assert caught.value.code == "E501"
        assert verb in str(caught.value)
        (assert_dead if stage == "new" else assert_watched)(guard, driver)


def test_after_a_reset_the_limits_must_be_loaded_again(make: Make) -> None:
    guard, _ = make(to="loaded")
    guard.reset(402)
    assert guard.limits is None
    with pytest.raises(TableError):
        guard.arm()


def test_stopping_an_armed_table_disarms_it(make: Make) -> None:
    guard, driver = make(to="armed")
    guard.stop(StopKind.RELEASE)
    with pytest.raises(TableError):
        guard.go(driver._nonce)


def test_nobody_has_answered_before_open(make: Make) -> None:
    guard, _ = make(to="new")
    with pytest.raises(TableError):
        _ = guard.identity
    guard.open()
    assert guard.identity == IDENTITY


# ---- identity, limits, nonce ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "identity",
    [
        None,
        "me",
        replace(IDENTITY, boot_id=1.0),
        replace(IDENTITY, boot_id=True),
        replace(IDENTITY, model=None),
        replace(IDENTITY, drive="sometimes"),
        replace(IDENTITY, region="knee"),
        replace(IDENTITY, simulated=1),
        replace(IDENTITY, tick_ms=0),
        replace(IDENTITY, channels=["a"]),
        replace(IDENTITY, channels=(1,)),
    ],
)
def test_an_identity_is_complete_or_nothing(make: Make, identity: Any) -> None:
    guard, driver = make(to="new", identity=identity)
    with pytest.raises(TableError) as caught:
        guard.open()
    assert caught.value.code == "E504"
    assert_dead(guard, driver)


@pytest.mark.parametrize("name", ControllerLimits.__slots__)
@pytest.mark.parametrize("value", [*FOREIGN, 0, -1])
def test_a_limit_is_a_positive_whole_number(
    make: Make, limits: ControllerLimits, name: str, value: Any
) -> None:
    guard, driver = make(to="opened")
    with pytest.raises(TableError) as caught:
        guard.load_limits(replace(limits, **{name: value}))
    assert caught.value.code == ("E503" if type(value) is int else "E502")
    assert "load_limits" not in driver.verbs()
    assert_watched(guard, driver)


def test_limits_are_limits(make: Make) -> None:
    guard, _ = make(to="opened")
    with pytest.raises(TableError, match="E502"):
        guard.load_limits((1,) * 11)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ControllerLimits.__slots__)
def test_limits_only_tighten(make: Make, limits: ControllerLimits, name: str) -> None:
    looser = -1 if name == "hold_band_mn" else 1
    guard, driver = make(to="loaded")
    tighter = replace(limits, **{name: getattr(limits, name) - looser})
    guard.load_limits(tighter)
    with pytest.raises(TableError) as caught:
        guard.load_limits(limits)
    assert caught.value.code == "E503"
    assert name in str(caught.value)
    assert guard.limits is None
    assert_watched(guard, driver)


@pytest.mark.parametrize("name", ControllerLimits.__slots__)
@pytest.mark.parametrize("change", ["one more", "one less", "float", "bool"])
def test_limits_must_read_back_equal_to_the_last_digit(
    make: Make, limits: ControllerLimits, name: str, change: str
) -> None:
    value = getattr(limits, name)
    stored = {"one more": value + 1, "one less": value - 1, "float": float(value), "bool": True}[change]
    guard, driver = make(to="opened", read_back=replace(limits, **{name: stored}))
    with pytest.raises(TableError) as caught:
        guard.load_limits(limits)
    assert caught.value.code == "E505"
    assert name in str(caught.value)
    assert guard.limits is None
    assert_dead(guard, driver)


def test_a_read_back_of_something_else_is_no_read_back(make: Make, limits: ControllerLimits) -> None:
    guard, driver = make(to="opened", read_back=tuple(range(11)))
    with pytest.raises(TableError, match="E505"):
        guard.load_limits(limits)
    assert_dead(guard, driver)


@pytest.mark.parametrize("nonce", [*FOREIGN, 0, 2])
def test_go_carries_the_nonce_of_this_arming(make: Make, nonce: Any) -> None:
    guard, driver = make(to="armed")
    with pytest.raises(TableError) as caught:
        guard.go(nonce)
    assert caught.value.code == "E502"
    assert "go" not in driver.verbs()
    assert_watched(guard, driver)


@pytest.mark.parametrize("fault", FOREIGN)
def test_a_reset_names_a_number(make: Make, fault: Any) -> None:
    guard, driver = make(to="opened")
    with pytest.raises(TableError, match="E502"):
        guard.reset(fault)
    assert_watched(guard, driver)


class Misarming(ScriptedDriver):
    def arm(self) -> Any:
        return self.answer

    answer: Any = None


@pytest.mark.parametrize("answer", [*FOREIGN, 0, -1])
def test_a_driver_that_arms_with_nonsense_is_dead(
    clock: VirtualClock, limits: ControllerLimits, answer: Any
) -> None:
    driver = Misarming(clock=clock)
    driver.answer = answer
    guard = GuardedDriver(driver, clock)
    guard.open()
    guard.load_limits(limits)
    with pytest.raises(TableError, match="E507"):
        guard.arm()
    assert_dead(guard, driver)


# ---- set-points ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"target_mn": -1}, "E503"),
        ({"rate_mn_per_s": 100_000}, None),
        ({"rate_mn_per_s": 100_001}, "E503"),
        ({"rate_mn_per_s": 0}, None),
        ({"rate_mn_per_s": -1}, "E503"),
        ({"lease_ms": 250}, None),
        ({"lease_ms": 251}, "E503"),
        ({"lease_ms": 1}, None),
        ({"lease_ms": 0}, "E503"),
        ({"mode": codes.MODE_POSITION}, None),
        ({"mode": 2}, "E503"),
        ({"mode": -1}, "E503"),
        ({"echo_seq": 1}, "E503"),
        ({"echo_seq": 3}, "E503"),
        *(({name: value}, "E502") for name in SetPoint._fields for value in FOREIGN),
    ],
)
def test_a_set_point_is_inside_every_bound_or_never_sent(
    make: Make, change: dict[str, Any], code: str | None
) -> None:
    guard, driver = make(healthy(2))
    guard.poll()
    guard.poll()
    if code is None:
        guard.setpoint(point(2, **change))
        assert driver.sent[-1].value == point(2, **change)
        return
    with pytest.raises(TableError) as caught:
        guard.setpoint(point(2, **change))
    assert caught.value.code == code
    assert "setpoint" not in driver.verbs()
    assert_watched(guard, driver)


def test_only_a_set_point_is_one(make: Make) -> None:
    guard, driver = make(healthy(1))
    guard.poll()
    with pytest.raises(TableError, match="E502"):
        guard.setpoint((0, 0, 0, 250, 1))  # type: ignore[arg-type]
    assert_watched(guard, driver)


def test_no_set_point_before_a_sample_was_read(make: Make) -> None:
    guard, driver = make(healthy(1))
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(-1))
    assert_watched(guard, driver)


@pytest.mark.parametrize(("age_us", "good"), [(0, True), (200_000, True), (200_001, False)])
def test_an_echo_is_at_most_200_ms_old(make: Make, clock: VirtualClock, age_us: int, good: bool) -> None:
    guard, driver = make(healthy(1))
    guard.poll()
    clock.wait_until_us(clock.now_us() + age_us)
    if good:
        guard.setpoint(point(1))
    else:
        with pytest.raises(TableError, match="E503"):
            guard.setpoint(point(1))
        assert_watched(guard, driver)


class FromTheFuture(ScriptedDriver):
    def poll(self) -> Telemetry:
        return super().poll()._replace(received_us=10**9)


def test_a_sample_from_the_future_is_no_echo(clock: VirtualClock, limits: ControllerLimits) -> None:
    driver = FromTheFuture(healthy(1), clock=clock)
    guard = GuardedDriver(driver, clock)
    guard.open()
    guard.load_limits(limits)
    guard.go(guard.arm())
    guard.poll()
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(1))
    assert_watched(guard, driver)


def drive(
    guard: GuardedDriver,
    clock: VirtualClock,
    script: Iterable[tuple[int, int]],
    stalls_us: Iterable[int] = (),
    start: int = 0,
) -> None:
    """Send (wait in us, change of target in mN) after (wait, change); stall between sample and set-point."""
    target, stalls = start, iter(stalls_us)
    for wait_us, change in script:
        clock.wait_until_us(clock.now_us() + wait_us)
        target += change
        seq = guard.poll().seq
        clock.wait_until_us(clock.now_us() + next(stalls, 0))
        guard.setpoint(point(seq, target))


@pytest.mark.parametrize(
    "script",
    [
        [(20_000, 1_000)] * 500,  # at the limit of 50 N/s for ever
        [(20_000, 1_001), (20_000, 999)] * 100,  # whole numbers of a real profile
        [(60_000, 3_000), (20_000, 1_000)],  # a late tick that computed its target late
        [(35_000, 1_000), (5_000, 1_000)] * 50,  # a late tick, and the next one on time
        [(20_000, 1_000)] * 300 + [(20_000, -2_000)] * 150,  # down is its own limit
        [(1_000_000, 50_000)],
        [(0, 1_000), (20_000, 1_000)],
        [(30_000, 2_500), (10_000, 500)],  # the first tick late, and its target is for the tick after it
    ],
)
def test_slopes_within_the_limit_pass(make: Make, clock: VirtualClock, script: list[tuple[int, int]]) -> None:
    guard, _ = make(healthy(len(script)))
    drive(guard, clock, script)


@pytest.mark.parametrize(
    "script",
    [
        [(0, 1_300)],
        [(20_000, 2_050)],  # what is due a tick later, and more
        [(20_000, 2_000), (20_000, 1_300)],
        [(20_000, 1_050)] * 20,  # a little too steep for a while
        [(100_000, 1_000)] + [(1_000, 1_000)] * 3,  # catching up in a burst
        [(20_000, 1_000)] * 300 + [(20_000, -2_600)],
        [(1_000_000, 51_003)],
        [(20_000, 900_001)],
    ],
)
def test_slopes_beyond_the_limit_do_not(
    make: Make, clock: VirtualClock, script: list[tuple[int, int]]
) -> None:
    guard, driver = make(healthy(len(script)))
    with pytest.raises(TableError) as caught:
        drive(guard, clock, script)
    assert caught.value.code == "E503"
    assert_watched(guard, driver)


@pytest.mark.parametrize("stall_us", [6_000, 15_000, 19_000, 30_000, 190_000])
def test_a_stall_between_sample_and_set_point_changes_no_slope(
    make: Make, clock: VirtualClock, stall_us: int
) -> None:
    # the loop's deadlines are absolute: what one tick loses the wait before the next one makes up for
    waits = (
        [(20_000, 1_000)] * 10
        + [(max(20_000 - stall_us, 0), max(stall_us // 20, 1_000))]
        + [(20_000, 1_000)] * 10
    )
    guard, _ = make(healthy(len(waits)))
    drive(guard, clock, waits, [0] * 9 + [stall_us])


@pytest.mark.parametrize("stall_us", [0, 30_000, 200_000])
def test_stalling_buys_no_slope(make: Make, clock: VirtualClock, stall_us: int) -> None:
    # the stall counts in the tick after it, and never in both
    guard, driver = make(healthy(6))
    drive(guard, clock, [(20_000, 1_000)] * 5)
    seq = guard.poll().seq
    clock.wait_until_us(clock.now_us() + stall_us)
    with pytest.raises(TableError, match="E503"):
        guard.setpoint(point(seq, 5_000 + 260 + stall_us // 20))
    assert_watched(guard, driver)


def test_who_asks_for_samples_often_gains_nothing_by_it(make: Make, clock: VirtualClock) -> None:
    guard, driver = make(healthy(400))
    drive(guard, clock, [(20_000, 1_000)] * 5)
    with pytest.raises(TableError, match="E503"):
        drive(guard, clock, [(0, 20)] * 300, start=5_000)
    sent = [sent.value.target_mn for sent in driver.sent if sent.verb == "setpoint"]  # type: ignore[attr-defined]
    assert max(sent) <= 5_000 + 250  # the carry: 5 ms of the full rate
    assert_watched(guard, driver)


STEPS = st.tuples(
    st.integers(0, 60_000),  # us until the sample is read
    st.integers(0, 199_000),  # us from there to the set-point
    st.floats(0, 1.5),  # of what the time since the sample before would allow
)


@given(st.lists(STEPS, min_size=1, max_size=60), st.floats(0, 1))
def test_no_program_outruns_the_time_since_go(
    limits: ControllerLimits, steps: list[tuple[int, int, float]], greed: float
) -> None:
    """Whatever is accepted: a target is never above what the full rate gives since GO, and 25 ms more."""
    clock = VirtualClock()
    guard = GuardedDriver(ScriptedDriver(healthy(len(steps)), clock=clock), clock)
    guard.open()
    guard.load_limits(limits)
    guard.go(guard.arm())
    started_us, target = clock.now_us(), 0
    for wait_us, stall_us, share in steps:
        clock.wait_until_us(clock.now_us() + wait_us)
        seq = guard.poll().seq
        read_us = clock.now_us()
        clock.wait_until_us(read_us + stall_us)
        due = (read_us - started_us + 25_000) * 50 // 1000 * (share if share < 1 else 1 + greed / 50)
        try:
            guard.setpoint(point(seq, max(int(due), target)))
        except TableError:
            return
        target = max(int(due), target)
        assert target <= (read_us - started_us + 25_000) * 50 / 1000 + 3


@pytest.mark.parametrize(("target", "good"), [(0, True), (9_000, True), (11_500, False)])
def test_leaving_a_position_hold_the_target_may_only_drop(
    make: Make, clock: VirtualClock, target: int, good: bool
) -> None:
    guard, driver = make(healthy(12))
    drive(guard, clock, [(20_000, 1_000)] * 10)
    clock.wait_until_us(clock.now_us() + 20_000)
    guard.setpoint(point(guard.poll().seq, 10_000, mode=codes.MODE_POSITION))
    clock.wait_until_us(clock.now_us() + 20_000)
    last = point(guard.poll().seq, target)
    if good:
        guard.setpoint(last)
    else:
        with pytest.raises(TableError, match="E503"):
            guard.setpoint(last)
        assert_watched(guard, driver)


# ---- telemetry -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", Telemetry._fields)
@pytest.mark.parametrize("value", FOREIGN)
def test_a_sample_with_anything_but_whole_numbers_stops_the_table(
    make: Make, clock: VirtualClock, field: str, value: Any
) -> None:
    class Raw(ScriptedDriver):
        def poll(self) -> Telemetry:
            return sample(1)._replace(**{field: value})

    driver = Raw(clock=clock)
    guard = GuardedDriver(driver, clock)
    guard.open()
    with pytest.raises(TableError) as caught:
        guard.poll()
    assert caught.value.code == "E506"
    assert_dead(guard, driver)


@pytest.mark.parametrize("channels", [(1,), (1, 2.0), (1, float("nan")), (1, 2, 3), [1, 2], ()])
def test_there_is_one_whole_number_for_each_named_channel(make: Make, channels: Any) -> None:
    steps = [sample(1)._replace(channels=(1, 2)), sample(2)._replace(channels=channels)]
    guard, driver = make(steps, to="opened", identity=replace(IDENTITY, channels=("a_mn", "b_mn")))
    guard.poll()
    with pytest.raises(TableError, match="E506"):
        guard.poll()
    assert_dead(guard, driver)


@pytest.mark.parametrize("thing", [None, (1,) * 11, "sample", 7])
def test_a_sample_is_telemetry(make: Make, thing: Any) -> None:
    class Raw(ScriptedDriver):
        def poll(self) -> Any:
            return thing

    driver = Raw(clock=VirtualClock())
    guard = GuardedDriver(driver, VirtualClock())
    guard.open()
    with pytest.raises(TableError, match="E506"):
        guard.poll()
    assert_dead(guard, driver)


# ---- failures and ways out -----------------------------------------------------------------------------


def whole_session(guard: GuardedDriver, limits: ControllerLimits, verb: str) -> None:
    guard.open()
    if verb == "reset":
        guard.reset(1)
    guard.load_limits(limits)
    guard.go(guard.arm())
    guard.poll()
    guard.setpoint(point(1))


@pytest.mark.parametrize("verb", ["open", "load_limits", "arm", "go", "setpoint", "poll", "reset"])
@pytest.mark.parametrize("error", [ValueError("odd"), OSError("gone"), AttributeError("no"), RuntimeError()])
def test_an_unexpected_exception_becomes_a_table_error(
    make: Make, limits: ControllerLimits, verb: str, error: Exception
) -> None:
    guard, driver = make(healthy(1), to="new", failures={verb: error})

    with pytest.raises(TableError) as caught:
        whole_session(guard, limits, verb)
    assert caught.value.code == "E507"
    assert caught.value.__cause__ is error
    assert verb in str(caught.value)
    assert_dead(guard, driver)


@pytest.mark.parametrize("kind", [TableError, UsageError, RefusedError])
def test_errors_of_our_own_pass_as_they_are(make: Make, kind: type[TractionError]) -> None:
    error = kind(Problem("ACME-7", "the cable is wet", "a dry one"))
    guard, driver = make([error])
    with pytest.raises(kind) as caught:
        guard.poll()
    assert caught.value is error
    assert caught.value.__cause__ is None
    assert_dead(guard, driver)


@pytest.mark.parametrize("verb", ["load_limits", "arm", "go", "setpoint", "reset"])
def test_a_controller_that_says_no_is_still_there_to_be_watched(
    make: Make, limits: ControllerLimits, verb: str
) -> None:
    error = TableError(Problem("E520", "not in this state", "done"))
    guard, driver = make(healthy(1), to="new", failures={verb: error})
    with pytest.raises(TableError) as caught:
        whole_session(guard, limits, verb)
    assert caught.value is error
    assert driver.verbs().count(verb) == 1
    assert_watched(guard, driver)


@pytest.mark.parametrize("verb", ["open", "poll"])
def test_who_does_not_answer_has_not_said_no(make: Make, limits: ControllerLimits, verb: str) -> None:
    error = TableError(Problem("E520", "not in this state", "done"))
    guard, driver = make(healthy(1), to="new", failures={verb: error})
    with pytest.raises(TableError):
        whole_session(guard, limits, verb)
    assert_dead(guard, driver)


def test_nothing_that_failed_is_tried_again(make: Make) -> None:
    guard, driver = make(healthy(1), failures={"setpoint": OSError("busy")})
    guard.poll()
    with pytest.raises(TableError):
        guard.setpoint(point(1))
    assert driver.verbs().count("setpoint") == 1


@pytest.mark.parametrize("stage", ["new", "opened", "loaded", "armed", "running"])
@pytest.mark.parametrize("kind", [*StopKind, 0, 99, None, "now"])
def test_stop_gets_through_from_anywhere_and_as_often_as_wanted(make: Make, stage: str, kind: Any) -> None:
    guard, driver = make(to=stage)
    for _ in range(3):
        guard.stop(kind)
    wanted = kind if type(kind) is StopKind else StopKind.RELEASE
    assert [sent.value for sent in driver.sent[-3:]] == [wanted] * 3


@pytest.mark.parametrize("verb", ["stop", "close"])
def test_stop_and_close_never_raise(make: Make, verb: str) -> None:
    guard, driver = make(failures={"stop": OSError("gone"), "close": OSError("gone")})
    guard.stop(StopKind.FAST)
    with pytest.raises(TableError, match="E500"):
        guard.poll()
    guard.close()
    guard.stop(StopKind.OFF)
    assert driver.verbs()[-4:] == ["stop", "stop", "close", "stop"]


def test_leaving_a_with_block_stops_and_closes(make: Make) -> None:
    guard, driver = make()
    with guard:
        pass
    assert driver.verbs()[-2:] == ["stop", "close"]


def test_an_exception_in_a_with_block_stops_and_is_not_hidden(make: Make) -> None:
    guard, driver = make()
    with pytest.raises(ZeroDivisionError), guard:
        raise ZeroDivisionError
    assert driver.verbs()[-2:] == ["stop", "close"]


def test_a_forgotten_guard_stops_its_table(make: Make) -> None:
    guard, driver = make()
    del guard
    gc.collect()
    assert driver.verbs()[-2:] == ["stop", "close"]


def test_a_guard_that_was_never_opened_has_nothing_to_stop(make: Make) -> None:
    guard, driver = make(to="new")
    guard.close()
    assert driver.verbs() == ["close"]


def test_it_says_whether_the_drive_may_be_powered(make: Make) -> None:
    steps = [sample(1, state=codes.STATE_READY), sample(2, state=codes.STATE_RELEASING), OSError("gone")]
    guard, _ = make(steps, to="armed")
    assert guard.may_be_powered  # nothing has been seen yet
    guard.poll()
    assert not guard.may_be_powered
    guard.go(1)
    assert guard.may_be_powered
    guard.poll()
    with pytest.raises(TableError) as caught:
        guard.poll()
    assert guard.may_be_powered
    assert caught.value.__notes__ == ["The drive may be powered."]


@pytest.mark.parametrize(
    ("state", "powered"),
    [
        *(
            (state, False)
            for state in (0, 1, 2, 3, codes.STATE_DUMPED, codes.STATE_DONE, codes.STATE_FAULT_LATCHED)
        ),
        *((state, True) for state in (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)),
        *((state, True) for state in (codes.STATE_UNLOAD_ONLY, -1, 99)),  # may move, or nobody knows
    ],
)
def test_every_error_says_whether_the_drive_may_be_powered(make: Make, state: int, powered: bool) -> None:
    guard, _ = make([sample(1, state=state), OSError("gone")], to="loaded")
    guard.poll()
    for verb in (guard.poll, guard.arm, guard.poll):
        with pytest.raises(TableError) as caught:
            verb()
        notes = ["The drive may be powered." if powered else "The drive has no power."]
        assert caught.value.__notes__ == notes
    assert guard.may_be_powered is powered
