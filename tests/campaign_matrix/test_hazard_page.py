"""The report of a campaign: it is said in words, stands on its own, and nothing is passed over."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from traction.hazards.load import load_hazards
from traction.report.hazard_about import about, commit
from traction.report.hazard_figures import (
    BROKEN,
    HELD,
    NEARLY,
    NOT_MEASURED,
    NOT_RUN,
    Evidence,
    ForcePicture,
    Found,
    HazardFigures,
)
from traction.report.hazard_html import CLAIM
from traction.report.hazard_junit import hazard_junit_lines
from traction.report.hazard_page import hazard_page
from traction.report.hazard_picture import svg, words
from traction.report.hazard_row import hazard_row

HAZARDS = {one.name: one for one in load_hazards().hazards}
TIMES = tuple(tick / 100 for tick in range(3000))
SPIKE = tuple(87.5 if tick == 1234 else 40.0 for tick in range(3000))
PICTURE = ForcePicture(TIMES, SPIKE, 60.0, marks=((12.0, "cell-a-stuck begins"),))
ESCAPE = Found("seed 3", "I1", 1200, "95 N", "90 N", "traction faults replay 3")
VOID = {"meta", "br", "path", "polyline"}


def evidence(**changes: object) -> Evidence:
    rows = tuple(
        HazardFigures(one, 10, 1.5, 30.0, 40.0, 0.5, "seed 7", "traction faults replay 7", PICTURE)
        if one.name == "H11"
        else HazardFigures(one)
        for one in HAZARDS.values()
    )
    return replace(Evidence("Faults", about("traction faults run --seeds 0:10"), 10, rows), **changes)


class Page(HTMLParser):
    """Everything a page must keep to, looked at while it is read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.seen.append((tag, known))
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def test_the_page_stands_on_its_own_and_every_link_leads_somewhere() -> None:
    page = Page(hazard_page(evidence()))
    names = {tag for tag, _ in page.seen}
    assert not names & {"script", "link", "img", "iframe", "object"}
    assert not any("src" in attributes for _, attributes in page.seen)
    assert len(page.ids) == len(set(page.ids))
    targets = {str(one["href"]) for one in page.all("a")}
    assert targets == {f"#{name}" for name in HAZARDS}
    assert targets <= {f"#{name}" for name in page.ids}


