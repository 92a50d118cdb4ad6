"""From where a running session stands to the frames that a screen shows."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, Final

from traction.report.chart import clock_text
from traction.report.frame import Frame
from traction.report.phases import PhaseSpan, phases_of
from traction.runner.follow import PAUSE_US
from traction.runner.states import UNDER_WAY, State
from traction.safety.bounds import supervisor_bounds
from traction.wire import codes

if TYPE_CHECKING:
    from traction.protocol.questions import Question
    from traction.runner.plan import SessionPlan
    from traction.runner.standing import Standing
    from traction.runner.steering import Steering
    from traction.safety.sample import Sample

TRACE_S: Final = 180
"""So many seconds of force a wide screen has room for."""

PRESSURE = "disc_pressure_pa"
TAKE_UP = "slack take-up"
RELEASE = "release"
_BEFORE_RELEASE = (State.TAKE_UP, *UNDER_WAY)
_PAUSE = (State.PAUSING, State.PAUSED)


class FrameMaker:
    """Makes frames of one session; looks things up once, so that a frame costs microseconds."""

    def __init__(self, plan: SessionPlan) -> None:
        self._take(plan)
        bounds = supervisor_bounds(plan.limits, plan.table, rest_n=plan.profile.rest_n)
        self._trip_n = bounds.over_force_mn * 1e-3
        self._pause_us: int | None = None  # when the pause was first seen
        self._trace: deque[int] = deque(maxlen=TRACE_S)
        self._trace_us = 0  # when the next second of it is due

    def _take(self, plan: SessionPlan) -> None:
        """Look at the phases of another plan, once an answer or an edit has led there."""
        self._plan = plan
        self._phases = phases_of(plan.profile)
        self._starts = [phase.first_span for phase in self._phases]

    def ready(self, standing: Standing) -> bool:
        """Say whether all of the newest sample is at hand: one in fifty has gone to the recorder already.

        To be asked at every look: it also sees when a pause begins.
        """
        self._note_pause(standing.state, standing.t_us)
        journal = standing.journal
        return bool(journal.rows) or PRESSURE not in journal.channels

    def progress(self, standing: Standing) -> float:
        """Return how much of the profile has been run, from 0 to 1."""
        if standing.state is State.ENDED:
            return 1.0
        return min(max(standing.profile_us * 1e-6 / self._plan.profile.duration_s, 0.0), 1.0)

    def make(self, standing: Standing, steering: Steering, sample: Sample) -> Frame:
        """Return the picture of this moment."""
        if standing.plan is not self._plan:
            self._take(standing.plan)
        plan, profile_s, question = self._plan, standing.profile_us * 1e-6, _question(standing)
        phase = self._phase(standing.state, steering.span_index)
        low_n, high_n = (phase.low_n, phase.high_n) if phase else (0.0, plan.take_up_force_n)
        span = plan.profile.spans[steering.span_index] if phase else None
        before_release = standing.state in _BEFORE_RELEASE
        return Frame(
            t_s=sample.t_us * 1e-6,
            state=standing.state.name,
            phase=phase.name if phase else TAKE_UP if standing.state is State.TAKE_UP else RELEASE,
            kind=span.kind if span else "",
            cycle=span.cycle if span else 0,
            cycles=phase.cycles if phase else 0,
            span_left_s=max(span.end_s - profile_s, 0.0) if span else None,
            phase_left_s=max(phase.end_s - profile_s, 0.0) if phase else None,
            patience_s=self._patience_s(standing.state, sample.t_us),
            total_left_s=max(plan.profile.duration_s - profile_s, 0.0) if before_release else 0.0,
            progress=self.progress(standing),
            target_n=sample.target_mn * 1e-3,
            measured_n=_measured_n(sample),
            low_n=low_n,
            high_n=high_n,
            limit_n=plan.limits.max_force_n,
            trip_n=self._trip_n,
            travel_mm=sample.travel_um * 1e-3,
            pressure_kpa=_pressure_kpa(standing, sample),
            eased=round(100 * steering.share),
            question="" if question is None else f"{question.name}: {question.text}",
            answers="" if question is None else _numbered(question.answers),
            no_answer="" if question is None else question.no_answer,
            question_left_s=None if question is None else max(question.end_us * 1e-6 - profile_s, 0.0),
            stops=stops_text(sample.inputs),
            ended=_ended(standing),
            trace=self._traced(sample),
        )

    def _traced(self, sample: Sample) -> tuple[int, ...]:
        """Return the force of the last seconds, with this one when a second has gone by."""
        force_n = _measured_n(sample)
        if sample.t_us >= self._trace_us and not math.isnan(force_n):
            self._trace_us = sample.t_us + 1_000_000
            self._trace.append(max(round(force_n), 0))
        return tuple(self._trace)

    def _note_pause(self, state: State, t_us: int) -> None:
        if state not in _PAUSE:
            self._pause_us = None
        elif self._pause_us is None:
            self._pause_us = t_us

    def _patience_s(self, state: State, t_us: int) -> float | None:
        self._note_pause(state, t_us)
        if self._pause_us is not None:
            return max(PAUSE_US - (t_us - self._pause_us), 0) * 1e-6
        return max(self._plan.take_up_timeout_s - t_us * 1e-6, 0.0) if state is State.TAKE_UP else None

    def _phase(self, state: State, span_index: int) -> PhaseSpan | None:
        if state not in UNDER_WAY or span_index < 0:
            return None
        return self._phases[bisect_right(self._starts, span_index) - 1]


def _measured_n(sample: Sample) -> float:
    """Return the mean of the load cells that give a reading, in N; NaN when none does."""
    cells = (sample.force_mn, sample.force_b_mn)
    read = [force_mn for force_mn in cells if force_mn != codes.FORCE_INVALID_MN]
    return sum(read) / len(read) * 1e-3 if read else math.nan


def _question(standing: Standing) -> Question | None:
    """Return what is asked now; on the way down nothing is."""
    return None if standing.state.is_down else standing.question


def _numbered(answers: tuple[str, ...]) -> str:
    return "   ".join(f"{number} {answer}" for number, answer in enumerate(answers, 1))


def stops_text(inputs: int) -> str:
    """Return how the two stops stand, in words."""
    patient = "ready" if inputs & codes.INPUT_PATIENT_STOP_CLOSED else "PRESSED"
    both = inputs & codes.INPUT_ESTOP_CLOSED == codes.INPUT_ESTOP_CLOSED
    return f"patient stop {patient}, emergency stop {'ready' if both else 'PRESSED'}"


def _ended(standing: Standing) -> str:
    """Return who or what began the way down, and when; empty before."""
    if not standing.state.is_down or not standing.causes:
        return ""
    cause = standing.causes[0]
    return f"{cause.outcome} {cause.code} {cause.detail} at {clock_text(cause.t_us / 1e6)}".replace("  ", " ")


def _pressure_kpa(standing: Standing, sample: Sample) -> float | None:
    """Return the disc pressure of this very sample, in kPa; None where it is not at hand."""
    journal = standing.journal
    if PRESSURE not in journal.channels or not journal.rows:
        return None
    taken, channels, *_ = journal.rows[-1]
    return channels[journal.channels.index(PRESSURE)] * 1e-3 if taken is sample else None
