"""Limits are taken as they are or refused with a number; nothing is clipped, and a session only tightens."""

from typing import Any

import pytest

from traction.controller import limits as order
from traction.wire import codes


@pytest.fixture
def identified(bench: Any) -> Any:
    bench.tick()
    bench.c.hello(1)
    return bench


def changed(values: tuple[int, ...], index: int, by: int) -> tuple[int, ...]:
    return (*values[:index], values[index] + by, *values[index + 1 :])


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_the_own_caps_themselves_are_taken(make_bench: Any, region: int) -> None:
    bench = make_bench(region)
    bench.tick()
    bench.c.hello(1)
    caps = order.own_caps(bench.config)
    assert caps == bench.limits
    assert bench.c.load_limits(caps) == codes.RESULT_OK
    assert bench.c.limits == caps


@pytest.mark.parametrize("index", range(order.COUNT))
def test_one_unit_looser_than_a_cap_is_refused_and_nothing_stored(identified: Any, index: int) -> None:
    by = -1 if index == order.HOLD_BAND else 1
    assert identified.c.load_limits(changed(identified.limits, index, by)) == codes.RESULT_LIMIT_ABOVE_CAP
    assert identified.c.limits == order.NONE_LOADED
    assert identified.c.state == codes.STATE_IDENTIFIED


@pytest.mark.parametrize("index", range(order.COUNT))
@pytest.mark.parametrize("value", [0, -1])
def test_a_missing_limit_refuses(identified: Any, index: int, value: int) -> None:
    values = changed(identified.limits, index, value - identified.limits[index])
    assert identified.c.load_limits(values) == codes.RESULT_LIMIT_MISSING


@pytest.mark.parametrize("index", range(order.COUNT))
@pytest.mark.parametrize("value", [True, 1.0, float("nan"), None, "1"])
def test_only_whole_numbers_are_limits(identified: Any, index: int, value: object) -> None:
    values = (*identified.limits[:index], value, *identified.limits[index + 1 :])
    assert identified.c.load_limits(values) == codes.RESULT_BAD_VALUE


@pytest.mark.parametrize("values", [None, (), (1,) * 10, (1,) * 12, [1] * 11])
def test_only_a_whole_set_is_taken(identified: Any, values: Any) -> None:
    assert identified.c.load_limits(values) == codes.RESULT_BAD_VALUE


@pytest.mark.parametrize("index", range(order.COUNT))
def test_within_a_session_limits_only_tighten(identified: Any, index: int) -> None:
    c = identified.c
    tight = changed(identified.limits, order.MAX_FORCE, -400_000)
    tight = changed(tight, order.MAX_RELEASE, -1000)
    tighter = changed(tight, index, 100 if index == order.HOLD_BAND else -100)
    assert c.load_limits(tighter) == codes.RESULT_OK
    assert c.load_limits(tight) == codes.RESULT_LIMIT_LOOSENED
    assert c.limits == tighter
    assert c.load_limits(tighter) == codes.RESULT_OK
    c.hello(2)
    assert c.load_limits(tight) == codes.RESULT_OK


def test_a_reset_does_not_let_a_session_loosen(make_bench: Any) -> None:
    bench = make_bench()
    bench.limits = changed(bench.limits, order.MAX_FORCE, -100_000)
    bench.pull(50_000)
    bench.goal = None
    bench.settle()
    bench.settle(1.1)
    assert bench.c.reset(codes.FAULT_LEASE_EXPIRED) == codes.RESULT_OK
    assert bench.c.limits == order.NONE_LOADED
    assert bench.c.load_limits(changed(bench.limits, order.MAX_FORCE, 1)) == codes.RESULT_LIMIT_LOOSENED


def test_a_release_that_cannot_arrive_in_time_is_refused(identified: Any) -> None:
    values = identified.limits
    slow = changed(values, order.RELEASE_RATE, -20_001)  # 900 N at just under 180 N/s is more than 5 s
    assert identified.c.load_limits(slow) == codes.RESULT_RELEASE_TOO_SLOW
    assert identified.c.load_limits(changed(slow, order.RELEASE_RATE, 1)) == codes.RESULT_OK


def test_a_fast_release_slower_than_the_plain_one_is_refused(identified: Any) -> None:
    values = changed(identified.limits, order.FAST_RELEASE_RATE, -100_001)
    assert identified.c.load_limits(values) == codes.RESULT_RELEASE_TOO_SLOW


def test_a_cap_no_higher_than_slack_makes_no_sense(identified: Any) -> None:
    values = changed(identified.limits, order.MAX_FORCE, -890_000)
    assert identified.c.load_limits(values) == codes.RESULT_BAD_VALUE


def test_loading_limits_disarms_even_when_they_are_refused(bench: Any) -> None:
    bench.arm()
    nonce = bench.c.nonce
    assert bench.c.load_limits(changed(bench.limits, 0, 1)) == codes.RESULT_LIMIT_ABOVE_CAP
    assert bench.c.state == codes.STATE_READY
    assert bench.c.limits == bench.limits
    assert bench.c.go(nonce) == codes.RESULT_WRONG_STATE
