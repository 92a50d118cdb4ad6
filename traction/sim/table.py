"""The simulated table: the bench's own controller in front of a simulated body, behind the driver interface.

Nothing is relaxed because it is simulated. Time comes from the clock it is given: every verb first lets the
table live through the time that has passed, tick by tick, so a host that stalls finds its lease expired.
"""

from __future__ import annotations

from dataclasses import astuple

from traction.clock import Clock
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.drivers.base import (
    CAPABILITIES,
    ControllerLimits,
    Identity,
    SetPoint,
    StopKind,
    TableSetup,
    Telemetry,
)
from traction.drivers.url import TableUrl
from traction.errors import Problem, TableError
from traction.sim import drive as drives
from traction.sim.options import read_options
from traction.sim.patient import Patient, make_patient
from traction.sim.plant import Plant
from traction.sim.sensors import Noise
from traction.wire import codes

MODEL = "traction simulated table"
CHANNELS = ("true_force_mn", "disc_pressure_pa", "disc_load_mn", "elongation_um")
TICK_US = 10_000
SELF_TEST_TICKS = 10
"""The table was switched on this long before anybody talks to it, so that its load cells have been read."""

_make = tuple.__new__  # Telemetry(...) with eleven names takes three times as long

INPUTS = {"emergency-stop": codes.INPUT_ESTOP_CLOSED, "patient-stop": codes.INPUT_PATIENT_STOP_CLOSED}
"""The stop inputs a test can press and release, by name."""


def open_sim(url: TableUrl, clock: Clock, setup: TableSetup) -> SimTable:
    """Return the simulated table of a ``sim:`` URL, not opened yet; ``read_options`` says what it may say."""
    asked = read_options(url, setup)
    patient = make_patient(
        asked.region,
        couch=asked.couch,
        disc=asked.disc,
        mass_kg=asked.mass_kg,
        values={} if asked.slack_mm is None else {"slack_mm": asked.slack_mm},
    )
    return SimTable(clock, patient, drive=asked.drive, seed=asked.seed)


class SimTable:
    """One simulated table from power-up on; implements ``drivers.base.Driver``.

    Equal seed, clock readings and verbs give equal telemetry, bit for bit.
    """

    __slots__ = (
        "_channels",
        "_clock",
        "_controller",
        "_inputs",
        "_next_us",
        "_noise",
        "_open",
        "_plant",
        "_seed",
        "drive",
    )

    def __init__(
        self, clock: Clock, patient: Patient, *, drive: str = drives.BACK_DRIVABLE, seed: int = 0
    ) -> None:
        self._clock = clock
        self._seed = seed
        self._noise = Noise(seed)
        self._plant = Plant(patient, drive, self._noise)
        self._channels = self._plant.channels()
        region = codes.REGION_NAMES.index(patient.region)
        config = ControllerConfig(region, self._noise.boot_id, drives.DRIVES.index(drive))
        self._controller = Controller(config)
        self._inputs = codes.INPUTS_HEALTHY
        self._open = False
        self._next_us = clock.now_us() - (SELF_TEST_TICKS - 1) * TICK_US
        self.drive = drive

    @property
    def patient(self) -> Patient:
        """Return who lies on the table."""
        return self._plant.patient

    def open(self) -> Identity:
        """Connect and say who is there; raises TableError (E520) when the controller is busy."""
        self._live()
        self._expect(self._controller.hello(self._noise.boot_id or 1), "hello")
        self._open = True
        return Identity(
            model=MODEL,
            serial_number=f"SIM-{self._seed}",
            firmware="simulated",
            boot_id=self._controller.boot_id,
            drive=self.drive,
            region=self.patient.region,
            simulated=True,
            tick_ms=TICK_US // 1000,
            channels=CHANNELS,
            capabilities=CAPABILITIES,
        )

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Load the session's limits and return what was stored; raises TableError (E520) when refused."""
        self._talk()
        self._expect(self._controller.load_limits(astuple(limits)), "load limits")
        return ControllerLimits(*self._controller.limits)

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; raises TableError (E520) when not ready."""
        self._talk()
        self._expect(self._controller.arm(), "arm")
        return self._controller.nonce

    def go(self, nonce: int) -> None:
        """Start: RUN, holding 0 N; raises TableError (E520) unless armed with this nonce."""
        self._talk()
        self._expect(self._controller.go(nonce), "go")

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command one leased set-point; raises TableError (E520) when the controller does not take it."""
        # This verb and poll are called in every tick: they do in place what the other verbs call for.
        if not self._open or self._next_us <= self._clock.now_us():
            self._talk()
        target_mn, rate_mn_per_s, mode, lease_ms, echo_seq = setpoint
        result = self._controller.setpoint(target_mn, rate_mn_per_s, mode, lease_ms, echo_seq)
        if result != codes.RESULT_OK:
            self._expect(result, "set-point")

    def poll(self) -> Telemetry:
        """Return the newest sample; raises TableError (E521) when the table is not open."""
        now_us = self._talk()
        controller = self._controller
        cells = controller.cells
        return _make(
            Telemetry,
            (
                controller.seq,
                controller.now_ms,
                controller.boot_id,
                controller.state,
                controller.latch.fault,
                controller.inputs,
                cells.force_a_mn,
                cells.force_b_mn,
                controller.travel_um,
                now_us,
                self._channels,
            ),
        )

    def stop(self, kind: StopKind) -> None:
        """Begin (or make more severe) a release. Never raises, needs no state, idempotent."""
        self._live()
        self._controller.stop(kind)

    def reset(self, fault: int) -> None:
        """Clear the latched ``fault``; raises TableError (E520) while its cause or a force is there."""
        self._talk()
        self._expect(self._controller.reset(fault), "reset")

    def close(self) -> None:
        """Ask for a release, then let go; idempotent, never raises. The table itself lives on."""
        if self._open:
            self._open = False
            self.stop(StopKind.RELEASE)

    def press(self, name: str) -> None:
        """Open a stop input (``INPUTS``), as a person pressing the button would."""
        self._live()
        self._inputs &= ~INPUTS[name]

    def let_go(self, name: str) -> None:
        """Close the stop input again; what it started goes on."""
        self._live()
        self._inputs |= INPUTS[name]

    def true_force_n(self) -> float:
        """Return the tension in the harness now, N, as no sensor sees it; works on a closed table too."""
        self._live()
        return self._plant.channels()[0] / 1000.0

    def _live(self) -> int:
        """Let the table live up to now, tick by tick; return now in us."""
        now_us = self._clock.now_us()
        next_us = self._next_us
        if next_us <= now_us:
            move, think, motion = self._plant.tick, self._controller.tick, self._controller.motion
            inputs = self._inputs
            while next_us <= now_us:
                force_a_mn, force_b_mn, travel_um, self._channels = move(
                    motion.velocity_um_per_s, motion.enabled, motion.dump
                )
                think(force_a_mn, force_b_mn, travel_um, inputs)
                next_us += TICK_US
            self._next_us = next_us
        return now_us

    def _talk(self) -> int:
        if not self._open:
            raise TableError(Problem("E521", "the simulated table is not open", "open it first"))
        return self._live()

    def _expect(self, result: int, verb: str) -> None:
        if result != codes.RESULT_OK:
            raise TableError(
                Problem("E520", f"{verb}: {codes.RESULT_NAMES[result]} (answer {result})", "answer 0, done")
            )
