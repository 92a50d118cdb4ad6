"""Checks as JUnit XML: one test case per protocol, as CI servers read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from traction.errors import Problem
from traction.report.checks import Check

# What XML 1.0 (section 2.2) cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_lines(checks: Sequence[Check]) -> list[str]:
    """Return the lines of one test suite; a protocol with problems is one failed case naming all of them."""
    failed = sum(not check.ok for check in checks)
    counts = f'tests="{len(checks)}" failures="{failed}" errors="0" skipped="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="traction check" {counts}>']
    lines.append(f'  <testsuite name="traction check" {counts}>')
    for check in checks:
        lines += _case(check)
    return [_ascii(line) for line in [*lines, "  </testsuite>", "</testsuites>"]]


def _case(check: Check) -> list[str]:
    head = f"    <testcase classname={_quoted('traction.check')} name={_quoted(check.file)}"
    if check.ok:
        return [head + "/>"]
    first = check.problems[0]
    body = "\n".join(f"{problem}{_advice(problem)}" for problem in check.problems)
    attributes = f"message={_quoted(f'{first.code} {first.message}')} type={_quoted(first.code)}"
    failure = f"      <failure {attributes}>{escape(_clean(body))}</failure>"
    return [head + ">", *failure.split("\n"), "    </testcase>"]


def _advice(problem: Problem) -> str:
    return f"\n  advice: {problem.advice}" if problem.advice else ""


def _quoted(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _ascii(line: str) -> str:
    """Write characters beyond ASCII as references, so that the declared encoding holds on every stdout."""
    return line.encode("ascii", "xmlcharrefreplace").decode("ascii")
