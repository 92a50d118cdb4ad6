"""The questions of a protocol and the edits of its operator, and the way over to the profile they lead to.

A question is a hold of the profile; nobody's answer is the path that the profile takes by itself. An answer
or an edit leads to another profile, proved like the first one, that agrees with it so far: the loop goes over
at an instant at which both ask for the same force, or not at all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from traction.drivers.base import StopKind
from traction.errors import TractionError
from traction.protocol.happened import NOTHING, TICK_US, Answered, Edited, Happened
from traction.runner.changeover import edited, first_at_us, next_cycle, objection, profile_text
from traction.runner.outcome import Cause, Outcome
from traction.runner.replanner import GONE
from traction.runner.requests import NEVER_US, Answer, Edit, SourcedWish, said
from traction.runner.states import State

if TYPE_CHECKING:
    from traction.protocol.questions import Question
    from traction.runner.plan import SessionPlan
    from traction.runner.release import Release
    from traction.runner.replanner import Replanner
    from traction.runner.requests import Requests
    from traction.runner.standing import Standing
    from traction.runner.steering import Steering

PATIENCE_US: Final = 10_000_000
"""So long the force of a question may stand while its answer is worked out; then the session is released."""

STATED: Final = "the command line"


class _Job:
    """One wish that is being worked out; an answer has its ``question``, an edit has None."""

    __slots__ = ("by", "happened", "question", "since_us", "text")

    def __init__(
        self, text: str, by: str, happened: Happened, since_us: int, question: Question | None
    ) -> None:
        self.text = text
        self.by = by
        self.happened = happened
        self.since_us = since_us
        self.question = question


class Questions:
    """Asks what the plan asks, and serves answers and edits, one after the other.

    ``due_us`` is the profile time from which on ``reach`` has something to do.
    """

    __slots__ = (
        "_asked",
        "_happened",
        "_job",
        "_next",
        "_release",
        "_replanner",
        "_requests",
        "_standing",
        "_steering",
        "_waiting",
        "due_us",
    )

    def __init__(
        self,
        replanner: Replanner,
        requests: Requests,
        standing: Standing,
        steering: Steering,
        release: Release,
    ) -> None:
        self._replanner = replanner
        self._requests = requests
        self._standing = standing
        self._steering = steering
        self._release = release
        self._happened = NOTHING
        self._job: _Job | None = None
        self._waiting: deque[SourcedWish] = deque()  # what came while another was worked out
        self._next: Question | None = None
        self._asked = -1  # the index of the phase that was asked last
        self.due_us = NEVER_US
        self._look_ahead()

    # ---- in a tick --------------------------------------------------------------------------------------

    def reach(self, profile_us: int) -> None:
        """Do what is due up to the next tick; where the profile cannot go on, the state says so."""
        standing = self._standing
        while profile_us + TICK_US > self.due_us and standing.state is State.RUNNING:
            if self._answer_waits():
                self.poll()
                if self._answer_waits():
                    standing.enter(State.ANSWERED)
                    return
            elif standing.question is None:
                self._begin()
            else:
                self._nobody(standing.question)

    def stands(self) -> bool:
        """Look for the result of an answer; return whether the profile must still wait for it."""
        self.poll()
        job = self._job
        if job is None or not self._answer_waits() or self._standing.state is not State.ANSWERED:
            return False
        if self._standing.t_us - job.since_us > PATIENCE_US:
            self._give_up(f"{job.text}: not worked out within {PATIENCE_US // 1_000_000} s")
        return True

    def _answer_waits(self) -> bool:
        """Say whether an answer is being worked out, or waits for an edit that is."""
        job = self._job
        if job is None or job.question is not None:
            return job is not None
        asked = self._standing.question is not None
        return asked and any(isinstance(one.wish, Answer) for one in self._waiting)

    def poll(self) -> None:
        """Take the result of what is being worked out, when it is there; then serve who waited."""
        while (job := self._job) is not None:
            result = self._replanner.result()
            if result is None:
                return
            self._job = None
            if not self._standing.state.is_down:
                self._take(job, result)
            elif job.question is None:
                self._ignore(job.text, job.by)
            while self._waiting and self._job is None:
                self._serve(*self._waiting.popleft())

    def serve(self, wish: Answer | Edit, by: str) -> None:
        """Serve an answer or an edit, now or when what came before it is done; one that stops never waits."""
        question = self._standing.question
        stops = question is not None and isinstance(wish, Answer) and (wish.answer, "stop") in question.then
        if self._job is None or stops:
            self._serve(wish, by)
        else:
            self._waiting.append(SourcedWish(wish, by))

    def end(self) -> None:
        """Tell what was still being worked out, and what waited for it, when the session was over."""
        job = self._job
        left = [] if job is None else [(job.text, job.by)]
        left += [(said(wish), by) for wish, by in self._waiting]
        for text, by in left:
            self._standing.tell("not applied", f"{text}, by {by}: not worked out when the session had ended")
        self._job = None  # now: whoever was cut off begins again
        self._waiting.clear()

    # ---- questions --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        question = self._next
        if question is None:
            self.due_us = NEVER_US
            return
        standing = self._standing
        standing.question = question
        self._asked = question.phase
        self.due_us = question.end_us
        standing.tell(question.kind, f"{question.name}: {question.text}")
        standing.rings = True
        stated = self._requests.stated(question.name)
        if stated:
            self.serve(Answer(question.name, stated), STATED)

    def _nobody(self, question: Question) -> None:
        self._standing.question = None
        self._happened = self._happened.answered(Answered(question.phase, None, question.end_us))
        self._standing.tell("no answer", f"{question.name}: {question.no_answer}")
        if question.action(None) == "stop":
            self._stop("E493", f"nobody answered {question.name}")
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Look for the first question after the one that was asked last, also where it is overdue."""
        questions = self._standing.plan.questions
        self._next = next((one for one in questions if one.phase > self._asked and not one.answered), None)
        self.due_us = NEVER_US if self._next is None else self._next.start_us

    def _serve(self, wish: object, by: str) -> None:
        if self._standing.state.is_down:
            self._ignore(said(wish), by)
        elif isinstance(wish, Answer):
            self._answer(wish, by)
        elif isinstance(wish, Edit):
            self._edit(wish, by)

    def _answer(self, wish: Answer, by: str) -> None:
        standing = self._standing
        question = standing.question
        if question is None or wish.phase not in ("", question.name):
            what = f"nobody asks {wish.phase!a} now" if wish.phase else "nothing is asked now"
            self._refuse(f"{said(wish)}, by {by}: {what}")
            return
        if wish.answer not in question.answers:
            self._refuse(f"{said(wish)}, by {by}: the answers are {', '.join(question.answers)}")
            return
        standing.tell("answer", f"{question.name}: {wish.answer}, by {by}")
        if question.action(wish.answer) == "stop":
            standing.question = None
            self._stop("E492", f"{question.name} was answered {wish.answer}, by {by}")
            return
        self._stay_at(question.end_us)
        at_us = min(first_at_us(max(standing.profile_us, question.start_us + 1)), question.end_us)
        self.due_us = at_us
        self._steering.steady_until_us = 0
        happened = self._happened.answered(Answered(question.phase, wish.answer, at_us))
        self._work(_Job(said(wish), by, happened, standing.t_us, question))

    # ---- edits ------------------------------------------------------------------------------------------

    def _edit(self, wish: Edit, by: str) -> None:
        standing = self._standing
        plan = standing.plan
        field = next((one for one in plan.live if (one.name, one.field) == (wish.phase, wish.field)), None)
        if field is None:
            known = ", ".join(f"{one.name}.{one.field}" for one in plan.live) or "nothing"
            self._refuse(f"{said(wish)}, by {by}: what may be changed is {known}")
            return
        cycle = next_cycle(plan.profile, field.phase, standing.profile_us + self._replanner.lead_us)
        if cycle is None:
            self._refuse(f"{said(wish)}, by {by}: no cycle of {wish.phase} begins late enough for it")
            return
        happened = self._happened.edited(Edited(field.phase, cycle, wish.field, wish.value))
        since = f" from cycle {cycle} on" if cycle else ""
        self._work(_Job(f"{said(wish)}{since}", by, happened, standing.t_us, None))

    # ---- going over -------------------------------------------------------------------------------------

    def _work(self, job: _Job) -> None:
        self._job = job
        self._replanner.begin(job.happened)
        self.poll()

    def _stay_at(self, profile_us: int) -> None:
        """Keep a late tick off the profile's clock: nothing of after ``profile_us`` was commanded yet."""
        late_us = self._standing.profile_us - profile_us
        if late_us > 0:
            self._standing.held_us += late_us
            self._standing.profile_us = profile_us

    def _take(self, job: _Job, result: SessionPlan | TractionError) -> None:
        standing = self._standing
        if job.question is not None:
            self._stay_at(job.happened.answers[-1].at_us)
        if isinstance(result, TractionError):
            code, why = result.code, result.problems[0].message
        else:
            code, why = "E487", objection(standing.plan, result, standing.profile_us)
            if not why:
                self._go_over(result, job)
                return
        if job.question is None:
            self._refuse(f"{job.text}, by {job.by}: {why}", code)
        elif code == GONE:  # the question stands: who answers nothing gets what was stated for that
            self._refuse(f"{job.text}, by {job.by}: {why}; at its end: {job.question.no_answer}", code)
            self.due_us = job.question.end_us
        else:
            self._give_up(f"{job.text}: {code} {why}")

    def _go_over(self, plan: SessionPlan, job: _Job) -> None:
        standing = self._standing
        standing.plan = plan = replace(plan, live=edited(plan.live, job.happened), about=standing.plan.about)
        self._steering.go_over(plan.profile)
        if job.question is not None:
            self._happened = job.happened
        else:  # a question may have ended without an answer meanwhile
            self._happened = self._happened.edited(job.happened.edits[-1])
        standing.journal.event(standing.t_us, "profile", text=profile_text(plan, self._steering.span_index))
        if job.question is not None:
            standing.question = None
            self._look_ahead()
        else:
            standing.tell("edit", f"{job.text}, by {job.by}")
            if standing.question is None:
                self._look_ahead()

    def _ignore(self, text: str, by: str) -> None:
        self._standing.tell("ignored", f"{text} while the force comes down, by {by}")

    def _refuse(self, text: str, code: str = "") -> None:
        self._standing.tell("refused", text, code)

    def _stop(self, code: str, detail: str) -> None:
        self._release.begin(StopKind.RELEASE, Cause(Outcome.STOPPED, code, detail, self._standing.t_us))

    def _give_up(self, detail: str) -> None:
        self._release.begin(StopKind.RELEASE, Cause(Outcome.FAULTED, "E487", detail, self._standing.t_us))
