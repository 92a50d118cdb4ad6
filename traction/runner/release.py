"""The way down: ask for it, make it more severe when it must be, and watch it to slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers.base import StopKind
from traction.runner.ladder import Ladder
from traction.runner.outcome import Cause, Outcome
from traction.runner.standing import Standing
from traction.runner.states import State
from traction.runner.steering import Steering
from traction.safety.sample import Sample

if TYPE_CHECKING:
    from traction.drivers.guarded import GuardedDriver

STATE_OF: Final = {
    StopKind.RELEASE: State.RELEASING,
    StopKind.FAST: State.FAST_RELEASING,
    StopKind.OFF: State.POWER_OFF,
}
KIND_IN: Final = {state: kind for kind, state in STATE_OF.items()}


class Release:
    """Bring the force down. A request is only ever made more severe, and time alone ends every release."""

    __slots__ = ("_driver", "_ladder", "_standing", "_steering", "blind")

    def __init__(self, driver: GuardedDriver, ladder: Ladder, standing: Standing, steering: Steering) -> None:
        self._driver = driver
        self._ladder = ladder
        self._standing = standing
        self._steering = steering
        self.blind = False  # the table no longer answers: only time can tell

    def begin(self, kind: StopKind, cause: Cause) -> None:
        """Ask the table to release, or to release more severely; remember why either way."""
        standing = self._standing
        state = STATE_OF[kind]
        if standing.state.is_down and standing.state >= state:
            standing.note(cause)
            return
        self._driver.stop(kind)
        self._steering.let_go()
        if not standing.state.is_down:
            self._ladder.start(standing.t_us)
        else:
            self._ladder.step(standing.t_us)
        standing.note(cause)
        standing.enter(state)

    def step(self, sample: Sample) -> None:
        """Take one sample on the way down; ends the session at slack with the drive off."""
        if self._ladder.slack(sample.state, sample.force_mn, sample.force_b_mn, sample.seq, sample.age_us):
            self._standing.enter(State.ENDED)
        else:
            self.watch()

    def watch(self) -> None:
        """Go on by time: ask for more when the running request has had its time, and end when all have."""
        standing, ladder = self._standing, self._ladder
        kind = KIND_IN[standing.state]
        worse = ladder.overdue(standing.t_us, kind, blind=self.blind)
        if worse is not None:
            detail = f"not slack in time after {kind.name.lower()}: now {worse.name.lower()}"
            self.begin(worse, Cause(Outcome.TRIPPED, "E482", detail, standing.t_us))
        elif ladder.exhausted(standing.t_us, kind, blind=self.blind):
            detail = "the table does not answer" if self.blind else "force remains with the power off"
            standing.note(Cause(Outcome.FAULTED, "E485", detail, standing.t_us))
            standing.enter(State.ENDED)
