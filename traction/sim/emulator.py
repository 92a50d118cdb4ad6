"""The reference controller in front of a simulated body, behind a stream of bytes: a table without a bench.

``EmulatedTable`` is the controller's side, which knows neither clock nor line. ``MemoryLine`` joins it to a
host in the same process, on the host's clock, so that a whole session over the wire can be repeated exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.errors import Problem, TableError, UsageError
from traction.sim import drive as drives
from traction.sim.buttons import NO_BUTTONS, Buttons, make_hands
from traction.sim.faults_line import FaultyWay
from traction.sim.faults_rig import FaultyBench
from traction.sim.patient import make_patient
from traction.sim.plant import Plant
from traction.sim.sensors import Noise
from traction.sim.table import INPUTS, SELF_TEST_TICKS, TICK_US
from traction.wire import codes, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.clock import Clock
    from traction.sim.faults import Injection
    from traction.sim.kernel import Truths
    from traction.sim.options import SimOptions
    from traction.sim.patient import Patient

FIRMWARE: Final = 1_000_000
"""Version 1.0.0 of what the emulated controller calls its firmware."""

BUFFER: Final = 4096
"""So many bytes lie on the way to a host that does not read them, as in the kernel's buffer of a pty."""


def make_emulated(
    options: SimOptions,
    boot_id: int | None = None,
    faults: tuple[Injection, ...] = (),
    make_link: Callable[..., Link] = Link,
) -> EmulatedTable:
    """Return an emulated table for what a ``sim:`` URL asks for; ``boot_id`` None takes it from the seed.

    ``faults`` come on top of those of the URL; they may be of the line, too. ``make_link`` makes the
    controller's end of the wire, anew after each restart. Raises UsageError (E124) for sensors of ``sense``:
    the wire has no message for them.
    """
    if options.sense:
        raise UsageError(Problem("E124", f"sense={','.join(options.sense)}", "no sensors on a wire"))
    patient = make_patient(
        options.region,
        couch=options.couch,
        disc=options.disc,
        mass_kg=options.mass_kg,
        values={} if options.slack_mm is None else {"slack_mm": options.slack_mm},
    )
    wanted = (*options.faults, *faults)
    return EmulatedTable(
        patient,
        drive=options.drive,
        seed=options.seed,
        boot_id=boot_id,
        faults=wanted,
        buttons=options.buttons,
        make_link=make_link,
    )


