"""The simulated table: the bench's own controller in front of a simulated body, behind the driver interface.

Nothing is relaxed because it is simulated. Time comes from the clock it is given: every verb first lets the
table live through the time that has passed, tick by tick, so a host that stalls finds its lease expired.
"""

from __future__ import annotations

from collections.abc import Callable
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
from traction.drivers.refusals import refusal
from traction.drivers.url import TableUrl
from traction.errors import Problem, TableError
from traction.sim import drive as drives
from traction.sim.buttons import NO_BUTTONS, Buttons, make_hands
from traction.sim.faults import Injection
from traction.sim.faults_rig import FaultyBench
from traction.sim.kernel import Truths
from traction.sim.options import read_options
from traction.sim.patient import Patient, make_patient
from traction.sim.plant import Plant
from traction.sim.sensed import NOTHING, make_sensed
from traction.sim.sensors import Noise
from traction.wire import codes

MODEL = "traction simulated table"
CHANNELS = ("true_force_mn", "disc_pressure_pa", "disc_load_mn", "elongation_um")
TICK_US = 10_000
SELF_TEST_TICKS = 10
"""The table was switched on this long before anybody talks to it, so that its load cells have been read."""

Watch = Callable[[Controller, Truths], None]
"""Whoever looks on: called after each tick with the controller and what no sensor sees."""

_make = tuple.__new__  # Telemetry(...) with eleven names takes three times as long

INPUTS = {
    "emergency-stop": codes.INPUT_ESTOP_CLOSED,
    "patient-stop": codes.INPUT_PATIENT_STOP_CLOSED,
    "pull-end-switch": codes.INPUT_PULL_END_CLOSED,
    "slack-end-switch": codes.INPUT_SLACK_END_CLOSED,
}
"""The inputs that somebody at the table can press and release, by name."""


def open_sim(url: TableUrl, clock: Clock, setup: TableSetup) -> SimTable:
    """Return the simulated table of a ``sim:`` URL, not opened yet; ``read_options`` says what it may say."""
    asked = read_options(url, setup)
    values = {} if asked.slack_mm is None else {"slack_mm": asked.slack_mm}
    patient = make_patient(
        asked.region, couch=asked.couch, disc=asked.disc, mass_kg=asked.mass_kg, values=values
    )
    table = SimTable(
        clock, patient, drive=asked.drive, seed=asked.seed, faults=asked.faults, buttons=asked.buttons
    )
    table.sensed = make_sensed(table._plant, asked.sense, asked.weighs_kg)  # noqa: SLF001  made here
    return table


