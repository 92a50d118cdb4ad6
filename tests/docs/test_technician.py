"""The five commands at the bench, as the README has them, on an emulated table behind a pseudo terminal."""

from __future__ import annotations

import os
import re
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo terminals here"),
]
README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
TRACTION = [sys.executable, "-m", "traction"]
CTRL_C = "\x03"
STOPPED = 4


def commands(url: str) -> list[list[str]]:
    """Return the words of the five, with the URL in place of the port."""
    (block,) = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    first, *lines = block.splitlines()
    assert re.match(r'TABLE="serial:[^"]+\?facts=sim"', first)
    return [shlex.split(line.replace("$TABLE", url)) for line in lines]


class Person:
    """Somebody at a terminal of their own, who reads what a command says and presses keys."""

    def __init__(self, words: list[str], folder: Path) -> None:
        import pty

        pid, self._fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execv(sys.executable, [*TRACTION, *words])
        self._pid = pid
        self.seen = ""

    def waits_for(self, pattern: str, limit_s: float = 60.0) -> None:
        end = time.monotonic() + limit_s
        while not re.search(pattern, self.seen):
            assert time.monotonic() < end, self.seen
            if select.select([self._fd], [], [], 0.2)[0]:
                self.seen += self._read()

    def presses(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def _read(self) -> str:
        try:
            return os.read(self._fd, 4096).decode("utf-8", "replace")
        except OSError:  # it has ended
            return ""

    def ends_with(self) -> int:
        """Return the exit code."""
        while text := self._read():
            self.seen += text
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def test_the_five_commands_work_word_for_word(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    command = [*TRACTION, "emulate", "--pty", "--trace", str(trace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as emulator:
        try:
            assert emulator.stdout is not None
            five = commands(emulator.stdout.readline().strip())
            assert [words[0] for words in five] == ["traction"] * 5
            for words in five[:3]:  # ports, watch, zero: to their end
                done = subprocess.run(
                    [*TRACTION, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr
                assert done.stdout.strip() or words[1] == "ports", words  # there may be none
            checking = Person(five[3][1:], tmp_path)  # takes ten minutes: begun, and ended by Ctrl-C
            checking.waits_for("promises: ")
            checking.presses(CTRL_C)
            assert checking.ends_with() == STOPPED, checking.seen
            assert "NOT SIGNED OFF" in checking.seen
            running = Person(five[4][1:], tmp_path)
            running.waits_for(r"REAL TABLE.*\[y/N\]")
            running.presses("y\n")
            running.waits_for("TAKE_UP|TAKE UP|take.up|RUNNING")
            running.presses("s")
            assert running.ends_with() == STOPPED, running.seen
        finally:
            emulator.terminate()
    assert int(trace.read_text(encoding="ascii").splitlines()[-1].split(",")[4]) < 11_000
