"""Questions and edits: every way through is proved, and a run takes only what file and limits allow."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

import traction
from traction.errors import ProtocolError, RefusedError
from traction.profile.agree import agree_until_us
from traction.protocol.happened import NOTHING, Answered, Edited, Happened
from traction.protocol.load import parse_protocol
from traction.protocol.paths import MAX_PATHS, count_paths

PULLS = (
    'type = "intermittent"\nhigh = "200 N"\nlow = "40 N"\nhold = "20 s"\nrest = "10 s"\nrepeat = 4\n'
    'live = { high = ["150 N", "25 %BW + 200 N"], hold = ["10 s", "30 s"] }'
)
ASK = (
    'type = "ask"\nquestion = "Pain outward?"\nanswers = ["no", "some", "yes"]\nwithin = "60 s"\n'
    'no_answer = "stop"\nthen = { no = "continue", some = "go to p4", yes = "stop" }'
)
HARD = 'type = "static"\nforce = "500 N"\nhold = "60 s"'
EASY = 'type = "static"\nforce = "90 N"\nhold = "30 s"'
LOOK = 'type = "observe"\ntext = "Watch the patient."\nwithin = "90 s"\nno_answer = "continue"'


def proved(small, *phases, happened=NOTHING, **more):
    text = small(*phases, count="on_target").replace('timeout = "60 s"', 'timeout = "99 s"')
    return traction.verify(parse_protocol(text), **{"mass_kg": 80.0, "happened": happened, **more})


@pytest.fixture
def proof(small):
    return proved(small, PULLS, ASK, HARD, EASY, LOOK)


def at(proof, seconds):
    return proof.questions[0].start_us + round(seconds * 1e6)


def test_without_answers_it_is_the_path_on_which_nobody_answers(proof):
    (ask,) = proof.questions
    assert (ask.phase, ask.name, ask.kind, ask.answers) == (1, "p2", "ask", ("no", "some", "yes"))
    assert ask.end_us - ask.start_us == 60_000_000
    assert [ask.action(answer) for answer in ("no", "some", "yes", None)] == [
        "continue",
        "go to p4",
        "stop",
        "stop",
    ]
    held = [span for span in proof.profile.spans if span.kind == "ask"]
    assert [(span.segment.start_n, span.counts, span.cycle) for span in held] == [(40.0, False, 0)]
    assert proof.profile.spans[-1].kind == "end"
    assert {span.phase for span in proof.profile.spans} == {0, 1, 5}


def test_every_way_is_proved_and_the_margins_are_the_worst(proof, small):
    assert [path.taken for path in proof.paths] == [
        (("p2", "no answer"),),
        (("p2", "no"), ("p5", "no answer")),
        (("p2", "some"), ("p5", "no answer")),
    ]
    assert proof.profile.peak_n == 200.0
    assert proof.margins["peak_force"].value == 500.0
    longest_s = max(path.duration_s for path in proof.paths)
    assert proof.margins["session_duration"].value > longest_s > proof.profile.duration_s
    hard = proved(small, PULLS, ASK, HARD, EASY, LOOK, max_force_n=499.0)
    assert {problem.code for problem in hard.verification.problems} == {"E311"}
    assert all(problem.found.endswith("where 'p2' has 'no'") for problem in hard.verification.problems)
    assert hard.profile == proof.profile
    with pytest.raises(RefusedError) as caught:
        hard.session_plan()
    assert caught.value.code == "E311"


def test_what_cannot_be_compiled_names_the_answers_that_lead_there(small):
    with pytest.raises(RefusedError) as caught:
        proved(small, PULLS, ASK, 'type = "static"\nforce = "400 N - 10 %BW * session"\nhold = "9 s"', EASY,
               session=7)  # fmt: skip
    assert caught.value.code == "E331"
    assert "where 'p2' has 'no'" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "phases", "asked"),
    [
        ("no", {0, 1, 2, 3, 4, 5}, 2),
        ("some", {0, 1, 3, 4, 5}, 2),
        ("yes", {0, 1, 5}, 1),
        (None, {0, 1, 5}, 1),
    ],
)
def test_an_answer_ends_its_hold_and_leads_where_the_file_says(proof, answer, phases, asked):
    at_us = at(proof, 7.001)
    new = proof.again(Happened((Answered(1, answer, at_us),)))
    assert new.passed
    assert {span.phase for span in new.profile.spans} == phases
    assert (len(new.questions), new.questions[0].answered) == (asked, answer or "")
    ends_us = at(proof, 60.0) if answer is None else -(-at_us // 20_000) * 20_000
    assert new.questions[0].end_us == ends_us
    assert agree_until_us(proof.profile, new.profile) >= min(at_us, ends_us)
    assert new.limits == proof.limits


@pytest.mark.parametrize(
    ("answer", "late_s", "phase"), [("maybe", 5.0, 1), ("no", -0.5, 1), ("no", 60.5, 1), ("done", 5.0, 4)]
)
def test_an_answer_to_something_else_is_refused(proof, answer, late_s, phase):
    with pytest.raises(RefusedError) as caught:
        proof.again(Happened((Answered(phase, answer, at(proof, late_s)),)))
    assert caught.value.code == "E337"


def test_what_was_asked_before_an_answer_was_not_answered(small):
    chain = (
        PULLS,
        ASK.replace('"stop"\nthen', '"continue"\nthen'),
        EASY,
        HARD,
        ASK.replace("p4", "p6"),
        EASY,
    )
    proof = proved(small, *chain)
    assert len(proof.paths) == 5
    last = proof.questions[1]
    new = proof.again(Happened((Answered(4, "no", last.start_us),)))
    assert [path.taken for path in new.paths] == [(("p2", "no answer"), ("p5", "no"))]
    early = proof.again(Happened((Answered(1, "no", proof.questions[0].start_us),)))
    assert len(early.paths) == 2
    both = (*early.happened.answers, Answered(4, "some", early.questions[1].end_us))
    assert [path.taken for path in early.again(Happened(both)).paths] == [(("p2", "no"), ("p5", "some"))]


def test_an_answer_holds_for_a_tick_at_least_and_may_come_at_the_last_moment(proof):
    (ask,) = proof.questions
    first = proof.again(Happened((Answered(1, "yes", ask.start_us),))).questions[0]
    last = proof.again(Happened((Answered(1, "yes", ask.end_us),))).questions[0]
    assert (first.end_us - ask.start_us, last.end_us) == (20_000, ask.end_us)


@pytest.mark.parametrize(("first", "many"), [("continue", 256), ("end", 257)])
def test_so_many_ways_and_no_more(small, first, many):
    """Eight questions of two ways each; the first has a third way, of its own, in the second protocol."""
    ask = ASK.replace('no_answer = "stop"', 'no_answer = "continue"').replace('some = "go to p4", ', "")
    ask = ask.replace('"no", "some", "yes"', '"no", "yes", "end"').replace(
        "yes = ", f'end = "{first}", yes = '
    )
    chain = []
    for number in range(8):
        later = f'yes = "go to p{3 * number + 3}"'
        chain += [ask.replace('yes = "stop"', later), EASY, EASY]
        ask = ask.replace('end = "end"', 'end = "continue"')
    text = small(*chain)
    if many <= MAX_PATHS:
        assert count_paths(parse_protocol(text).document) == many
    else:
        with pytest.raises(ProtocolError) as caught:
            parse_protocol(text)
        assert [(one.code, one.found) for one in caught.value.problems] == [("E251", f"{many} paths")]


def test_an_edit_holds_from_its_cycle_on(proof):
    assert [(one.name, one.field, one.value, one.lowest, one.highest) for one in proof.live] == [
        ("p1", "high", "200 N", "150 N", "25 %BW + 200 N"),
        ("p1", "hold", "20 s", "10 s", "30 s"),
    ]
    edits = (Edited(0, 3, "high", "30 kgf"), Edited(0, 4, "hold", "12 s"))
    new = proof.again(Happened(edits=edits))
    holds = [span for span in new.profile.spans if span.phase == 0 and span.kind == "hold"]
    assert [round(span.segment.start_n, 1) for span in holds] == [200.0, 200.0, 294.2, 294.2]
    assert [span.segment.duration_s for span in holds] == [20.0, 20.0, 20.0, 12.0]
    third_us = next(span.start_s for span in proof.profile.spans if span.cycle == 3) * 1e6
    assert agree_until_us(proof.profile, new.profile) == round(third_us)


@pytest.mark.parametrize(
    ("edit", "code", "words"),
    [
        (Edited(0, 2, "high", "397 N"), "E336", "150 N to 396.133 N"),
        (Edited(0, 2, "high", "149.9 N"), "E336", "high of 149.9 N"),
        (Edited(0, 2, "hold", "31 s"), "E336", "10 s to 30 s"),
        (Edited(0, 2, "hold", "30"), "E336", "without a unit"),
        (Edited(0, 2, "high", "50 % of high"), "E336", "% of high"),
        (Edited(0, 2, "low", "50 N"), "E336", "p1.high, p1.hold"),
        (Edited(0, 2, "rate_up", "50 N/s"), "E336", "p1.high, p1.hold"),
        (Edited(1, 2, "high", "200 N"), "E336", "p1.high, p1.hold"),
        (Edited(9, 2, "high", "200 N"), "E336", "phase 10"),
        (Edited(0, 5, "high", "200 N"), "E339", "one of its 4"),
    ],
)
def test_an_edit_outside_what_the_file_allows_is_refused(proof, edit, code, words):
    with pytest.raises(RefusedError) as caught:
        proof.again(Happened(edits=(edit,)))
    assert caught.value.code == code
    assert words in str(caught.value)


def test_an_edit_touches_its_own_phase_only_and_a_low_level_is_held_against_its_high(small):
    lows = PULLS.replace("live = {", 'live = { low = ["10 % of high", "high - 100 N"],')
    proof = proved(small, lows, lows, PULLS)
    new = proof.again(Happened(edits=(Edited(1, 2, "high", "160 N"), Edited(1, 3, "low", "30 % of high"))))
    levels = {kind: [[], [], []] for kind in ("hold", "rest")}
    for span in new.profile.spans:
        if span.kind in levels:
            levels[span.kind][span.phase].append(span.segment.start_n)
    assert levels["hold"] == [[200.0] * 4, [200.0, 160.0, 160.0, 160.0], [200.0] * 4]
    assert levels["rest"] == [[40.0] * 4, [40.0, 40.0, 48.0, 48.0], [40.0] * 4]
    with pytest.raises(RefusedError) as caught:
        proof.again(Happened(edits=(Edited(1, 2, "high", "160 N"), Edited(1, 3, "low", "61 N"))))
    assert "low of 61 N in 'p2'; expected 16 N to 60 N" in str(caught.value)


def test_an_edit_within_its_bounds_is_still_held_against_the_limits(small):
    """The bounds are the file's; what the operator tightened for this run holds all the same."""
    proof = proved(small, PULLS, max_force_n=250.0)
    assert proof.passed
    assert {
        one.code
        for one in proof.again(Happened(edits=(Edited(0, 2, "high", "251 N"),))).verification.problems
    } == {"E311"}
    assert proof.again(Happened(edits=(Edited(0, 2, "high", "250 N"),))).passed


@pytest.mark.parametrize(("value", "cycles"), [("4 min", 8), ("60 s", 2), ("35 s", 2)])
def test_the_time_of_a_phase_may_be_set_while_it_runs(small, value, cycles):
    timed = PULLS.replace("repeat = 4", 'for = "2 min"').replace(
        "hold = [", 'for = ["30 s", "5 min"], hold = ['
    )
    proof = proved(small, timed)
    new = proof.again(Happened(edits=(Edited(0, 3, "for", value),)))
    assert new.profile.cycles == cycles
    clock_s = sum(span.segment.duration_s for span in new.profile.spans if span.counts)
    assert clock_s == pytest.approx(max(float(value.split()[0]) * (60 if "min" in value else 1), 60.0))


def test_a_changed_proof_does_not_go_on(proof):
    kept = pickle.loads(pickle.dumps(proof))
    assert kept.again(NOTHING) == proof
    for forged in (replace(proof, session=2), replace(proof, happened=Happened((Answered(1, "no", 1),)))):
        with pytest.raises(RefusedError) as caught:
            forged.again(NOTHING)
        assert caught.value.code == "E348"
