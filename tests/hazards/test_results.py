"""The trace ends in the last result of each test: what failed, was skipped or was not run is told."""

import csv
import json
import re
import subprocess
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from tests.hazards import __main__ as tool
from tests.hazards.things import ROOT, things
from traction.hazards.model import ASKED, HELD, Hazards
from traction.hazards.results import FAILED, NOT_RUN, PASSED, SKIPPED, back, read, steps, unshown

HEAD = '<testsuites><testsuite name="pytest">'
TAIL = "</testsuite></testsuites>"


def case(test: str, inside: str = "") -> str:
    """Return what pytest writes of a test that hazards name so."""
    file, _, name = test.partition("::")
    name, bracket, parameters = name.partition("[")
    *classes, name = name.split(".")
    place = ".".join([*file.removesuffix(".py").split("/"), *classes])
    return f'<testcase classname="{place}" name="{name}{bracket}{parameters}">{inside}</testcase>'


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def named(hazards: Hazards) -> list[str]:
    """Return every test that a hazard names, each once."""
    return sorted({test for one in hazards.hazards for control in one.controls for test in control.tests})


def results(folder: Path, *cases: str) -> Path:
    file = folder / "results.xml"
    file.write_text(HEAD + "".join(cases) + TAIL, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("inside", "ended"),
    [("", PASSED), ("<failure/>", FAILED), ("<error/>", FAILED), ('<skipped message="no"/>', SKIPPED)],
)
def test_a_test_ended_as_its_worst_case_did(inside: str, ended: str, tmp_path: Path) -> None:
    cases = [case("tests/a/test_b.py::test_c[1-x.y]"), case("tests/a/test_b.py::test_c[2]", inside)]
    for order in (cases, cases[::-1]):
        assert read([results(tmp_path, *order)]) == {"tests/a/test_b.py::test_c": ended}


@pytest.mark.parametrize("group", ["@realtime", "[1-x@y]@realtime"])
def test_a_test_of_a_group_is_found_by_its_name(group: str, tmp_path: Path) -> None:
    file = results(tmp_path, case(f"tests/a/test_b.py::test_c{group}"))
    assert read([file]) == {"tests/a/test_b.py::test_c": PASSED}


def test_a_test_of_a_class_is_found_by_its_name(tmp_path: Path) -> None:
    file = results(tmp_path, case("tests/a/test_b.py::TestC.test_d"))
    assert read([file]) == {"tests/a/test_b.py::TestC.test_d": PASSED}


def test_where_all_have_passed_nothing_is_told_and_the_trace_is_whole(
    hazards: Hazards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = results(tmp_path, *map(case, named(hazards)))
    assert tool.main([str(file), "--folder", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert f"{len(hazards.hazards)} hazards name {len(named(hazards))} tests" in told.out
    page = (tmp_path / "trace.html").read_text(encoding="utf-8")
    assert "no claim of conformity" in page
    rows = rows_of(tmp_path / "trace.csv")
    assert {row["test"] for row in rows} - {""} == set(named(hazards))
    assert {row["result"] for row in rows if row["test"]} == {PASSED}
    controls = [(one.name, each.layer, each.does) for one in hazards.hazards for each in one.controls]
    assert {(row["hazard"], row["layer"], row["requirement"]) for row in rows} == set(controls)
    reverse = rows_of(tmp_path / "trace-back.csv")
    names = {row["name"] for row in reverse}
    assert names >= things().faults | {str(one) for one in things().checks} | set(named(hazards))
    assert all(row["hazards"] for row in reverse)


@pytest.mark.parametrize(
    ("inside", "said"), [("<failure/>", FAILED), ("<skipped/>", SKIPPED), (None, NOT_RUN)]
)
def test_one_that_has_not_passed_is_told_and_ends_with_5(
    hazards: Hazards, inside: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = named(hazards)
    cases = [] if inside is None else [case(first, inside)]
    file = results(tmp_path, *cases, *map(case, others))
    assert tool.main([str(file), "--folder", str(tmp_path)]) == 5
    assert capsys.readouterr().err == f"{said}: {first}\n"
    page = (tmp_path / "trace.html").read_text(encoding="utf-8")
    assert f'<span class="broken">&nbsp;{said}&nbsp;</span> <code>{first}</code>' in page


def test_the_folder_says_where_it_was_made_and_every_file_has_its_hash(
    hazards: Hazards, tmp_path: Path
) -> None:
    folder = tmp_path / "proof"
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "one.json").write_text("{}", encoding="utf-8")
    assert tool.main([str(results(tmp_path, *map(case, named(hazards)))), "--folder", str(folder)]) == 0
    check = ["sha256sum", "--check", "--strict", "manifest.sha256"]
    done = subprocess.run(check, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    there = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert set(re.findall(r"^(.*): OK$", done.stdout, re.M)) == there - {"manifest.sha256"}
    assert there >= {"layers/one.json", "about.json", "packages.csv", "trace.html"}
    (folder / "layers" / "one.json").write_text("[]", encoding="utf-8")
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 1
    packages = {row["package"]: row["version"] for row in rows_of(folder / "packages.csv")}
    assert packages["numpy"] == metadata.version("numpy")
    assert "commit" in json.loads((folder / "about.json").read_text(encoding="utf-8"))


def test_what_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text("no xml", encoding="utf-8")
    assert tool.main([str(tmp_path / "results.xml")]) == 2
    assert tool.main([str(tmp_path / "gone.xml")]) == 2


def test_only_what_is_asked_of_a_builder_may_be_without_a_test(hazards: Hazards) -> None:
    *_, last = hazards.hazards
    (control, *_) = last.controls
    for status, wrong in ((ASKED, ()), (HELD, (f"not run: {last.name}, {control.layer}: no test is named",))):
        bare = replace(last, controls=(replace(control, status=status, tests=()),))
        assert unshown(list(steps(replace(hazards, hazards=(bare,)), {}))) == wrong


def test_what_no_hazard_names_is_told_with_its_excuse(hazards: Hazards) -> None:
    for one in back(hazards, things()):
        if one.hazards.startswith("none: "):
            assert one.kind == "check"
            assert one.hazards == f"none: {dict(hazards.no_hazard)[one.name]}"


def test_every_submission_makes_the_trace_of_its_own_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'make test PYTEST_ADDOPTS="--junitxml=$results"' in script
    assert '-m tests.hazards "$results"' in script
