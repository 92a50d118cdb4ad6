"""Cases that once broke an invariant, each shrunk to its smallest, hold ever after."""

from __future__ import annotations

from pathlib import Path

import pytest

from traction.campaign.case import read_case
from traction.campaign.oracle import judge
from traction.campaign.world import run

FILES = sorted((Path(__file__).parent.parent / "faults" / "regressions").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_once_escaped_is_held(path: Path) -> None:
    case = read_case(path)
    verdict = judge(case, run(case))
    assert (verdict.escapes, verdict.false_trip) == ((), False)


def test_there_are_some() -> None:
    assert FILES
