"""Whole sessions of a protocol that asks: answers, edits and an ease, here and by the process beside."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import traction
from traction.cli.keys import press
from traction.cli.prompt import Prompt
from traction.errors import RefusedError, TractionError
from traction.protocol.happened import Answered, Edited, Happened
from traction.replan import ENTRY, dumped, plan_after
from traction.runner.replanner import replanner_beside
from traction.runner.requests import Answer, Edit, Request, Requests

if TYPE_CHECKING:
    from traction.runner.standing import Standing

ASKS = """
format = 1
name = "asks"
title = "A pull that asks"
region = "lumbar"
[source]
citation = "Written for the tests of the loop."
evidence = "engineering"
confirmed = true
caution = "Only for the simulator."
assumed = ["everything"]
[session]
count = "always"
hold_by = "force"
[rates]
up = "20 N/s"
down = "20 N/s"
[take_up]
force = "20 N"
timeout = "60 s"
[[phase]]
name = "first"
type = "static"
force = "100 N"
for = "10 s"
[[phase]]
name = "how"
type = "ask"
question = "How does the leg feel?"
answers = ["better", "worse", "awful"]
within = "20 s"
no_answer = "stop"
then = { better = "continue", worse = "go to easy", awful = "stop" }
[[phase]]
name = "hard"
type = "intermittent"
high = "160 N"
low = "60 N"
hold = "3 s"
rest = "2 s"
repeat = 3
live = { high = ["120 N", "180 N"] }
[[phase]]
name = "easy"
type = "intermittent"
high = "110 N"
low = "50 N"
hold = "3 s"
rest = "2 s"
repeat = 1
[end]
rate = "20 N/s"
residual = "0 N"
"""


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> traction.Proof:
    path = tmp_path_factory.mktemp("asks") / "asks.toml"
    path.write_text(ASKS, encoding="utf-8")
    return traction.verify(path)


def test_a_run_that_nobody_attends_is_refused_until_every_question_has_its_answer(
    proof: traction.Proof,
) -> None:
    with pytest.raises(RefusedError) as nobody:
        traction.run(proof)
    assert [(problem.code, "'how'" in problem.found) for problem in nobody.value.problems] == [("E353", True)]
    with pytest.raises(RefusedError) as wrong:
        traction.run(proof, requests=Requests(answers={"how": "fine", "who": "me"}))
    assert [problem.code for problem in wrong.value.problems] == ["E354", "E354"]
    for name, said in (("how", "fine"), ("who", "better"), ("", "fine"), ("how", "")):
        with pytest.raises(RefusedError) as never:  # of a schedule, too, before anything moves
            traction.run(proof, requests=Requests([(31.5, Answer(name, said))], answers={"how": "better"}))
        assert [problem.code for problem in never.value.problems] == ["E354"]
    plain = traction.verify("lumbar-disc", mass_kg=80.0)
    with pytest.raises(RefusedError, match="asks nothing"):
        traction.run(plain, requests=Requests([(31.5, Answer("", "better"))]))


def test_each_answer_leads_where_the_file_says_and_the_record_judges_alike(proof: traction.Proof) -> None:
    ends = {
        "better": ("COMPLETED", "", 160.0),
        "worse": ("COMPLETED", "", 110.0),
        "awful": ("STOPPED", "E492", 100.0),
        "": ("STOPPED", "E493", 100.0),
    }
    for answer, end in ends.items():
        result = traction.run(proof, requests=Requests(answers={"how": answer}))
        assert (result.outcome, result.code, result.session.stats.peak_target_n) == end
        assert result.record().judge_again().agrees


def test_an_edit_and_an_ease_on_the_way_hold_to_the_end(proof: traction.Proof) -> None:
    asked = [(31.5, Answer("how", "better")), (36.0, Edit("hard", "high", "175 N")), (64.0, Request.EASE)]
    for wrong in (Edit("hard", "high", "300 N"), Edit("hard", "low", "50 N"), Edit("who", "high", "150 N")):
        with pytest.raises(RefusedError) as refused:
            traction.run(proof, requests=Requests([*asked, (45.0, wrong)]))
        assert refused.value.code == "E355"
    never = (9000.0, Edit("hard", "high", "150 N"))
    result = traction.run(proof, requests=Requests([*asked, never]))
    assert result.outcome == "COMPLETED"
    assert result.session.stats.peak_target_n == 175.0
    record = result.record()
    told = {event.name: event for event in record.events}
    assert told["edit"].text == "hard.high = 175 N from cycle 2 on, by the schedule"
    assert told["ignored"].text == "hard.high = 150 N at 9000 s, when the session had ended"
    assert result.session.not_done == (told["ignored"].text,)
    late = record.samples["t_us"] > 70_000_000
    assert record.samples["target_mn"][late].max() <= 0.8 * 175_000
    assert record.judge_again().agrees


class Cat:
    """Walks over the keyboard whenever the session is shown."""

    def __init__(self, requests: Requests, seed: int) -> None:
        self.requests, self.chance, self.prompt = requests, random.Random(seed), Prompt()

    def look(self, standing: Standing, _steering: object, _sample: object) -> None:
        paws = ("1", "2", "9", "\r", "c", "\x1b", ".", "c1150\r", "c1125\r", "c1999\r", "p", "r")
        often = self.chance.random() < 0.1
        for key in self.chance.choice(paws) * often + "e" * (self.chance.random() < 0.002):
            if standing.state.is_down:
                return
            live = standing.plan.live
            if self.prompt.takes(key, self.requests, standing.question, live) is None:
                press(key, self.requests, standing.state)


@pytest.mark.parametrize("seed", [6])
def test_whatever_keys_are_pressed_what_moves_was_proved_and_the_force_ends_down(
    proof: traction.Proof, seed: int
) -> None:
    requests = Requests()
    result = traction.run(proof, requests=requests, viewer=Cat(requests, seed), attended=True)
    assert result.outcome == "COMPLETED" or result.code in ("E481", "E492", "E493")
    samples = result.samples()
    assert samples["target_n"].max() <= 180.0
    assert samples["true_force_n"][-1] < 11.0
    record = result.record()
    assert record.judge_again().agrees
    assert {event.name for event in record.events} >= {"ease", "state"}


def test_the_process_beside_gives_the_same_plan_and_its_end_is_told(proof: traction.Proof) -> None:
    beside = replanner_beside(ENTRY, dumped(proof))
    try:
        happened = Happened().answered(Answered(1, "worse", 12_000_000))
        beside.begin(happened)
        assert awaited(beside) == plan_after(proof, happened)
        beside.begin(Happened().answered(Answered(1, "fine", 12_000_000)))
        wrong = awaited(beside)
        assert isinstance(wrong, TractionError)
        assert wrong.code == "E337"
        os.kill(beside.pid, signal.SIGKILL)
        beside.begin(happened)
        gone = awaited(beside)
        assert isinstance(gone, TractionError)
        assert gone.code == "E488"
    finally:
        beside.close()


def awaited(beside: object) -> object:
    """Return the result of the process; it waits on the pipe and not on a clock."""
    from traction.runner.replanner import ReplannerBeside

    assert isinstance(beside, ReplannerBeside)
    while (result := beside.result()) is None:
        beside.wait()
    return result


@pytest.mark.realtime
@pytest.mark.xdist_group("realtime")
def test_in_real_time_an_answer_is_worked_out_beside_and_no_tick_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "asks.toml"
    text = ASKS.replace('"3 s"', '"1 s"').replace('"2 s"', '"1 s"').replace("repeat = 3", "repeat = 1")
    text = text.replace('for = "10 s"', 'for = "1 s"')
    text = text.replace('force = "100 N"', 'force = "30 N"').replace('force = "20 N"', 'force = "15 N"')
    path.write_text(text.replace('"110 N"', '"35 N"').replace('"50 N"', '"20 N"'), encoding="utf-8")
    proof = traction.verify(path, table="sim:?slack_mm=0")
    result = traction.run(proof, clock="wall", requests=Requests(answers={"how": "worse"}))
    record = result.record()
    assert result.outcome in ("COMPLETED", "FAULTED"), result.session.detail
    assert result.outcome == "COMPLETED" or result.code == "E483", "a busy machine may hold the loop"
    if result.outcome == "COMPLETED":
        assert result.session.stats.peak_target_n == 35.0
        assert [event.text for event in record.events if event.name == "answer"] == [
            "how: worse, by the command line"
        ]
        assert "profile" in [event.name for event in record.events]
    assert record.judge_again().agrees


def test_an_answer_keeps_the_edits_that_a_run_was_proved_with(proof: traction.Proof) -> None:
    edited = Happened().edited(Edited(2, 1, "high", "120 N"))
    low = traction.verify(proof.protocol, happened=edited)
    result = traction.run(low, requests=Requests(answers={"how": "better"}))
    assert (result.outcome, result.session.stats.peak_target_n) == ("COMPLETED", 120.0)
