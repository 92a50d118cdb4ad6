"""The phases of a session that a fault may begin in, and when each is: found by a run without any fault.

Four short sessions have all of them. ``whole`` goes through the plan to its end, ``paused`` is paused and
goes on, ``stopped`` is stopped by a person at full force, ``latched`` is ended by the patient's stop and
lives on with its fault latched. All forces of a plan are far below the caps of the region, and its limits
stand close above it, so that what is too much is so soon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from traction.campaign.case import HOLD, RAMP, Case, Leg, Plan, Rig, Wish
from traction.campaign.history import ENABLED, TICK_MS, History
from traction.campaign.world import run
from traction.errors import Problem, TractionError
from traction.runner.record.layout import COLUMNS
from traction.runner.requests import Request
from traction.runner.states import State
from traction.sim.faults import FAULTS, ON, Injection
from traction.wire import codes

ARMED: Final = "ARMED"
LATCHED: Final = "LATCHED"
STOPPING: Final = "STOPPING"
RELEASING: Final = "RELEASING"
_LEGS: Final = ("RAMP_UP", "HOLD", "RAMP_DOWN", "REST")
_ENGINE: Final = {
    State.TAKE_UP: "TAKE_UP",
    State.PAUSING: "PAUSING",
    State.PAUSED: "PAUSED",
    State.RESUMING: "RESUMING",
}

WHOLE: Final = "whole"
PAUSED: Final = "paused"
STOPPED: Final = "stopped"
ENDED: Final = "latched"

PHASES: Final[Mapping[str, str]] = {
    ARMED: WHOLE,
    "TAKE_UP": WHOLE,
    "RAMP_UP": WHOLE,
    "HOLD": WHOLE,
    "RAMP_DOWN": WHOLE,
    "REST": WHOLE,
    "PAUSING": PAUSED,
    "PAUSED": PAUSED,
    "RESUMING": PAUSED,
    RELEASING: WHOLE,
    STOPPING: STOPPED,
    LATCHED: ENDED,
}
"""Every phase, in the order of a session, and which of the four sessions has it."""

ENTRY: Final = "entry"
MIDDLE: Final = "middle"
LAST: Final = "last"
ONSETS: Final = (ENTRY, MIDDLE, LAST)

SEED: Final = 11
"""Of the noise of every table here: one, so that only fault, phase and table differ between two cells."""

_SEQ, _STATE, _LEG = (COLUMNS.index(name) for name in ("seq", "session_state", "span_index"))

SLACK_MM: Final = 0.2
"""Of the strap before it pulls: enough for a take-up, and a short one."""

LATCHED_FOR_MS: Final = 1000
"""So long after the latch its last tick is taken to be: a latch has no end of its own."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Forces in N and rates in N/s of the plans for one region."""

    take_up_n: float
    peak_n: float
    rest_n: float
    up_n_per_s: float
    down_n_per_s: float
    mass_kg: float


SHAPES: Final[Mapping[str, Shape]] = {
    "lumbar": Shape(20.0, 90.0, 50.0, 25.0, 50.0, 80.0),
    "cervical": Shape(12.0, 44.0, 26.0, 12.0, 30.0, 80.0),
}


def plan_of(session: str, region: str) -> Plan:
    """Return the plan of one of the four sessions: up, hold, down to a rest, and there the release."""
    shape = SHAPES[region]
    up_s = (shape.peak_n - shape.take_up_n) / shape.up_n_per_s
    down_s = (shape.peak_n - shape.rest_n) / shape.down_n_per_s
    hold_s = 1.0 if session == WHOLE else 0.5
    legs = (
        Leg(RAMP, shape.peak_n, up_s),
        Leg(HOLD, shape.peak_n, hold_s),
        Leg(RAMP, shape.rest_n, down_s),
        Leg(HOLD, shape.rest_n, 0.8),
    )
    return Plan(shape.take_up_n, legs)


