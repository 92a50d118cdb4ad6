"""A bench with faults in it: what lies between the controller and the plant, and goes wrong there.

The plant's force stays true: a fault of a sensor changes what the controller is told, one of the drive what
the plant is told. The controller's limits and rules are not touched by any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.sim import layout
from traction.sim.faults import FOR_EVER, LINK, ON, Injection
from traction.sim.faults_cells import CELL_EFFECTS, Effect
from traction.wire import codes

if TYPE_CHECKING:
    from traction.sim.kernel import Truths
    from traction.sim.plant import Plant

TICK_MS: Final = 10
WATCHDOG_MS: Final = 100
"""The reference board is restarted by its watchdog when its beat has been missing for so long."""
RESTART_MS: Final = 300
"""So long a restart takes, in which no output has power."""
BROKEN_MM: Final = 10_000.0
NEVER_MS: Final = 1 << 62
_STOPS: Final = {"estop": codes.INPUT_ESTOP_CLOSED, "patient-stop": codes.INPUT_PATIENT_STOP_CLOSED}
_OPENS: Final = {
    "estop-b-broken": codes.INPUT_ESTOP_B_CLOSED,
    "end-switch-open": codes.INPUT_PULL_END_CLOSED,
    "supply-sagging": codes.INPUT_SUPPLY_GOOD,
    "brown-out": codes.INPUT_SUPPLY_GOOD,
}
_CLOSES: Final = {
    "estop-a-shorted": codes.INPUT_ESTOP_A_CLOSED,
    "estop-b-shorted": codes.INPUT_ESTOP_B_CLOSED,
}
_ON_INPUTS: Final = ("estop", "patient-stop", *_OPENS)
"""How the names of the faults begin that change an input."""
_BOOT_STEP: Final = 0x3C6EF35F
_CELLS: Final = ("cell-a-", "cell-b-", "cells-", "travel-")


class FaultyBench:
    """One bench from power-up on, in ticks of 10 ms.

    ``deaf`` says that the controller neither hears nor speaks, ``silent_ms`` for how long; ``link`` are the
    faults of the line that are there now, by name, with their value.
    """

    __slots__ = (
        "_active",
        "_dead_ms",
        "_done",
        "_effects",
        "_gripped",
        "_hung_ms",
        "_injections",
        "_next_ms",
        "_on_inputs",
        "_plant",
        "_quiet",
        "_started",
        "deaf",
        "link",
        "ms",
        "on_ms",
        "silent_ms",
    )

    def __init__(self, plant: Plant, injections: tuple[Injection, ...]) -> None:
        self._plant = plant
        self._injections = injections
        self._active: dict[str, float | None] = {}
        self._effects: dict[str, Effect] = {}
        self._quiet = True  # nothing but the line has a fault now
        self._on_inputs = False  # a fault of an input is there now
        self._done: set[int] = set()  # what happened in an instant, or was ended by a restart
        self._started = False
        self._next_ms = 0  # before this time since power-up nothing begins and nothing ends
        self._gripped = True  # the release that needs no power is kept shut
        self._hung_ms = self._dead_ms = 0
        self.deaf = False
        self.silent_ms = 0
        self.ms = 0  # since the first start
        self.on_ms = 0  # since power-up
        self.link: dict[str, float | None] = {}

    def live(self, controller: Controller, inputs: int, hung_mn: int = 0) -> tuple[Controller, Truths]:
        """Live one tick; return the controller, another one after a restart, and what no sensor sees.

        ``hung_mn`` is what both load cells feel besides.
        """
        self.on_ms += TICK_MS
        if self._started:
            self.ms += TICK_MS
        elif controller.motion.enabled:
            self._started, self._next_ms = True, 0
        if self.on_ms >= self._next_ms:
            self._advance()
        if self._dead_ms:
            return self._restarting(controller)
        if self._quiet and self._gripped:  # as in most ticks: what the table itself does
            motion = controller.motion
            a_mn, b_mn, travel_um, truths = self._plant.tick(
                motion.velocity_um_per_s, motion.enabled, motion.dump
            )
            self._hung_ms = self.silent_ms = 0
            self.deaf = False
            controller.tick(a_mn + hung_mn, b_mn + hung_mn, travel_um, inputs)
            return controller, truths
        told = self._tell_drive(controller)
        self._slip()
        force_a_mn, force_b_mn, travel_um, truths = self._plant.tick(*told)
        if "controller-hang" in self._active:
            return self._hang(controller), truths
        self._hung_ms = self.silent_ms = 0
        self.deaf = False
        read = self._read(force_a_mn + hung_mn, force_b_mn + hung_mn, travel_um)
        controller.tick(*read, self._inputs(inputs))
        return controller, truths

    def expect(self, injections: tuple[Injection, ...]) -> None:
        """Let these faults happen in the place of those there were; none of either may have begun."""
        self._injections = injections
        self._next_ms = 0

    @property
    def dead(self) -> bool:
        """Say whether the controller is without power, whatever it was about to do: its drive is, too."""
        return self._dead_ms > 0

    # ---- when ---------------------------------------------------------------------------------------

    def _advance(self) -> None:
        active = {
            one.fault.name: one.value
            for index, one in enumerate(self._injections)
            if index not in self._done and self._is_there(index, one)
        }
        if active != self._active:
            self._effects = {name: one for name, one in self._effects.items() if name in active}
            for name, value in active.items():
                prefix = next((each for each in _CELLS if name.startswith(each)), None)
                if prefix is not None and name not in self._effects:
                    self._effects[name] = CELL_EFFECTS[name.removeprefix(prefix)](value)
            self._active = active
            self._quiet = all(name.startswith(LINK) for name in active)
            self._on_inputs = any(name.startswith(_ON_INPUTS) for name in active)
            self.link = {name: value for name, value in active.items() if name.startswith(LINK)}
        self._next_ms = self._next_change_ms()

    def _next_change_ms(self) -> int:
        """Return when the next fault begins or ends, in ms since power-up."""
        changes = [NEVER_MS]
        for index, one in enumerate(self._injections):
            if index in self._done or not (self._started or one.at_ms <= ON):
                continue
            begin_ms = ON - one.at_ms if one.at_ms <= ON else one.at_ms + self.on_ms - self.ms
            changes += [begin_ms] if one.span_ms == FOR_EVER else [begin_ms, begin_ms + one.span_ms]
        return min(change for change in changes if change > self.on_ms)

    def _is_there(self, index: int, one: Injection) -> bool:
        if one.at_ms <= ON:
            since_ms = self.on_ms - (ON - one.at_ms)
        else:
            since_ms = self.ms - one.at_ms if self._started else -1
        if since_ms < 0:
            return False
        if one.fault.at_once:
            self._done.add(index)
            self._happen(one)
            return False
        return one.span_ms == FOR_EVER or since_ms < one.span_ms

    def _happen(self, one: Injection) -> None:
        if one.fault.name == "strap-break":
            self._plant.buffer[layout.SLIP] += BROKEN_MM
        else:
            self._dead_ms = max(TICK_MS, round(1000 * (one.value or 0.0)))

    # ---- the drive and the harness --------------------------------------------------------------------

    def _tell_drive(self, controller: Controller) -> tuple[int, int, int]:
        """Return speed, power and release as they reach the drive."""
        motion, active = controller.motion, self._active
        velocity, powered, dump = motion.velocity_um_per_s, motion.enabled, motion.dump
        if not active and self._gripped:
            return velocity, powered, dump
        if "brown-out" in active:
            powered, self._gripped = 0, False
        elif powered:
            self._gripped = True  # nothing but a start shuts the release again
        if not self._gripped:
            dump = 1
        if powered and "motor-runaway" in active:
            asked = active["motor-runaway"]
            velocity = controller.config.unload_um_per_s if asked is None else round(1000 * asked)
        if "motor-reversed" in active:
            velocity = -velocity
        if "motor-jammed" in active:
            velocity, powered = 0, 1  # held fast, as a powered drive that is told to stand holds it
        if "release-jammed" in active:
            dump = 0
        return velocity, powered, dump

    def _slip(self) -> None:
        speed = self._active.get("harness-slip")
        if speed is not None and self._plant.buffer[layout.OUT_AT + layout.TENSION] > 0.0:
            self._plant.buffer[layout.SLIP] += speed * TICK_MS / 1000

    # ---- sensors and inputs -----------------------------------------------------------------------------

    def _read(self, a_mn: int, b_mn: int, travel_um: int) -> tuple[int | None, int | None, int | None]:
        if "brown-out" in self._active:
            return None, None, travel_um
        a: int | None = a_mn
        b: int | None = b_mn
        travel: int | None = travel_um
        for name, effect in self._effects.items():
            if name.startswith("cell-b"):
                b = effect(b, 1)
            elif name.startswith("travel"):
                travel = effect(travel, 2)
            else:
                a = effect(a, 0)
                if name.startswith("cells"):
                    b = effect(b, 1)
        return a, b, travel

    def _inputs(self, inputs: int) -> int:
        if not self._on_inputs:
            return inputs
        for name, bit in _STOPS.items():
            if f"{name}-pressed" in self._active or f"{name}-broken" in self._active:
                inputs &= ~bit
            if f"{name}-bouncing" in self._active and self.on_ms // TICK_MS % 2 == 0:
                inputs &= ~bit
            if f"{name}-shorted" in self._active:
                inputs |= bit
        for name, bit in _OPENS.items():
            if name in self._active:
                inputs &= ~bit
        for name, bit in _CLOSES.items():
            if name in self._active:
                inputs |= bit
        return inputs

    # ---- the controller itself ----------------------------------------------------------------------------

    def _hang(self, controller: Controller) -> Controller:
        # Its outputs stay as they were, until the watchdog takes them away.
        self.deaf = True
        self._hung_ms += TICK_MS
        self.silent_ms += TICK_MS
        if self._hung_ms >= WATCHDOG_MS:
            self._hung_ms = 0
            self._dead_ms = RESTART_MS
            hangs = (i for i, one in enumerate(self._injections) if one.fault.name == "controller-hang")
            self._done.update(hangs)
            self._next_ms = 0
        return controller

    def _restarting(self, controller: Controller) -> tuple[Controller, Truths]:
        self.deaf = True
        self._gripped = False
        self.silent_ms += TICK_MS
        self._dead_ms -= TICK_MS
        powered = 1 if "motor-jammed" in self._active else 0
        truths = self._plant.tick(0, powered, 0 if "release-jammed" in self._active else 1)[3]
        if self._dead_ms > 0:
            return controller, truths
        self._dead_ms = self.silent_ms = 0
        self.deaf = False
        config = controller.config
        boot_id = (config.boot_id + _BOOT_STEP) & 0x7FFFFFFF or 1
        anew = ControllerConfig(config.region, boot_id, config.drive)
        anew.hold_to_run, anew.ease_button = config.hold_to_run, config.ease_button
        return Controller(anew), truths
