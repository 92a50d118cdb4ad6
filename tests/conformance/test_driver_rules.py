"""The ten rules, on every table and every line there is: in memory, TCP, a pty, and in another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from traction.drivers.base import CAPABILITIES, Identity, TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.drivers.serial import WireDriver
from traction.drivers.transport import open_serial, open_tcp
from traction.drivers.url import parse_url
from traction.drivers.wire_words import split_address
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.sim.table import open_sim
from traction.testing.conformance import DriverRules, SternClock, TableUnderTest
from traction.testing.far import Counted, FarProcess, FarTable
from traction.wire import codes

URL = "sim:?seed=5"
LOCKING = "sim:?seed=5&drive=self-locking&couch=fixed"


class TestScripted(DriverRules):
    # A script has no controller of its own, and nobody can press its stops.
    test_rule_10_the_promised_limits_hold_without_the_guard = None
    test_rule_10_the_promised_lease_holds_without_the_guard = None
    test_rule_10_the_promised_stop_inputs_act_without_the_host = None
    test_rule_2_nothing_renews_a_set_point_in_secret = None

    def make_table(self) -> TableUnderTest:
        clock = SternClock()

        def endless() -> Iterator[Telemetry]:
            for seq in count(1):
                verbs = driver.verbs()
                moving = "go" in verbs and "stop" not in verbs
                yield sample(seq, state=codes.STATE_RUN if moving else codes.STATE_READY)

        driver = ScriptedDriver(endless(), clock=clock)
        return TableUnderTest(driver, clock)


class TestSimulated(DriverRules):
    url = URL

    def make_table(self) -> TableUnderTest:
        clock = SternClock()
        driver = open_sim(parse_url(self.url), clock, TableSetup())
        return TableUnderTest(
            driver,
            clock,
            true_force_n=driver.true_force_n,
            fault=lambda: driver._controller.fault,
            press=driver.press,
        )


class TestSimulatedSelfLocking(TestSimulated):
    url = LOCKING


class TestWireInMemory(DriverRules):
    url = URL

    def make_table(self) -> TableUnderTest:
        clock = SternClock()
        emulated = make_emulated(read_options(parse_url(self.url), TableSetup()))
        line = MemoryLine(emulated, clock)

        def true_force_n() -> float:
            line.live()
            return emulated.true_force_n()

        return TableUnderTest(
            WireDriver(lambda: line, clock, 4711),
            clock,
            true_force_n=true_force_n,
            fault=lambda: emulated.controller.fault,
            press=emulated.press,
        )


class TestWireInMemorySelfLocking(TestWireInMemory):
    url = LOCKING


class OnALine(DriverRules):
    """The kernel's own line, the test's time."""

    line = "tcp"

    def far(self) -> Any:
        return FarTable(self.line, URL)

    def make_table(self) -> TableUnderTest:
        if self.line == "pty":
            pytest.importorskip("pty", reason="no pseudo terminals here")
        far = self.far()
        lines: list[Counted] = []
        clock = SternClock(lambda now_us: far.live(now_us, sum(line.told for line in lines)))
        name = far.url.partition(":")[2].removeprefix("//")
        address = split_address(name)

        def connect() -> Any:
            line = open_serial(name, 115_200) if address is None else open_tcp(*address)
            lines.append(Counted(line, far))
            return lines[-1]

        return TableUnderTest(
            WireDriver(connect, clock, 4711),
            clock,
            true_force_n=far.true_force_n,
            fault=far.fault,
            press=far.press,
            end=far.close,
        )


class TestTcp(OnALine):
    pass


class TestPty(OnALine):
    line = "pty"


class InAnotherProcess(OnALine):
    """The controller in a process of its own, still on the test's time."""

    process: FarProcess

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def one_process(cls) -> Iterator[None]:
        cls.process = FarProcess()
        yield
        cls.process.end()

    def far(self) -> Any:
        return self.process.begin(self.line, URL)


# in one worker, so that each class starts one process and not one in each worker
@pytest.mark.xdist_group("far")
class TestTcpInAnotherProcess(InAnotherProcess):
    pass


@pytest.mark.xdist_group("far")
class TestPtyInAnotherProcess(InAnotherProcess):
    line = "pty"


@pytest.mark.parametrize("missing", CAPABILITIES)
def test_rule_10_what_is_missing_is_said_and_the_guard_does_not_stand_in(missing: str) -> None:
    clock = SternClock()
    kept = tuple(name for name in CAPABILITIES if name != missing)
    driver = ScriptedDriver(clock=clock, identity=replace(IDENTITY, capabilities=kept))
    identity = GuardedDriver(driver, clock).open()
    assert missing not in identity.capabilities
    assert Identity.__dataclass_fields__["capabilities"].default == ()  # who says nothing promises nothing
