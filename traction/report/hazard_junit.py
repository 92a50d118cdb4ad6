"""A campaign of faults as JUnit XML: a test case for each hazard, its number and figures as properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from traction.report.clean import clean
from traction.report.hazard_figures import BROKEN, Evidence, Found, HazardFigures

SUITE: Final = "traction faults"


def hazard_junit_lines(evidence: Evidence) -> list[str]:
    """Return the lines of one test suite: a case for each hazard, one for invariants, one for false trips.

    A hazard that no session was a case of is skipped, not passed; nothing run at all is an error.
    """
    hazards = evidence.hazards
    skipped = sum(not one.runs and one.state != BROKEN for one in hazards)
    failed = sum(one.state == BROKEN for one in hazards) + bool(evidence.escapes) + bool(evidence.false_trips)
    errors = int(evidence.sessions == 0)
    counts = f'tests="{len(hazards) + 2}" failures="{failed}" errors="{errors}" skipped="{skipped}"'
    stamp = evidence.about.made.removesuffix("Z")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name={_quoted(SUITE)} {counts}>"]
    lines.append(f"  <testsuite name={_quoted(SUITE)} {counts} timestamp={_quoted(stamp)}>")
    about = {
        "command": evidence.about.command,
        "version": evidence.about.version,
        "commit": evidence.about.commit,
        "sessions": str(evidence.sessions),
        **dict(evidence.counts),
    }
    lines += _properties(about, "    ")
    lines += _must_not("no invariant breaks", evidence.escapes, evidence)
    lines += _must_not("no healthy session is ended", evidence.false_trips, evidence)
    for one in hazards:
        lines += _case(one)
    return [_ascii(line) for line in [*lines, "  </testsuite>", "</testsuites>"]]


def _must_not(name: str, found: tuple[Found, ...], evidence: Evidence) -> list[str]:
    lines = [f"    <testcase classname={_quoted('traction.faults')} name={_quoted(name)}>"]
    if not evidence.sessions and name.startswith("no invariant"):
        lines.append(f"      <error message={_quoted(evidence.verdict)}/>")
    if found:
        said = [f"{one.case}: {one.what}: {one.found}, bound {one.bound}; {one.replay}" for one in found]
        lines += _failure(f"{len(found)}, first {said[0]}", said)
    return [*lines, "    </testcase>"]


def _case(one: HazardFigures) -> list[str]:
    hazard = one.hazard
    name = f"{hazard.name} {hazard.title}"
    lines = [f"    <testcase classname={_quoted('traction.faults.hazards')} name={_quoted(name)}>"]
    lines += _properties(_figures(one), "      ")
    if one.escapes:
        lines += _failure(f"an invariant broke in {len(one.escapes)} of its sessions", one.escapes)
    elif one.state == BROKEN:
        lines += _failure(f"margin {one.margin}, {one.case}", [one.replay])
    elif not one.runs:
        reason = (
            "no fault of the list brings it about" if not hazard.faults else "not drawn in these sessions"
        )
        lines.append(f"      <skipped message={_quoted(reason)}/>")
    return [*lines, "    </testcase>"]


def _figures(one: HazardFigures) -> dict[str, str]:
    figures = {
        "overshoot_n": one.overshoot_n,
        "detect_ms": one.detect_ms,
        "react_ms": one.react_ms,
        "budget_ms": one.budget_ms,
        "margin": one.margin,
    }
    return {
        "hazard": one.hazard.name,
        "severity": str(one.hazard.severity),
        "sessions": str(one.runs),
        **{name: f"{value:.6g}" for name, value in figures.items() if value is not None},
        **({"worst_case": one.case, "replay": one.replay} if one.case else {}),
    }


def _properties(known: Mapping[str, str], indent: str) -> list[str]:
    inner = [
        f"{indent}  <property name={_quoted(key)} value={_quoted(said)}/>" for key, said in known.items()
    ]
    return [f"{indent}<properties>", *inner, f"{indent}</properties>"]


def _failure(message: str, lines: Iterable[str]) -> list[str]:
    body = "\n".join(escape(clean(line)) for line in lines)
    return f"      <failure message={_quoted(message)}>{body}</failure>".split("\n")


def _quoted(said: str) -> str:
    return quoteattr(clean(said), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _ascii(line: str) -> str:
    return line.encode("ascii", "xmlcharrefreplace").decode("ascii")