class SimTable:
    """One simulated table from power-up on; implements ``drivers.base.Driver``.

    Equal seed, clock readings and verbs give equal telemetry, bit for bit.
    """

    __slots__ = (
        "_channels",
        "_clock",
        "_controller",
        "_faults",
        "_hand",
        "_hung_mn",
        "_inputs",
        "_next_us",
        "_noise",
        "_open",
        "_plant",
        "_seed",
        "_watch",
        "_zero_um",
        "drive",
        "sensed",
    )

    def __init__(
        self,
        clock: Clock,
        patient: Patient,
        *,
        drive: str = drives.BACK_DRIVABLE,
        seed: int = 0,
        faults: tuple[Injection, ...] = (),
        buttons: Buttons = NO_BUTTONS,
        watch: Watch | None = None,
    ) -> None:
        self._clock = clock
        self._watch = watch
        self._seed = seed
        self._noise = Noise(seed)
        self._plant = Plant(patient, drive, self._noise)
        self._channels = self._plant.channels()
        self._faults = FaultyBench(self._plant, faults) if faults else None
        region = codes.REGION_NAMES.index(patient.region)
        config = ControllerConfig(region, self._noise.boot_id, drives.DRIVES.index(drive))
        self._hand = make_hands(buttons, config)
        self._controller = Controller(config)
        self._inputs = codes.INPUTS_HEALTHY
        self._hung_mn = 0
        self._open = False
        self._zero_um = 0  # where the carriage stood at open
        self._next_us = clock.now_us() - (SELF_TEST_TICKS - 1) * TICK_US
        self.drive = drive
        self.sensed = NOTHING

    @property
    def patient(self) -> Patient:
        """Return who lies on the table."""
        return self._plant.patient

    def open(self) -> Identity:
        """Connect and say who is there; raises TableError (E520) when the controller is busy."""
        self._live()
        self._heed("hello")
        self._expect(self._controller.hello(self._noise.boot_id or 1), "hello")
        self._open = True
        self._zero_um = self._controller.travel_um
        return Identity(
            model=MODEL,
            serial_number=f"SIM-{self._seed}",
            firmware="simulated",
            boot_id=self._controller.boot_id,
            drive=self.drive,
            region=self.patient.region,
            simulated=True,
            tick_ms=TICK_US // 1000,
            channels=CHANNELS + self.sensed.channels,
            capabilities=CAPABILITIES if self._hand is None else (*CAPABILITIES, *self._hand.capabilities),
        )

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Load the session's limits and return what was stored; raises TableError (E520) when refused."""
        self._ask("load limits")
        self._expect(self._controller.load_limits(astuple(limits)), "load limits")
        return ControllerLimits(*self._controller.limits)

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; raises TableError (E520) when not ready."""
        self._ask("arm")
        self._expect(self._controller.arm(), "arm")
        return self._controller.nonce

    def go(self, nonce: int) -> None:
        """Start: RUN, holding 0 N; raises TableError (E520) unless armed with this nonce."""
        self._ask("go")
        self._expect(self._controller.go(nonce), "go")

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command one leased set-point; raises TableError (E520) when the controller does not take it."""
        # This verb and poll are called in every tick: they do in place what the other verbs call for.
        if not self._open or self._next_us <= self._clock.now_us():
            self._talk()
        if self._faults is not None and self._faults.deaf:
            return  # lost, as on a line; nobody says so
        target_mn, rate_mn_per_s, mode, lease_ms, echo_seq = setpoint
        result = self._controller.setpoint(target_mn, rate_mn_per_s, mode, lease_ms, echo_seq)
        if result != codes.RESULT_OK:
            self._expect(result, "set-point")

    def poll(self) -> Telemetry:
        """Return the newest sample; raises TableError (E521) when the table is not open."""
        now_us = self._talk()
        if self._faults is not None:
            now_us -= 1000 * self._faults.silent_ms  # the last sample again, as old as it is
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
                controller.inputs | controller.enabling.bit | controller.easing.bit,
                cells.force_a_mn,
                cells.force_b_mn,
                controller.travel_um - self._zero_um,
                now_us,
                self._channels if self.sensed.read is None else self._channels + self.sensed.read(),
            ),
        )

    def stop(self, kind: StopKind) -> None:
        """Begin (or make more severe) a release. Never raises, needs no state, idempotent."""
        self._live()
        if self._faults is None or not self._faults.deaf:
            self._controller.stop(kind)

    def reset(self, fault: int) -> None:
        """Clear the latched ``fault``; raises TableError (E520) while its cause or a force is there."""
        self._ask("reset")
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

    def hang(self, force_n: float) -> None:
        """Pull at the cord from now on: both load cells feel it, carriage and patient do not; 0 ends it."""
        self._live()
        self._hung_mn = round(force_n * 1000)

    @property
    def dead(self) -> bool:
        """Say whether a fault has taken the controller's power away: then its drive has none, either."""
        return self._faults is not None and self._faults.dead

    def true_force_n(self) -> float:
        """Return the tension in the harness now, N, as no sensor sees it; works on a closed table too."""
        self._live()
        return self._plant.channels()[0] / 1000.0

    def _live(self) -> int:
        """Let the table live up to now, tick by tick; return now in us."""
        now_us = self._clock.now_us()
        next_us = self._next_us
        if next_us <= now_us:
            if self._faults is not None:
                return self._live_with_faults(now_us, self._faults)
            watch = self._watch
            move, think, motion = self._plant.tick, self._controller.tick, self._controller.motion
            given, hung_mn, hand = self._inputs, self._hung_mn, self._hand
            while next_us <= now_us:
                force_a_mn, force_b_mn, travel_um, self._channels = move(
                    motion.velocity_um_per_s, motion.enabled, motion.dump
                )
                if hung_mn:
                    force_a_mn, force_b_mn = force_a_mn + hung_mn, force_b_mn + hung_mn
                inputs = given if hand is None else hand.inputs(given, self._controller)
                think(force_a_mn, force_b_mn, travel_um, inputs)
                if watch is not None:
                    watch(self._controller, self._channels)
                next_us += TICK_US
            self._next_us = next_us
        return now_us

    def _live_with_faults(self, now_us: int, faults: FaultyBench) -> int:
        while self._next_us <= now_us:
            inputs = self._inputs if self._hand is None else self._hand.inputs(self._inputs, self._controller)
            live = faults.live(self._controller, inputs, self._hung_mn)
            self._controller, self._channels = live
            if self._watch is not None:
                self._watch(*live)
            self._next_us += TICK_US
        return now_us

    def _ask(self, verb: str) -> None:
        """Live up to now before a verb that is answered."""
        self._talk()
        self._heed(verb)

    def _heed(self, verb: str) -> None:
        if self._faults is not None and self._faults.deaf:
            raise TableError(Problem("E538", f"no answer to {verb}", "an answer to every request"))

    def _talk(self) -> int:
        if not self._open:
            raise TableError(Problem("E521", "the simulated table is not open", "open it first"))
        return self._live()

    def _expect(self, result: int, verb: str) -> None:
        if result != codes.RESULT_OK:
            raise refusal(verb, result)
