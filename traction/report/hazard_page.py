"""The report of a campaign of faults: one HTML page, per hazard what was run, how close, and a picture.

    from traction.report.hazard_page import hazard_page
    path.write_text(hazard_page(evidence), encoding="utf-8")

``Evidence`` is made by whoever ran the sessions (``traction.report.hazard_figures``); its ``about`` comes
from ``traction.report.hazard_about.about(command)``. ``hazard_row`` gives the same as JSON, and
``hazard_junit_lines`` as JUnit XML with the hazards' numbers as properties.
"""

from __future__ import annotations

from collections.abc import Iterator

from traction.hazards import model
from traction.hazards.model import Hazard
from traction.report.hazard_figures import BROKEN, NEARLY, Evidence, Found, HazardFigures
from traction.report.hazard_html import code, facts, page, table, text
from traction.report.hazard_picture import svg

_NONE = '<span class="none">none</span>'

_HEADER = (
    "hazard",
    "what goes wrong",
    "severity",
    "sessions",
    "worst overshoot",
    "worst detection",
    "worst reaction",
    "budget",
    "least margin",
    "worst case",
    "by these runs",
    "by all evidence",
)


def hazard_page(evidence: Evidence) -> str:
    """Return the whole page as HTML; it needs no other file, and no network."""
    return page(evidence.title, _body(evidence), evidence.about)


def _body(evidence: Evidence) -> Iterator[str]:
    yield f'<p class="verdict">{text(evidence.verdict)}</p>'
    yield from facts(evidence.counts)
    yield from _found("Escapes", "an invariant broke on the true force or state", evidence.escapes)
    yield from _found("False trips", "a healthy session did not complete", evidence.false_trips)
    yield "<h2>All hazards</h2>"
    yield (
        "<p>Overshoot is the true force above its cap, in the worst session. Detection and reaction count "
        "from the onset of the fault to the end of the run, where that may be an answer to it: not the "
        "end of the plan, what somebody asked for, or a fault that came later. The budget is the longest "
        "time to the beginning of the reaction, from when the hazard is there: a cell that sticks at a "
        "constant force shows nothing wrong yet, so these times may be long where nothing is wrong. "
        "Whether a reaction was due, and came in time, is judged tick by tick: one that came late is an "
        "escape, and its hazard is broken. The margin is the share of what is allowed that was left: "
        "below 20&nbsp;% it is called tight, below 0 broken. A hazard that no fault brings about has no "
        "sessions here: its own section says what stands for it. The last column is the status in "
        "<code>hardware/hazards.toml</code>, which counts what is lacking.</p>"
    )
    rows = (_row(one) for one in evidence.hazards)
    yield from table("Figures of every hazard", _HEADER, rows, numbers=(2, 3, 4, 5, 6, 7, 8))
    for one in evidence.hazards:
        yield from _section(one)


def _found(title: str, what: str, found: tuple[Found, ...]) -> Iterator[str]:
    if not found:
        return
    yield f"<h2>{title}</h2>"
    header = ("case", "what broke", "at", "found", "bound", "replay")
    rows = (
        (
            text(one.case),
            text(one.what),
            "" if one.at_ms is None else f"{one.at_ms} ms",
            text(one.found),
            text(one.bound),
            code(one.replay),
        )
        for one in found
    )
    yield from table(f"{len(found)}: {what}", header, rows, numbers=(2,))


def _row(one: HazardFigures) -> tuple[str, ...]:
    hazard = one.hazard
    link = f'<a href="#{hazard.name}">{hazard.name}</a>'
    return (
        link,
        text(hazard.title),
        str(hazard.severity),
        f"{one.runs}",
        _figure(one.overshoot_n, "N", 1),
        _figure(one.detect_ms, "ms"),
        _figure(one.react_ms, "ms"),
        text(hazard.within),
        _margin(one),
        text(one.case) or _NONE,
        _state(one),
        text(hazard.status),
    )


def _figure(value: float | None, unit: str, places: int = 0) -> str:
    return _NONE if value is None else f"{value:.{places}f}&nbsp;{unit}"


def _margin(one: HazardFigures) -> str:
    return _NONE if one.margin is None else f"{100 * one.margin:.0f}&nbsp;%"


def _state(one: HazardFigures) -> str:
    kind = {BROKEN: "broken", NEARLY: "tight"}.get(one.state)
    return f'<span class="{kind}">&nbsp;{one.state}&nbsp;</span>' if kind else text(one.state)


def _section(one: HazardFigures) -> Iterator[str]:
    hazard = one.hazard
    yield f'<section id="{hazard.name}" aria-labelledby="{hazard.name}-head">'
    yield f'<h2 id="{hazard.name}-head">{hazard.name} {text(hazard.title)}</h2>'
    yield f"<p>{text(hazard.happens)}</p>"
    when = hazard.within if hazard.within in model.MOMENTS else f"within {hazard.within}"
    yield from facts(
        (
            ("severity", str(hazard.severity)),
            ("seen by", hazard.signal),
            ("reaction", f"{', '.join(hazard.reaction)}; {when}"),
            ("held alone by", ", ".join(hazard.alone)),
            ("faults", ", ".join(hazard.faults) or "no fault of the list brings it about"),
            ("lacking", hazard.unproved),
        )
    )
    yield from _layers(hazard)
    yield from _worst(one)
    yield "</section>"


def _layers(hazard: Hazard) -> Iterator[str]:
    rows = (
        (text(each.layer), text(each.status), text(each.does), text(each.lacks)) for each in hazard.controls
    )
    yield from table(
        f"Layers against {hazard.name}", ("layer", "status", "what it does", "what it lacks"), rows
    )


def _worst(one: HazardFigures) -> Iterator[str]:
    hazard = one.hazard
    if not one.runs:
        reason = "its faults were not drawn here" if hazard.faults else "no fault of the list brings it about"
        yield f"<p>No session of this report is a case of it: {reason}. Its tests:</p>"
        yield "<ul>"
        tests = [test for control in hazard.controls for test in control.tests]
        yield from (f"<li>{code(test)}</li>" for test in tests)
        yield "</ul>"
        return
    yield from facts(
        (
            ("sessions", str(one.runs)),
            ("worst overshoot", _plain(one.overshoot_n, "N", 1)),
            ("worst detection", _plain(one.detect_ms, "ms")),
            ("worst reaction", _plain(one.react_ms, "ms")),
            ("budget", hazard.within),
            ("least margin", "none measured" if one.margin is None else f"{100 * one.margin:.0f} %"),
            ("worst case", one.case),
            ("an invariant broke in", ", ".join(one.escapes)),
        )
    )
    if one.replay:
        yield f"<p>See it happen:</p><pre><code>{text(one.replay)}</code></pre>"
    if one.picture is not None:
        yield svg(one.picture, f"{hazard.name}-force", f"{hazard.name}, {one.case}: force over time")


def _plain(value: float | None, unit: str, places: int = 0) -> str:
    return "none measured" if value is None else f"{value:.{places}f} {unit}"
