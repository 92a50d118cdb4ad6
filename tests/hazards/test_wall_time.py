"""Whoever sets the time of the machine, to 1970, to 2038 or back and forth: no session notices."""

import itertools
import time

import numpy as np
import pytest

import traction
from traction.clock import WallClock

JUMPS_S = {"back and forth": (3600, -3600), "1970": (-1.8e9,), "2038": (2**31 - 1.8e9, 2**31 - 1.8e9 + 1)}


@pytest.fixture(params=sorted(JUMPS_S))
def jumping(request, monkeypatch) -> None:
    jumps, now, now_ns = itertools.cycle(JUMPS_S[request.param]), time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + round(1e9 * next(jumps)))
    gmtime = time.gmtime
    monkeypatch.setattr(
        time, "gmtime", lambda secs=None: gmtime(max(time.time(), 0) if secs is None else secs)
    )


def run() -> traction.RunResult:
    return traction.run(traction.verify("cerv-fater", table="sim:?seed=3"))


@pytest.fixture(scope="module")
def plain() -> traction.RunResult:
    return run()


def test_the_clock_of_a_session_only_goes_forward(jumping: None) -> None:
    clock = WallClock()
    seen = []
    for _ in range(1000):
        assert abs(time.time() - time.time()) < 1e10  # the machine's own clock jumps between any two looks
        seen.append(clock.now_us())
    assert seen == sorted(seen)
    assert seen[-1] - seen[0] < 60_000_000
    assert clock.suspended_us() < 60_000_000


def test_a_session_is_the_same(plain: traction.RunResult, jumping: None) -> None:
    jumped = run()
    assert str(jumped.outcome) == str(plain.outcome) == "COMPLETED"
    for name in ("time_s", "force_n", "target_n"):
        assert np.array_equal(jumped.samples()[name], plain.samples()[name]), name
