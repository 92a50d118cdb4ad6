"""What must hold between the fields of one case: instants inside the timeline, something to be held to."""

from __future__ import annotations

from typing import Final

from traction.evidence.case import Case, Reading
from traction.evidence.fields import Fields

ROUNDING_S: Final = 1e-6
"""Times in a file are sums of decimals: an instant this far behind the end is the end."""


def check(case: Case, fields: Fields, *, clean: bool, most_s: float, most_periods: float) -> None:
    """Note what is wrong between the fields of a case; ``clean`` says that each by itself is right."""
    if not fields.has("expect") and not fields.has("compare"):
        fields.missing("expect", "[case.expect], [case.compare] or both")
    if not clean:
        return
    if case.reading is not None and case.compare is None and not case.band.stated:
        expected = "low, high or both: there is no comparison to hold it to"
        Fields({}, (*fields.path, "expect"), fields.faults).missing("low", expected)
    if case.duration_s > most_s:
        found, most = f"a timeline of {case.duration_s / 3600:g} h", f"at most {most_s / 3600:g} h"
        fields.wrong("E705", found, most, "timeline")
    if case.periods > most_periods:
        found, most = f"{case.periods:g} periods of a wave", f"at most {most_periods:g}"
        fields.wrong("E705", found, most, "timeline")
    if case.reading is not None:
        expect = Fields({}, (*fields.path, "expect"), fields.faults)
        for name, found, expected in outside(case.reading, case.duration_s):
            expect.wrong("E716", found, expected, name)


def outside(reading: Reading, duration_s: float) -> list[tuple[str, str, str]]:
    """Return (field, found, expected) of every instant a reading asks for that the timeline has not."""
    wrong = []
    for name, at_s in reading.instants.items():
        if not at_s <= duration_s + ROUNDING_S:
            wrong.append((name, f"{name} = {at_s:g}", f"at most {duration_s:g}, the end of the timeline"))
    if reading.over is not None:
        from_s = 0.0 if reading.from_s is None else reading.from_s
        to_s = duration_s if reading.to_s is None else reading.to_s
        if from_s > to_s and not wrong:
            wrong.append(("from_s", f"from_s = {from_s:g} behind to_s = {to_s:g}", "from_s at most to_s"))
    return wrong
