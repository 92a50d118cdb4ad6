"""What is kept of a table, and when it speaks against a session."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from traction.bench import kept
from traction.bench.calibration import Zero, span
from traction.bench.result import About, CheckReport, Figure, Result, Verdict, judged
from traction.drivers.scripted import IDENTITY
from traction.errors import ProtocolError, RefusedError, TractionError
from traction.safety.hardware import load_table
from traction.shipped import shipped_dir

REAL = replace(IDENTITY, simulated=False, serial_number="T-7")
WHO = kept.controller_of(REAL.model, REAL.firmware)
DAY_S = 86_400.0
EVERY_S = 90 * DAY_S
NOW = "2026-11-22T12:00:00Z"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(kept.FOLDER_VARIABLE, str(tmp_path / "bench"))
    return tmp_path / "bench"


def checked(date: str = NOW, *, failed=(), left=(), signed_off: bool = True) -> kept.Checked:
    return kept.Checked(date, "Ada", signed_off, tuple(failed), tuple(left), WHO)


def codes_of(identity=REAL, now: str = NOW) -> list[str]:
    return [problem.code for problem in kept.objections(identity, EVERY_S, now)]


def test_a_table_that_was_never_checked_is_refused_and_a_simulated_one_leaves_no_trace(folder) -> None:
    assert codes_of() == ["E540"]
    assert codes_of(replace(REAL, serial_number=" ")) == ["E540"]
    assert kept.objections(replace(REAL, simulated=True), EVERY_S, NOW) == ()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("checks", "now", "codes"),
    [
        (checked(), NOW, []),
        (checked(), "2027-02-20T12:00:00Z", []),
        (checked(), "2027-02-20T12:00:01Z", ["E541"]),
        (
            checked(),
            "2026-11-22T11:59:59Z",
            ["E541"],
        ),  # the clock stands wrong: which of the two is not known
        (checked(failed=["lease"], signed_off=False), NOW, ["E542"]),
        (checked(left=["overload"], signed_off=False), NOW, ["E542"]),
        (checked(signed_off=False), NOW, ["E542"]),
        (checked(failed=["lease"]), "2027-11-22T11:59:59Z", ["E542", "E541"]),
    ],
)
def test_checks_speak_for_a_table_for_ninety_days(checks, now, codes) -> None:
    kept.save(kept.Kept("T-7", checks))
    assert codes_of(now=now) == codes


def test_what_is_overdue_is_named() -> None:
    old = "2026-01-01T00:00:00Z"
    calibration = span([1.0, 2.0, 3.0] * 2, [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)] * 2, date=old, operator="")
    kept.save(kept.Kept("T-7", checked(), calibration))
    (problem,) = kept.objections(REAL, EVERY_S, NOW)
    assert problem.code == "E541"
    assert "calibration" in problem.found
    assert "325 days" in problem.found


@pytest.mark.parametrize("change", [{"model": "a new board"}, {"firmware": "9.9.9"}])
def test_checks_speak_for_the_controller_that_was_checked_only(change) -> None:
    kept.save(kept.Kept("T-7", checked()))
    (problem,) = kept.objections(replace(REAL, **change), EVERY_S, NOW)
    assert problem.code == "E546"
    assert WHO in problem.found


def test_checks_that_name_no_controller_speak_for_none() -> None:
    path = kept.save(kept.Kept("T-7", checked()))
    row = json.loads(path.read_text(encoding="utf-8"))
    del row["checked"]["controller"]
    path.write_text(json.dumps(row), encoding="utf-8")
    assert codes_of() == ["E546"]


def test_a_calibration_beyond_its_limits_refuses_whatever_the_checks_said() -> None:
    bent = span(
        [10.0, 20.0, 30.0] * 2, [(9.0, 10.0), (18.0, 20.0), (27.0, 30.0)] * 2, date=NOW, operator="Ada"
    )
    kept.save(kept.Kept("T-7", checked(), bent))
    (problem,) = kept.objections(REAL, EVERY_S, NOW)
    assert (problem.code, "cell A" in problem.found) == ("E542", True)


def test_what_was_saved_is_loaded_again() -> None:
    calibration = span(
        [1.0, 2.0, 3.0] * 2, [(1.1, 1.0), (2.0, 2.1), (3.0, 3.0)] * 2, date=NOW, operator="Ada"
    )
    known = kept.Kept("T-7", checked(left=["x"]), calibration, Zero(NOW, "Bo", 0.5, -0.25))
    path = kept.save(known)
    assert kept.load("T-7") == known
    assert [one.name for one in path.parent.iterdir()] == [path.name]  # nothing beside it is left over


@pytest.mark.parametrize(
    "numbers", ["", "{", "[]", '{"format": 2}', '{"format": 1}', "null", '"\\ud800"', "1e999"]
)
def test_a_damaged_file_is_refused_and_never_taken_for_good(folder, numbers) -> None:
    folder.mkdir()
    kept.place("T-7").write_text(numbers, encoding="utf-8")
    assert codes_of() == ["E543"]
    with pytest.raises(RefusedError):
        kept.load("T-7")


@pytest.mark.parametrize(
    ("field", "value"), [("signed_off", 1), ("date", "today"), ("date", None), ("failed", 3)]
)
def test_a_field_that_was_bent_is_refused(field, value) -> None:
    path = kept.save(kept.Kept("T-7", checked()))
    row = json.loads(path.read_text(encoding="utf-8"))
    row["checked"][field] = value
    path.write_text(json.dumps(row), encoding="utf-8")
    assert codes_of() == ["E543"]


def test_the_file_of_another_table_is_refused() -> None:
    path = kept.save(kept.Kept("t-8", checked()))
    path.rename(kept.place("T-7"))
    assert codes_of() == ["E543"]


def test_each_serial_number_has_a_file_of_its_own_inside_the_folder(folder) -> None:
    names = ["T-7", "t-7", "../t-7", "", "a/b", "x" * 500, "é", "con\0", "t 7"]
    places = [kept.place(name) for name in names]
    assert len({str(path).lower() for path in places}) == len(names)
    assert {path.parent for path in places} == {folder}


def test_a_folder_that_cannot_be_written_to_is_an_error(folder) -> None:
    folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(TractionError) as caught:
        kept.save(kept.Kept("T-7", checked()))
    assert caught.value.code == "E544"


def report(*results: Result, operator: str = "Ada") -> CheckReport:
    about = About("t", "sim:", "T-7", "m", "1", "lumbar", "back-drivable", False, operator, NOW, NOW)
    return CheckReport(about, results)


def test_only_a_named_person_with_nothing_open_signs_off() -> None:
    good = Result("a", "A", Verdict.PASS)
    assert report(good).signed_off
    assert report(good, Result("b", "B", Verdict.NOT_APPLICABLE)).signed_off
    assert not report(good, operator="").signed_off
    assert not report().signed_off
    for verdict in (Verdict.FAIL, Verdict.NOT_JUDGED, Verdict.MISSING):
        assert not report(good, Result("b", "B", verdict)).signed_off


def test_a_figure_that_is_no_number_is_outside_every_band() -> None:
    for value in (None, float("nan")):
        for band in ((0.0, None), (None, 1.0), (-1.0, 1.0)):
            assert not Figure("x", value, "N", *band).inside
    assert Figure("x", None, "N").inside  # it is told, not judged
    assert judged("a", "A", [Figure("x", float("nan"), "N", high=1.0)]).verdict is Verdict.FAIL


@pytest.mark.parametrize(("said", "every_s"), [("", EVERY_S), ('check_every = "720 h"\n', 720 * 3600.0)])
def test_the_file_of_a_table_may_say_how_long_checks_count(tmp_path, said, every_s) -> None:
    path = tmp_path / "mine.toml"
    shipped = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    path.write_text(said + shipped, encoding="utf-8")
    assert load_table(path).check_every_s == every_s
    path.write_text('check_every = "8785 h"\n' + shipped, encoding="utf-8")
    with pytest.raises(ProtocolError):
        load_table(path)