def base_case(session: str, region: str, drive: str, transport: str) -> Case:
    """Return one of the four sessions on one table, with nothing wrong."""
    shape, plan = SHAPES[region], plan_of(session, region)
    limits = (
        ("max_force_n", shape.peak_n * 1.1),
        ("max_rate_up_n_per_s", shape.up_n_per_s * 1.1),
        ("max_rate_down_n_per_s", shape.down_n_per_s * 1.2),
        ("max_hold_s", 8.0),
    )
    table = Rig(region, drive, "split", "healthy", shape.mass_kg, SLACK_MM, SEED)
    case = Case(SEED, table, plan, limits, transport, 2000)
    if session == WHOLE:
        return case
    top_ms = _top_ms(region, drive, transport)
    if session == PAUSED:
        wishes = (Wish(Request.PAUSE, top_ms), Wish(Request.RESUME, top_ms + _pause_ms(shape)))
        return replace(case, wishes=wishes)
    if session == STOPPED:
        return replace(case, wishes=(Wish(Request.STOP, top_ms),))
    pressed = Injection(FAULTS["patient-stop-pressed"], top_ms, 100, None)
    return replace(case, injections=(pressed,))


def _pause_ms(shape: Shape) -> int:
    """Return when to ask for the resume: the way down to the base, its lag, and a moment there."""
    return round(1000 * (shape.peak_n - shape.take_up_n) / shape.down_n_per_s) + 1300


@lru_cache(maxsize=16)
def _top_ms(region: str, drive: str, transport: str) -> int:
    """Return when the force of the whole session has been at its peak for 0.3 s."""
    return spans(WHOLE, region, drive, transport)["HOLD"][0] + 300


@lru_cache(maxsize=64)
def spans(session: str, region: str, drive: str, transport: str) -> Mapping[str, tuple[int, int]]:
    """Return phase -> (first, last) of its ticks in ms from the first start, in a run without a fault.

    Raises TractionError E911 where that run did not have one of its phases: then nothing can be said of it.
    """
    case = base_case(session, region, drive, transport)
    history = run(case)
    found: dict[str, tuple[int, int]] = {}
    for phase, at_ms in _phases(history, session):
        found[phase] = (found.get(phase, (at_ms, at_ms))[0], at_ms)
    wanted = {phase for phase, where in PHASES.items() if where == session}
    if wanted - found.keys():
        ended = "nothing" if history.result is None else str(history.result.outcome)
        lacking = ", ".join(sorted(wanted - found.keys()))
        without = f"{session} on {case.rig} ended with {ended} without {lacking}"
        raise TractionError(Problem("E911", without, "a session that has all of its phases"))
    return {phase: found[phase] for phase in PHASES if phase in wanted}


def onset_ms(phase: str, onset: str, region: str, drive: str, transport: str) -> int:
    """Return the tick at which a phase begins, is half over, or ends, as the time of an ``Injection``."""
    first_ms, last_ms = spans(PHASES[phase], region, drive, transport)[phase]
    middle_ms = (first_ms + last_ms) // 2 // TICK_MS * TICK_MS
    at_ms = {ENTRY: first_ms, MIDDLE: middle_ms, LAST: last_ms}[onset]
    if phase != ARMED:
        return at_ms
    return ON if onset == ENTRY else ON - (at_ms - first_ms + TICK_MS)  # that counts from power-up


def _phases(history: History, session: str) -> Iterator[tuple[str, int]]:
    """Yield (phase, ms) for every tick that belongs to one; in a run it is as the host calls it."""
    start = history.start or 0
    yield from ((ARMED, history.at_ms(index)) for index in range(start))
    yield from _engine_phases(history)
    if session == ENDED:
        latched = [i for i in range(start, history.ticks) if history.state(i) == codes.STATE_FAULT_LATCHED]
        yield from ((LATCHED, history.at_ms(i)) for i in latched[: LATCHED_FOR_MS // TICK_MS])
    else:
        release = STOPPING if session == STOPPED else RELEASING
        moving = (
            i
            for i in range(start, history.ticks)
            if history.marks[i] & ENABLED and history.state(i) != codes.STATE_RUN
        )
        yield from ((release, history.at_ms(i)) for i in moving)


def _engine_phases(history: History) -> Iterator[tuple[str, int]]:
    for index, state, leg in host_rows(history):
        phase = _LEGS[leg] if state == State.RUNNING else _ENGINE.get(State(state))
        if phase is not None and index >= (history.start or 0):
            at_ms = history.at_ms(index)
            yield from ((phase, at_ms), (phase, at_ms + TICK_MS))  # the host looks every second tick


def host_rows(history: History) -> Iterator[tuple[int, int, int]]:
    """Yield (tick, state of the session, leg of the plan) for each sample that the host took."""
    for block in history.rows:
        yield from zip((seq - 1 for seq in block[_SEQ]), block[_STATE], block[_LEG], strict=True)
