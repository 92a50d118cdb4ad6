"""From hazard to code, test, fault and check, and back: whatever stands alone on either side fails here."""

from dataclasses import replace

import pytest

from tests.hazards.things import GUARDED, ROOT, fault_numbers, things
from traction.hazards.model import Hazards
from traction.hazards.trace import problems


def test_nothing_stands_alone(hazards: Hazards) -> None:
    alone = problems(hazards, ROOT, things())
    assert not alone, "mend hardware/hazards.toml:\n" + "\n".join(alone)


def test_there_is_something_of_each_kind() -> None:
    here = things()
    assert len(here.faults) > 40
    assert len(fault_numbers()) >= 20
    assert len(here.checks) > 120
    assert {"traction.safety.watch.rate:RateWatch", "traction.controller.trips:Trips"} < here.classes
    assert "tests/unit/controller/test_trips.py" in here.files


@pytest.mark.parametrize("folder", GUARDED)
def test_every_guarded_folder_is_looked_into(folder: str) -> None:
    assert any(file.startswith(folder) for file in things().files)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"faults": {"cell-c-stuck"}}, "no hazard names the fault cell-c-stuck"),
        ({"checks": {499}}, "no hazard names the check 499"),
        ({"checks": {"E499"}, "codes": {"E499"}}, "no hazard names the check E499"),
        (
            {"classes": {"traction.safety.watch.new:NewWatch"}},
            "no hazard names the class traction.safety.wat",
        ),
        (
            {"files": {"tests/unit/safety/test_new.py"}},
            "no hazard names a test of tests/unit/safety/test_new",
        ),
    ],
)
def test_what_is_new_and_named_by_no_hazard_is_found(hazards: Hazards, change: dict, said: str) -> None:
    here = things()
    more = replace(here, **{name: getattr(here, name) | ones for name, ones in change.items()})
    (one,) = problems(hazards, ROOT, more)
    assert one.startswith(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"faults": {"estop-shorted"}}, "there is no fault estop-shorted"),
        ({"checks": {404}}, "there is no check 404"),
        ({"checks": {"E443"}, "codes": {"E443"}}, "there is no check E443"),
    ],
)
def test_what_has_gone_and_is_still_named_is_found(hazards: Hazards, change: dict, said: str) -> None:
    here = things()
    less = replace(here, **{name: getattr(here, name) - ones for name, ones in change.items()})
    assert problems(hazards, ROOT, less) == (said,)


def with_last_control(hazards: Hazards, **change: tuple[str, ...]) -> Hazards:
    *others, last = hazards.hazards
    *first, control = last.controls
    return replace(hazards, hazards=(*others, replace(last, controls=(*first, replace(control, **change)))))


@pytest.mark.parametrize(
    "code",
    [
        "traction.nowhere:Thing",
        "traction.controller.trips:Trips.gone",
        "hardware/firmware/micropython/watch.py:Watch.gone",
        "hardware/firmware/gone.py:Watch",
    ],
)
def test_code_that_is_not_there_is_found(hazards: Hazards, code: str) -> None:
    assert problems(with_last_control(hazards, code=(code,)), ROOT, things()) == (f"there is no code {code}",)


@pytest.mark.parametrize(
    "test", ["tests/unit/test_gone.py::test_it", "tests/unit/controller/test_trips.py::test_that_was_deleted"]
)
def test_a_deleted_test_is_found(hazards: Hazards, test: str) -> None:
    assert problems(with_last_control(hazards, tests=(test,)), ROOT, things()) == (
        f"there is no test {test}",
    )


def test_an_excuse_for_what_a_hazard_names_is_found(hazards: Hazards) -> None:
    more = replace(hazards, no_hazard=(*hazards.no_hazard, ("E443", "because")))
    assert problems(more, ROOT, things()) == ("excused, and named by a hazard: E443",)
