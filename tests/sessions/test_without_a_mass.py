"""Without a body mass the share of weight cannot be judged, and people are told so beside the margins."""

from __future__ import annotations

import traction
from traction.report.checks import margin_lines
from traction.report.style import Style

NOTE = "peak force: share of weight not judged, no mass"


def lines(mass_kg: float | None) -> list[str]:
    proof = traction.verify("cerv-generic", mass_kg=mass_kg)
    return margin_lines(proof.verification.margins, Style())


def test_it_is_said_once_below_the_margins() -> None:
    told = lines(None)
    assert told[-1] == NOTE
    assert sum("no mass" in line for line in told) == 1


def test_with_a_mass_nothing_is_left_to_say() -> None:
    assert not any("no mass" in line for line in lines(80.0))
