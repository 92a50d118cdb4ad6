"""The fixtures for other people's tests: as they come with the package, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from traction.sim.faults import FAULTS
from traction.testing.bench import Bench
from traction.testing.conformance import SternClock, TableUnderTest
from traction.testing.session import Ended

NOTHING = """
import sys

def test_nothing_is_loaded_that_was_not_asked_for():
    ours = {name for name in sys.modules if name.startswith("traction.")}
    assert ours <= {"traction.testing", "traction.testing.plugin", "traction.errors"}, ours
    assert "numpy" not in sys.modules
    assert "numba" not in sys.modules
"""
CASES = """
import pytest

@pytest.mark.traction_faults("estop-pressed@4s", ("cell-a-stuck@4s", "cell-b-stuck@4s"))
def test_two(traction_faults):
    assert list(traction_faults)

@pytest.mark.traction_faults(side="link", but=["link-cut"])
def test_link(traction_faults):
    assert list(traction_faults)

@pytest.mark.traction_faults("estop-pressed@4s")
def test_that_does_not_ask_for_them():
    pass
"""


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_theirs.py").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    words = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--strict-markers", *options]
    command = [sys.executable, "-P", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_it_costs_nothing_until_it_is_asked_for(tmp_path: Path) -> None:
    done = run(tmp_path, NOTHING)
    assert done.returncode == 0, done.stdout


def test_junit_names_the_hazards_of_each_case(tmp_path: Path) -> None:
    done = run(tmp_path, CASES, "--junitxml", "theirs.xml")
    assert done.returncode == 0, done.stdout
    cases = {
        str(one.get("name")): {each.get("value") for each in one.iter("property")}
        for one in ET.parse(tmp_path / "theirs.xml").getroot().iter("testcase")
    }
    assert cases["test_two[estop-pressed@4s]"] == {"H43"}
    assert cases["test_two[cell-a-stuck@4s+cell-b-stuck@4s]"] == {"H11"}
    assert cases["test_link[link-corrupted@4s]"] == {"H28"}
    assert not any(hazards for name, hazards in cases.items() if "@" not in name)


def test_the_marker_makes_one_test_of_each_case(tmp_path: Path) -> None:
    done = run(tmp_path, CASES, "--collect-only")
    link = [name for name, fault in FAULTS.items() if fault.side == "link" and name != "link-cut"]
    cases = ["two[estop-pressed@4s]", "two[cell-a-stuck@4s+cell-b-stuck@4s]"]
    cases += [*(f"link[{name}@4s]" for name in link), "that_does_not_ask_for_them"]
    assert done.stdout.splitlines()[: len(cases)] == [f"test_theirs.py::test_{one}" for one in cases]


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ('"estop-presed@4s"', "'estop-presed' is no fault"),
        ('"host-stall@4s"', "a fault of the host"),
        ('side="cable"', "no fault of the list is of the side 'cable'"),
        ('side="table", but=["cable"]', "no fault of the list: cable"),
    ],
)
def test_what_is_no_fault_is_an_error_and_no_silent_nothing(tmp_path: Path, marker: str, told: str) -> None:
    text = f"import pytest\n\n@pytest.mark.traction_faults({marker})\ndef test_one(traction_faults): pass\n"
    done = run(tmp_path, text)
    assert done.returncode != 0
    assert told in done.stdout + done.stderr


def test_whoever_wants_none_of_it_has_none(tmp_path: Path) -> None:
    done = run(tmp_path, "def test_one(traction_clock): pass\n", "-p", "no:traction")
    assert "fixture 'traction_clock' not found" in done.stdout


# ---- the fixtures themselves, asked for here as others would ---------------------------------------------


def test_a_table_without_faults_completes(traction_table: TableUnderTest, traction_session: object) -> None:
    ended: Ended = traction_session(traction_table)  # type: ignore[operator]
    assert (ended.outcome, ended.code) == ("COMPLETED", "")
    ended.assert_let_go()
    assert 59 < ended.peak_n < 63


@pytest.mark.traction_faults(
    "cell-a-stuck@4s", "controller-reboot@4s", "motor-runaway@4s", "estop-pressed@4s"
)
def test_a_fault_ends_it_and_the_force_is_gone(
    traction_table: TableUnderTest, traction_session: object
) -> None:
    ended: Ended = traction_session(traction_table)  # type: ignore[operator]
    assert ended.outcome in ("TRIPPED", "FAULTED", "STOPPED")
    ended.assert_let_go()


@pytest.mark.traction_table("sim:?slack_mm=0&drive=back-drivable&seed=5", wire=True)
@pytest.mark.traction_faults("link-cut@4s", "link-corrupted@4s")
def test_a_line_can_fail_where_there_is_one(traction_table: TableUnderTest, traction_session: object) -> None:
    ended: Ended = traction_session(traction_table)  # type: ignore[operator]
    assert ended.outcome in ("TRIPPED", "FAULTED")
    ended.assert_let_go()


def test_a_force_that_stays_is_told(traction_clock: SternClock, traction_session: object) -> None:
    """The session is judged by the true force and nothing else: a liar beside the table is believed."""
    from traction.testing.simulated import simulated

    table = simulated("sim:?slack_mm=0", traction_clock)
    ended: Ended = traction_session(table, lambda: 20.0)  # type: ignore[operator]
    with pytest.raises(AssertionError, match=r"20\.0 N are left 6\.\d s after the host"):
        ended.assert_let_go()
    with pytest.raises(AssertionError, match=r"20\.0 N of at most 15\.0 N"):
        ended.assert_let_go(peak_n=15.0)


def test_a_bench_reads_like_a_table_and_has_the_faults(traction_bench: Bench) -> None:
    first = traction_bench.tick(0, 0, 0)
    assert first.alive
    assert not first.restarted
    for _ in range(400):
        seen = traction_bench.tick(2_000, 1, 0)
    assert seen.force_a_mn is not None
    assert abs(seen.force_a_mn / 1000 - traction_bench.true_force_n()) < 5
    assert traction_bench.true_force_n() > 20
    traction_bench.press("emergency-stop")
    assert traction_bench.tick(0, 1, 0).inputs != first.inputs
    traction_bench.let_go("emergency-stop")
    assert traction_bench.tick(0, 1, 0).inputs == first.inputs


def test_a_bench_has_its_controller_hang_and_restart() -> None:
    bench = Bench(["controller-hang@500ms"])
    seen = [bench.tick(2_000, 1, 0) for _ in range(200)]
    dead = [i for i, one in enumerate(seen) if not one.alive]
    assert len(dead) == 10 + 29  # until the watchdog, and while it restarts
    assert [i for i, one in enumerate(seen) if one.restarted] == [dead[-1] + 1]
    assert seen[dead[-1] + 2].force_a_mn is not None


def test_a_bench_s_line_is_cut_either_way() -> None:
    bench = Bench(["link-cut-to-table@0s", "link-duplicated@1s"])
    assert bench.to_table(b"a") == b"a"
    bench.tick(1, 1, 0)
    bench.tick(1, 1, 0)
    assert (bench.to_table(b"a"), bench.to_host(b"b")) == (b"", b"b")
    for _ in range(100):
        bench.tick(0, 0, 0)
    assert bench.to_host(b"b") == b"bb"
