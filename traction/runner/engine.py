"""The loop: poll, judge, command, record, wait for the next tick; and the way down, whatever breaks.

One synchronous loop at 50 Hz on absolute deadlines. A late tick skips forward and never catches up by a
burst. Whatever fails (table, supervisor, recorder, a defect), the force comes down first, watched by what
still works; then the failure is told. Times are whole microseconds from GO.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from traction.drivers.base import LEASE_MS, SetPoint, StopKind
from traction.runner.defects import after_the_end, cause_of, describe, is_known, never_began, not_begun
from traction.runner.follow import Follow
from traction.runner.journal import ROWS_PER_BLOCK
from traction.runner.ladder import Ladder
from traction.runner.last_way import last_way_down
from traction.runner.outcome import Cause, Outcome
from traction.runner.plan import SessionPlan, controller_limits
from traction.runner.presence import Presence
from traction.runner.questions import Questions
from traction.runner.reactions import LATE_WARNING_US, STALL_US, Reactions, stopped
from traction.runner.release import KIND_IN, Release
from traction.runner.replanner import NoReplanner
from traction.runner.requests import Requests
from traction.runner.rest import Rest
from traction.runner.standing import Standing
from traction.runner.states import UNDER_WAY, State
from traction.runner.steering import TICK_US, Steering
from traction.safety.sample import OK, Activity, Sample, Verdict

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.guarded import GuardedDriver
    from traction.runner.replanner import Replanner

LOOK_TICKS: Final = 5
"""A screen gets a picture ten times a second of session time."""

MOST_ESCAPES: Final = 20
"""So often the loop goes on after an exception from outside of a tick; a broken clock raises for ever."""

_ACTIVITY: Final = tuple(
    int(Activity.TAKE_UP)
    if state is State.TAKE_UP
    else int(Activity.FOLLOW)
    if state in UNDER_WAY
    else int(Activity.RELEASE)
    for state in State
)
_RUNNING: Final = State.RUNNING  # a member of an enum costs more to look up than a tick may take for it
_make_sample = _make_setpoint = tuple.__new__  # by their names, fourteen fields take three times as long


class Judge(Protocol):
    """What the loop asks of the supervisor."""

    @property
    def trusted(self) -> int:
        """Return which load cells are believed (bits of ``traction.safety.belief``)."""
        ...

    def judge(self, sample: Sample) -> Verdict:
        """Return the verdict on one sample."""
        ...


class Viewer(Protocol):
    """What the loop asks of whatever shows the session."""

    def look(self, standing: Standing, steering: Steering, sample: Sample) -> None:
        """Show the session when it is time to; must not wait."""
        ...


class Engine:
    """One session from GO to slack; ``standing`` says where it is and why it ended."""

    def __init__(
        self,
        plan: SessionPlan,
        driver: GuardedDriver,
        clock: Clock,
        standing: Standing,
        judge: Judge,
        requests: Requests,
        viewer: Viewer | None = None,
        replanner: Replanner | None = None,
        *,
        attended: bool = False,
    ) -> None:
        limits = self._limits = controller_limits(plan.limits)
        steering = Steering(plan)
        ladder = Ladder(limits.max_release_ms * 1000, limits.slack_force_mn, lambda: judge.trusted)
        self._release = Release(driver, ladder, standing, steering)
        questions = self._questions = Questions(
            replanner or NoReplanner(), requests, standing, steering, self._release
        )
        self._follow = Follow(plan, driver, standing, steering, self._release, questions)
        presence = Presence(requests, standing, self._release, attended=attended)
        self._reactions = Reactions(
            standing, self._release, self._follow, questions, requests, clock, presence
        )
        self._rest = Rest(clock, requests, standing, self._reactions)
        self._steps = self._step_table()
        self._standing = standing
        self._steering = steering
        self._driver = driver
        self._poll, self._setpoint = driver.poll, driver.setpoint  # bound once, not in every tick
        self._clock = clock
        self._may_sleep = clock.may_sleep
        self._judge: Callable[[Sample], Verdict] = judge.judge
        self._requests = requests
        self._viewer = viewer
        self._until_look = LOOK_TICKS
        self._part = "table"  # which part is at work: where an exception comes from
        self._start_us = self._due_us = self._late_us = self._escapes = 0

    def _step_table(self) -> tuple[Callable[[Sample], None], ...]:
        follow, release = self._follow, self._release
        steps = {
            State.TAKE_UP: follow.take_up,
            State.RUNNING: follow.run,
            State.PAUSING: follow.pause,
            State.PAUSED: follow.pause,
            State.RESUMING: follow.resume,
            State.EASING: follow.easing,
            State.ANSWERED: follow.answered,
        }
        return tuple(steps.get(state, release.step) for state in State)

    # ---- the loop ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Start the table and run to the end. Raises nothing: whatever happens becomes a cause."""
        work, broken = self._start, None
        while self._standing.state is not State.ENDED:
            try:
                if broken is None:
                    work()
                else:
                    self._rescue(broken)
                work, broken = self._loop, None
            except BaseException as error:  # also of a signal handler, at any place
                broken = error
        self._part = "session"
        after_the_end(self._questions.end, lambda error: self._standing.note(self._cause(error)))

    def _start(self) -> None:
        standing, driver = self._standing, self._driver
        self._start_us = self._clock.now_us()
        try:
            nonce = driver.arm()
            if self._requests.level:  # the last moment at which nothing has to be released
                raise _StoppedBeforeStart
        except BaseException as error:
            driver.stop(StopKind.RELEASE)
            if isinstance(error, KeyboardInterrupt):
                self._requests.stop("Ctrl-C")
            why = stopped(self._requests, 0) if _is_stop(error) else not_begun(self._cause(error), error)
            standing.note(why)
            standing.enter(State.ENDED)
            return
        self._reactions.start()
        self._start_us = self._clock.now_us()
        try:
            driver.go(nonce)
            self._start_us = self._clock.now_us()  # the table has begun: a slow answer is no late tick
            standing.enter(self._follow.first_state())
        except BaseException as error:
            if never_began(error, self._poll):
                standing.note(not_begun(self._cause(error), error))
                standing.enter(State.ENDED)
            else:
                self._failed(error)

    def _loop(self) -> None:
        standing, ended, requests, rest = self._standing, State.ENDED, self._requests, self._rest
        tick, wait_until_us, hears = self._tick, self._clock.wait_until_us, rest.hears
        while standing.state is not ended:
            try:
                tick()
            except BaseException as error:
                self._failed(error)
            self._part = "clock"
            late_us = self._late_us
            self._due_us += TICK_US if late_us < TICK_US else TICK_US * (1 + late_us // TICK_US)
            if hears or requests.due_us < self._due_us:
                rest.until(self._start_us, self._due_us)
            else:  # nothing can come in between in virtual time, and this stands in every tick
                wait_until_us(self._start_us + self._due_us)

    def _tick(self) -> None:
        standing, steering = self._standing, self._steering
        self._part = "link"
        telemetry = self._poll()
        now_us = self._driver.read_us  # the guard judges a target as of this instant: so it is made for it
        self._release.blind = False
        t_us = standing.t_us = now_us - self._start_us
        late_us = self._late_us = t_us - self._due_us
        state = standing.state
        if state is _RUNNING:
            standing.profile_us = t_us - standing.held_us
        seq, ms, boot, condition, fault, inputs, a_mn, b_mn, travel_um, received_us, channels = telemetry
        # fmt: off
        sample = _make_sample(Sample, (
            t_us, now_us - received_us, seq, ms, boot, condition, fault, inputs, a_mn, b_mn, travel_um,
            steering.target_mn, steering.mode, _ACTIVITY[state],
        ))
        # fmt: on
        journal = standing.journal
        rows = journal.rows
        rows.append((sample, channels, state, steering.span_index, standing.profile_us, late_us))
        if len(rows) >= ROWS_PER_BLOCK:
            journal.flush()
        self._part = "supervisor"
        verdict = self._judge(sample)
        self._part = "loop"
        if verdict is not OK:
            if late_us > STALL_US:  # what the controller did meanwhile follows from it: so it is named first
                self._reactions.surroundings(late_us)
            self._reactions.verdict(verdict, sample)
        requests = self._requests
        if requests.changed or t_us >= requests.due_us or inputs != self._reactions.inputs:
            self._reactions.people(sample)
        if late_us > LATE_WARNING_US or self._may_sleep or journal.failure is not None:
            self._reactions.surroundings(late_us)
        # most of a session is a hold: then the last set-point again, without the way through four objects
        if standing.profile_us < steering.steady_until_us:
            target_mn, rate = steering.target_mn, steering.rate_mn_per_s
            self._setpoint(_make_setpoint(SetPoint, (target_mn, rate, steering.mode, LEASE_MS, seq)))
        else:
            self._steps[standing.state](sample)
        if self._viewer is not None:
            self._look(sample)

    def _look(self, sample: Sample) -> None:
        self._until_look -= 1
        if self._until_look <= 0 and self._viewer is not None:
            self._until_look = LOOK_TICKS
            viewer, self._viewer, self._part = self._viewer, None, "screen"
            try:
                viewer.look(self._standing, self._steering, sample)
            except Exception as error:  # a screen that fails never decides about a session
                self._standing.journal.event(sample.t_us, "screen", "E900", describe(error))
            else:
                self._viewer = viewer  # after anything else that came out of it, it is not asked again

    # ---- what may break ---------------------------------------------------------------------------------

    def _failed(self, error: BaseException) -> None:
        """Bring the force down without the part that broke, and remember what it said."""
        if isinstance(error, KeyboardInterrupt):  # nobody installed a handler: it is the same ladder
            self._requests.stop("Ctrl-C")
            return
        with suppress(BaseException):  # of the clock: then the time of the newest sample has to do
            self._standing.t_us = self._clock.now_us() - self._start_us
        if self._part == "link":
            self._release.blind = True
        elif self._part == "supervisor":
            self._judge = _no_verdict
        self._release.begin(StopKind.RELEASE, self._cause(error))
        self._release.watch()

    def _rescue(self, error: BaseException) -> None:
        """Go on after what the loop itself could not hold; after too much of it, without the loop."""
        self._escapes += 1
        if self._escapes <= MOST_ESCAPES:
            self._failed(error)
            return
        standing = self._standing
        kind = KIND_IN.get(standing.state, StopKind.RELEASE)
        slack = last_way_down(self._driver, self._limits, self._clock, kind)
        causes = [self._cause(error)]
        if not slack:
            detail = "the release was not seen to end"
            causes.append(Cause(Outcome.FAULTED, "E485", detail, standing.t_us))
        standing.abandon(*causes)

    def _cause(self, error: BaseException) -> Cause:
        if self._standing.defect is None and not is_known(error):
            self._standing.defect = error
        return cause_of(error, self._part, self._standing.t_us)


class _StoppedBeforeStart(Exception):
    pass


def _is_stop(error: BaseException) -> bool:
    return isinstance(error, _StoppedBeforeStart | KeyboardInterrupt)


def _no_verdict(_sample: Sample) -> Verdict:
    return OK
