"""A record passes its checksums whatever somebody wrote into it: its readers say no, and none falls over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from traction.bench.tolerance import load_tolerance
from traction.errors import RecordError
from traction.report.conformance import conformance, judged_by
from traction.report.conformance_row import conformance_junit_lines, conformance_row
from traction.report.conformance_text import conformance_lines
from traction.report.export import exported
from traction.report.replay import replay
from traction.report.replay_text import replay_lines, replay_row
from traction.report.session_page import session_page
from traction.report.style import Style
from traction.runner.reader import Record
from traction.safety.limits import LimitSource

TIGHTER = LimitSource("operator", "test", {"max_force_n": 50.0, "max_hold_s": 1.0})


def judge(record: Record) -> None:
    found = conformance(record, judged_by(record))
    json.dumps(conformance_row(found), allow_nan=False)
    assert conformance_lines(found, Style(), every=True)
    assert conformance_junit_lines(found, "r")


def again(record: Record) -> None:
    found = replay(record, TIGHTER)
    json.dumps(replay_row(found), allow_nan=False)
    assert replay_lines(found, Style())


READERS: tuple[Callable[[Record], object], ...] = (
    judge,
    again,
    exported,
    lambda record: session_page(record, load_tolerance("strict")),
)
PLACES = (
    "tick_us",
    "profile rest_n",
    "profile spans",
    "profile spans 0 end_s",
    "take_up timeout_s",
    "limits merged",
    "limits merged max_force_n value",
    "table facts",
    "versions",
    "margins",
    "supervisor stiff_mn_per_mm",
    "protocol text",
    "tolerance",
    "patient",
)


def refusal(read: Callable[[Record], object], record: Record) -> str:
    try:
        read(record)
    except RecordError as error:
        return error.code
    return ""


@pytest.mark.parametrize("place", PLACES)
def test_a_header_with_nonsense_is_refused_or_read(whole, place: str) -> None:
    thin = {name: whole.samples[name][::150] for name in whole.samples}
    for value in (None, 0, 1e299, "x", [{}]):
        header: Any = json.loads(json.dumps(dict(whole.header)))
        *way, last = (int(part) if part.isdigit() else part for part in place.split())
        owner = header
        for part in way:
            owner = owner[part]
        owner[last] = value
        for read in READERS:
            said = refusal(read, replace(whole, header=header, samples=thin))
            assert said in ("", "E610", "E616"), (place, value)


def test_samples_and_causes_with_nonsense_are_refused_or_read(whole) -> None:
    thin = {name: whole.samples[name][::150] for name in whole.samples}
    for name in thin:
        for value in (0, 2**62):
            column = thin[name].copy()
            column[len(column) // 2 :] = value
            record = replace(whole, samples={**thin, name: column})
            for read in READERS[:2]:
                read(record)
    for causes in (7, None, [7], [{}], [{"code": 1, "t_us": "x"}]):
        with pytest.raises(RecordError) as caught:
            again(replace(whole, outcome={**whole.outcome, "causes": causes}, samples=thin))
        assert caught.value.code in ("E610", "E616")
