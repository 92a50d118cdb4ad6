"""The command that shows a hazard without a fault of the list: what it says, and that it can say no."""

from dataclasses import replace

import pytest

from tests.hazards import seen
from tests.hazards.seen_one import Shown
from traction.hazards.model import Hazards

SLOW = {"H25", "H36", "H45", "H46", "H50", "H54", "H55"}
"""Whole sessions and another machine: a tenth of a second and more. `make prove` shows all of them."""


@pytest.mark.parametrize("name", sorted(set(seen.SHOWS) - SLOW))
def test_each_is_shown_with_fault_reaction_time_and_margin(name: str, hazards: Hazards) -> None:
    (hazard,) = (one for one in hazards.hazards if one.name == name)
    shown = seen.SHOWS[name]()
    assert seen.wrong(hazard, shown) == []
    told = seen.lines(hazard, shown)
    assert [line.split(":")[0].strip() for line in told[1:-1]] == [
        "fault",
        "reaction",
        "time",
        "force",
        "margin",
    ]
    assert all(line.split(":", 1)[1].strip() for line in told[1:-1])
    assert told[-1].strip() == "held"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"held": False}, "it was not answered"),
        ({"code": "E999"}, "E999 is no answer to H50"),
        ({"force_n": 10.1}, "10.1 N, where 10.0 N are allowed"),
        ({"force_n": float("nan")}, "nan N, where 10.0 N are allowed"),
        ({"after_ms": 330_001.0}, "after 330001 ms, where 330000 ms are allowed"),
    ],
)
def test_what_was_not_held_is_said(change: dict[str, object], says: str, hazards: Hazards) -> None:
    (hazard,) = (one for one in hazards.hazards if one.name == "H50")
    good = Shown("nobody is there", "released", "E489", 330_000.0, 10.0)
    assert seen.wrong(hazard, good) == []
    assert seen.wrong(hazard, replace(good, **change)) == [says]
    assert seen.lines(hazard, replace(good, **change))[-1] == f"  not held: {says}"
