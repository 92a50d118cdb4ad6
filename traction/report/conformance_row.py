"""The conformance of a run for programs: one object of plain values, and JUnit XML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from traction.report.clean import clean
from traction.report.conformance_rows import Conformance, Level, Measure, Ramp
from traction.report.conformance_text import row_name

SUITE: Final = "traction check-run"
DIGITS: Final = 6


def conformance_row(found: Conformance) -> dict[str, Any]:
    """Return the object that ``check-run --json`` prints; figures in SI, rounded to a millionth."""
    return {
        "tolerance": found.tolerance,
        "tolerance_title": found.tolerance_title,
        "outcome": found.outcome,
        "complete": found.complete,
        "within": found.within,
        "judged": found.judged,
        "out": len(found.out),
        "levels_judged": sum(one.judged for one in found.levels),
        "levels_within": sum(one.judged and not one.misses for one in found.levels),
        "remarks": list(found.remarks),
        "levels": [_plain(asdict(one)) for one in found.levels],
        "ramps": [_plain(asdict(one)) for one in found.ramps],
        "measures": [{**_plain(asdict(one)), "judged": one.judged} for one in found.measures],
        "over": [_plain(asdict(one)) for one in found.over],
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    return value


def conformance_junit_lines(found: Conformance, record: str) -> list[str]:
    """Return one test suite: a case for each level, ramp and figure; what was not judged is skipped."""
    rows = found.rows
    failed, skipped = len(found.out), sum(not row.judged for row in rows)
    counts = f'tests="{len(rows)}" failures="{failed}" errors="0" skipped="{skipped}"'
    known = {"record": record, "tolerance": found.tolerance, "outcome": found.outcome}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name={_quoted(SUITE)} {counts}>"]
    lines += [f"  <testsuite name={_quoted(SUITE)} {counts}>", "    <properties>"]
    lines += [f"      <property name={_quoted(key)} value={_quoted(text)}/>" for key, text in known.items()]
    lines += ["    </properties>", *_cases(rows)]
    if found.remarks:
        lines.append(f"    <system-out>{escape(clean(' '.join(found.remarks)))}</system-out>")
    lines += ["  </testsuite>", "</testsuites>"]
    return [line.encode("ascii", "xmlcharrefreplace").decode("ascii") for line in lines]


def _cases(rows: Sequence[Level | Ramp | Measure]) -> list[str]:
    lines = []
    for row in rows:
        head = f"    <testcase classname={_quoted('traction.check_run')} name={_quoted(row_name(row))}"
        if row.misses:
            said = _quoted("; ".join(row.misses))
            lines += [f"{head}>", f'      <failure message={said} type="tolerance"/>', "    </testcase>"]
        elif not row.judged:
            ran = getattr(row, "ran", "whole")
            said = _quoted("did not run" if ran == "none" else "not judged")
            lines += [f"{head}>", f"      <skipped message={said}/>", "    </testcase>"]
        else:
            lines.append(f"{head}/>")
    return lines


def _quoted(text: str) -> str:
    return quoteattr(clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
