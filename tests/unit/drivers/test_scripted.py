"""The scripted driver plays exactly its script and forgets nothing it was sent."""

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, SetPoint, StopKind
from traction.drivers.scripted import ScriptedDriver, Sent, sample
from traction.errors import TableError
from traction.wire import codes


def test_it_plays_its_steps_stamps_them_and_then_is_over(clock: VirtualClock) -> None:
    driver = ScriptedDriver([sample(1, force_mn=5), OSError("cable"), sample(2)], clock=clock)
    clock.wait_until_us(70)
    first = driver.poll()
    assert (first.seq, first.force_mn, first.force_b_mn, first.received_us) == (1, 5, 5, 70)
    with pytest.raises(OSError, match="cable"):
        driver.poll()
    assert driver.poll().seq == 2
    with pytest.raises(TableError, match="E508"):
        driver.poll()


def test_it_keeps_what_it_was_sent_and_when(clock: VirtualClock, limits: ControllerLimits) -> None:
    driver = ScriptedDriver(clock=clock)
    driver.open()
    assert driver.load_limits(limits) == limits
    assert (driver.arm(), driver.arm()) == (1, 2)
    clock.wait_until_us(50)
    driver.go(2)
    point = SetPoint(1, 2, codes.MODE_FORCE, 250, 1)
    driver.setpoint(point)
    driver.stop(StopKind.FAST)
    driver.reset(7)
    driver.close()
    assert driver.verbs() == ["open", "load_limits", "arm", "arm", "go", "setpoint", "stop", "reset", "close"]
    assert driver.sent[4:8] == [
        Sent("go", 2, 50),
        Sent("setpoint", point, 50),
        Sent("stop", StopKind.FAST, 50),
        Sent("reset", 7, 50),
    ]


def test_it_fails_where_it_is_told_to(clock: VirtualClock) -> None:
    driver = ScriptedDriver(clock=clock, failures={"arm": ValueError("no")})
    with pytest.raises(ValueError, match="no"):
        driver.arm()
    assert driver.verbs() == ["arm"]
