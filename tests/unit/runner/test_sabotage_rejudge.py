"""What a record must say before it is judged again, and what was told in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from traction.errors import RecordError
from traction.runner.rejudge import bounds_of, rejudge

if TYPE_CHECKING:
    from traction.drivers.base import Telemetry
    from traction.runner.reader import Record

TICK = 400


@pytest.fixture(scope="module")
def tripped() -> Record:
    from tests.unit.runner.conftest import Bench

    def too_much(tick: int, said: Telemetry) -> Telemetry:
        return said._replace(force_mn=1_200_000, force_b_mn=1_200_000) if tick == TICK else said

    return Bench().script(too_much).record()


def bounded(record: Record, **bounds: int) -> Record:
    said = {**record.header["supervisor"], **bounds}
    return replace(record, header=MappingProxyType({**record.header, "supervisor": said}))


@pytest.mark.parametrize("name", ["soft_mn_per_mm", "stiff_mn_per_mm"])
@pytest.mark.parametrize("value", [0, -1])
def test_bounds_that_nothing_can_be_divided_by_are_no_bounds(tripped: Record, name: str, value: int) -> None:
    with pytest.raises(RecordError, match="no session has"):
        bounds_of(bounded(tripped, **{name: value}))
    assert getattr(bounds_of(bounded(tripped, **{name: 1})), name) == 1


@pytest.mark.parametrize(
    "causes",
    [7, [7], [{"code": "E401"}], [{"t_us": 1}], [{"code": 1, "t_us": 1}], [{"code": "E401", "t_us": 1.5}]],
)
def test_an_outcome_without_its_causes_is_a_clear_error(tripped: Record, causes: Any) -> None:
    record = replace(tripped, outcome={**(tripped.outcome or {}), "causes": causes})
    with pytest.raises(RecordError) as caught:
        rejudge(record)
    assert caught.value.code == "E616"


def test_what_a_session_told_of_its_end_is_what_ended_it(tripped: Record) -> None:
    judgement = rejudge(tripped)
    assert judgement.trip is not None
    assert judgement.told == judgement.recorded == ((judgement.trip.code, judgement.trip.t_us),)


def test_what_a_person_asked_for_is_no_verdict(tripped: Record) -> None:
    told = next(event for event in tripped.events if event.name == "tripped")
    by_a_person = replace(told, name="stopped", code="E490")
    judgement = rejudge(replace(tripped, events=(*tripped.events, by_a_person)))
    assert judgement.told == judgement.recorded


def test_what_cannot_be_judged_is_named_by_its_file(tripped: Record) -> None:
    for path in (None, Path("a.mcap")):
        record = replace(tripped, outcome={"causes": [7]}, path=path)
        with pytest.raises(RecordError) as caught:
            rejudge(record)
        assert caught.value.problems[0].file == (None if path is None else "a.mcap")


def test_other_bounds_than_those_of_the_session_are_used_where_they_are_given(tripped: Record) -> None:
    bounds = bounds_of(tripped)
    looser = replace(bounds, over_force_mn=2_000_000, over_force_at_once_mn=2_000_000)
    assert rejudge(tripped, looser).verdicts != rejudge(tripped).verdicts
    assert rejudge(tripped, bounds).verdicts == rejudge(tripped).verdicts