class EmulatedTable:
    """One table from power-up on, in ticks of 10 ms.

    Give it what came with ``receive``, let it live one ``tick``, and send what ``take`` returns. Equal seeds
    and bytes give equal bytes.
    """

    __slots__ = (
        "_channels",
        "_faults",
        "_hand",
        "_hung_mn",
        "_inputs",
        "_make_link",
        "_plant",
        "_serial",
        "_to_host",
        "_to_table",
        "controller",
        "link",
    )

    def __init__(
        self,
        patient: Patient,
        *,
        drive: str = drives.BACK_DRIVABLE,
        seed: int = 0,
        boot_id: int | None = None,
        faults: tuple[Injection, ...] = (),
        buttons: Buttons = NO_BUTTONS,
        make_link: Callable[..., Link] = Link,
    ) -> None:
        noise = Noise(seed)
        self._plant = Plant(patient, drive, noise)
        self._channels = self._plant.channels()
        self._inputs = codes.INPUTS_HEALTHY
        self._hung_mn = 0
        region = codes.REGION_NAMES.index(patient.region)
        boot = boot_id or noise.boot_id or 1
        config = ControllerConfig(region, boot, drives.DRIVES.index(drive))
        self._hand = make_hands(buttons, config)
        self.controller = Controller(config)
        self._serial = seed & messages.U32
        self._make_link = make_link
        self.link = self._new_link()
        self._faults = bench = FaultyBench(self._plant, faults) if faults else None
        if bench is not None:
            self._to_table = FaultyWay(bench, ("link-cut", "link-cut-to-table"))
            self._to_host = FaultyWay(bench, ("link-cut", "link-cut-to-host"))
        for _ in range(SELF_TEST_TICKS):  # switched on for so long, so that its load cells have been read
            self.tick()

    def _new_link(self) -> Link:
        return self._make_link(self.controller, messages.MODEL_EMULATED, self._serial, FIRMWARE, 1)

    def tick(self) -> None:
        """Live 10 ms."""
        if self._faults is not None:
            self._tick_with_faults(self._faults)
            return
        motion = self.controller.motion
        force_a_mn, force_b_mn, travel_um, self._channels = self._plant.tick(
            motion.velocity_um_per_s, motion.enabled, motion.dump
        )
        hung_mn = self._hung_mn
        if hung_mn:
            force_a_mn, force_b_mn = force_a_mn + hung_mn, force_b_mn + hung_mn
        self.controller.tick(force_a_mn, force_b_mn, travel_um, self._held())
        self.link.tick(self._channels)

    def _tick_with_faults(self, faults: FaultyBench) -> None:
        before = self.controller
        self.controller, self._channels = faults.live(before, self._held(), self._hung_mn)
        if self.controller is not before:
            self.link = self._new_link()
        came = self._to_table.arrived()
        if not faults.deaf:
            if came:
                self.link.receive(came)
            self.link.tick(self._channels)

    def _held(self) -> int:
        return self._inputs if self._hand is None else self._hand.inputs(self._inputs, self.controller)

    def receive(self, data: bytes) -> None:
        """Take bytes from whoever sent them."""
        faults = self._faults
        if faults is None:
            self.link.receive(data)
            return
        self._to_table.send(data)
        came = self._to_table.arrived()
        if not faults.deaf:
            self.link.receive(came)

    def take(self) -> bytes:
        """Return the bytes to send."""
        if self._faults is None:
            return self.link.take()
        if not self._faults.deaf:
            self._to_host.send(self.link.take())
        return self._to_host.arrived()

    def press(self, name: str) -> None:
        """Open a stop input (``table.INPUTS``), as a person at it would; or press one of ``BUTTONS``."""
        if name in INPUTS:
            self._inputs &= ~INPUTS[name]
        elif self._hand is not None:
            self._hand.press(name)

    def let_go(self, name: str) -> None:
        """Close the stop input again; what it started goes on. Or let go of the button."""
        if name in INPUTS:
            self._inputs |= INPUTS[name]
        elif self._hand is not None:
            self._hand.let_go(name)

    def hang(self, force_n: float) -> None:
        """Hang a weight on the cord from now on, or pull at it: only the load cells feel it; 0 ends it."""
        self._hung_mn = round(force_n * 1000)

    @property
    def truths(self) -> Truths:
        """Return what no sensor sees, in the order of ``table.CHANNELS``."""
        return self._channels

    @property
    def dead(self) -> bool:
        """Say whether a fault has taken the controller's power away: then its drive has none, either."""
        return self._faults is not None and self._faults.dead

    def true_force_n(self) -> float:
        """Return the tension in the harness now, N, as no sensor sees it."""
        return self._channels[0] / 1000.0


class MemoryLine:
    """A line within one process; implements ``drivers.transport.Transport``.

    The table lives through the time that has passed whenever its line is touched. ``cut`` is what unplugging
    does: both ends live on, and nothing crosses.
    """

    __slots__ = ("_clock", "_next_us", "_out", "cut", "table")

    def __init__(self, table: EmulatedTable, clock: Clock) -> None:
        self.table = table
        self._clock = clock
        self._next_us = clock.now_us() + TICK_US
        self._out = b""
        self.cut = False

    def live(self) -> None:
        """Let the table live up to now."""
        now_us = self._clock.now_us()
        while self._next_us <= now_us:
            self.tick(self._next_us)
            self._next_us += TICK_US

    def tick(self, now_us: int) -> None:
        """Let the table live the one tick that ends at ``now_us``."""
        del now_us  # for whoever looks on
        self.table.tick()
        if len(self._out) < BUFFER:
            self._out += self.table.take()

    def read(self) -> bytes:
        """Return what the table has said."""
        self.live()
        data, self._out = self._out + self.table.take(), b""
        return self.to_host(b"" if self._gone() else data)

    def write(self, data: bytes) -> int:
        """Bring ``data`` to the table at once."""
        self.live()
        if not self._gone():
            self.table.receive(self.to_table(data))
        return len(data)

    def close(self) -> None:
        """Do nothing: the table lives on."""

    def to_host(self, data: bytes) -> bytes:
        """Return what arrives at the host of ``data``; a line that spoils it does so here."""
        return data

    def to_table(self, data: bytes) -> bytes:
        """Return what arrives at the table of ``data``; a line that spoils it does so here."""
        return data

    def _gone(self) -> bool:
        if self.cut:
            raise TableError(Problem("E538", "the line is cut"))
        return False
