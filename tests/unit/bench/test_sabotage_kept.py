"""The dead man's key and what is kept of a table: each check alone, to its last digit."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from traction.bench import kept
from traction.bench.calibration import Zero
from traction.bench.jog import DEAD_MAN_US, LONGEST_US, Jog
from traction.bench.pull import OVER
from traction.clock import wall_label
from traction.drivers.scripted import IDENTITY, sample
from traction.errors import RefusedError

NOW = "2026-11-22T12:00:00Z"
REAL = replace(IDENTITY, simulated=False, serial_number="t-7")
WHO = kept.controller_of(REAL.model, REAL.firmware)


# ---- the dead man's key ---------------------------------------------------------------------------------


def jogged(keys: dict[int, str], *looks_us: int) -> tuple[list[int], str]:
    """Return the target at each look, with the keys pressed by then, and why it was over."""
    pressed: list[str] = []
    jog = Jog("lumbar", lambda: pressed.pop() if pressed else "", lambda *_: None)
    found = []
    for t_us in looks_us:
        if t_us in keys:
            pressed.append(keys[t_us])
        found.append(jog.course(t_us, sample(1)))
    return found, jog.why


@pytest.mark.parametrize("keys", ["", "x", "\x1b[A", "U", "Q"])
def test_only_a_key_of_its_own_holds_the_dead_man_s_key(keys: str) -> None:
    assert jogged({900_000: keys}, 900_000, DEAD_MAN_US) == ([0, 0], "")
    assert jogged({900_000: keys}, 900_000, DEAD_MAN_US + 1) == ([0, OVER], "no key for a second")
    for key in " ud":
        assert jogged({900_000: key}, 900_000, 900_000 + DEAD_MAN_US)[1] == ""
        assert jogged({900_000: key}, 900_000, 900_001 + DEAD_MAN_US)[0][-1] == OVER


def test_a_key_that_means_nothing_changes_nothing() -> None:
    assert jogged({0: "xu"}, 0, 100_000)[0] == [0, 1_000]  # 5 N are wanted, and 10 N/s the way there
    assert jogged({0: "x"}, 0, 100_000)[0] == [0, 0]


def test_nobody_jogs_for_longer_than_that_however_often_a_key_is_pressed() -> None:
    keys = dict.fromkeys((LONGEST_US - 1, LONGEST_US, LONGEST_US + 1), " ")
    assert jogged(keys, LONGEST_US - 1, LONGEST_US) == ([0, 0], "")
    assert jogged(keys, LONGEST_US, LONGEST_US + 1) == ([0, OVER], "jogging lasts 110 s at most")


# ---- what is kept of a table ----------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.FOLDER_VARIABLE, str(tmp_path / "bench"))
    return tmp_path / "bench"


def checked(date: str = NOW, *, left: tuple[str, ...] = (), signed_off: bool = True) -> kept.Checked:
    return kept.Checked(date, "Ada", signed_off, (), left, WHO)


def against(identity: Any = REAL, now: str = NOW) -> list[tuple[str, str]]:
    return [(one.code, one.found) for one in kept.objections(identity, 90.0 * kept.DAY_S, now)]


def test_each_reason_against_a_table_has_its_own_words() -> None:
    assert against(replace(REAL, serial_number=" ")) == [
        ("E540", "the table has no serial number to keep its checks under")
    ]
    assert against() == [("E540", "table t-7 has never been checked")]
    kept.save(kept.Kept("t-7", checked(left=("lease", "overload"), signed_off=False)))
    assert against() == [("E542", "the checks of table t-7 on 2026-11-22 are open: lease, overload")]
    kept.save(kept.Kept("t-7", checked(signed_off=False)))
    assert against() == [("E542", "the checks of table t-7 on 2026-11-22 are open: nobody signed")]
    kept.save(kept.Kept("t-7", checked()))
    assert against() == []
    assert against(now="2026-11-22T11:59:59Z") == [
        ("E541", "the checks of table t-7 are dated 2026-11-22, which is still to come; today is 2026-11-22")
    ]
    assert against(now="2027-02-20T12:00:01Z") == [
        ("E541", "the checks of table t-7: 2026-11-22, 90 days ago")
    ]


def test_the_day_is_that_of_the_clock_where_nobody_says_one() -> None:
    kept.save(kept.Kept("t-7", checked("2001-01-01T00:00:00Z")))
    assert [one.code for one in kept.objections(REAL, 90.0 * kept.DAY_S)] == ["E541"]
    kept.save(kept.Kept("t-7", checked(wall_label())))
    assert kept.objections(REAL, 90.0 * kept.DAY_S) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": "1"},
        {"serial_number": "t-8"},
        {"checked": {"date": NOW, "operator": "", "signed_off": 1, "failed": [], "open": []}},
        {"checked": {"date": "today", "operator": "", "signed_off": True, "failed": [], "open": []}},
    ],
)
def test_one_wrong_word_in_a_file_and_it_says_nothing_for_a_table(change: dict[str, Any]) -> None:
    path = kept.save(kept.Kept("t-7", checked()))
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(row | change), encoding="utf-8")
    assert [code for code, _ in against()] == ["E543"]


@pytest.mark.parametrize(("beyond", "codes_"), [(0, []), (1, ["E543"])])
def test_a_file_has_a_size_that_it_may_not_pass(beyond: int, codes_: list[str]) -> None:
    path = kept.save(kept.Kept("t-7", checked()))
    text = path.read_bytes()
    path.write_bytes(text + b" " * (kept.LONGEST_BYTES + beyond - len(text)))
    assert [code for code, _ in against()] == codes_


def test_what_cannot_be_opened_is_refused_with_its_reason(folder: Path) -> None:
    kept.place("t-7").mkdir(parents=True)
    with pytest.raises(RefusedError, match="E543") as caught:
        kept.load("t-7")
    assert caught.value.problems[0].file == str(kept.place("t-7"))
    assert against()[0][0] == "E543"


def test_a_table_that_was_only_calibrated_has_not_been_checked() -> None:
    known = kept.Kept("t-7", None, None, Zero(NOW, "Bo", 0.5, -0.25))
    kept.save(known)
    assert kept.load("t-7") == known
    assert [code for code, _ in against()] == ["E540"]


def test_two_tables_are_never_one_file() -> None:
    numbers = ["t-7", "T-7", "t_7", "t 7", "t/7", "", ".", "..", "t-7\n", "ä", "x" * 60, "x" * 61]
    places = [kept.place(one) for one in numbers]
    assert len({str(one).lower() for one in places}) == len(numbers)
    assert {one.parent for one in places} == {kept.folder()}
    assert places[0].name == "t-7.json"
    assert places[1].name.startswith("T-7-")
    assert places[10].name == "x" * 60 + ".json"
    assert places[11].name.startswith("table-")


def test_without_a_folder_of_one_s_own_it_is_among_the_user_s_data(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv(kept.FOLDER_VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(kept.FOLDER_VARIABLE, value)
        assert kept.folder().parts[-1] == "bench"
        assert kept.folder().is_absolute()


def test_what_is_kept_is_on_the_disk_before_it_takes_the_place_of_the_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept.save(kept.Kept("t-7", checked(signed_off=False)))
    seen = []

    def synced(number: int) -> None:
        before = json.loads(kept.place("t-7").read_text(encoding="utf-8"))["checked"]["signed_off"]
        seen.append((os.fstat(number).st_size, before))

    monkeypatch.setattr(kept.os, "fsync", synced)
    path = kept.save(kept.Kept("t-7", checked()))
    assert seen == [(path.stat().st_size, False)]