def test_a_reader_who_does_not_see_it_is_told_everything() -> None:
    text = hazard_page(evidence())
    page = Page(text)
    assert page.all("html")[0]["lang"] == "en"
    assert all(one.get("scope") in ("col", "row") for one in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    (picture,) = page.all("svg")
    assert picture["role"] == "img"
    assert set(str(picture["aria-labelledby"]).split()) <= set(page.ids)
    assert "highest at 12.34 s with 87.5 N" in text
    assert "cell-a-stuck begins at 12.00 s" in text


def test_the_page_says_what_it_is_who_made_it_and_what_nobody_ran() -> None:
    text = hazard_page(evidence())
    for said in (CLAIM, "traction faults run --seeds 0:10", "10 sessions: 0 escapes, 0 false trips."):
        assert said in text
    for hazard in HAZARDS.values():
        assert text.count(f'id="{hazard.name}"') == 1
    assert "no fault of the list brings it about" in text
    assert "its faults were not drawn here" in text


def test_what_a_text_says_is_shown_and_never_obeyed() -> None:
    odd = replace(ESCAPE, case="<script>alert(1)</script>\u202e", found="a & b")
    text = hazard_page(evidence(escapes=(odd,)))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert "a &amp; b" in text


@pytest.mark.parametrize(
    ("runs", "margin", "state"),
    [
        (0, None, NOT_RUN),
        (5, None, NOT_MEASURED),
        (5, 0.2, HELD),
        (5, 0.19, NEARLY),
        (5, 0.0, NEARLY),
        (5, -0.001, BROKEN),
        (5, float("nan"), BROKEN),
    ],
)
def test_a_state_is_what_the_margin_says(runs: int, margin: float | None, state: str) -> None:
    assert HazardFigures(HAZARDS["H11"], runs, margin=margin).state == state


@pytest.mark.parametrize(
    ("name", "budget_ms"), [("H11", 300.0), ("H46", 60_000.0), ("H30", None), ("H09", None)]
)
def test_a_budget_is_a_time_or_none(name: str, budget_ms: float | None) -> None:
    assert HazardFigures(HAZARDS[name]).budget_ms == budget_ms


def test_nothing_run_and_anything_found_is_no_pass() -> None:
    assert evidence().passed
    assert not evidence(sessions=0).passed
    assert not evidence(escapes=(ESCAPE,)).passed
    assert not evidence(false_trips=(ESCAPE,)).passed
    assert evidence(sessions=0).verdict == "Nothing was run."
    assert evidence(sessions=10_000, escapes=(ESCAPE,)).verdict == "10 000 sessions: 1 escape, 0 false trips."


def test_the_json_is_plain_and_says_the_same() -> None:
    row = json.loads(json.dumps(hazard_row(evidence(escapes=(ESCAPE,))), allow_nan=False))
    assert row["passed"] is False
    assert row["escapes"][0]["replay"] == ESCAPE.replay
    assert [one["name"] for one in row["hazards"]] == list(HAZARDS)
    stuck = next(one for one in row["hazards"] if one["name"] == "H11")
    assert (stuck["sessions"], stuck["budget_ms"], stuck["margin"]) == (10, 300.0, 0.5)
    assert stuck["unproved"] == HAZARDS["H11"].unproved
    assert stuck["unproved"]


def suite(found: Evidence) -> ET.Element:
    whole = ET.fromstring("\n".join(hazard_junit_lines(found)))
    (inner,) = whole
    for name in ("tests", "failures", "errors", "skipped"):
        assert whole.get(name) == inner.get(name)
    cases = inner.findall("testcase")
    assert int(inner.get("tests", "")) == len(cases)
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(inner.get(name, "")) == sum(one.find(tag) is not None for one in cases)
    return inner


def test_junit_names_each_hazard_as_a_property_and_skips_what_did_not_run() -> None:
    inner = suite(evidence())
    hazards = {one.get("value") for one in inner.iter("property") if one.get("name") == "hazard"}
    assert hazards == set(HAZARDS)
    assert int(inner.get("skipped", "")) == len(HAZARDS) - 1
    assert inner.get("failures") == inner.get("errors") == "0"


def test_junit_fails_for_an_escape_a_false_trip_a_broken_margin_and_for_nothing_run() -> None:
    assert suite(evidence(escapes=(ESCAPE,))).get("failures") == "1"
    assert suite(evidence(escapes=(ESCAPE,), false_trips=(ESCAPE, ESCAPE))).get("failures") == "2"
    rows = tuple(replace(one, runs=1, margin=-0.1) for one in evidence().hazards)
    assert suite(evidence(hazards=rows)).get("failures") == str(len(HAZARDS))
    assert suite(evidence(sessions=0)).get("errors") == "1"


def test_a_hazard_in_whose_session_an_invariant_broke_is_broken_whatever_its_margin() -> None:
    rows = tuple(replace(one, escapes=("seed 3",)) for one in evidence().hazards)
    assert {one.state for one in rows} == {BROKEN}
    assert suite(evidence(hazards=rows)).get("failures") == str(len(HAZARDS))
    assert hazard_page(evidence(hazards=rows)).count("<dt>an invariant broke in</dt><dd>seed 3</dd>") == 1


def test_a_picture_loses_no_peak_however_long_it_is() -> None:
    text = svg(PICTURE, "one", "a force")
    (line,) = [one for one in text.splitlines() if one.startswith("<polyline")]
    heights = [float(point.split(",")[1]) for point in line.split('points="')[1].split('"')[0].split()]
    assert len(heights) < 1500
    assert min(heights) < min(sorted(heights)[1:]) - 50  # up is down in a picture: the one sample of 87.5 N


def test_a_picture_of_nothing_is_none() -> None:
    assert svg(ForcePicture((), ()), "one", "a force") == ""
    assert words(ForcePicture((), ())) == "no samples"


@pytest.mark.parametrize("force_n", [(0.0, 0.0), (5.0, 5.0), (-3.0, 2.0), (900.0, 0.001)])
def test_any_forces_can_be_drawn(force_n: tuple[float, ...]) -> None:
    assert Page(svg(ForcePicture((0.0, 0.01), force_n), "one", "a force")).all("polyline")


def test_where_there_is_no_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    assert commit(tmp_path) == ""
