"""The checker of histories: a sound one passes, and each rule finds what was done to it."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import StopKind, TableSetup
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.noted import ControllerLog
from traction.sim.options import read_options
from traction.testing.conformance import LIMITS, point
from traction.testing.history import Bounds, History, Line, Noted, check, check_record, read_lines

TOKEN = 5
BOUNDS = Bounds(peak_mn=40_000)
URL = "sim:?seed=3&slack_mm=0"


class Looking(MemoryLine):
    log: ControllerLog

    def tick(self, now_us: int) -> None:
        super().tick(now_us)
        self.log.look(self.table)


@pytest.fixture(scope="module")
def minutes() -> tuple[list[Line], list[Line]]:
    """Two runs of one session over the wire, the first ended by a stop: what both sides wrote down."""
    clock, controller, host = VirtualClock(), io.StringIO(), io.StringIO()
    log = ControllerLog(controller, clock.now_us)
    line = Looking(make_emulated(read_options(parse_url(URL), TableSetup()), 7, make_link=log.link), clock)
    line.log = log
    driver = Noted(WireDriver(lambda: line, clock, TOKEN), host.write, clock.now_us)
    driver.open()
    for _ in range(2):
        driver.load_limits(LIMITS)
        driver.go(driver.arm())
        for tick in range(150):
            clock.wait_until_us(clock.now_us() + 20_000)
            driver.setpoint(point(driver.poll().seq, min(200 * tick, 20_000), 20_000))
        driver.stop(StopKind.RELEASE)
        for _ in range(200):
            clock.wait_until_us(clock.now_us() + 20_000)
            driver.poll()
    driver.close()
    texts = (controller.getvalue(), host.getvalue())
    return tuple([json.loads(one) for one in text.splitlines()] for text in texts)  # type: ignore[return-value]


@pytest.fixture
def both(minutes: tuple[list[Line], list[Line]]) -> tuple[list[Line], list[Line]]:
    return copy.deepcopy(minutes)


def rules(both: tuple[list[Line], list[Line]]) -> set[str]:
    controller, host = both
    return {one.rule for one in check(History(controller, {TOKEN: host}), BOUNDS)}


def index(lines: list[Line], nth: int = 0, **what: Any) -> int:
    found = [i for i, one in enumerate(lines) if all(one.get(name) == value for name, value in what.items())]
    return found[nth]


def test_what_went_well_is_found_well(both: tuple[list[Line], list[Line]]) -> None:
    assert rules(both) == set()


def run_by_itself(controller: list[Line], host: list[Line]) -> None:
    del controller[index(controller, verb="GO")]


def same_number_twice(controller: list[Line], host: list[Line]) -> None:
    first = controller[index(controller, verb="GO")]["values"]
    controller[index(controller, 1, verb="GO")]["values"] = first
    host[index(host, 1, **{"is": "call", "verb": "go"})]["values"] = first


def go_of_nobody(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, verb="GO")]["token"] = TOKEN + 1


def go_from_before_the_stop(controller: list[Line], host: list[Line]) -> None:
    host[index(host, 1, **{"is": "call", "verb": "go"})]["us"] = 100


def taken_after_the_stop(controller: list[Line], host: list[Line]) -> None:
    setpoint = copy.deepcopy(controller[index(controller, 3, verb="SETPOINT")])
    controller.insert(index(controller, 5, state="RELEASING"), {**setpoint, "state": "RELEASING"})


def taken_from_nobody(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, 7, verb="SETPOINT")]["values"][0] += 1


def taken_twice(controller: list[Line], host: list[Line]) -> None:
    at = index(controller, 7, verb="SETPOINT")
    controller.insert(at, copy.deepcopy(controller[at]))


def force_that_stays(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, -1, **{"is": "tick"})]["true_force_mn"] = BOUNDS.slack_mn + 1


def drive_that_stays_on(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, -1, **{"is": "tick"})]["state"] = "RELEASING"


def slow_release(controller: list[Line], host: list[Line]) -> None:
    last = [one for one in controller if one.get("state") == "RUN"][-1]["us"]
    for one in controller:
        if one["us"] > last:
            one["us"] += BOUNDS.slack_us


def too_high(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, 50, state="RUN", **{"is": "tick"})]["true_force_mn"] = BOUNDS.peak_mn + 1


def nothing_written(controller: list[Line], host: list[Line]) -> None:
    controller[:] = [one for one in controller if one["is"] != "tick"]


def stale_belief(controller: list[Line], host: list[Line]) -> None:
    """The host believes in a run for half a second after it was over, and goes on sending."""
    run = max(one["us"] for one in controller if one.get("state") == "RUN")
    polls = [one for one in host if one["is"] == "poll" and run < one["us"] < run + 500_000]
    sent = host[index(host, verb="setpoint", **{"is": "call"})]
    for one in polls:
        one["sample"][3] = host[index(host, 60, **{"is": "poll"})]["sample"][3]
        host.insert(host.index(one) + 1, {**sent, "us": one["us"] + 1})


def done_for_the_host_only(controller: list[Line], host: list[Line]) -> None:
    controller[index(controller, verb="LIMITS")]["result"] = 1


def done_at_another_time(controller: list[Line], host: list[Line]) -> None:
    one = controller[index(controller, verb="ARM")]
    one["us"] -= 1_000_000


TAMPERED: list[tuple[Callable[[list[Line], list[Line]], None], str]] = [
    (run_by_itself, "start"),
    (same_number_twice, "start"),
    (go_of_nobody, "start"),
    (go_from_before_the_stop, "start"),
    (taken_after_the_stop, "set-point"),
    (taken_from_nobody, "set-point"),
    (taken_twice, "set-point"),
    (force_that_stays, "slack"),
    (drive_that_stays_on, "slack"),
    (slow_release, "slack"),
    (nothing_written, "slack"),
    (too_high, "peak"),
    (stale_belief, "belief"),
    (done_for_the_host_only, "acknowledged"),
    (done_at_another_time, "acknowledged"),
]


@pytest.mark.parametrize(("tamper", "rule"), TAMPERED, ids=[one.__name__ for one, _ in TAMPERED])
def test_what_was_done_to_it_is_found(
    both: tuple[list[Line], list[Line]], tamper: Callable[[list[Line], list[Line]], None], rule: str
) -> None:
    tamper(*both)
    assert rule in rules(both)


def samples_of(host: list[Line]) -> dict[str, Any]:
    import numpy as np

    names = ("seq", "controller_ms", "boot_id", "state", "fault", "inputs", "force_mn", "force_b_mn")
    rows = [one["sample"] for one in host if one["is"] == "poll"]
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}


def test_a_record_is_held_against_both_sides(both: tuple[list[Line], list[Line]]) -> None:
    controller, host = both
    history, samples = History(controller, {TOKEN: host}), samples_of(host)
    assert check_record(history, TOKEN, samples) == []
    samples["force_b_mn"][70] += 1
    assert check_record(history, TOKEN, samples) == []  # one unit is rounding
    samples["force_b_mn"][70] += 1
    assert [one.what.split(" is ")[1] for one in check_record(history, TOKEN, samples)] == [
        "not what the driver gave",
        "not what the controller read",
    ]
    samples = samples_of(host)
    samples["seq"][3] += 100_000
    assert len(check_record(history, TOKEN, samples)) == 2


def test_the_times_are_those_of_the_true_force(both: tuple[list[Line], list[Line]]) -> None:
    history = History(both[0], {})
    stopped = next(one["us"] for one in both[1] if one["verb"] == "stop")
    left, slack = history.left_run_us(stopped), history.slack_us(stopped, BOUNDS)
    assert left is not None
    assert left - stopped <= 20_000
    # the second run comes after it, so the force is gone for good only then
    assert slack is not None
    assert slack > max(one["us"] for one in both[0] if one["state"] == "RUN")


def test_half_a_line_at_the_end_is_none(tmp_path: Any) -> None:
    path = tmp_path / "a.jsonl"
    assert read_lines(path) == []
    path.write_text('{"us":1}\n{"us":2', encoding="ascii")
    assert read_lines(path) == [{"us": 1}]
