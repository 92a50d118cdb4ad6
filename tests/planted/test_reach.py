"""What is left out of a run of planted defects: only sessions in which a defect cannot change anything."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from tests.planted.__main__ import Result, name_seed
from tests.planted.reach import MARKS, marked

CODE = '''
MOST = 5

class Trip:
    def judge(self, force: int, steps: list) -> int:
        """Judge."""
        if force < 0:
            return 9
        limit = MOST + force // 100
        if force > limit:
            steps.append("over")
            return 1
        elif steps:
            steps.clear()
        return 0
'''


class One(NamedTuple):
    id: str
    old: str
    new: str
    file: str = "one.py"


DEFECTS = (
    One("import", "MOST = 5", "MOST = 6"),
    One("gone", "        if force < 0:\n            return 9\n", ""),
    One("off", "force > limit:", "False:"),
    One("one more", "force > limit:", "force > limit + 1:"),
    One("kept", "            steps.clear()\n", "            pass\n"),
    One("value", "force // 100", "force // 50"),
    One("call", '            steps.append("over")\n', '            steps.append("")\n'),
    One("new", "        return 0\n", "        steps.append(1)\n        return 0\n"),
)


@pytest.mark.parametrize(
    ("force", "steps", "answer", "noted"),
    [
        (0, [], 0, {"new"}),
        (5, [1], 0, {"new", "kept"}),
        (6, [], 1, {"off", "one more", "call"}),
        (7, [], 1, {"off", "call"}),
        (-1, [], 9, {"gone"}),
        (50, [], 1, {"off", "call", "value"}),
    ],
)
def test_a_defect_is_noted_where_it_changes_something(
    monkeypatch: pytest.MonkeyPatch, force: int, steps: list[Any], answer: int, noted: set[str]
) -> None:
    text, everywhere = marked(CODE, DEFECTS)
    marks = ModuleType("planted_marks")
    exec(MARKS, vars(marks))
    monkeypatch.setitem(sys.modules, "planted_marks", marks)
    names: dict[str, Any] = {}
    exec(text, names)
    plain: dict[str, Any] = {}
    exec(CODE, plain)
    assert everywhere == ["import"]
    assert names["Trip"]().judge(force, list(steps)) == plain["Trip"]().judge(force, list(steps)) == answer
    assert noted == marks.SEEN


def test_the_seed_that_caught_is_written_into_its_own_entry(tmp_path: Path) -> None:
    path = tmp_path / "defects.toml"
    entry = '[{}]\nfile = "f"\nold = "a"\nnew = "b"\nhazards = ["H01"]\nbreaks = "it"\n'
    path.write_text(f"{entry.format('one')}seed = 7\n\n{entry.format('one-more')}", encoding="utf-8")
    found = [
        Result(name, ("H01",), "it", {"seed": seed}, 1, 0.0) for name, seed in (("one", 3), ("one-more", 4))
    ]
    for one, first in zip(found, (False, True), strict=True):
        name_seed(one, first, path)
    text = f"{entry.format('one')}seed = 3\n\n{entry.format('one-more')}seed = 4\nfirst = true\n"
    assert path.read_text(encoding="utf-8") == text
