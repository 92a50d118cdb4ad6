"""A disk that fills up during a session: the force comes down, the cause is named, what was written stays."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from traction.errors import RecordError
from traction.runner.reader import read_record
from traction.runner.record.direct import DirectOutput, MemoryFile
from traction.runner.record.recorder import Recorder
from traction.runner.record.writer import RawFile

Command = Callable[[Path, str, float], list[str]]
LIMIT_BYTES = 60_000


def limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))


def test_a_full_disk_ends_the_run_by_a_controlled_release(tmp_path: Path, session_command: Command) -> None:
    path = tmp_path / "a.mcap"
    done = subprocess.run(
        session_command(path, "virtual", 600.0),
        preexec_fn=limit_file_size,
        capture_output=True,
        text=True,
        check=False,
    )
    outcome, code, force_mn, detail = done.stdout.splitlines()[-1].split(" ", 3)
    assert (outcome, code, done.returncode) == ("FAULTED", "E602", 6), done.stderr
    assert "File too large" in detail
    assert int(force_mn) <= 10_000
    assert path.stat().st_size <= LIMIT_BYTES
    record = read_record(path)
    assert not record.complete
    assert record.outcome is None
    assert len(record.samples["t_us"]) > 500
    assert record.samples["t_us"].tolist() == list(range(0, 20_000 * len(record.samples["t_us"]), 20_000))


class SmallDisk(MemoryFile):
    """Takes so many bytes and no more."""

    room = 3_000

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_the_error_names_the_cause() -> None:
    recorder = Recorder(DirectOutput(SmallDisk()), None)
    with pytest.raises(RecordError, match="No space left on device") as caught:
        recorder.begin({"text": os.urandom(4000).hex()}, ())
    assert caught.value.code == "E602"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_disk_that_is_full_from_the_start_is_a_clear_error() -> None:
    recorder = Recorder(DirectOutput(RawFile(os.open("/dev/full", os.O_WRONLY))), None)
    with pytest.raises(RecordError) as caught:
        recorder.begin({}, ())
    assert caught.value.code == "E602"
    recorder.close()


def test_another_error_of_the_system_has_a_code_of_its_own() -> None:
    descriptor = os.open(os.devnull, os.O_RDONLY)  # not open for writing
    recorder = Recorder(DirectOutput(RawFile(descriptor)), None)
    with pytest.raises(RecordError, match="Bad file descriptor") as caught:
        recorder.begin({}, ())
    assert caught.value.code == "E603"
    recorder.close()
