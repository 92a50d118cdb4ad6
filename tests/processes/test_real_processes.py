"""A short run of the rounds and of the kill points; the long ones are ``make prove``'s.

What is tried one by one elsewhere is not tried again here: a host that is killed, stopped or unplugged, two
hosts (tests/conformance/test_wire_bad_cases.py), a recorder that is killed or hangs (tests/faults).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("nothing", "all-killed", "controller-stopped", "disk-full", "file-limited", "hogs", "rude-host")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)


@pytest.mark.realtime
def test_whatever_is_done_to_real_processes_both_histories_agree(tmp_path: Path) -> None:
    words = ("--rounds", str(len(KINDS)), "--jobs", str(len(KINDS)), "--seed", "6", "--keep", str(tmp_path))
    done = run("tests.processes", *words, "--json", "--only", *KINDS)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {kind: row["rounds"] for kind, row in report["kinds"].items()} == dict.fromkeys(KINDS, 1)
    assert (report["findings"], report["broken"]) == (0, [])
    assert sum(one["rows"] for one in report["all"]) > 200  # of records, each held against both sides
    for one in report["all"]:
        if one["left_run_ms"] is not None:
            assert one["slack_ms"] <= 6000, one


def test_a_record_is_sound_whenever_its_writer_is_killed() -> None:
    done = run("tests.processes.kill_points", "--every", "211")
    assert done.returncode == 0, done.stderr
    told = re.match(r"(\d+) kill points \((\d+) by SIGKILL\) .* 0 findings$", done.stdout)
    assert told, done.stdout
    assert int(told[1]) > 150
    assert int(told[2]) > 60
