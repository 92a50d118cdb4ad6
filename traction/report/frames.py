"""From where a running session stands to the frames that a screen shows."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from traction.report.phases import PhaseSpan, phases_of
from traction.runner.frame import Frame
from traction.runner.record.layout import COLUMNS
from traction.runner.states import State

if TYPE_CHECKING:
    from traction.runner.plan import SessionPlan
    from traction.runner.standing import Standing
    from traction.runner.steering import Steering
    from traction.safety.sample import Sample

PRESSURE = "disc_pressure_pa"
TAKE_UP = "slack take-up"
RELEASE = "release"
_ON_PROFILE = (State.RUNNING, State.PAUSING, State.PAUSED, State.RESUMING)
_BEFORE_RELEASE = (State.TAKE_UP, *_ON_PROFILE)


class FrameMaker:
    """Makes frames of one session; looks things up once, so that a frame costs microseconds."""

    def __init__(self, plan: SessionPlan) -> None:
        self._plan = plan
        self._phases = phases_of(plan.profile)
        self._starts = [phase.first_span for phase in self._phases]
        self._pressure_kpa: float | None = None

    def progress(self, standing: Standing) -> float:
        """Return how much of the profile has been run, from 0 to 1."""
        if standing.state is State.ENDED:
            return 1.0
        return min(max(standing.profile_us * 1e-6 / self._plan.profile.duration_s, 0.0), 1.0)

    def make(self, standing: Standing, steering: Steering, sample: Sample) -> Frame:
        """Return the picture of this moment."""
        plan, profile_s = self._plan, standing.profile_us * 1e-6
        phase = self._phase(standing.state, steering.span_index)
        low_n, high_n = (phase.low_n, phase.high_n) if phase else (0.0, plan.take_up_force_n)
        span = plan.profile.spans[steering.span_index] if phase else None
        return Frame(
            t_s=sample.t_us * 1e-6,
            state=standing.state.name,
            phase=phase.name if phase else TAKE_UP if standing.state is State.TAKE_UP else RELEASE,
            kind=span.kind if span else "",
            cycle=span.cycle if span else 0,
            cycles=phase.cycles if phase else 0,
            phase_left_s=max(phase.end_s - profile_s, 0.0) if phase else 0.0,
            total_left_s=max(plan.profile.duration_s - profile_s, 0.0)
            if standing.state in _BEFORE_RELEASE
            else 0.0,
            progress=self.progress(standing),
            target_n=sample.target_mn * 1e-3,
            measured_n=(sample.force_mn + sample.force_b_mn) * 0.5e-3,
            low_n=low_n,
            high_n=high_n,
            limit_n=plan.limits.max_force_n,
            travel_mm=sample.travel_um * 1e-3,
            pressure_kpa=self._pressure(standing),
            table=plan.table_url,
            message="",
        )

    def _phase(self, state: State, span_index: int) -> PhaseSpan | None:
        if state not in _ON_PROFILE or span_index < 0:
            return None
        return self._phases[bisect_right(self._starts, span_index) - 1]

    def _pressure(self, standing: Standing) -> float | None:
        journal = standing.journal
        # the newest row may have gone to the recorder in this very tick: then the last pressure stands
        if PRESSURE in journal.channels and journal.rows:
            column = len(COLUMNS) + journal.channels.index(PRESSURE)
            self._pressure_kpa = journal.rows[-1][column] * 1e-3
        return self._pressure_kpa
