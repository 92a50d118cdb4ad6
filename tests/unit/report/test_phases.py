"""Phases are found in a compiled profile: their times, levels and cycles."""

from itertools import pairwise

from traction.profile.profile import Profile
from traction.profile.segments import Hold, Ramp
from traction.profile.spans import Span
from traction.report.phases import phases_of


def profile() -> Profile:
    pieces = [
        (Ramp(0.0, 50.0, 5.0), "pretension", -1, "", 0),
        (Hold(50.0, 10.0), "pretension", -1, "", 0),
        (Ramp(50.0, 300.0, 10.0), "ramp_up", 0, "main", 1),
        (Hold(300.0, 30.0), "hold", 0, "main", 1),
        (Ramp(300.0, 100.0, 4.0), "ramp_down", 0, "main", 1),
        (Hold(100.0, 10.0), "rest", 0, "main", 1),
        (Ramp(100.0, 300.0, 10.0), "ramp_up", 0, "main", 2),
        (Hold(300.0, 30.0), "hold", 0, "main", 2),
        (Ramp(300.0, 0.0, 10.0), "end", 0, "", 0),
    ]
    spans, start = [], 0.0
    for segment, kind, phase, name, cycle in pieces:
        spans.append(Span(segment, start, kind, phase, name, cycle, counts=kind == "hold"))
        start += segment.duration_s
    return Profile(tuple(spans))


def test_phases_have_their_times_levels_and_cycles() -> None:
    lead, main, end = phases_of(profile())
    assert (lead.name, lead.start_s, lead.end_s, lead.cycles) == ("pretension", 0.0, 15.0, 0)
    assert (main.name, main.start_s, main.end_s, main.cycles) == ("main", 15.0, 109.0, 2)
    assert (main.low_n, main.high_n) == (100.0, 300.0)
    assert (end.name, end.duration_s) == ("end", 10.0)


def test_phases_cover_the_profile_without_a_gap() -> None:
    parts = phases_of(profile())
    assert parts[0].start_s == 0.0
    assert parts[-1].end_s == profile().duration_s
    for before, after in pairwise(parts):
        assert before.end_s == after.start_s
        assert before.last_span + 1 == after.first_span
