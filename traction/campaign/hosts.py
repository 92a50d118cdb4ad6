"""The host's side of the virtual world: its clocks, its disk, its line, and how each of them fails."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from traction.controller.link import Link
from traction.drivers.base import SetPoint, StopKind, Telemetry
from traction.errors import Problem, TableError
from traction.runner.record.direct import MemoryFile
from traction.sim.emulator import BUFFER, EmulatedTable, MemoryLine
from traction.sim.table import SimTable

if TYPE_CHECKING:
    from traction.campaign.history import History
    from traction.controller.core import Controller
    from traction.sim.faults import Injection
    from traction.sim.faults_rig import FaultyBench

NEVER_US: Final = 1 << 62

Act = Callable[[], None]


class TrueTime:
    """Time as the table lives it: a clock for what stands outside of the host."""

    __slots__ = ("now",)
    realtime = may_sleep = False

    def __init__(self) -> None:
        self.now = 0

    def now_us(self) -> int:
        """Return the microseconds of the world."""
        return self.now

    def wait_until_us(self, deadline_us: int) -> None:
        """Jump there."""
        self.now = max(self.now, deadline_us)

    def suspended_us(self) -> int:
        """Return 0: a table does not sleep."""
        return 0


class HostClock:
    """The host's clock over the world's: it stands still while its machine sleeps, and knows how long.

    ``acts`` are what happens to the host, in us of the world; each is done when the host waits past it, so
    that it falls between two of its steps, as a stall or a signal does, or into the midst of one that takes
    time, as a slow write does: who is killed or put to sleep there does not come to the end of that step.
    """

    __slots__ = ("_acts", "_begin", "_next_us", "_slept_us", "_true", "_wall_us", "may_sleep")
    realtime = False

    def __init__(self, true: TrueTime, begin: Callable[[], bool], may_sleep: bool = False) -> None:
        self.may_sleep = may_sleep  # the engine asks in every tick then, which costs
        self._true = true
        self._begin: Callable[[], bool] | None = begin  # asked before each wait until it says yes
        self._slept_us = 0
        self._acts: list[tuple[int, Act]] = []
        self._next_us = NEVER_US
        self._wall_us = 0

    def now_us(self) -> int:
        """Return the host's microseconds."""
        return self._true.now - self._slept_us

    def suspended_us(self) -> int:
        """Return how long the machine has slept."""
        return self._slept_us

    def wait_until_us(self, deadline_us: int) -> None:
        """Wait on the host's clock, and let happen what happens meanwhile."""
        true = self._true
        if self._begin is not None and self._begin():
            self._begin = None
        if deadline_us + self._slept_us >= self._next_us:
            self._let_happen(deadline_us)
        if deadline_us + self._slept_us > true.now:
            true.now = deadline_us + self._slept_us

    def plan(self, at_us: int, act: Act) -> None:
        """Let something happen at ``at_us`` of the world; of two at once the one planned first is first."""
        self._acts.append((at_us, act))
        self._acts.sort(key=lambda one: one[0])
        self._next_us = self._acts[0][0]

    def stall(self, for_us: int) -> None:
        """Do nothing for so long, by the host's clock, and let happen what happens meanwhile."""
        self.wait_until_us(self.now_us() + for_us)

    def sleep(self, for_us: int) -> None:
        """Sleep for so long, unnoticed by the host's clock."""
        self._true.now += for_us
        self._slept_us += for_us

    def set_wall(self, by_us: int) -> None:
        """Set the wall clock, which nothing here reads."""
        self._wall_us += by_us

    def _let_happen(self, deadline_us: int) -> None:
        while self._next_us <= deadline_us + self._slept_us:
            at_us, act = self._acts.pop(0)
            self._next_us = self._acts[0][0] if self._acts else NEVER_US
            self._true.now = max(self._true.now, at_us)
            act()


