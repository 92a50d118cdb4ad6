"""A record says from itself how its session was judged, and judging again says the same."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from traction.drivers.base import Telemetry
from traction.errors import RecordError
from traction.runner.outcome import Outcome
from traction.runner.reader import read_record
from traction.runner.record.direct import record_to_file
from traction.runner.rejudge import rejudge
from traction.runner.requests import Request, Requests
from traction.wire import codes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.runner.conftest import Bench

TICK = 400


def too_much(tick: int, said: Telemetry) -> Telemetry:
    return said._replace(force_mn=1_200_000, force_b_mn=1_200_000) if tick == TICK else said


def pressed(tick: int, said: Telemetry) -> Telemetry:
    opened = said.inputs & ~codes.INPUT_PATIENT_STOP_CLOSED
    return said._replace(inputs=opened) if tick >= TICK else said


def test_a_completed_session_is_completed_again(bench: Bench) -> None:
    record = bench.simulate().record()
    judgement = record.judge_again()
    assert judgement.trip is None
    assert judgement.recorded == ()
    assert judgement.agrees


def test_a_tripped_session_trips_again_at_the_same_sample(bench: Bench) -> None:
    result = bench.script(too_much)
    assert result.outcome is Outcome.TRIPPED
    judgement = result.record().judge_again()
    assert judgement.trip is not None
    assert (judgement.trip.code, judgement.trip.t_us) == (result.code, result.causes[0].t_us)
    assert judgement.trip.row == TICK
    assert judgement.trip.detail == result.detail
    assert judgement.agrees


def test_a_session_with_several_reasons_gives_them_all_again(bench: Bench) -> None:
    result = bench.script(requests=Requests([(8.0, Request.STOP)]), fall_mn=0)
    judgement = result.record().judge_again()
    given = [cause for cause in result.causes if cause.code.startswith("E46")]
    assert given
    assert [(one.code, one.t_us) for one in judgement.verdicts] == [(one.code, one.t_us) for one in given]
    assert judgement.agrees


def test_a_session_stopped_by_a_person_is_nothing_the_supervisor_objects_to(bench: Bench) -> None:
    result = bench.simulate(requests=Requests([(8.0, Request.STOP)]))
    assert result.outcome is Outcome.STOPPED
    judgement = result.record().judge_again()
    assert (judgement.trip, judgement.agrees) == (None, True)


def test_a_session_stopped_by_the_patient_is_stopped_again(bench: Bench) -> None:
    result = bench.script(pressed)
    assert result.outcome is Outcome.STOPPED
    judgement = result.record().judge_again()
    assert judgement.trip is not None
    assert (judgement.trip.code, judgement.trip.row) == (result.code, TICK)
    assert judgement.agrees


def test_a_file_on_disk_is_enough(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    bench.script(too_much, recorder=record_to_file(path))
    assert rejudge(read_record(path)).agrees


def test_other_samples_than_those_judged_do_not_agree(bench: Bench) -> None:
    record = bench.script(too_much).record()
    changed = {name: record.samples[name].copy() for name in record.samples}
    changed["force_mn"][TICK] = changed["force_b_mn"][TICK] = 130_000
    judgement = replace(record, samples=changed).judge_again()
    assert not judgement.agrees


def test_what_is_left_of_a_session_without_an_outcome_is_judged(bench: Bench) -> None:
    record = replace(bench.script(too_much).record(), outcome=None)
    judgement = record.judge_again()
    assert judgement.trip is not None
    assert judgement.trip.row == TICK
    assert not judgement.agrees  # the session itself never said so


@pytest.mark.parametrize("bounds", [None, {}, {"over_force_mn": 1.5}, [1], "all"])
def test_a_header_without_the_bounds_is_a_clear_error(bench: Bench, bounds: object) -> None:
    record = bench.simulate().record()
    header = MappingProxyType({**record.header, "supervisor": bounds})
    with pytest.raises(RecordError) as caught:
        replace(record, header=header).judge_again()
    assert caught.value.code == "E616"


def test_samples_without_a_column_are_a_clear_error(bench: Bench) -> None:
    record = bench.simulate().record()
    fewer = {name: record.samples[name] for name in record.samples if name != "travel_um"}
    with pytest.raises(RecordError, match="travel_um") as caught:
        replace(record, samples=fewer).judge_again()
    assert caught.value.code == "E616"
