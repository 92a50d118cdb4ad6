"""What the loop commands before the way down: take-up, the profile, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers.base import LEASE_MS, SetPoint, StopKind
from traction.runner.eased import EASE, too_long
from traction.runner.outcome import COMPLETED, Cause, Outcome
from traction.runner.plan import SessionPlan, milli
from traction.runner.questions import Questions
from traction.runner.release import Release
from traction.runner.requests import Request
from traction.runner.standing import Standing
from traction.runner.states import UNDER_WAY, State
from traction.runner.steering import TICK_US, Steering
from traction.safety.sample import Sample

if TYPE_CHECKING:
    from traction.drivers.guarded import GuardedDriver

_make_setpoint = tuple.__new__  # as fast as a tuple; SetPoint(...) takes twice as long

PAUSE_US: Final = 60_000_000
"""The longest pause, from its request to the resume: nobody may walk away from a paused session.

A pause asked for while a resume is on its way is still the same pause: the profile has not gone on.
"""

SAY_AGAIN_US: Final = 1_000_000

HOLD_TOO_LONG: Final = "E431"

_HELD: Final = (State.PAUSING, State.PAUSED)
_CLOCK_STANDS: Final = (State.RESUMING, State.EASING, State.ANSWERED)


class Follow:
    """Steer through one session. Every method that takes a sample is one tick and commands one set-point."""

    __slots__ = (
        "_arrived_mn",
        "_driver",
        "_questions",
        "_release",
        "_resume_asked",
        "_say_again_us",
        "_since_us",
        "_standing",
        "_steering",
        "_take_up_mn",
        "_take_up_us",
    )

    def __init__(
        self,
        plan: SessionPlan,
        driver: GuardedDriver,
        standing: Standing,
        steering: Steering,
        release: Release,
        questions: Questions,
    ) -> None:
        self._driver = driver
        self._standing = standing
        self._steering = steering
        self._release = release
        self._questions = questions
        self._take_up_mn = milli(plan.take_up_force_n)
        self._take_up_us = round(plan.take_up_timeout_s * 1e6)
        self._arrived_mn = milli(plan.limits.hold_band_n) // 4
        self._since_us = 0  # when the pause began
        self._say_again_us = 0
        self._resume_asked = False

    def first_state(self) -> State:
        """Return the state that GO leads to."""
        return State.TAKE_UP if self._take_up_mn > 0 else State.RUNNING

    def take_up(self, sample: Sample) -> None:
        """Pull the harness tight before the profile's clock starts."""
        # where the target stood there already: climbing and following in one tick would be two steps at once
        if self._steering.target_mn == self._take_up_mn and self._arrived(sample, self._take_up_mn):
            self._standing.held_us = sample.t_us
            self._standing.enter(State.RUNNING)
            self.run(sample)
        elif sample.t_us > self._take_up_us:
            force_n = min(sample.force_mn, sample.force_b_mn) / 1000
            detail = f"{force_n:.1f} N after {sample.t_us / 1e6:.0f} s"
            self._trip("E480", detail)
        else:
            self._move_to(self._take_up_mn, sample)
            self._command(sample)

    def run(self, sample: Sample) -> None:
        """Follow the profile; at its end the release begins."""
        steering, standing = self._steering, self._standing
        profile_us = standing.profile_us = sample.t_us - standing.held_us
        if profile_us >= steering.duration_us:
            self._release.begin(StopKind.RELEASE, COMPLETED)
            return
        if profile_us + TICK_US > self._questions.due_us:
            self._questions.reach(profile_us)
            if standing.state is not State.RUNNING:
                self._stand(sample)
                return
        steering.follow(profile_us, sample.force_mn)
        if (
            steering.steady_until_us > self._questions.due_us - TICK_US
        ):  # a hold hides no question, and no answer
            steering.steady_until_us = self._questions.due_us - TICK_US
        if steering.over_mn_per_s > 0:
            self._say_over(sample.t_us)
        self._command(sample)

    def hold(self, request: Request, by: str, sample: Sample) -> None:
        """Serve a pause, a resume or an ease where it makes sense, and say so where it does not."""
        standing = self._standing
        state = standing.state
        if request is Request.EASE and (state is State.TAKE_UP or state in UNDER_WAY):
            self._ease(by, sample)
        elif request is Request.PAUSE and (state is State.RUNNING or state in _CLOCK_STANDS):
            if state is not State.RESUMING:  # out of a resume it is the same pause, and its minute goes on
                self._since_us = sample.t_us
            self._resume_asked = False
            standing.journal.event(sample.t_us, "pause", text=f"by {by}")
            self._steering.begin_pause()
            standing.enter(State.PAUSING)
        elif request is Request.RESUME and state in _HELD:
            self._resume_asked = True  # served from the base only
            standing.journal.event(sample.t_us, "resume", text=f"by {by}")
        else:
            standing.tell("ignored", f"{request} while {state.name}, by {by}")

    def _ease(self, by: str, sample: Sample) -> None:
        """Take a fifth off the force, from here to the end; where it is above that now, go down to it."""
        steering, standing = self._steering, self._standing
        felt_mn = max(sample.force_mn, sample.force_b_mn)
        steering.ease(felt_mn)
        text = f"{100 * steering.share:.0f} % of the force from here on, by {by}"
        if standing.state is State.TAKE_UP:
            self._take_up_mn = steering.eased_mn(self._take_up_mn)
        elif standing.state in (State.RUNNING, State.EASING, State.ANSWERED):
            goal_mn = steering.profile_mn(standing.profile_us)
            if goal_mn < steering.target_mn:
                if standing.state is not State.EASING:
                    standing.enter(State.EASING)
            else:
                text += "; the force is at its rest level now"
        standing.tell(EASE, text)
        warned = too_long(standing.plan, steering.share)
        if warned:
            standing.tell("warning", warned, HOLD_TOO_LONG)

    def answered(self, sample: Sample) -> None:
        """Stay where the profile stands until it is known where an answer leads to."""
        standing = self._standing
        waits = self._questions.stands()
        if standing.state is not State.ANSWERED:
            return  # given up
        if not waits:
            standing.held_us = sample.t_us - standing.profile_us
            standing.enter(State.RUNNING)
            self.run(sample)
        else:
            self._stand(sample)

    def _stand(self, sample: Sample) -> None:
        """Command what is commanded already, unless the way down has begun."""
        if self._standing.state is State.ANSWERED:
            self._command(sample)

    def easing(self, sample: Sample) -> None:
        """Come down to what was asked for while the profile's clock stands, and then go on."""
        standing, steering = self._standing, self._steering
        goal_mn = steering.profile_mn(standing.profile_us)
        felt_mn = max(sample.force_mn, sample.force_b_mn)
        # a position that is held again must be one that gives the new force
        if steering.target_mn == goal_mn and not (steering.capped and felt_mn > goal_mn + self._arrived_mn):
            standing.held_us = sample.t_us - standing.profile_us
            standing.enter(State.RUNNING)
            self.run(sample)
        else:
            self._move_to(goal_mn, sample)
            self._command(sample)

    def pause(self, sample: Sample) -> None:
        """Relax to the base force and stay there, for a limited time; the profile's clock stands still."""
        steering, standing = self._steering, self._standing
        down = self._move_to(steering.base_mn, sample)
        force_mn = max(sample.force_mn, sample.force_b_mn)
        if sample.t_us - self._since_us > PAUSE_US:
            self._trip("E481", f"paused for {PAUSE_US // 1_000_000} s")
            return
        if standing.state is State.PAUSING and down and force_mn <= steering.base_mn + self._arrived_mn:
            standing.enter(State.PAUSED)
        elif standing.state is State.PAUSED and self._resume_asked:
            standing.enter(State.RESUMING)
        self._command(sample)

    def resume(self, sample: Sample) -> None:
        """Climb back to where the profile stands; its clock goes on when the force has arrived."""
        standing = self._standing
        goal_mn = self._steering.profile_mn(standing.profile_us)
        if self._steering.target_mn == goal_mn and self._arrived(sample, goal_mn):
            standing.held_us = sample.t_us - standing.profile_us
            standing.enter(State.RUNNING)
            self.run(sample)
        else:
            self._move_to(goal_mn, sample)
            self._command(sample)

    def _say_over(self, t_us: int) -> None:
        """Say that the set-point climbs or falls no faster than the limit, though it is late."""
        if t_us >= self._say_again_us:
            self._say_again_us = t_us + SAY_AGAIN_US
            wanted_n = self._steering.over_mn_per_s / 1000
            text = f"{wanted_n:.1f} N/s to catch up after a late tick, held at the limit"
            self._standing.journal.event(t_us, "rate", text=text)

    def _move_to(self, goal_mn: int, sample: Sample) -> bool:
        return self._steering.move_to(goal_mn, sample.force_mn)

    def _arrived(self, sample: Sample, goal_mn: int) -> bool:
        return min(sample.force_mn, sample.force_b_mn) >= goal_mn - self._arrived_mn

    def _command(self, sample: Sample) -> None:
        steering = self._steering
        self._driver.setpoint(
            _make_setpoint(
                SetPoint,
                (steering.target_mn, steering.rate_mn_per_s, steering.mode, LEASE_MS, sample.seq),
            )
        )

    def _trip(self, code: str, detail: str) -> None:
        cause = Cause(Outcome.TRIPPED, code, detail, self._standing.t_us)
        self._release.begin(StopKind.RELEASE, cause)
