"""The trace from each hazard to the last result of its tests, and back, as a page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from traction.hazards.results import PASSED, Back, Step, unshown
from traction.report.hazard_figures import About
from traction.report.hazard_html import code, page, table, text

_WIDTHS: Final = "td:nth-child(5) { min-width: 16rem; } td:nth-child(6) { min-width: 30rem; }\n"
"""Names without a space would else be broken into many short lines."""


def trace_page(there: Sequence[Step], back: Sequence[Back], about: About) -> str:
    """Return the whole trace as one HTML page."""
    return page("From hazards to results, and back", _body(there, back), about, style=_WIDTHS)


def verdict(there: Sequence[Step]) -> str:
    """Return one sentence: how many tests the hazards rest on, and whether all of them have passed."""
    tests = {one.test for one in there if one.test}
    passed = {one.test for one in there if one.result == PASSED}
    hazards = len({one.hazard for one in there})
    return f"{hazards} hazards name {len(tests)} tests: {len(passed)} passed, {len(tests - passed)} did not."


def _body(there: Sequence[Step], back: Sequence[Back]) -> Iterator[str]:
    yield f'<p class="verdict">{text(verdict(there))}</p>'
    wrong = unshown(there)
    if wrong:
        yield "<ul>"
        yield from (f"<li>{code(one)}</li>" for one in wrong)
        yield "</ul>"
    yield "<h2>From hazards to results</h2>"
    header = ("hazard", "layer", "what it must do", "status", "code", "tests, and how each ended last")
    rows = (_control(list(steps)) for _, steps in groupby(there, key=lambda one: one[:3]))
    yield from table("One row for each layer", header, rows)
    yield "<h2>And back</h2>"
    rows = ((text(one.kind), code(one.name), text(one.hazards)) for one in back)
    yield from table("Faults, checks, code and tests", ("kind", "name", "hazards"), rows)


def _control(steps: Sequence[Step]) -> tuple[str, ...]:
    first = steps[0]
    hazard = text(f"{first.hazard} {first.title}")
    places = "<br>".join(code(place) for place in first.code.split())
    tests = "<br>".join(f"{_result(one.result)} {code(one.test)}" for one in steps if one.test)
    return hazard, text(first.layer), text(first.requirement), text(first.status), places, tests


def _result(said: str) -> str:
    return text(said) if said == PASSED else f'<span class="broken">&nbsp;{text(said)}&nbsp;</span>'


def trace_csv(there: Sequence[Step], back: Sequence[Back]) -> tuple[str, str]:
    """Return the trace from hazards on and the one back as two CSV files."""
    return _csv(Step._fields, there), _csv(Back._fields, back)


def _csv(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows(rows)
    return file.getvalue()
