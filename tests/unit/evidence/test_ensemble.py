"""A parameter set names parameters in full; each patient takes what concerns it."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from traction.evidence.calibrate_figures import Bench, scored
from traction.evidence.calibrate_fit import load_plan
from traction.evidence.ensemble import members, values_for
from traction.evidence.ensemble_draw import as_text, draw, names_of
from traction.evidence.library import load_library
from traction.sim.parameter import parameter_tables
from traction.sim.patient import COUCHES, DISCS, REGIONS, make_patient

EVERYTHING = {
    f"{table}.{name}": row.value
    for table, rows in parameter_tables().items()
    if table.startswith(REGIONS)
    for name, row in rows.items()
}


@pytest.mark.parametrize(("region", "couch", "disc"), list(product(REGIONS, COUCHES, DISCS)))
def test_the_shipped_values_by_full_name_change_no_patient(region: str, couch: str, disc: str) -> None:
    plain = make_patient(region, couch=couch, disc=disc)
    values = values_for(EVERYTHING, region, couch, disc)
    assert {name: plain.value(name) for name in values} == values
    assert set(values) == set(plain.parameters)


def test_what_belongs_to_another_disc_couch_or_region_is_left_out() -> None:
    values = {"lumbar.disc.herniated.rest_pressure_kpa": 9.0, "lumbar.couch.fixed.friction_coefficient": 0.45}
    assert values_for(values, "lumbar", "split", "healthy") == {}
    assert values_for(values, "lumbar", "fixed", "herniated") == {
        "rest_pressure_kpa": 9.0,
        "friction_coefficient": 0.45,
    }


def test_the_shipped_sets_are_values_the_patients_take() -> None:
    for member in members():
        assert set(member) <= set(EVERYTHING)
        for region, couch, disc in product(REGIONS, COUCHES, DISCS):
            make_patient(region, couch=couch, disc=disc, values=values_for(member, region, couch, disc))


def test_every_shipped_set_passes_every_scored_case_inside_the_ranges() -> None:
    library, sets = load_library(), members()
    assert len(sets) >= 32
    assert len({tuple(member.values()) for member in sets}) == len(sets)
    for member in sets:
        for name, value in member.items():
            table, _, row = name.rpartition(".")
            assert parameter_tables()[table][row].low <= value <= parameter_tables()[table][row].high
    figures = Bench(library, scored(library)).figures(sets)
    broken = {
        (figure.case.id, one) for figure in figures for one in range(len(sets)) if not figure.inside(one)
    }
    assert not broken


def test_a_walk_keeps_only_what_passes_and_is_the_same_every_time() -> None:
    plan = replace(load_plan(), members=3, rounds=20)
    place = names_of(plan).index("lumbar.base.load_factor")

    def passes(sets: Sequence[dict[str, float]]) -> list[bool]:
        return [values["lumbar.base.load_factor"] < 1.55 for values in sets]

    said: list[str] = []
    members_drawn, kept, tried = draw(plan, passes, said.append)
    again, _, _ = draw(plan, passes, said.append)
    assert (members_drawn == again).all()
    assert 0 < kept <= tried == 60
    assert (members_drawn[:, place] < 1.55).all()
    text = as_text(plan, members_drawn, kept, tried)
    found = tomllib.loads(text)
    assert found["names"] == list(names_of(plan))
    assert np.allclose(found["values"], members_drawn)
