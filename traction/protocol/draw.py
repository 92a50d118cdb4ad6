"""How each type of phase is drawn: which levels, in what order, and what the clock does meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar, cast

from traction.profile.segments import Oscillation
from traction.protocol.drawn_line import Label, Leg, Line, Way, time_of, whole_us
from traction.protocol.levels import Cycle, ForPatient
from traction.protocol.live import phase_in
from traction.protocol.phases import Cyclic, Cycling, Holding, Phase, Progressive, Ramp, Static, Stepping
from traction.protocol.places import Path
from traction.protocol.rules_holds import POSITION_SETTLES_S
from traction.protocol.stated_rates import check_rates

_Held = TypeVar("_Held", bound=Holding)


@dataclass(frozen=True, slots=True)
class _Pen:
    """What drawing one phase needs: the line, the patient, and what the phase or the session says."""

    line: Line
    patient: ForPatient
    index: int
    way: Way
    counts_moving: bool
    mode: str

    @property
    def path(self) -> Path:
        return ("phase", self.index)

    def label(self, phase: Phase, cycle: int = 0) -> Label:
        return Label(self.index, phase.name, cycle, self.counts_moving)


def draw_phase(line: Line, patient: ForPatient, index: int, phase: Phase) -> None:
    """Draw ``phase``, number ``index`` of the patient's protocol. Raises RefusedError E331-E336, E339."""
    document = patient.protocol.document
    rates, session = document.rates, document.session
    up = phase.rate_up or (math.nan if rates is None else rates.up)
    down = phase.rate_down or (math.nan if rates is None else rates.down)
    mode = session.hold_by
    if isinstance(phase, Holding) and phase.hold_by is not None:
        mode = phase.hold_by
    counts = (phase.count or session.count) == "always"
    pen = _Pen(line, patient, index, Way(up, down, phase.shape, phase.knee), counts, mode)
    first = len(line.spans)
    cycles = 1
    if isinstance(phase, Static):
        _static(pen, phase)
    elif isinstance(phase, Cycling):
        cycles = _cycling(pen, phase)
    elif isinstance(phase, Stepping):
        _stepping(pen, phase)
        cycles = phase.steps
    elif isinstance(phase, Ramp):
        _ramp(pen, phase)
    check_rates(patient, index, (up, down), [span.segment for span in line.spans[first:]])
    for edit in patient.edits:
        if edit.phase == index and edit.cycle > cycles:
            found = f"an edit of {phase.name!a} from cycle {edit.cycle} on"
            raise patient.refuse(pen.path, found, f"one of its {cycles}", "E339")


def _static(pen: _Pen, stated: Static) -> None:
    phase = _in_cycle(pen, stated, 1)
    path: Path = (*pen.path, "force")
    force_n = pen.patient.newtons(phase.force, path)
    if force_n == 0.0:
        raise pen.patient.refuse(path, f"{phase.force.text!r}, which is no pull", "a force above zero")
    pen.patient.check_range(phase, "force", force_n, pen.path, None)
    force_n = pen.patient.applied(force_n, path)
    wave = pen.patient.wave(phase, force_n, 0.0, pen.path)
    legs = pen.line.plan(force_n, pen.way)
    hold_us = whole_us(phase.hold) if phase.hold is not None else whole_us(phase.for_ or 0.0)
    if phase.for_ is not None and pen.counts_moving:
        hold_us -= time_of(legs)
    if hold_us <= 0:
        found = f"a rise of {time_of(legs) / 1e6:g} s"
        raise pen.patient.refuse((*pen.path, "for"), found, "a rise shorter than the time", "E332")
    pen.line.go(force_n, legs, pen.label(phase))
    _hold(pen, hold_us, pen.label(phase), wave)


def _in_cycle(pen: _Pen, phase: _Held, cycle: int) -> _Held:
    """Return the phase as it is in one cycle, with every edit made so far."""
    changed = phase_in(pen.patient, phase, pen.index, cycle) if pen.patient.edits else phase
    return cast("_Held", changed)


