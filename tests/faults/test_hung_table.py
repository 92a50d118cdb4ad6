"""A call into the table that never returns: two presses of Ctrl-C do nothing, a third ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from traction.runner.reader import read_record

HANG = """
import os
from traction.sim.table import SimTable

poll = SimTable.poll
never, _writer = os.pipe()


polls = iter(range(1_000_000))


def hang(table):
    if next(polls) == 75:
        print("hangs", flush=True)
        os.read(never, 1)
    return poll(table)


SimTable.poll = hang
"""


@pytest.mark.realtime
def test_a_third_press_ends_a_process_whose_table_does_not_answer(tmp_path: Path, session_command) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.mcap"
    _, script, *arguments = session_command(path, "wall", 20.0)
    source = Path(script).read_text(encoding="utf-8")
    hanging = tmp_path / "hanging.py"
    hanging.write_text(source.replace("def plan(", HANG + "\n\ndef plan(", 1), encoding="utf-8")
    command = [sys.executable, str(hanging), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            assert process.stdout.readline() == "hangs\n"
            for _ in range(2):
                os.kill(process.pid, signal.SIGINT)
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.6)
            os.kill(process.pid, signal.SIGINT)
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 6
    assert "THE STATE OF THE TABLE IS UNKNOWN" in told
    assert "250 ms" in told
    # ended by the recorder beside, as after any death of the session; that is nobody's child now
    while {"E615"} != {problem.code for problem in read_record(path).problems}:
        pass
    assert read_record(path).outcome is None
