"""The page of a session is one whole file that obeys nothing in a record and adds nothing to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import traction
from traction.bench.tolerance import load_tolerance
from traction.errors import RecordError
from traction.report.conformance import conformance
from traction.report.conformance_row import conformance_row
from traction.report.export_columns import columns_of
from traction.report.recorded import of_record
from traction.report.replay import replay
from traction.report.replay_text import replay_row
from traction.report.session_page import PARTS, session_page, write_page
from traction.report.session_picture import picture
from traction.report.style import Style
from traction.report.summary import summary_row
from traction.report.svg import Chart, Curve, chart_lines
from traction.report.text import summary_lines
from traction.runner.reader import Event

YY, STRICT = load_tolerance("yy-0697"), load_tolerance("strict")
VOID = {"meta", "br", "hr", "img", "link", "input"}
SVG_ENDS_ITSELF = {"path", "rect", "polyline"}
HOSTILE = (
    '</td><script>alert(1)</script><img src="https://evil.example/x" onerror=1> & \x1b[2J \u202e "quoted"'
)


class Page(HTMLParser):
    """Check that every element is closed in its turn, and keep what the tests ask for."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.section = ""
        self.cells: dict[str, list[str]] = {}
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = dict(attrs)["id"] or ""
        if tag in ("td", "dd"):
            self.cells.setdefault(self.section, []).append("")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SVG_ENDS_ITSELF, tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.stack), data))
        if {"td", "dd"} & set(self.stack):
            self.cells[self.section][-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def within(self, tag: str) -> list[str]:
        return [said for stack, said in self.texts if tag in stack]


@pytest.fixture(scope="module")
def hostile(stopped):
    """Return a record that somebody wrote to do harm: texts in names, events, causes and the protocol."""
    header = json.loads(json.dumps(dict(stopped.header)))
    header["protocol"]["name"] = header["patient_name"] = HOSTILE
    header["protocol"]["text"] = f'title = """{HOSTILE}"""\n'.replace("\x1b", "") + header["protocol"]["text"]
    header["patient"] = {"id": HOSTILE, "digest": "ab" * 32}
    header["session_number"] = 3
    header["table"]["identity"]["model"] = HOSTILE
    header["versions"]["numpy"] = HOSTILE
    header["profile"]["spans"][1]["phase_name"] = HOSTILE
    header["margins"][0]["source"] = HOSTILE
    causes = [{**cause, "detail": HOSTILE} for cause in stopped.outcome["causes"]]
    events = (*stopped.events, Event(1_000_000, "stop", "E490", HOSTILE), Event(2, "answer", "", "x" * 5000))
    return replace(stopped, header=header, outcome={**stopped.outcome, "causes": causes}, events=events)


@pytest.mark.parametrize("kind", ["whole", "stopped", "paused", "hostile", "cut", "empty"])
def test_a_page_is_whole_in_order_and_needs_nothing_else(request, whole, kind: str) -> None:
    match kind:
        case "cut":
            record = replace(whole, outcome=None, complete=False)
        case "empty":
            record = replace(whole, samples={name: whole.samples[name][:0] for name in whole.samples})
        case _:
            record = request.getfixturevalue(kind)
    text = session_page(record, STRICT)
    page = Page(text)
    assert page.named("html") == [{"lang": "en"}]
    assert (
        len(page.named("h1")) == len(page.named("main")) == len(page.named("title")) - len(page.named("svg"))
    )
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {name for name, _ in PARTS} <= set(ids)
    for attrs in page.named("a"):
        assert attrs["href"].startswith("#")
        assert attrs["href"][1:] in ids
    for svg in page.named("svg"):
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= set(ids), "a title and a description"
    assert len(page.named("table")) == len(page.named("caption"))
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.named("th"))
    names = {name for _, attrs in page.tags for name in attrs}
    assert not names & {"src", "srcset", "onerror", "onload", "style", "action", "poster"}
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "form"}
    style = "".join(page.within("style"))
    assert "url(" not in style
    assert "@import" not in style
    assert not any("nan" in said.lower().split() for said in page.cells.get("delivered", []))


def test_texts_of_a_record_are_shown_and_not_obeyed(hostile) -> None:
    text = session_page(hostile, STRICT)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    page = Page(text)
    said = "".join(data for _, data in page.texts)
    assert said.count("alert(1)") >= 7
    assert r"\x1b[2J" in said
    assert len(text) < 400_000


