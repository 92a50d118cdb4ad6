"""A parameter set names parameters in full; each patient takes what concerns it."""

from itertools import product

import pytest

from traction.evidence.ensemble import members, values_for
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
