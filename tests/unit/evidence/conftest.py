"""One whole case as a text, and a way to read texts as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from traction.errors import Problem, UsageError
from traction.evidence.library import Library, load_library
from traction.evidence.read import parse_cases

WHOLE = """
[[case]]
id = "whole"
source = "Author, year"
url = "https://example.org/paper"
confirmed = true
score = true
[case.patient]
mass_kg = 75.0
height_m = 1.8
age_years = 40
sex = "female"
grade = [1, 2, 3, 4, 5]
disc = "herniated"
[case.setup]
region = "lumbar"
couch = "split"
level = "L4-L5"
[[case.timeline]]
posture = "prone"
for_s = 60
[[case.timeline]]
posture = "prone"
pull_n = 300.0
flexion_deg = 5.0
wave = "sine"
wave_amplitude_n = 20.0
wave_hz = 0.5
ramp_s = 10.0
for_s = 1200.0
[case.expect]
quantity = "disc_pressure_kpa"
at_s = 1260.0
minus_at_s = 0.0
low = -22.0
high = -10.0
"""


@pytest.fixture
def whole() -> str:
    """Return a case that states every field there is but those that exclude others."""
    return WHOLE


@pytest.fixture
def problems() -> Callable[[str], list[Problem]]:
    """Return what is wrong with a text; empty when nothing is."""

    def read(text: str) -> list[Problem]:
        try:
            parse_cases(text.encode(), "cases.toml")
        except UsageError as error:
            return list(error.problems)
        return []

    return read


@pytest.fixture
def library(tmp_path: Path) -> Callable[..., Library]:
    """Load texts as files given together."""

    def load(*texts: str) -> Library:
        paths = [tmp_path / f"file{number}.toml" for number, _ in enumerate(texts)]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return load_library(paths)

    return load