def numbers(value: object) -> Iterator[float]:
    """Yield every number of a JSON value, also those within its texts."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, str):
        yield from map(float, re.findall(r"\d+(?:\.\d+)?", value))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(key)
            yield from numbers(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers(each)


def figures(cell: str) -> Iterator[tuple[float, float]]:
    """Yield each figure of a cell in SI with half of its last digit."""

    def minutes(match: re.Match[str]) -> str:
        return f"{60 * float(match[1]) + float(match[2] or 0):.1f} s"

    plain = re.sub(r"(\d+):(\d\d) min", lambda match: f"{60 * int(match[1]) + int(match[2])} s", cell)
    plain = re.sub(r"(\d+) min(?: (\d+(?:\.\d+)?) s)?", minutes, plain)
    for match in re.finditer(r"(\d+)(\.\d+)?( %| kN s)?", plain):
        half = 0.5 * 10.0 ** -max(len(match[2] or "") - 1, 0)
        scale = {" %": 0.01, " kN s": 1000.0}.get(match[3] or "", 1.0)
        yield float(match[1] + (match[2] or "")) * scale, half * scale


def test_every_figure_on_the_page_is_in_the_record_or_follows_from_it(whole, stopped, paused) -> None:
    for record in (whole, stopped, paused):
        judged = conformance_row(conformance(record, STRICT))
        spans = record.header["profile"]["spans"]
        known = [
            *numbers({**record.header, "events": None}),
            *numbers(record.outcome),
            *numbers(judged),
            *numbers(summary_row(of_record(record))),
            *(one["t_us"] / 1e6 for one in record.outcome["causes"]),
            *(event.t_us / 1e6 for event in record.events),
            *(number for event in record.events for number in numbers(event.text)),
            *(one["value"] / one["limit"] for one in record.header["margins"]),
            *numbers(replay_row(replay(record))),
            *(b["end_s"] - a["start_s"] for a in spans for b in spans),
            *range(len(spans) + 1),
            95.0,
            0.99,
        ]
        values = np.sort(np.abs(np.array(known)))
        page = Page(session_page(record, STRICT))
        for section, cells in page.cells.items():
            if section in ("protocol", "environment", "table"):
                continue
            for cell in cells:
                for number, half in figures(cell):
                    at = int(np.searchsorted(values, number - half - 1e-6))
                    near = values[at] if at < len(values) else np.inf
                    assert near <= number + half + 1e-6, (section, cell, number)


def test_the_pictures_stand_beside_a_table_with_their_values(whole) -> None:
    page = Page(session_page(whole, STRICT))
    force_n = (whole.samples["force_mn"] + whole.samples["force_b_mn"]) / 2000
    cells = page.cells["table"]
    rows = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    edges = np.unique(np.linspace(0, len(force_n), 41).astype(int))
    assert len(rows) == 40
    for row, start, end in zip(rows, edges[:-1], edges[1:], strict=True):
        wanted = [
            whole.samples["target_mn"][start:end].mean() / 1000,
            force_n[start:end].mean(),
            force_n[start:end].min(),
            force_n[start:end].max(),
            whole.samples["travel_um"][start:end].mean() / 1000,
        ]
        assert [float(cell.split()[0]) for cell in row[1:6]] == pytest.approx(wanted, abs=0.051)


def test_a_peak_of_one_sample_is_not_lost_in_the_picture(whole, read_as) -> None:
    spike = np.where(np.arange(len(whole.samples["t_us"])) == 1500, 60_000, 0)
    long = {name: np.tile(whole.samples[name], 4) for name in whole.samples}
    t_us = np.arange(len(long["t_us"])) * 20_000
    record = read_as(replace(whole, samples={**long, "t_us": t_us}), np.tile(spike, 4))
    from traction.report.delivered import delivered
    from traction.report.session_charts import force_chart
    from traction.report.svg import chart_lines

    chart = force_chart(record, delivered(record))
    drawn = [line for line in chart_lines(chart) if line.startswith("<polyline")]
    heights = [[float(point.split(",")[1]) for point in re.findall(r"[\d.]+,[\d.]+", line)] for line in drawn]
    assert min(heights[0]) < min(heights[1]) - 20, "the measured peak stands above the commanded one"
    assert len(heights[0]) < 3000


def test_the_command_writes_the_page_and_the_conformance_is_in_every_report(shell, make) -> None:
    done = shell("report", make(), "-o", "run.html", "--tolerance", "strict")
    assert (done.code, done.err) == (0, "page: run.html\n")
    assert "WITHIN TOLERANCE (strict)" in done.out
    record = traction.read_record(make())
    assert Path("run.html").read_text(encoding="utf-8") == session_page(record, STRICT)
    assert "messages digest" in Path("run.html").read_text(encoding="utf-8")
    row = json.loads(shell("report", make(), "--json").out)
    assert row["conformance"] == conformance_row(conformance(record, YY))
    for name, code in (("no/folder/run.html", "E653"), ("run.htm", "E161")):
        done = shell("report", make(), "-o", name)
        assert (done.code, done.out) == (2, "")
        assert f"error {code}" in done.err


def test_a_page_that_cannot_be_written_leaves_what_was_there(whole, make, tmp_path: Path) -> None:
    path = tmp_path / "run.html"
    path.write_text("before", encoding="utf-8")
    path.with_name(".run.html.part").symlink_to("/dev/full")
    for where, record in ((path, whole), (Path(make()), whole)):
        before = where.read_bytes()
        with pytest.raises(RecordError) as caught:
            write_page(record, YY, where)
        assert caught.value.code == "E653"
        assert where.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["run.html"]


def test_where_a_pressure_comes_from_is_said_of_the_table_that_ran(whole, tmp_path) -> None:
    """A driver of a real table may report a channel of the same name; nothing calls it simulated then."""
    captions = []
    for identity in ({"simulated": True}, {"simulated": False}, None):
        known = identity and {**whole.header["table"]["identity"], **identity}
        record = replace(
            whole, header={**whole.header, "table": {**whole.header["table"], "identity": known}}
        )
        column = next(one for one in columns_of(record) if one.name == "disc_pressure_kpa")
        lines = summary_lines(of_record(record), Style(width=200))
        said = " ".join([*lines, picture(record).pressure_label, column.description])
        page = re.search(r"<figcaption>(Pressure in the disc.*?[.]) <", session_page(record, YY))
        captions.append(
            (said.count("(simulated)"), said.count("(as the table reports it)"), page and page[1])
        )
    assert captions == [
        (3, 0, "Pressure in the disc of the simulated patient: a model, and no measurement."),
        (
            0,
            3,
            "Pressure in the disc as the table itself reports it; nothing here tells how it was measured.",
        ),
        (0, 0, "Pressure in the disc; the record does not say whether the table was a simulated one."),
    ]


def test_the_weight_of_a_head_on_a_slope_stands_in_the_header_and_in_the_reports(
    make, pull_text, whole
) -> None:
    tare = '\n[tare]\nhead_mass = "4 kg"\nangle = "30 deg"\npull = "upward"\n'
    record = traction.read_record(make(pull_text("sloping", high="100 N", hold="2 s", rest="2 s") + tare))
    wanted = {"force_n": 19.6133, "head_kg": 4.0, "angle_deg": 30.0, "pull": "upward"}
    assert record.header["tare"] == summary_row(of_record(record))["tare"] == wanted
    assert max(record.samples["target_mn"]) == 119_613
    said = "19.61 N more than each level of the file: a head of 4 kg on a pull 30 deg upward"
    assert said in " ".join("\n".join(summary_lines(of_record(record), Style(width=200))).split())
    assert said in session_page(record, YY)
    assert "tare" not in whole.header, "nor in a record of before"
    assert summary_row(of_record(whole))["tare"] is None
    assert record.judge_again().agrees


def test_what_marks_say_stands_above_the_curves_however_many_there_are() -> None:
    for count in (1, 4, 6, 9):
        curve = Curve("force", np.arange(10.0), np.full(10, 100.0))
        marks = [(float(number), f"mark {number}") for number in range(count)]
        lines = [*chart_lines(Chart("c", "Title", "Words.", "force (N)", [curve], marks=marks))]
        said = [float(line.split(' y="')[1].split('"')[0]) for line in lines if "mark " in line]
        drawn = [
            float(pair.split(",")[1]) for line in lines if "polyline" in line for pair in points_of(line)
        ]
        assert len(said) == count
        assert max(said) < min(drawn)


def points_of(line: str) -> list[str]:
    return line.split('points="')[1].split('"')[0].split()


def test_cells_that_contradict_each_other_are_each_drawn_and_their_distance_is_said(whole, changed) -> None:
    force_mn = whole.samples["force_b_mn"].copy()
    force_mn[1500:1700] -= 60_000
    page = session_page(changed(whole, force_b_mn=force_mn), YY)
    said = re.search(r"From 30[.]0 s on the load cells are up to 6[0-9.]+ N apart; each is drawn[.]", page)
    assert said is not None
    assert ">cell A</text>" in page
    assert ">cell B</text>" in page
    assert "N apart" not in (plain := session_page(whole, YY))
    assert ">measured</text>" in plain
    assert '<th scope="row" class="number">0.00 s</th><td>state</td>' in plain, "a time is one line"
