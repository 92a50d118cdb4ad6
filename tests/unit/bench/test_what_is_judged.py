"""Which figures of each check are judged, and the bands that docs/bench.md says they must lie in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from traction.bench import bands, check_link, check_stops, suite
from traction.bench.line import Timing
from traction.bench.result import Figure, Result, Verdict
from traction.bench.sessions import Ran
from traction.runner.outcome import Outcome

SLACK = {"force at that moment": (10.0, None), "from there until slack": (None, 5000.0)}
STOP = {
    "until the force falls": (None, 500.0),
    "until slack": (None, 5000.0),
    "until the drive has no power": (None, 5000.0),
}
CREEP = {"travel until the harness pulls": (None, 20.0), "largest error at 300 N": (-50.0, 50.0)}
JUDGED: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "lease": {"until the controller gives up the run": (None, 310.0), **SLACK},
    "stale-set-point": {
        "age of the echo that was sent": (200.0, None),
        "until the controller gives up the run": (None, 120.0),
        **SLACK,
    },
    "hold-limit": {"hold at the stop, of one of 2 s": (0.0, 2660.0)},
    "session-limit": {"time at the stop, of a session of 4 s": (0.0, 4060.0)},
    "travel-limit": {"travel at the stop, of 1.5 mm": (0.0, 2.5)},
    "overload": {"from 15 % above the limit until the stop": (None, 120.0), **SLACK},
    "patient-stop": {**STOP, "latched until it is cleared": (1.0, None)},
    "emergency-stop": {**STOP, "latched until it is cleared": (1.0, None)},
    "host-stop": STOP,
    "tolerance": {
        "largest error at 20 N": (-10.0, 10.0),
        "largest error at 50 N": (-10.0, 10.0),
        "largest error at 100 N": (-10.0, 10.0),
        "largest error at 200 N": (-20.0, 20.0),
        "largest error at 210 N": (-42.0, 42.0),
        "largest error at 300 N": (-50.0, 50.0),
        "largest error at 400 N": (-50.0, 50.0),
    },
    "timing": {
        "holds and rests timed": (5.0, None),
        "largest error of one": (-30.0, 30.0),
        "clock of the table": (-5.0, 5.0),
    },
    "slack-and-creep": CREEP,
    "burn-in": {"cycles": (2.0, None), "largest error at 200 N": (-20.0, 20.0)},
}


def judged(result: Result) -> dict[str, tuple[float | None, float | None]]:
    return {one.name: (one.low, one.high) for one in result.figures if one.is_judged}


@pytest.mark.parametrize("name", JUDGED)
def test_each_figure_is_held_against_its_band(bench_of, name: str) -> None:
    result = suite.CHECKS[name](bench_of())
    assert result.verdict is Verdict.PASS
    assert judged(result) == JUDGED[name]
    if name.endswith("-stop"):
        (force_n,) = [one.value for one in result.figures if one.name == "force when it was seen"]
        assert force_n == pytest.approx(500.0, abs=5.0)


def test_an_overload_is_fifteen_percent() -> None:
    assert bands.OVERLOAD_SHARE == 0.15


def test_of_the_link_the_slowest_of_a_thousand_and_every_lost_one_count(bench_of, monkeypatch) -> None:
    bench = bench_of(wire=True)
    monkeypatch.setattr(check_link, "TRIPS", 20)
    assert judged(check_link.round_trips(bench)) == {
        "answers": (20.0, None),
        "99.9 % within": (None, 100.0),
        "requests without an answer": (None, 0.0),
    }
    timing = bench.connector.timing
    assert isinstance(timing, Timing)
    timing.frames, timing.bad = 1000, 4
    result = check_link.bad_frames(bench)
    assert judged(result) == {"frames": (1.0, None), "damaged": (None, 4.0)}
    assert result.figures[-1] == Figure("damaged of a million", 4000.0, "")


@pytest.mark.parametrize(("slow", "verdict"), [(1, Verdict.PASS), (2, Verdict.FAIL)])
def test_one_slow_answer_in_a_thousand_is_forgiven(
    bench_of, monkeypatch, slow: int, verdict: Verdict
) -> None:
    took_us = iter([100_001] * slow + [900] * (1000 - slow))

    def answered(_guard: object, _clock: object, timing: Timing) -> bool:
        timing.round_trips_us.append(next(took_us))
        return True

    monkeypatch.setattr(check_link, "answered", answered)
    assert check_link.round_trips(bench_of(wire=True)).verdict is verdict


def test_a_start_that_the_host_did_not_refuse_fails_the_interlock(bench_of, monkeypatch) -> None:
    def starts(*known: Any, **words: Any) -> Ran:
        ran = run(*known, **words)
        return replace(ran, result=replace(ran.result, outcome=Outcome.COMPLETED))

    run = check_stops.run
    monkeypatch.setattr(check_stops, "run", starts)
    result = check_stops.interlock(bench_of())
    assert result.verdict is Verdict.FAIL
    assert {one.name for one in result.figures if not one.inside} == {
        f"{stop} stop open, refused by the host" for stop in ("emergency", "patient")
    }


@pytest.mark.parametrize("stop", ["patient-stop", "emergency-stop"])
def test_a_stop_that_is_not_latched_fails(bench_of, monkeypatch, stop: str) -> None:
    def forgets(*known: Any, **words: Any) -> Ran:
        ran = run(*known, **words)
        return replace(ran, trace=replace(ran.trace, fault=0 * ran.trace.fault))

    run = check_stops.run
    monkeypatch.setattr(check_stops, "run", forgets)
    result = suite.CHECKS[stop](bench_of())
    assert [one.name for one in result.figures if not one.inside] == ["latched until it is cleared"]
    assert result.verdict is Verdict.FAIL
