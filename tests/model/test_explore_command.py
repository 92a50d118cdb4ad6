"""The command that explores: what it prints, and what it ends with."""

import json
import signal
import subprocess
import sys

import pytest

from traction.cli import errors


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    return errors.run(["faults", "explore", *words]), capsys.readouterr().out


def test_a_variant_is_shown_with_the_way_to_what_it_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "--variant", "stop-leaves-armed")
    assert code == 0
    assert "it breaks: motion starts only by a GO" in out
    assert "1.65534 of host A arrives -> RUN" in out
    assert out.splitlines()[-1].startswith("1 of 1 weaker controllers found out")


def test_it_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "--variant", "limits-unchecked", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["passed"] is True
    (one,) = told["searches"]
    assert one["variant"] == "limits-unchecked"
    assert len(one["broken"][0]["steps"]) == 4
    assert one["states"] > 100


def test_an_unknown_variant_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--variant", "no-such-thing")[0] == 2


def test_a_process_that_searches_for_another_ends_on_ctrl_c_without_a_word() -> None:
    code = (
        "import os, signal; from traction.campaign.explore_all import _end_on_interrupt as begin; begin();"
        "os.kill(os.getpid(), signal.SIGINT)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
