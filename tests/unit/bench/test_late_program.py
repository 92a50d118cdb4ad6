"""A computer that is late is no fault of the table: what it cut short is missing; nothing hard follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traction.bench import check_limits, sessions, suite
from traction.bench.context import Bench
from traction.bench.result import Result, Verdict
from traction.clock import Clock

HARD = ("overload", "patient-stop", "emergency-stop", "host-stop", "tolerance", "timing", "burn-in")


class Dozing:
    """A clock whose computer does something else for ``away_us`` in every fortieth of its waits."""

    def __init__(self, clock: Clock, away_us: int) -> None:
        self._clock, self._away_us, self._waits = clock, away_us, 0

    def now_us(self) -> int:
        return self._clock.now_us()

    def wait_until_us(self, deadline_us: int) -> None:
        self._waits += 1
        away = self._waits % 40 == 0
        self._clock.wait_until_us(deadline_us + (self._away_us if away else 0))


@pytest.mark.parametrize(
    "name", ["lease", "stale-set-point", "hold-limit", "session-limit", "travel-limit", "overload"]
)
def test_a_check_that_this_computer_cut_short_is_missing(bench_of, name) -> None:
    bench = bench_of()
    result = suite.CHECKS[name](replace(bench, clock=Dozing(bench.clock, 320_000)))
    assert result.verdict is Verdict.MISSING
    assert "lease expired" in result.said
    assert "up to 340 ms" in result.said
    assert suite.CHECKS[name](bench).verdict is Verdict.PASS


def test_nothing_that_pulls_hard_follows_one_that_was_cut_short(bench_of, monkeypatch) -> None:
    def lease(bench: Bench) -> Result:
        return check_limits.lease(replace(bench, clock=Dozing(bench.clock, 320_000)))

    monkeypatch.setattr(suite, "CHECKS", {**suite.CHECKS, "lease": lease})
    results, cut = suite.run_checks(bench_of(), lambda _result: None)
    by_name = {one.name: one for one in results}
    assert not cut
    assert {by_name[name].verdict for name in HARD} == {Verdict.MISSING}
    assert {by_name[name].said for name in HARD} == {"not tried, because lease is missing"}
    assert by_name["hold-limit"].verdict is Verdict.PASS
    assert Verdict.FAIL not in {one.verdict for one in results}


@pytest.mark.parametrize("name", ["interlock", "host-stop"])
def test_so_is_one_whose_session_stood_still(bench_of, monkeypatch, name) -> None:
    def stands_still(*known: object, **words: object) -> object:
        found = run_session(*known, **words)
        return replace(found, code="E483", detail="no tick for 343 ms")

    run_session = sessions.run_session
    monkeypatch.setattr(sessions, "run_session", stands_still)
    monkeypatch.setattr(suite, "CHECKS", {name: suite.CHECKS[name]})
    (result,), _ = suite.run_checks(bench_of(), lambda _result: None)
    assert result.verdict is Verdict.MISSING
    assert "no tick for 343 ms" in result.said
