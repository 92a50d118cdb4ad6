"""What may come up in a tick beside the profile: a verdict, a person, a late loop, a broken recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers.base import LEASE_MS, StopKind
from traction.runner.follow import Follow
from traction.runner.outcome import Cause, Outcome, outcome_of
from traction.runner.presence import Presence
from traction.runner.questions import Questions
from traction.runner.release import Release
from traction.runner.requests import PATIENT, Request, Requests
from traction.runner.standing import Standing
from traction.runner.states import UNDER_WAY, State
from traction.runner.steering import TICK_US
from traction.safety.sample import Reaction, Sample, Verdict
from traction.wire import codes

if TYPE_CHECKING:
    from traction.clock import Clock

LATE_WARNING_US: Final = 60_000
SUSPEND_US: Final = 500_000
STALL_US: Final = LEASE_MS * 1000 - TICK_US
"""A tick this late comes after the lease of the set-point before it: the controller has let go already."""

PATIENT_STOP: Final = "E451"
FAST: Final = "fast-release"

WARNING_EVERY_US: Final = 1_000_000

UNSEEN: Final = -1
"""Every input bit at once: a button counts as pressed until it was seen open in this run."""

_KIND_FOR: Final = {
    Reaction.RELEASE: StopKind.RELEASE,
    Reaction.FAST_RELEASE: StopKind.FAST,
    Reaction.POWER_OFF: StopKind.OFF,
}


class Reactions:
    """Turn what comes up into a release, a warning or a pause."""

    __slots__ = (
        "_clock",
        "_follow",
        "_level_told",
        "_presence",
        "_questions",
        "_release",
        "_requests",
        "_standing",
        "_suspended_us",
        "_warn_again_us",
        "inputs",
    )

    def __init__(
        self,
        standing: Standing,
        release: Release,
        follow: Follow,
        questions: Questions,
        requests: Requests,
        clock: Clock,
        presence: Presence,
    ) -> None:
        self._standing = standing
        self._release = release
        self._follow = follow
        self._questions = questions
        self._requests = requests
        self._clock = clock
        self._presence = presence
        self._suspended_us = 0
        self._level_told = 0  # the step of the stop ladder that the record knows of
        self._warn_again_us: dict[str, int] = {}
        self.inputs = UNSEEN  # of the newest sample but one

    def start(self) -> None:
        """Remember what the clock says of sleep before the session."""
        self._suspended_us = self._clock.suspended_us()

    def verdict(self, verdict: Verdict, sample: Sample) -> None:
        """Do what the supervisor asks for."""
        reaction, code, detail = verdict
        kind = _KIND_FOR.get(reaction)
        if code == PATIENT_STOP and self._standing.plan.declared.stops.patient == FAST:
            kind = StopKind.FAST
        if kind is not None:
            cause = Cause(outcome_of(code), code, detail, sample.t_us)
            self._release.begin(kind, cause)
        elif reaction is not Reaction.NONE:
            self._warn(code, detail)

    def people(self, sample: Sample) -> None:
        """Serve the stop ladder, and then everything else in the order in which it was asked for."""
        self._button(sample.inputs)
        asked = self._requests.take(sample.t_us)
        self.stops(sample.t_us)
        for wish, by in asked:
            if wish is Request.PAUSE and self._pause_releases():
                cause = Cause(Outcome.STOPPED, "E494", f"by {by}", sample.t_us)
                self._release.begin(StopKind.RELEASE, cause)
            elif isinstance(wish, Request):
                self._follow.hold(wish, by, sample)
            else:
                self._questions.serve(wish, by)

    def _button(self, inputs: int) -> None:
        """Ask for less, for the patient, where the button was open and is pressed: once for each press."""
        if inputs & ~self.inputs & codes.INPUT_EASE_PRESSED:
            self._requests.ease(PATIENT)
        elif self.inputs == UNSEEN and inputs & codes.INPUT_EASE_PRESSED:
            self._standing.tell("ignored", f"{Request.EASE}: its button was pressed before the start")
        self.inputs = inputs

    def _pause_releases(self) -> bool:
        standing = self._standing
        return standing.plan.declared.stops.pause == "release" and standing.state in UNDER_WAY

    def stops(self, t_us: int) -> None:
        """Serve the stop ladder as it stands at session time ``t_us``, in a tick or between two."""
        requests, standing, release = self._requests, self._standing, self._release
        level = requests.level
        while self._level_told < level:
            self._level_told += 1
            text = f"step {self._level_told} by {requests.sources[self._level_told - 1]}"
            standing.journal.event(t_us, "stop", text=text)
        # a first press on the way down changes nothing: it asks for what happens already
        if level and not standing.state.is_down:
            fast = standing.plan.declared.stops.operator == FAST
            release.begin(StopKind.FAST if fast else StopKind.RELEASE, stopped(requests, t_us))
        if level > 1 and standing.state is State.RELEASING:
            cause = Cause(Outcome.STOPPED, "E491", f"by {requests.sources[1]}, pressed again", t_us)
            release.begin(StopKind.FAST, cause)

    def surroundings(self, late_us: int) -> None:
        """Look at the loop's own lateness, at the machine and at the recorder."""
        standing, t_us = self._standing, self._standing.t_us
        if late_us > STALL_US:
            detail = f"no tick for {(late_us + TICK_US) / 1000:.0f} ms, longer than a set-point lives"
            self._fault("E483", detail)
        elif late_us > LATE_WARNING_US:
            self._warn("E486", f"a tick {late_us / 1000:.0f} ms late")
        if self._clock.realtime:
            standing.journal.check(t_us)
            self._questions.poll()
            self._presence.look(t_us)
        slept_us = self._clock.suspended_us() - self._suspended_us
        if slept_us > SUSPEND_US:
            self._fault("E484", f"the machine slept for {slept_us / 1e6:.1f} s")
        if standing.journal.failure is not None:
            self._release.begin(StopKind.RELEASE, standing.journal.failure)

    def _fault(self, code: str, detail: str) -> None:
        cause = Cause(Outcome.FAULTED, code, detail, self._standing.t_us)
        self._release.begin(StopKind.RELEASE, cause)

    def _warn(self, code: str, detail: str) -> None:
        t_us = self._standing.t_us
        if t_us >= self._warn_again_us.get(code, 0):
            self._warn_again_us[code] = t_us + WARNING_EVERY_US
            self._standing.journal.event(t_us, "warning", code, detail)


def stopped(requests: Requests, t_us: int) -> Cause:
    """Return the cause of a controlled release that a person asked for."""
    return Cause(Outcome.STOPPED, "E490", f"by {requests.source}", t_us)
