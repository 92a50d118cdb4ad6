"""The shipped cases are whole, sourced, and use the words of the model."""

from itertools import pairwise

from traction.evidence import names
from traction.evidence.library import load_library
from traction.sim import patient
from traction.sim.parameter import level_names

CASES = load_library().cases


def test_every_shipped_case_names_a_source() -> None:
    for case in CASES:
        assert case.source, case.id
        assert case.url or not case.confirmed, f"{case.id}: confirmed where nobody can look"


def test_the_pressure_curve_is_held_to_bands_and_an_order() -> None:
    curve = [case for case in CASES if case.id.startswith("rm94-") and case.id.endswith("lbf")]
    assert [case.timeline[-1].pull for case in curve] == [0, 20, 37.5, 50, 60, 70, 80, 90, 100]
    for case in curve:
        low, high = case.band.low, case.band.high
        assert low is None or high is None or high - low >= 60.0, f"{case.id} is a value, not a band"
    for before, case in pairwise(curve[2:]):
        assert case.compare is not None
        assert (case.compare.relation, case.compare.other) == ("less", before.id)


def test_pressures_are_not_compared_between_postures() -> None:
    known = {case.id: case for case in CASES}
    for case in CASES:
        if case.compare is not None:
            other = known[case.compare.other]
            assert case.timeline[0].posture == other.timeline[0].posture, case.id


def test_the_words_of_cases_are_those_of_the_model() -> None:
    assert patient.COUCHES == names.COUCHES
    assert set(patient.DISCS) == set(names.DISCS)
    assert patient.SEXES == names.SEXES
    assert patient.POSTURES == names.POSTURES
    assert dict(names.NOMINAL_LEVEL) == patient.NOMINAL_LEVEL
    assert {region: level_names(region) for region in patient.REGIONS} == dict(names.LEVELS)
