"""Run one session: preflight, the loop, the outcome; and leave its record behind."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.drivers.base import StopKind
from traction.drivers.guarded import GuardedDriver
from traction.errors import Problem, RefusedError
from traction.runner.alerts import alert_until_noticed
from traction.runner.defects import cause_of, is_known, is_refusal
from traction.runner.engine import Engine, Viewer
from traction.runner.header import header
from traction.runner.journal import Journal
from traction.runner.last_way import last_way_down
from traction.runner.outcome import Cause, Outcome, deciding
from traction.runner.plan import controller_limits
from traction.runner.preflight import Objections, Ready, identify, nothing_against, preflight
from traction.runner.priority import real_time_priority
from traction.runner.reactions import stopped
from traction.runner.requests import Requests, said
from traction.runner.signals import interrupts_stop, stops_break_off
from traction.runner.standing import Standing
from traction.runner.states import State
from traction.runner.stats import Stats
from traction.runner.steering import TICK_US
from traction.safety.bounds import supervisor_bounds
from traction.safety.supervisor import Supervisor

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.profile.profile import Profile
    from traction.runner.plan import SessionPlan
    from traction.runner.reader import Record
    from traction.runner.record.recorder import Recorder
    from traction.runner.replanner import Replanner


@dataclass(frozen=True, slots=True, eq=False)
class SessionResult:
    """How a session ended.

    ``outcome`` and ``code`` are those of the deciding cause (``code`` is empty for COMPLETED); ``causes`` are
    all of them, in the order in which they came. ``problems`` say why a session was refused. ``record_path``
    is None for a record in memory, and for one that somebody took away while it was written (E606).
    ``plan`` is the one that was followed last: answers and edits lead from one to another. ``not_done`` says
    what was asked for and not served, and why.
    ``defect`` is the exception behind an E900, for whoever looks for it.
    """

    outcome: Outcome
    code: str
    detail: str
    causes: tuple[Cause, ...]
    problems: tuple[Problem, ...]
    stats: Stats
    record_path: Path | None
    defect: BaseException | None
    plan: SessionPlan
    not_done: tuple[str, ...]
    _recorder: Recorder

    @property
    def exit_code(self) -> int:
        """Return the exit code of the shell for this outcome."""
        return self.outcome.exit_code

    def record(self) -> Record:
        """Read the record back: header, events, samples as arrays, outcome. Raises RecordError."""
        return self._recorder.read_back()


def run_session(
    plan: SessionPlan,
    driver: GuardedDriver,
    clock: Clock,
    recorder: Recorder,
    *,
    requests: Requests | None = None,
    viewer: Viewer | None = None,
    objections: Objections = nothing_against,
    replanner: Replanner | None = None,
    attended: bool = False,
) -> SessionResult:
    """Run ``plan`` on the table behind ``driver`` and return how it ended, with the force down.

    The driver may be new or opened; the caller closes it. ``requests`` carry what people ask for (without
    any, Ctrl-C still stops), ``viewer`` sees ten samples a second; where it has a ``notice(text)`` it is told
    what a wait at the end is for. ``objections`` say what is known against the table that answers, and refuse
    it. ``replanner`` works out the plan that an answer or an edit leads to. In real time ``attended`` asks
    every five minutes whether somebody is there (``Requests.here``, or any wish), and releases when nobody
    is.

    Whatever happens on the way becomes an outcome, also a SystemExit of the
    driver or a stop signal; what comes after the end changes nothing any more. Raises only RefusedError E340,
    for a driver without its guard.
    """
    _require_guard(driver)
    requests = Requests() if requests is None else requests
    standing = Standing(Journal(recorder), plan)
    judge = Supervisor(supervisor_bounds(plan.limits, plan.table, rest_n=plan.profile.rest_n))
    recorder.on_wait(partial(_notice, viewer))
    engine = partial(Engine, replanner=replanner, attended=attended)
    with interrupts_stop(requests):
        try:
            problems = _prepare_and_run(
                plan, driver, clock, standing, judge, requests, viewer, objections, engine
            )
        except BaseException as error:  # between the parts: before anything moved, or after all of it
            problems = ()
            _abandon(plan, driver, clock, standing, error)
        requests.end()
        for left, by in requests.left():
            standing.tell("ignored", f"{said(left)} when the session had ended, by {by}")
        for at_s, wish in requests.scheduled:
            standing.tell("ignored", f"{said(wish)} at {at_s:g} s, when the session had ended")
        return _finish(standing, problems, recorder)


def _notice(viewer: Viewer | None, text: str) -> None:
    """Tell whoever watches, where the viewer can; a screen that fails never decides about a session."""
    with suppress(BaseException):
        notice = getattr(viewer, "notice", None)
        if notice is not None:
            notice(text)


def _abandon(
    plan: SessionPlan, driver: GuardedDriver, clock: Clock, standing: Standing, error: BaseException
) -> None:
    """End a session whose parts did not hold together, with the force down if there may be any."""
    if standing.state in (State.IDLE, State.PREFLIGHT, State.ENDED):
        with suppress(BaseException):
            driver.stop(StopKind.RELEASE)
    else:
        last_way_down(driver, controller_limits(plan.limits), clock, StopKind.RELEASE)
    standing.defect = error if standing.defect is None else standing.defect
    standing.abandon(cause_of(error, "session", standing.t_us))


def _prepare_and_run(
    plan: SessionPlan,
    driver: GuardedDriver,
    clock: Clock,
    standing: Standing,
    judge: Supervisor,
    requests: Requests,
    viewer: Viewer | None,
    objections: Objections,
    make_engine: Callable[..., Engine],
) -> tuple[Problem, ...]:
    """Return why nothing may move; else run to the end, with the force down, and return nothing."""
    ready, problems = _prepare(plan, driver, clock, standing, judge, requests, objections)
    if ready is not None:
        with _steady_memory(clock), real_time_priority(clock, standing.journal):
            make_engine(plan, driver, clock, standing, judge, requests, viewer).run()
        # the force is down, and nothing here may change how the session ended; a Ctrl-C has noticed that
        with suppress(Exception, KeyboardInterrupt):
            alert_until_noticed(clock, standing, requests, viewer)
    return problems


def _require_guard(driver: object) -> None:
    if not isinstance(driver, GuardedDriver):
        found = f"a driver of type {type(driver).__name__}"
        raise RefusedError(Problem("E340", found, "one behind the guard: GuardedDriver"))


def _prepare(
    plan: SessionPlan,
    driver: GuardedDriver,
    clock: Clock,
    standing: Standing,
    judge: Supervisor,
    requests: Requests,
    objections: Objections,
) -> tuple[Ready | None, tuple[Problem, ...]]:
    """Look before anything moves and write the header; None and the reasons where nothing may start."""
    standing.enter(State.PREFLIGHT)
    ready, identity, error = None, None, None
    try:
        with stops_break_off(requests):
            identity = identify(driver)
            ready = preflight(plan, driver, clock, objections)
    except BaseException as refusal:
        error = refusal
    stored = None if ready is None else ready.limits
    channels = () if identity is None else identity.channels
    standing.journal.begin(header(plan, identity, stored, clock, judge.bounds), channels)
    if error is None and standing.journal.failure is None:
        return ready, ()
    problems = _note_why_not(standing, error, requests)
    standing.enter(State.ENDED)
    return None, problems


def _note_why_not(standing: Standing, error: BaseException | None, requests: Requests) -> tuple[Problem, ...]:
    if error is None:
        if standing.journal.failure is not None:
            standing.note(standing.journal.failure)
        return ()
    if isinstance(error, KeyboardInterrupt):
        if not requests.level:  # nobody installed a handler
            requests.stop("Ctrl-C")
        standing.note(stopped(requests, 0))
        return ()
    if not is_known(error):
        standing.defect = error
        standing.note(cause_of(error, "preflight", 0))
        return ()
    outcome = Outcome.REFUSED if is_refusal(error) else Outcome.FAULTED
    for problem in error.problems:
        standing.note(Cause(outcome, problem.code, problem.message))
    return error.problems


def _finish(standing: Standing, problems: tuple[Problem, ...], recorder: Recorder) -> SessionResult:
    journal = standing.journal
    journal.flush()
    if journal.failure is not None:
        standing.note(journal.failure)  # of the last rows: nothing is left to release
    stats = journal.totals.stats(
        cycles_completed=cycles_completed(standing.plan.profile, standing.profile_us),
        profile_us=standing.profile_us,
        tick_us=TICK_US,
    )
    journal.finish(standing.t_us, _outcome(standing, stats))
    if journal.failure is not None:
        standing.note(journal.failure)
    causes = tuple(standing.causes)
    cause = deciding(causes)
    return SessionResult(
        outcome=cause.outcome,
        code=cause.code,
        detail=cause.detail,
        causes=causes,
        problems=problems,
        stats=stats,
        record_path=None if _lost(journal) else recorder.path,
        defect=standing.defect,
        plan=standing.plan,
        not_done=tuple(standing.not_done),
        _recorder=recorder,
    )


def _lost(journal: Journal) -> bool:
    """Say whether the file of the record is not there any more."""
    return journal.failure is not None and journal.failure.code == "E606"


def _outcome(standing: Standing, stats: Stats) -> dict[str, Any]:
    causes = tuple(standing.causes)
    cause = deciding(causes)
    return {
        "t_us": standing.t_us,
        "outcome": cause.outcome,
        "code": cause.code,
        "detail": cause.detail,
        "causes": [asdict(each) for each in causes],
        "stats": asdict(stats),
        "cycles": standing.plan.profile.cycles,
    }


def cycles_completed(profile: Profile, profile_us: int) -> int:
    """Return how many cycles had ended by ``profile_us`` on the profile's clock."""
    ends: dict[tuple[int, int], float] = {}
    for span in profile.spans:
        if span.cycle > 0:
            ends[span.phase, span.cycle] = span.end_s
    return sum(round(end_s * 1e6) <= profile_us for end_s in ends.values())


@contextmanager
def _steady_memory(clock: Clock) -> Iterator[None]:
    """Keep the garbage collector out of a loop in real time: one full collection outlasts a lease."""
    if not clock.realtime:
        yield
        return
    enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()