def _hold(pen: _Pen, hold_us: int, label: Label, wave: Oscillation | None) -> None:
    """Draw a hold. Raises RefusedError E335 where it is too short for its wave or for a held position."""
    hold_s = hold_us / 1e6
    found = f"a hold of {hold_s:g} s in cycle {label.cycle}" if label.cycle else f"a hold of {hold_s:g} s"
    if hold_us > 0 and wave is not None and wave.whole_periods(hold_s) < 1:
        expected = f"one whole period of the wave, {1.0 / wave.frequency_hz:g} s"
        raise pen.patient.refuse((*pen.path, "oscillation"), found, expected, "E335")
    if hold_us > 0 and pen.mode == "position" and hold_s <= POSITION_SETTLES_S:
        expected = f"more than {POSITION_SETTLES_S:g} s, the time a position takes to settle"
        raise pen.patient.refuse((*pen.path, "hold_by"), found, expected, "E335")
    pen.line.hold(hold_us, "hold", label, pen.mode, wave)


def _ramp(pen: _Pen, phase: Ramp) -> None:
    to_n = pen.patient.newtons(phase.to, (*pen.path, "to"))
    pen.patient.check_range(phase, "to", to_n, pen.path, None)
    to_n = pen.patient.applied(to_n, (*pen.path, "to"))
    if phase.over is None:
        legs = pen.line.plan(to_n, pen.way)
    else:
        legs = pen.line.plan_timed(to_n, whole_us(phase.over), pen.way)
    pen.line.go(to_n, legs, pen.label(phase))


def _stepping(pen: _Pen, phase: Stepping) -> None:
    from_n = pen.patient.newtons(phase.from_, (*pen.path, "from"))
    to_n = pen.patient.newtons(phase.to, (*pen.path, "to"))
    pen.patient.check_range(phase, "to", to_n, pen.path, None)
    rises = isinstance(phase, Progressive)
    if (to_n > from_n) != rises or to_n == from_n:
        found = f"steps {'up' if rises else 'down'} from {from_n:g} N to {to_n:g} N"
        raise pen.patient.refuse((*pen.path, "to"), found, "levels in that order")
    for step in range(1, phase.steps + 1):
        level_n = to_n if step == phase.steps else from_n + (to_n - from_n) * step / phase.steps
        _step(pen, phase, step, level_n)


def _step(pen: _Pen, stated: Stepping, step: int, level_n: float) -> None:
    phase = _in_cycle(pen, stated, step)
    label = pen.label(phase, step)
    low_n = 0.0
    if phase.low is not None:
        low_n = pen.patient.newtons(phase.low, (*pen.path, "low"), level_n, step)
        if low_n >= level_n:
            found = f"a rest at {low_n:g} N in step {step} at {level_n:g} N"
            raise pen.patient.refuse((*pen.path, "low"), found, "a rest below the step")
        low_n = pen.patient.applied(low_n, (*pen.path, "low"))
    level_n = pen.patient.applied(level_n, (*pen.path, "to"))
    wave = pen.patient.wave(phase, level_n, low_n, pen.path)
    pen.line.go(level_n, pen.line.plan(level_n, pen.way), label)
    _hold(pen, whole_us(phase.hold), label, wave)
    if phase.low is not None and phase.rest is not None:
        pen.line.go(low_n, pen.line.plan(low_n, pen.way), label)
        pen.line.hold(whole_us(phase.rest), "rest", label)