class VirtualDisk(MemoryFile):
    """A disk in memory that can be full, slow, or gone in the middle of a write."""

    def __init__(self, clock: HostClock) -> None:
        super().__init__()
        self._clock = clock
        self.full = False
        self.slow_us = 0
        self.dead = False
        self._last = 0  # where the newest write began

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Take what a disk in this condition takes. Raises OSError ENOSPC."""
        if self.dead:
            return len(data)
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")
        self._last = self.tell()
        taken = super().write(data)
        if self.slow_us:
            self._clock.stall(self.slow_us)  # who is killed meanwhile leaves a part of it behind
        return taken

    def crash(self, chance: random.Random) -> None:
        """Lose power: of the newest write a part may be missing, of what came before it nothing."""
        self.dead = True
        kept = chance.randint(self._last, self.tell())
        self.truncate(kept)


class HostSim(SimTable):
    """The simulated table as a driver within a host that can sleep and be killed."""

    __slots__ = ("gone", "host")
    gone: bool
    host: HostClock

    @property
    def controller(self) -> Controller:
        """Return the controller, another one after a restart."""
        return self._controller

    @property
    def bench(self) -> FaultyBench | None:
        """Return where its faults happen, None where it has none."""
        return self._faults

    def expect(self, injections: tuple[Injection, ...]) -> None:
        """Let these faults of the table happen, in the place of others that have not."""
        if self._faults is not None:
            self._faults.expect(injections)

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command, as long as there is anybody to do so."""
        if self.gone:
            raise TableError(Problem("E538", "the host is gone"))
        SimTable.setpoint(self, setpoint)

    def poll(self) -> Telemetry:
        """Return the newest sample, with the time it has on the host's clock."""
        if self.gone:
            raise TableError(Problem("E538", "the host is gone"))
        sample = SimTable.poll(self)
        slept_us = self.host.suspended_us()
        return sample._replace(received_us=sample.received_us - slept_us) if slept_us else sample

    def stop(self, kind: StopKind) -> None:
        """Stop, as long as there is anybody to do so."""
        if not self.gone:
            super().stop(kind)

    def close(self) -> None:
        """Close, as long as there is anybody to do so."""
        if not self.gone:
            super().close()


class TerseLink(Link):
    """The table's end of a line that says what no sensor sees until limits are set, and then no more.

    No real table says it, nothing decides by it, the oracle asks the plant itself: half of all bytes.
    """

    __slots__ = ()

    def tick(self, channels: tuple[int, ...] | None = None) -> None:
        """Say what this tick of the controller brought."""
        Link.tick(self, None if self.committed else channels)


class CampaignTable(EmulatedTable):
    """An emulated table whose faults may be others than those it was made with."""

    __slots__ = ()

    def expect(self, injections: tuple[Injection, ...]) -> None:
        """Let these faults of table and line happen, in the place of others that have not."""
        if self._faults is not None:
            self._faults.expect(injections)


class CampaignLine(MemoryLine):
    """A line on which every byte takes ``latency_us``, either way; each tick of the table is looked at."""

    __slots__ = ("_down", "_history", "_latency_us", "_true", "_up", "_waiting")

    def __init__(self, table: EmulatedTable, true: TrueTime, latency_us: int, history: History) -> None:
        super().__init__(table, true)
        self._true = true
        self._latency_us = latency_us
        self._history = history
        self._down: list[tuple[int, bytes]] = []  # (due in us of the world, bytes), to the table
        self._up: list[tuple[int, bytes]] = []
        self._waiting = 0  # bytes on their way to the host

    def tick(self, now_us: int) -> None:
        """Let the table hear what has arrived by now, live one tick, and send what it says."""
        table, down, up = self.table, self._down, self._up
        while down and down[0][0] <= now_us:
            table.receive(down.pop(0)[1])
        table.tick()
        if self._waiting < BUFFER:
            data = table.take()
            if data:
                up.append((now_us + self._latency_us, data))
                self._waiting += len(data)
        self._history.watch(table.controller, table.truths, table.dead)

    def write(self, data: bytes) -> int:
        """Send to the table."""
        self.live()
        if self._gone():
            return 0
        if self._latency_us:
            self._down.append((self._true.now + self._latency_us, data))
        else:
            self.table.receive(data)
        return len(data)

    def read(self) -> bytes:
        """Return what has arrived at the host."""
        self.live()
        if self._gone():
            return b""
        now_us, up = self._true.now, self._up
        out = b""
        while up and up[0][0] <= now_us:
            out += up.pop(0)[1]
        self._waiting -= len(out)
        return out
