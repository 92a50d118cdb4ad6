"""What a fault may do is stated for each of the list, and what defeats software is a table and no blanket."""

from __future__ import annotations

import pytest

from traction.campaign.effects import DEFEATS, PARTS, defeats, effect_of, parts_taken
from traction.sim.faults import FAULTS, HOST, LINK, read_faults

SINGLES = [name for name in FAULTS if not name.startswith("cells-")]


@pytest.mark.parametrize("name", FAULTS)
def test_what_each_fault_does_is_stated(name: str) -> None:
    effect = effect_of(name)
    assert set(effect.takes) <= set(PARTS)
    if FAULTS[name].side in (LINK, HOST):
        assert effect.takes == ()


@pytest.mark.parametrize("name", SINGLES)
def test_no_single_fault_defeats_software(name: str) -> None:
    """One that spoils both load cells at once is two."""
    assert defeats(frozenset(effect_of(name).takes)) == ()


def test_what_defeats_software_takes_two_parts_and_says_why() -> None:
    for one in DEFEATS:
        assert len(one.parts) == 2
        assert one.why
        assert one.force != one.stays


def test_two_faults_take_what_each_takes() -> None:
    both = read_faults(["cell-a-open@1s", "release-jammed@1s"], ("table",))
    assert parts_taken(both) == {"cell A", "power-less release"}
    assert defeats(parts_taken(both))