def _cycling(pen: _Pen, stated: Cycling) -> int:
    """Draw cycles until their number or their time is up, and return how many there are.

    With a time: a cycle begins only if its rise ends before the time does, else the rest before it lasts
    until then; a hold is cut when the time is up, and its fall is finished after that. An edit may lengthen
    or shorten the time from a cycle on; where less is left than has passed, no other cycle begins.
    """
    started_us, phase = pen.line.clock_us, _in_cycle(pen, stated, 1)
    left_us = None if phase.for_ is None else whole_us(phase.for_)
    over_us = 0  # by how much more has passed than an edit would have allowed
    number = 1
    while True:
        if left_us is None and number > (phase.repeat or 0):
            return number - 1
        cycle = pen.patient.cycle(phase, pen.index, number)
        if number == 1 and isinstance(phase, Cyclic):
            left_us = _approach(pen, phase, cycle, left_us)
        rise = _rise(pen, phase, cycle)
        if left_us is not None and _moving(pen, rise) >= left_us:
            _wait(pen, phase, number, left_us, rise)
            number -= 1
            break
        left_us = _draw_cycle(pen, phase, number, cycle, rise, left_us)
        if left_us is not None and left_us <= 0:
            break
        before, phase = phase, _in_cycle(pen, stated, number + 1)
        if left_us is not None and phase.for_ != before.for_:
            left_us += whole_us(phase.for_ or 0.0) - whole_us(before.for_ or 0.0)
            if left_us <= 0:
                over_us = -left_us
                number += 1
                break
        number += 1
    if phase.for_ is not None:  # the end of a fall that the time cuts is off the clock
        pen.line.clock_us = started_us + whole_us(phase.for_) + over_us
    return number


def _draw_cycle(
    pen: _Pen, phase: Cycling, number: int, cycle: Cycle, rise: tuple[Leg, ...], left_us: int | None
) -> int | None:
    """Draw one cycle and return the time left."""
    label = pen.label(phase, number)
    wave: Oscillation | None = pen.patient.wave(phase, cycle.high_n, cycle.low_n, pen.path)
    pen.line.go(cycle.high_n, rise, label)
    hold_us, left_us = _cut(cycle.hold_us, None if left_us is None else left_us - _moving(pen, rise))
    _hold(pen, hold_us, label, wave)
    fall = _fall(pen, phase, cycle)
    over = left_us is not None and left_us <= 0
    pen.line.go(cycle.low_n, fall, label._replace(counts_moving=label.counts_moving and not over))
    if left_us is not None:
        left_us -= _moving(pen, fall)
    rest_us, left_us = _cut(cycle.rest_us, left_us)
    pen.line.hold(rest_us, "rest", label)
    return left_us


def _cut(time_us: int, left_us: int | None) -> tuple[int, int | None]:
    """Return how much of a time there is left for, and what is left after it."""
    if left_us is None:
        return time_us, None
    taken_us = max(min(time_us, left_us), 0)
    return taken_us, left_us - taken_us


def _moving(pen: _Pen, legs: tuple[Leg, ...]) -> int:
    return time_of(legs) if pen.counts_moving else 0


def _approach(pen: _Pen, phase: Cyclic, cycle: Cycle, left_us: int | None) -> int | None:
    """Go to the low level by the rates before the first timed rise; return the time left."""
    legs = pen.line.plan(cycle.low_n, pen.way)
    pen.line.go(cycle.low_n, legs, pen.label(phase))
    return None if left_us is None else left_us - _moving(pen, legs)


def _rise(pen: _Pen, phase: Cycling, cycle: Cycle) -> tuple[Leg, ...]:
    if isinstance(phase, Cyclic):
        return pen.line.plan_timed(cycle.high_n, whole_us(phase.ramp_up), pen.way)
    return pen.line.plan(cycle.high_n, pen.way)


def _fall(pen: _Pen, phase: Cycling, cycle: Cycle) -> tuple[Leg, ...]:
    if isinstance(phase, Cyclic):
        return pen.line.plan_timed(cycle.low_n, whole_us(phase.ramp_down), pen.way)
    return pen.line.plan(cycle.low_n, pen.way)


def _wait(pen: _Pen, phase: Cycling, number: int, left_us: int, rise: tuple[Leg, ...]) -> None:
    """Rest out the time that is too short for another rise."""
    if number == 1:
        found = f"a first rise of {time_of(rise) / 1e6:g} s"
        raise pen.patient.refuse((*pen.path, "for"), found, "a rise shorter than the time", "E332")
    pen.line.hold(left_us, "rest", pen.label(phase, number - 1))
