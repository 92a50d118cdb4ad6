"""Jogging under a dead man's key, and looking on."""

from __future__ import annotations

import pytest

from traction.bench.jog import DEAD_MAN_US, Jog
from traction.bench.pull import LOW_CAP_MN, OVER, low_limits, pull
from traction.bench.watch import watch
from traction.drivers.scripted import sample
from traction.wire import codes


def jogged(bench, region: str, keys: dict[int, str]):
    """Jog with keys at their time in ms since GO; return the trace, the jog and the highest target."""
    due = sorted(keys)
    now_ms = [0]
    shown: list[int] = []

    def pressed() -> str:
        found = ""
        while due and due[0] <= now_ms[0]:
            found += keys[due.pop(0)]
        return found

    jog = Jog(region, pressed, lambda t_us, wanted, sample: shown.append(wanted))

    def course(t_us: int, newest) -> int:
        now_ms[0] = t_us // 1000
        return jog.course(t_us, newest)

    with bench.at_rest() as connection:
        return pull(connection.guard, bench.clock, low_limits(bench.limits), course).trace, jog, shown


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_however_often_up_is_pressed_the_cap_holds_and_letting_go_releases(bench_of, region) -> None:
    bench = bench_of(f"sim:?region={region}", region)
    keys = dict.fromkeys(range(100, 100_000, 400), "uu")
    trace, jog, shown = jogged(bench, region, keys)
    cap = LOW_CAP_MN[region]
    assert max(shown) == cap
    assert trace.target_mn.max() == cap
    assert max(trace.a_mn.max(), trace.b_mn.max()) <= cap * 11 // 10 + 1_000
    assert trace.a_mn.max() >= cap * 8 // 10  # it did pull
    assert jog.why == "no key for a second"
    assert trace.a_mn[-1] <= 10_000
    assert trace.state[-1] == codes.STATE_DONE
    over = trace.first(trace.state != codes.STATE_RUN)
    assert over is not None
    assert trace.t_us[over] <= (max(keys) * 1000) + DEAD_MAN_US + 60_000


def test_nothing_pressed_at_all_ends_after_a_second(bench_of) -> None:
    trace, jog, _ = jogged(bench_of(), "lumbar", {})
    assert jog.why == "no key for a second"
    assert trace.target_mn.max() == 0


def test_q_ends_at_once_and_unknown_keys_hold_nobody_up(bench_of) -> None:
    assert jogged(bench_of(), "lumbar", {100: "u", 500: "q"})[1].why == "ended by the key q"
    other_keys = dict.fromkeys(range(0, 5_000, 100), "xyz\x1b")
    assert jogged(bench_of(), "lumbar", other_keys)[1].why == "no key for a second"


def test_down_goes_down_and_never_below_nothing() -> None:
    jog = Jog("lumbar", lambda: "d", lambda t_us, wanted, newest: None)
    assert jog.course(20_000, sample(1)) == 0
    assert jog.wanted_mn == 0
    assert Jog("lumbar", lambda: "", lambda *a: None).course(DEAD_MAN_US + 1, sample(1)) == OVER


@pytest.mark.parametrize("wire", [False, True])
def test_a_look_moves_nothing_and_tells_what_is_there(bench_of, wire) -> None:
    bench = bench_of(wire=wire)
    connection = bench.connector.make()
    with connection.guard as guard:
        guard.open()
        bench.connector.hand.press("patient-stop")
        found = watch(connection, bench.clock, bench.connector.timing, every_us=500_000, for_us=2_000_000)
        seen = list(found)
    assert len(seen) in (4, 5)
    assert seen[-1].patient_stop == "OPEN"
    assert seen[-1].emergency_stop == "closed"
    assert {one.state for one in seen} <= {"IDENTIFIED", "FAULT_LATCHED"}
    assert all(one.force_a_n is not None and abs(one.force_a_n) < 3 for one in seen)
    assert (seen[-1].round_trip_ms is None) is not wire
