"""The page about proving a driver is followed to the letter: its files are written, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from traction.sim.faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.]+\.(?:toml|py|yml))`[^`]*:\n\n$")
STEP = re.compile(r"^ +- run: (.+)$", re.MULTILINE)
TABLE_FAULTS = [name for name, fault in FAULTS.items() if fault.side == "table"]


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


PAGE = text_of("prove-your-driver.md")


def files(page: str) -> dict[str, str]:
    """Return what a page says each file holds."""
    named = {}
    for match in BLOCK.finditer(page):
        if match[1] not in ("sh", "text"):
            found = FILE.search(page[: match.start()])
            assert found, match[2][:60]
            named[found[1]] = match[2]
    return named


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("prove")
    theirs, ours = files(text_of("write-a-driver.md")), files(PAGE)
    assert sorted(ours) == [
        "prove.yml",
        "spring_on_bench.py",
        "test_reference_table.py",
        "test_spring_on_bench.py",
    ]
    for name, text in ours.items():
        (place / name).write_text(text, encoding="utf-8")
    for name in ("spring_table.py", "spring.toml"):  # from the page that this one begins with
        (place / name).write_text(theirs[name], encoding="utf-8")
    return place


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    command = [sys.executable, *(["-m", *words] if words[0] == "traction" else words[1:])]
    if "pytest" in words:
        command += ["-q", "-W", "error", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=280
    )


def good(line: str, folder: Path) -> str:
    done = run(line, folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return done.stdout


def commands() -> list[str]:
    return [line for kind, text in BLOCK.findall(PAGE) if kind == "sh" for line in text.splitlines()]


def steps() -> list[str]:
    return STEP.findall(files(PAGE)["prove.yml"])


def test_the_first_look_is_as_the_page_says(folder: Path) -> None:
    assert re.search(r"^1\d passed", good(commands()[0], folder), re.MULTILINE)


def test_the_rules_and_every_fault_are_held_by_the_driver_of_the_page(folder: Path) -> None:
    assert "skipped" not in good(commands()[1], folder)
    names = [one.get("name", "") for one in ET.parse(folder / "driver.xml").iter("testcase")]
    for test, at in (("in_the_hold", "4s"), ("on_the_way_up", "1500ms"), ("from_power_up", "on")):
        assert [name for name in names if name.startswith(f"test_{test}[")] == [
            f"test_{test}[{fault}@{at}]" for fault in TABLE_FAULTS
        ]
    assert sum("test_rule_" in name for name in names) > 60


def test_a_model_without_its_lease_is_found_as_the_page_says(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    broken = tmp_path / "spring_on_bench.py"
    text = broken.read_text(encoding="utf-8")
    line = "                it.tick("
    assert text.count(line) == 1
    broken.write_text(
        text.replace(line, f"                it.lease_end_ms = it.now_ms + 1000\n{line}"), encoding="utf-8"
    )
    done = run("python -m pytest test_spring_on_bench.py -x -k 'rule_4 or rule_8 or rule_10'", tmp_path)
    assert done.returncode == 1, done.stdout[-2000:]
    assert "1 failed" in done.stdout


def test_the_pipeline_has_these_steps() -> None:
    assert [step.split()[:3] for step in steps()] == [
        ["python", "-m", "pip"],
        ["python", "-m", "pytest"],
        ["traction", "check", "uconn-30-10"],
        ["traction", "faults", "run"],
    ]
    assert "jobs:" in files(PAGE)["prove.yml"]


@pytest.mark.parametrize("step", steps()[2:])
def test_the_steps_that_are_no_tests_work(folder: Path, step: str) -> None:
    good(step, folder)
    if "--junit" in step:
        report = ET.parse(folder / step.split()[-1])
        names = [case.get("name", "") for case in report.iter("testcase")]
        assert any(re.match(r"H\d\d\b", name) for name in names), names[:5]
        assert not list(report.iter("failure"))


def test_the_exit_codes_are_those_of_the_program() -> None:
    from traction.errors import RefusedError, UsageError
    from traction.runner.outcome import Outcome

    rows = dict(re.findall(r"^\| ([\d, ]+) \| (.*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == {"0", "1", "2", "3", "4, 5, 6"}
    assert (UsageError.exit_code, RefusedError.exit_code) == (2, 3)
    assert [Outcome(name).exit_code for name in ("STOPPED", "TRIPPED", "FAULTED")] == [4, 5, 6]
