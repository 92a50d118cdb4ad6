"""A supervisor and somebody who feeds it samples, healthy unless told otherwise."""

from __future__ import annotations

import dataclasses

import pytest

from traction.safety.bounds import SupervisorBounds, supervisor_bounds
from traction.safety.hardware import load_region, load_table
from traction.safety.limits import Limits, merge
from traction.safety.sample import Activity, Sample, Verdict
from traction.safety.supervisor import Supervisor
from traction.wire import codes

HEALTHY = Sample(
    t_us=0,
    age_us=2_000,
    seq=100,
    controller_ms=5_000,
    boot_id=7,
    state=codes.STATE_RUN,
    fault=codes.FAULT_NONE,
    inputs=codes.INPUTS_HEALTHY,
    force_mn=300_000,
    force_b_mn=300_000,
    travel_um=60_000,
    target_mn=300_000,
    mode=codes.MODE_FORCE,
    activity=Activity.FOLLOW,
)


class Feed:
    """Feeds one supervisor; the first sample, healthy at 300 N, has been judged when it is handed out."""

    def __init__(self, bounds: SupervisorBounds, **start) -> None:
        self.bounds = bounds
        self.supervisor = Supervisor(bounds)
        self.sample = HEALTHY._replace(**start)
        assert self.supervisor.judge(self.sample) == Verdict(0)

    def step(self, dt_ms: int = 20, **changes) -> Verdict:
        """Judge the next sample, ``dt_ms`` later on every clock, with these fields changed (and kept)."""
        force = changes.pop("force_n", None)
        if force is not None:
            changes["force_mn"] = changes["force_b_mn"] = round(force * 1000)
        now = self.sample
        self.sample = now._replace(
            **{
                "t_us": now.t_us + dt_ms * 1000,
                "seq": now.seq + 1,
                "controller_ms": now.controller_ms + dt_ms,
                **changes,
            }
        )
        return self.supervisor.judge(self.sample)

    def run(self, seconds: float, dt_ms: int = 20, **changes) -> list[str]:
        """Judge samples for so long; return the codes of all verdicts that were not OK."""
        verdicts = [self.step(dt_ms, **changes) for _ in range(round(seconds * 1000 / dt_ms))]
        return [verdict.code for verdict in verdicts if verdict.code]

    def until_tripped(self, seconds: float, **changes) -> tuple[float, Verdict]:
        """Judge samples until a verdict is not OK; return after how many seconds, and the verdict."""
        start_us = self.sample.t_us
        while self.sample.t_us - start_us < seconds * 1e6:
            verdict = self.step(**changes)
            if verdict.code:
                return (self.sample.t_us - start_us) / 1e6, verdict
        pytest.fail(f"nothing tripped in {seconds} s")


@pytest.fixture(scope="session")
def limits() -> Limits:
    table = load_table("sim")
    return merge(load_region("lumbar"), [table.source("lumbar")])


@pytest.fixture(scope="session")
def bounds(limits) -> SupervisorBounds:
    return supervisor_bounds(limits, load_table("sim"))


@pytest.fixture
def feed(bounds) -> Feed:
    return Feed(bounds)


@pytest.fixture
def make_feed(bounds):
    """Return a maker of feeds: ``make_feed(max_hold_us=..., start={"force_mn": 0})``."""

    def make(start=None, **changes) -> Feed:
        return Feed(dataclasses.replace(bounds, **changes), **(start or {}))

    return make
