"""What a session keeps beside it: a channel among a thousand open files, a process that does not start."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from traction.errors import RecordError
from traction.runner.channel import Channel
from traction.runner.record.beside import record_beside
from traction.runner.record.direct import DirectOutput
from traction.runner.record.recorder import Recorder
from traction.runner.record.writer import RawFile

HIGH = 1500
"""A descriptor beyond those that select.select takes."""


@pytest.fixture
def high_end() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give both ends of a socket pair, the first with the descriptor HIGH."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] <= HIGH:
        pytest.skip("this system lets nobody open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], HIGH + 1), before[1]))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        os.dup2(ours.fileno(), HIGH)
        with socket.socket(fileno=HIGH) as high:
            yield high, theirs
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_channel_waits_also_where_a_thousand_files_are_open(
    high_end: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = high_end
    channel = Channel(ours, 100)
    theirs.send(b"ready")
    channel.wait(20.0)  # and not as long as that
    assert channel.receive() == b"ready"
    channel.wait(0.0)
    assert channel.receive() == b""


def test_a_recorder_that_cannot_be_started_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(RecordError, match="cannot be started: No such file") as caught:
        record_beside(tmp_path / "a.mcap")
    assert caught.value.code == "E604"


class Cramped(RawFile):
    """A file on a disk with room for the outcome, and not for the end of the file."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self.full = False

    def flush(self) -> None:
        """Hand on, until the disk is full."""
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().flush()


def test_a_disk_that_is_full_at_the_very_end_leaves_no_file_open(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "a.mcap", os.O_WRONLY | os.O_CREAT)
    file = Cramped(descriptor)
    output = DirectOutput(file)
    recorder = Recorder(output, None)
    recorder.begin({}, ())
    file.full = True
    with pytest.raises(RecordError) as caught:
        output.finish()
    assert caught.value.code == "E602"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
