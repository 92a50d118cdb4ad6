"""The log of an emulated controller: every verb with its result, every tick with the true force."""

import io
import json
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import StopKind, TableSetup
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.noted import DROPPED, ControllerLog
from traction.sim.options import read_options
from traction.testing.conformance import LIMITS, point
from traction.wire import codes, frame


class Noting(MemoryLine):
    """A line whose table is logged."""

    def __init__(self, url: str, clock: VirtualClock) -> None:
        self.file = io.StringIO()
        self.log = ControllerLog(self.file, clock.now_us)
        super().__init__(
            make_emulated(read_options(parse_url(url), TableSetup()), 7, make_link=self.log.link), clock
        )

    def tick(self, now_us: int) -> None:
        super().tick(now_us)
        self.log.look(self.table)

    def lines(self, kind: str) -> list[dict[str, Any]]:
        made = [json.loads(line) for line in self.file.getvalue().splitlines()]
        return [line for line in made if line["is"] == kind]


def session(url: str = "sim:?seed=3&slack_mm=0") -> tuple[Noting, WireDriver, VirtualClock]:
    clock = VirtualClock()
    line = Noting(url, clock)
    driver = WireDriver(lambda: line, clock, 5)
    driver.open()
    driver.load_limits(LIMITS)
    driver.go(driver.arm())
    return line, driver, clock


def test_every_verb_stands_there_with_what_came_of_it() -> None:
    line, driver, clock = session()
    clock.wait_until_us(clock.now_us() + 20_000)
    sample = driver.poll()
    driver.setpoint(point(sample.seq, 1000))
    driver.setpoint(point(sample.seq, LIMITS.max_force_mn + 1))
    driver.stop(StopKind.RELEASE)
    said = [(one["verb"], one["result"], one["state"]) for one in line.lines("verb")]
    assert said == [
        ("HELLO", codes.RESULT_OK, "IDENTIFIED"),
        ("LIMITS", codes.RESULT_OK, "READY"),
        ("COMMIT", codes.RESULT_OK, "READY"),
        ("ARM", codes.RESULT_OK, "ARMED"),
        ("GO", codes.RESULT_OK, "RUN"),
        ("SETPOINT", codes.RESULT_OK, "RUN"),
        ("SETPOINT", codes.RESULT_OUTSIDE_LIMITS, "RELEASING"),
        ("STOP", codes.RESULT_OK, "RELEASING"),
    ]
    assert [one["token"] for one in line.lines("verb")] == [5] * 8
    assert line.lines("verb")[5]["values"] == list(point(sample.seq, 1000))


def test_a_copy_is_told_from_what_was_obeyed() -> None:
    line, _driver, _ = session()
    line.table.receive(frame.encode("X", (5, 1, 0, 1)))  # a stop is always obeyed
    line.table.receive(frame.encode("H", (5, 1, 0, 0, line.table.link.definition)))
    assert [(one["verb"], one["result"]) for one in line.lines("verb")[-2:]] == [
        ("STOP", codes.RESULT_OK),
        ("HELLO", DROPPED),
    ]


def test_every_tick_stands_there_with_the_true_force_and_what_the_cells_said() -> None:
    line, driver, clock = session()
    for _ in range(100):
        clock.wait_until_us(clock.now_us() + 20_000)
        driver.setpoint(point(driver.poll().seq, 20_000))
    sample = driver.poll()
    ticks = {one["seq"]: one for one in line.lines("tick")}
    seen = ticks[sample.seq]
    assert (seen["force_a_mn"], seen["force_b_mn"]) == (sample.force_mn, sample.force_b_mn)
    assert (seen["true_force_mn"], seen["state"]) == (sample.channels[0], "RUN")
    assert sample.channels[0] > 5_000
    assert [one["ms"] for one in ticks.values()] == sorted({one["ms"] for one in ticks.values()})


def test_a_controller_that_begins_anew_is_noted_too() -> None:
    line, driver, clock = session("sim:?seed=3&slack_mm=0&fault=controller-reboot@500ms")
    clock.wait_until_us(clock.now_us() + 1_000_000)
    with pytest.raises(TableError):
        driver.poll()
    again = WireDriver(lambda: line, clock, 6)
    again.open()
    boots = {one["boot"] for one in line.lines("tick")}
    assert len(boots) == 2
    assert line.lines("verb")[-1]["token"] == 6
