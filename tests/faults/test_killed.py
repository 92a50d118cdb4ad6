"""Sessions and recorders that are killed: what was recorded stays readable, and the force comes down."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from traction.errors import RecordError
from traction.runner.reader import Record, read_record
from traction.runner.record.beside import CONFIRM_WITHIN_US, BesideOutput, record_beside
from traction.runner.record.layout import COLUMNS
from traction.runner.record.recorder import Recorder

Command = Callable[[Path, str, float], list[str]]


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.kill()


def wait_for_size(path: Path, size: int, process: subprocess.Popen[str]) -> None:
    while path.stat().st_size < size:
        try:
            process.wait(0.001)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"it ended by itself at {path.stat().st_size} bytes")


def codes_of(record: Record) -> set[str]:
    return {problem.code for problem in record.problems}


def in_order(record: Record) -> bool:
    times = record.samples["t_us"].tolist()
    return times == sorted(set(times)) and len(times) % 50 == 0


@pytest.mark.parametrize("seed", range(3))
def test_after_kill_9_the_valid_prefix_reads_and_is_incomplete(
    tmp_path: Path, session_command: Command, seed: int
) -> None:
    path = tmp_path / "a.mcap"
    with running(session_command(path, "virtual", 1000.0)) as process:
        wait_for_size(path, random.Random(seed).randrange(10_000, 400_000), process)
        process.kill()
    record = read_record(path)
    assert not record.complete
    assert record.outcome is None
    assert "E615" in codes_of(record)
    assert in_order(record)
    assert len(record.samples["t_us"]) >= 50
    assert record.header["protocol"]["name"] == "short"


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc on this system")


@pytest.mark.realtime
def test_in_real_time_the_recorder_outlives_kill_9_and_ends_the_file(
    tmp_path: Path, session_command: Command
) -> None:
    path = tmp_path / "a.mcap"
    with running(session_command(path, "wall", 20.0)) as process:
        wait_for_size(path, 3_500, process)
        process.kill()
        process.wait()
        # the recorder is nobody's child now; it is done when the file has its end
        while codes_of(record := read_record(path)) != {"E615"}:
            pass
    assert record.outcome is None
    assert in_order(record)


@pytest.mark.realtime
def test_ctrl_c_in_the_terminal_stops_the_session_and_not_its_recorder(
    tmp_path: Path, session_command: Command
) -> None:
    path = tmp_path / "a.mcap"
    with running(session_command(path, "wall", 20.0)) as process:
        wait_for_size(path, 3_500, process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody in the group
        output, _ = process.communicate()
    assert output.startswith("STOPPED E490")
    assert process.returncode == 4
    record = read_record(path)
    assert record.complete
    assert record.outcome is not None
    assert record.outcome["outcome"] == "STOPPED"
    assert record.header["clock"] == "wall"
    assert "started_at" in record.header


@needs_proc
@pytest.mark.realtime
def test_a_recorder_that_dies_ends_the_run_by_a_controlled_release(
    tmp_path: Path, session_command: Command
) -> None:
    path = tmp_path / "a.mcap"
    with running(session_command(path, "wall", 20.0)) as process:
        wait_for_size(path, 3_500, process)
        (recorder,) = children(process.pid)
        os.kill(recorder, signal.SIGKILL)
        output, _ = process.communicate()
    outcome, code, force_mn, _ = output.split(" ", 3)
    assert (outcome, code, process.returncode) == ("FAULTED", "E604", 6)
    assert int(force_mn) <= 10_000
    record = read_record(path)
    assert not record.complete
    assert in_order(record)


# ---- the recorder process by itself: no waiting, times are given ------------------------------------------


def block(second: int) -> list[list[int]]:
    times = [1_000_000 * second + 20_000 * row for row in range(50)]
    return [times, *(list(range(50)) for _ in COLUMNS[1:])]


def record_until_it_fails(recorder: Recorder) -> None:
    for second in range(10_000):
        recorder.samples(block(second))
        recorder.check(0)


def record_in_step_until_it_fails(recorder: Recorder) -> None:
    """Wait for each confirmation, as real time does; a flood would fill the channel first (E605)."""
    output = recorder._output
    assert isinstance(output, BesideOutput)
    for second in range(10_000):
        recorder.samples(block(second))
        while output._unconfirmed:
            output._channel.wait(1.0)
            recorder.check(0)


def started(path: Path) -> tuple[Recorder, int]:
    recorder, pid = record_beside(path)
    recorder.begin({"protocol": {}}, ())
    return recorder, pid


def test_both_ways_of_recording_write_the_same_bytes(tmp_path: Path) -> None:
    from traction.runner.record.direct import record_to_memory

    beside, _ = started(tmp_path / "a.mcap")
    here = record_to_memory()
    here.begin({"protocol": {}}, ())
    for recorder in (beside, here):
        for second in range(3):
            recorder.event(second * 1_000_000, "state", text="RUNNING")
            recorder.samples(block(second))
        recorder.outcome(3_000_000, {"outcome": "COMPLETED"})
    assert (tmp_path / "a.mcap").read_bytes() == here._output.kept()


def test_an_abandoned_recorder_ends_the_file(tmp_path: Path) -> None:
    recorder, _ = started(tmp_path / "a.mcap")
    recorder.samples(block(0))
    recorder.close()
    record = read_record(tmp_path / "a.mcap")
    assert [problem.code for problem in record.problems] == ["E615"]
    assert len(record.samples["t_us"]) == 50


def test_stop_signals_do_not_end_a_recorder(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    recorder.samples(block(0))
    recorder.outcome(1_000_000, {"outcome": "STOPPED"})
    assert read_record(tmp_path / "a.mcap").complete


def test_a_recorder_that_hangs_is_noticed_by_the_session_s_clock(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    while recorder._output._unconfirmed:  # type: ignore[attr-defined]
        recorder.check(0)
    os.kill(pid, signal.SIGSTOP)
    try:
        recorder.samples(block(0))
        last_us = block(0)[0][-1]
        recorder.check(last_us + CONFIRM_WITHIN_US)
        with pytest.raises(RecordError) as caught:
            recorder.check(last_us + CONFIRM_WITHIN_US + 1)
        assert caught.value.code == "E605"
    finally:
        os.kill(pid, signal.SIGCONT)
        recorder.close()


def test_a_full_channel_is_an_error_and_never_a_wait(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(RecordError) as caught:
            record_until_it_fails(recorder)
        assert caught.value.code == "E605"
    finally:
        os.kill(pid, signal.SIGCONT)
        recorder.close()


def test_a_recorder_that_is_gone_is_an_error_and_the_outcome_does_not_pass(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(RecordError) as caught:
        recorder.outcome(0, {"outcome": "COMPLETED"})
    assert caught.value.code == "E604"
    recorder.close()


def test_a_full_disk_beside_the_session_is_named(tmp_path: Path) -> None:
    import resource

    recorder, pid = started(tmp_path / "a.mcap")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (20_000, 20_000))
    with pytest.raises(RecordError) as caught:
        record_in_step_until_it_fails(recorder)
    assert (caught.value.code, "File too large" in str(caught.value)) == ("E602", True)
    recorder.close()
    assert not read_record(tmp_path / "a.mcap").complete


@pytest.mark.realtime
def test_a_frozen_recorder_is_said_to_be_waited_for(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        os.kill(pid, signal.SIGCONT)

    recorder.on_wait(tell)
    os.kill(pid, signal.SIGSTOP)
    recorder.outcome(0, {"outcome": "COMPLETED"})
    assert len(said) == 1
    assert "waiting for the recorder" in said[0]
    assert "the force is down" in said[0]
    assert read_record(tmp_path / "a.mcap").complete


@pytest.mark.realtime
def test_a_broken_record_that_is_waited_for_is_said_too(tmp_path: Path) -> None:
    recorder, pid = started(tmp_path / "a.mcap")
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        os.kill(pid, signal.SIGCONT)

    recorder.on_wait(tell)
    os.kill(pid, signal.SIGSTOP)
    recorder.close()
    assert len(said) == 1


def test_a_record_beside_that_was_taken_away_is_no_record(tmp_path: Path) -> None:
    recorder, _ = started(tmp_path / "a.mcap")
    (tmp_path / "a.mcap").unlink()
    with pytest.raises(RecordError, match="taken away") as caught:
        recorder.outcome(0, {"outcome": "COMPLETED"})
    assert caught.value.code == "E606"
