"""Sessions that ask, and those in which somebody asks for less: what is drawn and done, and owed to them."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cache

import pytest

from traction.campaign.asked import ENOUGH, LESS, ON, SHARE, asked_case, asks, asks_when_us
from traction.campaign.case import HOLD, RAMP, Ask, Case, Leg, Plan, Said, Wish, from_json, to_json
from traction.campaign.draw import draw, stage_of
from traction.campaign.history import History
from traction.campaign.oracle import judge
from traction.campaign.rules_eased import TARGET, rows
from traction.campaign.world import run
from traction.runner.requests import Request
from traction.runner.states import State

PULL = Plan(
    20.0,
    (
        Leg(RAMP, 60.0, 3.0),
        Leg(HOLD, 60.0, 1.0),
        Leg(RAMP, 30.0, 2.0),
        Leg(RAMP, 60.0, 3.0),
        Leg(HOLD, 60.0, 2.0),
        Leg(RAMP, 0.0, 4.0),
    ),
)
EARLY_MS = 8000
"""In the take-up, or soon after it."""


@cache
def quiet() -> Case:
    case = draw(7, faults=0)
    rig = replace(case.rig, region="lumbar", slack_mm=0.0)
    return replace(case, rig=rig, plan=PULL, limits=(), wishes=(), transport="direct", latency_us=0)


@cache
def in_time_ms() -> int:
    """Return when the question stands: from 4 s to 9 s of the profile."""
    history = run(asking())
    return next(history.at_ms(index) for index, _, state, _ in rows(history) if state == State.RUNNING) + 6000


@cache
def said(value: str, field: str = "", no_answer: str = "continue") -> History:
    return run(saying(value, field, no_answer))


def saying(value: str, field: str = "", no_answer: str = "continue") -> Case:
    at_ms = EARLY_MS if field else in_time_ms()
    return asking(no_answer, (Said(at_ms, field, value),) if value else ())


def asking(no_answer: str = "continue", words: tuple[Said, ...] = ()) -> Case:
    return replace(quiet(), ask=Ask(5.0, no_answer), said=words)


@pytest.mark.parametrize(
    ("value", "field", "no_answer", "code"),
    [
        (ON, "", "continue", ""),
        (LESS, "", "stop", ""),
        (ENOUGH, "", "continue", "E492"),
        ("", "", "stop", "E493"),
        ("", "", "continue", ""),
        ("50 %", SHARE, "continue", ""),
        ("300 %", SHARE, "continue", ""),
    ],
)
def test_what_is_said_is_done(value: str, field: str, no_answer: str, code: str) -> None:
    history = said(value, field, no_answer)
    assert history.result is not None
    assert history.result.code == code
    case = saying(value, field, no_answer)
    assert from_json(to_json(case)) == case
    verdict = judge(case, history)
    assert (verdict.escapes, verdict.false_trip) == ((), False)
    assert judge(replace(case, ask=None, said=()), history).false_trip is bool(code)


def test_half_of_what_follows_is_half_as_high() -> None:
    highest = {value: max(said(value, SHARE).force_mn[1600:]) / 1000 for value in ("50 %", "300 %")}
    assert 38.0 < highest["50 %"] < 42.5
    assert highest["300 %"] > 58.0


@pytest.mark.parametrize(("answer", "without"), [(LESS, ON), (ENOUGH, ON)])
def test_an_answer_that_leads_nowhere_is_an_escape(answer: str, without: str) -> None:
    history = copy(said(without))
    history.told = dict.fromkeys(history.told, answer)
    assert [one.invariant for one in judge(saying(answer), history).escapes] == ["I16"]


def test_a_silence_that_should_stop_and_does_not_is_an_escape() -> None:
    assert [one.invariant for one in judge(asking("stop"), said("")).escapes] == ["I16"]


def test_less_that_was_asked_for_and_is_not_given_is_an_escape() -> None:
    case = replace(quiet(), wishes=tuple(Wish(Request.EASE, at_ms) for at_ms in (6000, 8000)))
    history = run(case)
    assert judge(case, history).escapes == ()
    for number, block in enumerate(history.rows):
        history.rows[number] = [
            tuple(one + 5 for one in column) if place == TARGET and number > 9 else column
            for place, column in enumerate(block)
        ]
    assert [one.invariant for one in judge(case, history).escapes] == ["I16"]


def test_sessions_that_ask_are_drawn_with_words_at_about_the_time_of_their_question() -> None:
    seeds = [seed for seed in range(4000) if asks(seed)]
    assert 30 < len(seeds) < 70
    stage = stage_of(1)
    cases = [asked_case(replace(stage.case, seed=seed), stage) for seed in seeds[:12]]
    assert all(case.ask is not None for case in cases)
    words = [(case, one) for case in cases for one in case.said if not one.field]
    assert words
    for case, one in words:
        assert case.ask is not None
        begin_us, end_us = asks_when_us(case.plan, case.ask)
        assert begin_us / 1000 - 300 <= one.at_ms - stage.running_ms + 10
        assert one.at_ms - stage.running_ms <= end_us / 1000 + 300
