"""A course, its patient and its protocol as files, and sessions that never ran: only the rules are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from traction.courses.history import Begun, Closing, Opening

COURSE = """format = 1
id = "steps"
title = "Up a step after two that were tolerated"
patient = "p-1.toml"
protocol = "lumbar-disc-30min"
start = 2026-11-02
days = ["mon", "tue", "wed", "thu", "fri"]
rest = "20 h"
[[stage]]
name = "daily"
weeks = 2
per_week = 3
[[stage]]
name = "washout"
weeks = 1
per_week = 0
[[stage]]
name = "weekly"
weeks = 2
per_week = 1
[progression]
after = 2
back = 1
most = 3
[caps]
max_force = "400 N"
max_step = "5 lbf"
max_mass_change = "5 %"
[stop]
not_tolerated = 2
stopped = 2
tripped = 1
gap_days = 14
symptoms = ["outward", "gone"]
"""


@pytest.fixture
def course_text() -> str:
    """Return the text of a course file."""
    return COURSE


@pytest.fixture
def opening() -> Callable[..., Opening]:
    """Return what makes the opening of a session, with whatever differs."""
    base = Opening(1, 1, "daily", "p", "d" * 64, "p-1", "e" * 64, "f" * 64, 80.0, 200.0, 600.0, "c" * 64, {})
    return lambda **changes: replace(base, **changes)


@pytest.fixture
def closing() -> Callable[..., Closing]:
    """Return what makes the end of a session, with whatever differs."""
    base = Closing(None, None, None, "COMPLETED", "", 201.0, "sim:")
    return lambda **changes: replace(base, **changes)


@pytest.fixture
def begun() -> Begun:
    """Return a course as it is begun."""
    return Begun("steps", "f" * 64, "e" * 64, {"digest": "e" * 64, "mass_kg": 80.0}, {"p": "d" * 64}, 0)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Return where a store may be made."""
    return tmp_path / "courses.sqlite"
