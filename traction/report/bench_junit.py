"""The checks of a table as JUnit XML: one test case per check; what has no verdict is skipped, not passed."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from traction.bench.result import CheckReport, Result, Verdict
from traction.report.bench_text import figure_text
from traction.report.clean import clean

SUITE = "traction bench check"


def check_junit_lines(report: CheckReport) -> list[str]:
    """Return the lines of one test suite, with the table and whoever signed it as properties."""
    skipped = len(report.results) - len(report.named(Verdict.PASS, Verdict.FAIL))
    counts = f'tests="{len(report.results)}" failures="{len(report.failed)}" errors="0" skipped="{skipped}"'
    about = report.about
    stamp = about.started.removesuffix("Z")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name={_quoted(SUITE)} {counts}>"]
    lines.append(f"  <testsuite name={_quoted(SUITE)} {counts} timestamp={_quoted(stamp)}>")
    known = {
        "table": about.url,
        "serial_number": about.serial_number,
        "firmware": about.firmware,
        "operator": about.operator,
        "signed_off": "true" if report.signed_off else "false",
    }
    lines.append("    <properties>")
    lines += [f"      <property name={_quoted(key)} value={_quoted(text)}/>" for key, text in known.items()]
    lines.append("    </properties>")
    for result in report.results:
        lines += _case(result)
    return [_ascii(line) for line in [*lines, "  </testsuite>", "</testsuites>"]]


def _case(result: Result) -> list[str]:
    lines = [f"    <testcase classname={_quoted('traction.bench')} name={_quoted(result.name)}>"]
    if result.verdict is Verdict.FAIL:
        lines.append(f"      <failure message={_quoted(result.said or 'failed')}/>")
    elif result.verdict is not Verdict.PASS:
        said = f"{result.verdict}: {result.said}" if result.said else str(result.verdict)
        lines.append(f"      <skipped message={_quoted(said)}/>")
    if result.figures:
        body = "\n".join(escape(clean(figure_text(figure))) for figure in result.figures)
        lines += f"      <system-out>{body}</system-out>".split("\n")
    return [*lines, "    </testcase>"]


def _quoted(text: str) -> str:
    return quoteattr(clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _ascii(line: str) -> str:
    return line.encode("ascii", "xmlcharrefreplace").decode("ascii")
