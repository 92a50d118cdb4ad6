"""Which checks have to hold before anything pulls hard, one by one."""

from __future__ import annotations

from functools import partial
from typing import cast

import pytest

from traction.bench import suite
from traction.bench.context import Bench
from traction.bench.result import Result, Verdict

NEEDED = ("promises", "interlock", "lease", "stale-set-point", "hold-limit", "session-limit")
NO_BENCH = cast("Bench", None)
PULLS_HARD = (
    *("overload", "patient-stop", "emergency-stop", "host-stop", "tolerance", "timing"),
    *("slack-and-creep", "burn-in", "round-trip"),
)


def after(monkeypatch: pytest.MonkeyPatch, bad: str, verdict: Verdict) -> set[str]:
    """Return which checks are not tried where ``bad`` ends so, and every other one passes."""

    def ends(name: str, _bench: Bench) -> Result:
        return Result(name, name, verdict if name == bad else Verdict.PASS)

    monkeypatch.setattr(suite, "CHECKS", {name: partial(ends, name) for name in suite.CHECKS})
    results, _ = suite.run_checks(NO_BENCH, lambda _result: None)
    return {one.name for one in results if one.said.startswith("not tried")}


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.MISSING])
@pytest.mark.parametrize("name", NEEDED)
def test_without_it_nothing_pulls_hard(monkeypatch, name: str, verdict: Verdict) -> None:
    assert after(monkeypatch, name, verdict) == set(PULLS_HARD)


@pytest.mark.parametrize("name", [name for name in suite.CHECKS if name not in NEEDED])
def test_without_another_one_the_rest_is_tried(monkeypatch, name: str) -> None:
    assert after(monkeypatch, name, Verdict.FAIL) == set()


@pytest.mark.parametrize("verdict", [Verdict.NOT_JUDGED, Verdict.NOT_APPLICABLE])
def test_what_nobody_was_there_for_stops_nothing(monkeypatch, verdict: Verdict) -> None:
    assert after(monkeypatch, "interlock", verdict) == set()
