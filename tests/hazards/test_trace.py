"""From hazard to code, test, fault and check, and back: whatever stands alone on either side fails here."""

import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

from traction.errors import catalogue
from traction.hazards.model import Hazards
from traction.sim.faults import FAULTS
from traction.wire import codes

ROOT = Path(__file__).resolve().parents[2]

CHECKS = re.compile(r"E(3\d\d|4\d\d|50\d|53\d)")
"""Refusals of proof and preflight, verdicts of supervisor and engine, of the guard, and of the line."""

GUARDED = ("tests/unit/safety", "tests/unit/controller", "tests/property/safety", "tests/property/controller")
"""Here all is about safety: a file that no hazard names tests nothing, or a hazard is forgotten."""


def test_every_piece_of_code_is_there(hazards: Hazards, defined) -> None:
    absent = []
    for one in {code for hazard in hazards.hazards for control in hazard.controls for code in control.code}:
        place, name = one.split(":")
        if place.endswith(".py"):  # a board's own: it imports what only a board has
            there = name in defined(place)
        else:
            try:
                attrgetter(name)(importlib.import_module(place))
                there = True
            except (ImportError, AttributeError):
                there = False
        absent += [] if there else [one]
    assert not absent, "\n".join(sorted(absent))


def test_every_test_is_there(hazards: Hazards, defined) -> None:
    named = {test for hazard in hazards.hazards for control in hazard.controls for test in control.tests}
    absent = [test for test in named if test.split("::")[1] not in defined(test.split("::")[0])]
    assert not absent, "\n".join(sorted(absent))


@pytest.mark.parametrize("folder", GUARDED)
def test_every_file_of_safety_tests_holds_a_hazard(hazards: Hazards, folder: str) -> None:
    named = {
        test.split("::")[0]
        for hazard in hazards.hazards
        for control in hazard.controls
        for test in control.tests
    }
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob("test_*.py")}
    assert files, folder
    assert not files - named, f"name them in hardware/hazards.toml: {sorted(files - named)}"


def test_every_fault_brings_a_hazard_about_and_every_named_one_is_on_the_list(hazards: Hazards) -> None:
    named = {fault for hazard in hazards.hazards for fault in hazard.faults}
    assert named == set(FAULTS)


def test_every_check_stands_for_a_hazard_and_every_named_one_is_there(hazards: Hazards) -> None:
    said = {check for hazard in hazards.hazards for check in hazard.checks}
    faults = {number for number in codes.FAULT_NAMES if number != codes.FAULT_NONE}
    assert {one for one in said if isinstance(one, int)} == faults
    known = set(catalogue())
    excused = {name for name, _ in hazards.no_hazard}
    named = {one for one in said if isinstance(one, str)}
    assert not (named | excused) - known
    assert not named & excused
    wanted = {code for code in known if CHECKS.fullmatch(code)}
    assert not wanted - named - excused, "name them in hardware/hazards.toml"


def test_every_watch_and_every_trip_holds_a_hazard(hazards: Hazards) -> None:
    named = {code for hazard in hazards.hazards for control in hazard.controls for code in control.code}
    classes = {
        f"traction.{folder.replace('/', '.')}.{path.stem}:{name}"
        for folder in ("safety/watch", "controller")
        for path in (ROOT / "traction" / folder).glob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(classes) > 15
    readers = {"traction.controller.readout:Readout"}  # hands out what the others know
    bare = {
        one
        for one in classes - readers
        if not any(code == one or code.startswith(f"{one}.") for code in named)
    }
    assert not bare, bare


def test_faults_that_the_controller_can_name_have_a_name_for_every_number() -> None:
    numbers = {
        value
        for name, value in vars(codes).items()
        if re.fullmatch("FAULT_[A-Z_]+", name) and type(value) is int
    }
    assert numbers == set(codes.FAULT_NAMES)
