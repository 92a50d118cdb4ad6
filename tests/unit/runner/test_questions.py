"""Questions, answers and edits: the loop goes over to a proved profile where both are one, or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from traction.clock import VirtualClock
from traction.errors import Problem, RefusedError, TractionError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.profile.spans import Span
from traction.protocol.declared import Declared, LiveField, Stops
from traction.protocol.happened import Edited, Happened
from traction.protocol.questions import Question
from traction.runner.outcome import Outcome
from traction.runner.replanner import InlineReplanner
from traction.runner.requests import Answer, Edit, Request, Requests
from traction.runner.states import State
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench
    from traction.drivers.base import Telemetry
    from traction.runner.plan import SessionPlan
    from traction.runner.session import SessionResult

ASK_S, WITHIN_S = 7.0, 20.0  # on the profile's clock: after 5 s up and 2 s at 130 N
TAKE_UP_S = 2.0
"""What the obedient table takes to 30 N, as the first test finds."""

THEN = (("better", "continue"), ("worse", "go to easy"), ("awful", "stop"))
HIGHS = {"": 130.0, "150 N": 150.0, "100 N": 100.0}


def ask(no_answer: str = "continue", *, answered: str = "", at_us: int | None = None) -> Question:
    end_us = round((ASK_S + WITHIN_S) * 1e6) if at_us is None else at_us
    answers = tuple(answer for answer, _ in THEN)
    return Question(1, "how", "ask", "How is it?", answers, 7_000_000, end_us, no_answer, THEN, answered)


def profile(happened: Happened) -> Profile:
    """Return ramp and hold at 130 N, the question, and then two cycles that are easier after "worse"."""
    spans: list[Span] = []

    def add(segment: Hold | Ramp, kind: str, phase: int, cycle: int) -> None:
        start_s = spans[-1].end_s if spans else 0.0
        name = ("pull", "how", "easy", "end")[phase]
        spans.append(Span(segment, start_s, kind, phase, name, cycle, counts=kind != "ask"))

    said = {one.phase: one for one in happened.answers if one.answer is not None}
    until_s = said[1].at_us / 1e6 if 1 in said else ASK_S + WITHIN_S
    low_n = 60.0 if 1 in said and said[1].answer == "worse" else 90.0
    add(Ramp(30.0, 130.0, 5.0), "ramp_up", 0, 1)
    add(Hold(130.0, 2.0), "hold", 0, 1)
    add(Hold(130.0, until_s - ASK_S), "ask", 1, 0)
    level_n = 130.0
    for cycle in (1, 2, 3):
        value = next((one.value for one in happened.edits if one.cycle <= cycle), "")
        high_n = HIGHS[value]
        if level_n != high_n:
            add(Ramp(level_n, high_n, abs(high_n - level_n) / 20), "ramp_up", 2, cycle)
        add(Hold(high_n, 2.0), "hold", 2, cycle)
        add(Ramp(high_n, low_n, (high_n - low_n) / 20), "ramp_down", 2, cycle)
        level_n = low_n
    add(Ramp(level_n, 0.0, level_n / 20), "end", 3, 0)
    return Profile(tuple(spans), rest_n=30.0)


@dataclass
class Rig:
    """Runs a session with a question on the obedient table; ``fault`` is raised in place of a new plan."""

    bench: Bench
    no_answer: str = "continue"
    fault: TractionError | None = None
    change: str = ""
    stops: Stops = field(default_factory=Stops)
    asked: list[Happened] = field(default_factory=list)

    def plan(self, happened: Happened) -> SessionPlan:
        said = next((one for one in happened.answers), None)
        told = ask(self.no_answer)
        if said is not None and said.answer is not None:
            told = ask(self.no_answer, answered=said.answer, at_us=said.at_us)
        live = (LiveField(2, "easy", "high", "130 N", "100 N", "150 N"),)
        made = self.bench.plan(profile(happened))
        return replace(made, questions=(told,), live=live, declared=Declared(stops=self.stops))

    def work(self, happened: Happened) -> SessionPlan:
        self.asked.append(happened)
        if self.fault is not None:
            raise self.fault
        made = self.plan(happened)
        return replace(made, seed=made.seed + 1) if self.change == "seed" else made

    def run(self, *wishes: tuple[float, object], **stated: str) -> SessionResult:
        requests = Requests(wishes, answers=stated)  # type: ignore[arg-type]
        result = self.bench.script(
            plan=self.plan(Happened()), requests=requests, replanner=InlineReplanner(self.work)
        )
        samples = result.record().samples
        assert samples["force_mn"][-1] < 12_000, "every way ends with the force down"
        assert result.record().judge_again().agrees
        return result


def words(result: SessionResult, *names: str) -> list[str]:
    return [event.text for event in result.record().events if event.name in names]


@pytest.fixture
def rig(bench: Bench) -> Rig:
    return Rig(bench)


def test_without_an_answer_the_profile_goes_its_own_way(rig: Rig) -> None:
    result = rig.run()
    assert result.outcome is Outcome.COMPLETED
    assert words(result, "ask", "no answer", "profile") == ["how: How is it?", "how: continue"]
    begun = next(event.t_us for event in result.record().events if event.text == "RUNNING")
    assert begun == round(TAKE_UP_S * 1e6)
    assert rig.asked == []


@pytest.mark.parametrize("at_s", [9.02, 15.03, 28.9], ids=["at once", "later", "at the last moment"])
def test_an_answer_ends_the_question_and_the_loop_goes_over_without_a_jump(rig: Rig, at_s: float) -> None:
    result = rig.run((at_s, Answer("how", "worse")))
    assert result.outcome is Outcome.COMPLETED, result.detail
    (happened,) = rig.asked
    (said,) = happened.answers
    assert said.at_us % 20_000 == 0
    assert 0 <= said.at_us - (at_s - TAKE_UP_S) * 1e6 < 40_000
    assert words(result, "answer") == ["how: worse, by the schedule"]
    record = result.record()
    samples, target = record.samples, record.samples["target_mn"]
    (told,) = (json.loads(event.text) for event in record.events if event.name == "profile")
    after = profile(happened)
    assert told["digest"] == after.digest()
    running = samples["session_state"] == State.RUNNING
    due = 1000 * after.force_at(np.minimum(samples["profile_us"] / 1e6, after.duration_s))
    assert np.abs(target - due)[running][1:].max() <= 2, "the new profile, from its very start"
    assert np.abs(np.diff(target[running])).max() <= 402, "20 N/s"
    assert result.stats.cycles_completed == after.cycles
    assert samples["span_index"][running].max() == len(after.spans) - 1


@pytest.mark.parametrize(
    ("no_answer", "wishes", "outcome", "code"),
    [
        ("stop", [], Outcome.STOPPED, "E493"),
        ("stop", [(9.5, Answer("", "awful"))], Outcome.STOPPED, "E492"),
        ("stop", [(9.5, Answer("how", "better"))], Outcome.COMPLETED, ""),
    ],
)
def test_an_answer_or_none_may_end_the_session_with_a_code_of_its_own(
    rig: Rig, no_answer: str, wishes: list[tuple[float, object]], outcome: Outcome, code: str
) -> None:
    rig.no_answer = no_answer
    result = rig.run(*wishes)
    assert (result.outcome, result.code) == (outcome, code)
    if code == "E493":
        ended = next(event.t_us for event in result.record().events if event.text == "RELEASING")
        assert ended / 1e6 == pytest.approx(TAKE_UP_S + ASK_S + WITHIN_S, abs=0.021)


def test_a_stated_answer_comes_as_soon_as_the_question_and_an_empty_one_never(rig: Rig) -> None:
    assert words(rig.run(how="worse"), "answer") == ["how: worse, by the command line"]
    assert rig.asked[0].answers[0].at_us - 7_000_000 in (0, 20_000)
    assert words(Rig(rig.bench).run(how=""), "answer", "no answer") == ["how: continue"]


def test_what_cannot_be_served_is_told_with_its_reason_and_changes_nothing(rig: Rig) -> None:
    result = rig.run(
        (4.0, Answer("how", "worse")),
        (9.5, Answer("how", "meh")),
        (9.6, Answer("who", "worse")),
        (9.7, Edit("easy", "hold", "1 s")),
        (42.0, Edit("easy", "high", "150 N")),
        (43.0, Request.STOP),
        (43.02, Answer("how", "worse")),
    )
    assert words(result, "refused", "ignored") == [
        "how = worse, by the schedule: nobody asks 'how' now",
        "how = meh, by the schedule: the answers are better, worse, awful",
        "who = worse, by the schedule: nobody asks 'who' now",
        "easy.hold = 1 s, by the schedule: what may be changed is easy.high",
        "easy.high = 150 N, by the schedule: no cycle of easy begins late enough for it",
        "how = worse while the force comes down, by the schedule",
    ]
    assert result.outcome is Outcome.STOPPED
    assert rig.asked == []


def test_an_edit_holds_from_the_next_cycle_on_and_a_refused_one_leaves_everything(rig: Rig) -> None:
    result = rig.run((31.5, Edit("easy", "high", "150 N")))
    assert words(result, "edit") == ["easy.high = 150 N from cycle 2 on, by the schedule"]
    assert result.outcome is Outcome.COMPLETED
    assert result.stats.peak_target_n == 150.0
    assert rig.asked[0].answers[0].answer is None, "what nobody answered has happened too"
    other = Rig(rig.bench, fault=RefusedError(Problem("E321", "150 N", "at most 140 N")))
    refused = other.run((31.5, Edit("easy", "high", "150 N")))
    assert refused.outcome is Outcome.COMPLETED
    assert refused.stats.peak_target_n == 130.0
    (event,) = (one for one in refused.record().events if one.name == "refused")
    assert event.code == "E321"
    assert "at most 140 N" in event.text


@pytest.mark.parametrize("what", ["refused", "another seed"])
def test_an_answer_that_leads_nowhere_releases_and_an_edit_like_it_is_dropped(rig: Rig, what: str) -> None:
    if what == "refused":
        rig.fault = RefusedError(Problem("E321", "150 N", "at most 140 N"))
    else:
        rig.change = "seed"
    result = rig.run((9.5, Answer("how", "worse")))
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E487")
    assert ("E321" if what == "refused" else "seed") in result.detail
    assert rig.run((9.5, Edit("easy", "high", "150 N"))).outcome is Outcome.COMPLETED


def test_pauses_and_eases_around_an_answer_lose_nothing(rig: Rig) -> None:
    wishes = [
        (9.5, Request.PAUSE),
        (12.0, Answer("how", "worse")),
        (13.0, Request.EASE),
        (20.0, Request.RESUME),
    ]
    result = rig.run(*wishes, (26.0, Request.EASE), (26.01, Edit("easy", "high", "100 N")))
    assert result.outcome is Outcome.COMPLETED, result.detail
    assert words(result, "ease")[-1].startswith("64 %")
    assert len(words(result, "edit", "answer")) == 2
    target = result.record().samples["target_mn"]
    assert target[result.record().samples["t_us"] > 20_100_000].max() <= 104_000


@pytest.mark.parametrize(
    ("stops", "wish", "codes"),
    [
        (Stops(pause="release"), Request.PAUSE, ["E494"]),
        (Stops(operator="fast-release"), Request.STOP, ["E490"]),
    ],
)
def test_a_protocol_may_say_what_a_stop_and_a_pause_do(
    rig: Rig, stops: Stops, wish: Request, codes: list[str]
) -> None:
    rig.stops = stops
    result = rig.run((9.5, wish))
    assert [cause.code for cause in result.causes] == codes
    first = "FAST_RELEASING" if stops.operator else "RELEASING"
    assert words(result, "state")[3] == first


NOT_IN_TIME = "not worked out when the session had ended"


class Slow(InlineReplanner):
    """Works it out at once and says so only after so many looks."""

    def __init__(self, rig: Rig, looks: int) -> None:
        super().__init__(rig.work)
        self.looks = looks

    def result(self) -> SessionPlan | TractionError | None:
        """Return nothing for a while."""
        self.looks -= 1
        return None if self.looks > 0 else super().result()


def slowly(rig: Rig, looks: int, *wishes: tuple[float, object]) -> SessionResult:
    requests = Requests(wishes)  # type: ignore[arg-type]
    return rig.bench.script(plan=rig.plan(Happened()), requests=requests, replanner=Slow(rig, looks))


def test_while_an_answer_is_worked_out_the_force_and_the_clock_stand_whatever_else_is_asked_for(
    rig: Rig,
) -> None:
    wishes = [(9.5, Answer("how", "worse")), (9.9, Request.EASE), (10.3, Edit("easy", "high", "100 N"))]
    result = slowly(rig, 40, *wishes)
    assert result.outcome is Outcome.COMPLETED, result.detail
    assert words(result, "edit") == ["easy.high = 100 N from cycle 1 on, by the schedule"]
    samples = result.record().samples
    waiting = samples["session_state"] == State.ANSWERED
    assert waiting.sum() > 5
    assert len(set(samples["profile_us"][waiting].tolist())) == 1
    assert set(samples["target_mn"][waiting].tolist()) <= {130_000, 104_000}
    assert result.record().judge_again().agrees


def test_an_answer_that_is_not_worked_out_in_ten_seconds_releases(rig: Rig) -> None:
    result = slowly(rig, 10_000, (9.5, Answer("how", "worse")))
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E487")
    ended = next(event.t_us for event in result.record().events if event.text == "RELEASING")
    assert ended / 1e6 == pytest.approx(19.5, abs=0.05)
    assert words(result, "not applied") == [f"how = worse, by the schedule: {NOT_IN_TIME}"]


def test_what_was_never_worked_out_and_what_was_never_taken_are_told_at_the_end(rig: Rig) -> None:
    edits = [(9.5 + number, Edit("easy", "high", value)) for number, value in enumerate(("150 N", "100 N"))]
    result = slowly(rig, 10_000, *edits)
    assert result.outcome is Outcome.COMPLETED
    told = [
        f"easy.high = {value}, by the schedule: {NOT_IN_TIME}" for value in ("150 N from cycle 1 on", "100 N")
    ]
    assert tuple(words(result, "not applied")) == result.not_done == tuple(told)
    requests = Requests()
    requests.ease("me")
    requests.stop("me")  # so early that no tick takes anything
    result = rig.bench.script(plan=rig.plan(Happened()), requests=requests)
    assert result.not_done == ("ease when the session had ended, by me",)


class Breaks(str):
    """A value whose text can be made only after so many failures."""

    __slots__ = ("failures",)

    def __format__(self, spec: str) -> str:
        if self.failures:
            raise self.failures.pop()
        return super().__format__(spec)


@pytest.mark.parametrize("interrupts", [1, 3])
def test_a_ctrl_c_while_what_is_left_is_told_changes_nothing_and_loses_nothing(
    rig: Rig, interrupts: int
) -> None:
    value = Breaks("100 N")
    value.failures = [KeyboardInterrupt()] * interrupts  # of a handler that somebody else has installed
    edits = [(9.5, Edit("easy", "high", "150 N")), (10.5, Edit("easy", "high", value))]
    result = slowly(rig, 10_000, *edits)
    assert (result.outcome, result.defect, value.failures) == (Outcome.COMPLETED, None, [])
    assert len(result.not_done) == 2


@pytest.mark.parametrize("failures", [[RuntimeError("a defect")], [KeyboardInterrupt()] * 1000])
def test_what_fails_while_what_is_left_is_told_is_a_cause_and_the_table_is_left_alone(
    rig: Rig, failures: list[BaseException]
) -> None:
    value = Breaks("100 N")
    value.failures = failures
    edits = [(9.5, Edit("easy", "high", "150 N")), (10.5, Edit("easy", "high", value))]
    result = slowly(rig, 10_000, *edits)
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E900")
    assert result.record().complete
    assert [sent.verb for sent in rig.bench.sent].count("stop") == 2  # at the end of the profile, and closing


def test_a_stop_while_an_answer_is_worked_out_is_a_stop(rig: Rig) -> None:
    result = slowly(rig, 10_000, (9.5, Answer("how", "worse")), (10.0, Request.STOP))
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
    rig.no_answer = "stop"
    stopped = slowly(rig, 10_000, (9.5, Edit("easy", "high", "150 N")), (9.6, Answer("how", "awful")))
    assert (stopped.outcome, stopped.code) == (Outcome.STOPPED, "E492"), "it waits for no edit"


def test_when_nobody_can_work_it_out_any_more_the_question_ends_as_stated_for_no_answer(rig: Rig) -> None:
    rig.fault = TractionError(Problem("E488", "the process that works out changes has ended"))
    result = rig.run((9.5, Answer("how", "worse")), (9.6, Edit("easy", "high", "150 N")))
    assert result.outcome is Outcome.COMPLETED
    assert words(result, "no answer") == ["how: continue"]
    assert [event.code for event in result.record().events if event.name == "refused"] == ["E488", "E488"]
    assert result.stats.profile_s == pytest.approx(profile(Happened()).duration_s, abs=0.05)


@pytest.mark.parametrize(("patient", "state"), [(None, "RELEASING"), ("fast-release", "FAST_RELEASING")])
def test_a_protocol_may_say_that_the_patient_s_stop_is_fast(
    rig: Rig, patient: str | None, state: str
) -> None:
    def pressed(tick: int, said: Telemetry) -> Telemetry:
        return said._replace(inputs=said.inputs & ~codes.INPUT_PATIENT_STOP_CLOSED) if tick > 400 else said

    rig.stops = Stops(patient=patient)
    result = rig.bench.script(pressed, plan=rig.plan(Happened()))
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E451")
    assert words(result, "state")[3] == state
    assert result.record().samples["force_mn"][-1] < 12_000
    assert result.record().judge_again().agrees


class Steady(VirtualClock):
    """A clock that jumps and calls itself real, so that the loop looks for results in every tick."""

    __slots__ = ()
    realtime = may_sleep = True


def late_at(rig: Rig, late_tick: int, wish: tuple[float, object], gentler: str = "") -> SessionResult:
    """Run with one tick that comes 50 ms late; ``gentler`` is a level that any answer leads to, too."""

    def delayed(tick: int, said: Telemetry) -> Telemetry:
        if tick == late_tick:
            rig.bench.clock.wait_until_us(rig.bench.clock.now_us() + 50_000)
        return said

    def work(happened: Happened) -> SessionPlan:
        return rig.work(happened.edited(Edited(2, 1, "high", gentler)) if gentler else happened)

    requests = Requests([wish])  # type: ignore[list-item]
    return rig.bench.script(
        delayed, plan=rig.plan(Happened()), requests=requests, replanner=InlineReplanner(work)
    )


def test_an_edit_in_the_late_tick_in_which_a_question_is_due_does_not_skip_the_question(rig: Rig) -> None:
    result = late_at(rig, 449, (9.0, Edit("easy", "high", "150 N")))
    assert words(result, "edit", "ask", "no answer") == [
        "easy.high = 150 N from cycle 1 on, by the schedule",
        "how: How is it?",
        "how: continue",
    ]


def test_an_answer_in_a_late_tick_past_the_end_of_its_question_still_counts(rig: Rig) -> None:
    result = late_at(rig, 1449, (29.0, Answer("how", "worse")), "100 N")
    assert (result.outcome, result.code) == (Outcome.COMPLETED, "")
    assert words(result, "answer", "no answer") == ["how: worse, by the schedule"]
    assert rig.asked[0].answers[0].at_us == round((ASK_S + WITHIN_S) * 1e6)
    samples = result.record().samples
    running = samples["session_state"] == State.RUNNING
    assert np.abs(np.diff(samples["target_mn"][running])).max() <= 402, "20 N/s"


def test_an_answer_that_waits_for_an_edit_when_its_question_ends_is_not_lost(rig: Rig) -> None:
    result = slowly(rig, 40, (28.5, Edit("easy", "high", "150 N")), (28.6, Answer("how", "worse")))
    assert (result.outcome, result.code) == (Outcome.COMPLETED, "")
    assert words(result, "edit", "answer", "no answer") == [
        "easy.high = 150 N from cycle 1 on, by the schedule",
        "how: worse, by the schedule",
    ]
    assert rig.asked[-1].answers[0].answer == "worse"
    assert result.record().judge_again().agrees


def test_a_stated_answer_takes_its_turn_behind_an_edit_that_is_worked_out(rig: Rig) -> None:
    rig.bench = type(rig.bench)(clock=Steady())
    requests = Requests([(8.9, Edit("easy", "high", "150 N"))], answers={"how": "worse"})
    result = rig.bench.script(plan=rig.plan(Happened()), requests=requests, replanner=Slow(rig, 40))
    assert (result.outcome, result.code) == (Outcome.COMPLETED, "")
    assert len(words(result, "edit")) == len(words(result, "answer")) == 1
    assert (len(rig.asked[-1].edits), rig.asked[-1].answers[0].answer) == (1, "worse")


def test_an_edit_that_was_worked_out_over_the_end_of_a_question_forgets_no_silence(rig: Rig) -> None:
    rig.bench = type(rig.bench)(clock=Steady())
    edits = [(28.9, Edit("easy", "high", "150 N")), (31.5, Edit("easy", "high", "100 N"))]
    replanner = Slow(rig, 15)
    replanner.lead_us = 1_000_000
    result = rig.bench.script(plan=rig.plan(Happened()), requests=Requests(edits), replanner=replanner)
    assert len(words(result, "edit")) == 2
    assert [one.answer for one in rig.asked[-1].answers] == [None]


def test_an_edit_that_a_stop_has_overtaken_is_told_as_not_done(rig: Rig) -> None:
    rig.bench = type(rig.bench)(clock=Steady())
    result = slowly(rig, 20, (9.5, Edit("easy", "high", "150 N")), (9.6, Request.STOP))
    assert result.not_done == (
        "easy.high = 150 N from cycle 1 on while the force comes down, by the schedule",
    )


@pytest.mark.parametrize("late_tick", [449, 450, 451, 452, 453])
def test_a_late_tick_while_an_answer_is_worked_out_leaves_the_profile_where_it_was_answered(
    rig: Rig, late_tick: int
) -> None:
    def delayed(tick: int, said: Telemetry) -> Telemetry:
        if tick == late_tick:
            rig.bench.clock.wait_until_us(rig.bench.clock.now_us() + 50_000)
        return said

    requests = Requests(answers={"how": "worse"})
    result = rig.bench.script(delayed, plan=rig.plan(Happened()), requests=requests, replanner=Slow(rig, 4))
    assert (result.outcome, result.code) == (Outcome.COMPLETED, "")
    assert result.stats.profile_s == pytest.approx(profile(rig.asked[0]).duration_s, abs=0.08)
