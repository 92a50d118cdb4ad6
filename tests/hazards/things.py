"""What this project has that its hazards must speak of."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from traction.errors import catalogue
from traction.hazards.trace import Things, classes
from traction.sim.faults import FAULTS
from traction.wire import codes

ROOT = Path(__file__).resolve().parents[2]

CHECKS = re.compile(r"E(3\d\d|4\d\d|50\d|53\d)")
"""Refusals of proof and preflight, verdicts of supervisor and engine, of the guard, and of the line."""

GUARDED = ("tests/unit/safety", "tests/unit/controller", "tests/property/safety", "tests/property/controller")
"""Here all is about safety: a file that no hazard names tests nothing, or a hazard is forgotten."""

TELLS_ONLY = {"traction.controller.readout:Readout"}
"""It hands out what the others know."""


def fault_numbers() -> frozenset[int | str]:
    names = [name for name in vars(codes) if re.fullmatch("FAULT_[A-Z_]+", name) and name != "FAULT_NAMES"]
    return frozenset(getattr(codes, name) for name in names) - {codes.FAULT_NONE}


@cache
def things() -> Things:
    known = frozenset(catalogue())
    watches = classes(ROOT / "traction/safety/watch", "traction.safety.watch")
    trips = classes(ROOT / "traction/controller", "traction.controller")
    files = (path for folder in GUARDED for path in (ROOT / folder).glob("test_*.py"))
    return Things(
        faults=frozenset(FAULTS),
        checks=fault_numbers() | {code for code in known if CHECKS.fullmatch(code)},
        codes=known,
        classes=(watches | trips) - TELLS_ONLY,
        files=frozenset(path.relative_to(ROOT).as_posix() for path in files),
    )
