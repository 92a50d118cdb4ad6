"""At a real terminal: the screen fits, Ctrl-C and keys do what they say, the terminal is left as it was."""

import codecs
import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from traction.runner.reader import read_record

DEADLINE_S = 40.0
# Take the terminal as the controlling one, so that Ctrl-C typed at it becomes a signal.
LAUNCH = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', 'traction', *sys.argv[1:]])"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One command at a terminal of a given size; everything it wrote is in ``text``."""

    def __init__(self, arguments: list[str], cwd: Path, columns: int, **environment: str) -> None:
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=cwd,
            env={**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment},
            start_new_session=True,
        )
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end within a character

    def read_until(self, pattern: str, after: int = 0) -> int:
        """Read until ``pattern`` has been written behind ``after``; return where it ends."""
        give_up = time.monotonic() + DEADLINE_S
        while True:
            found = re.search(pattern, self.text[after:])
            if found:
                return after + found.end()
            assert time.monotonic() < give_up, f"{pattern!r} did not come:\n{self.text[-2000:]}"
            assert self.read() or re.search(pattern, self.text[after:]), (
                f"no {pattern!r}:\n{self.text[-2000:]}"
            )

    def read(self) -> bool:
        """Take what has been written; return whether more may come."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.text += self.decoder.decode(data)
        return bool(data)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        give_up = time.monotonic() + DEADLINE_S
        while self.read():
            assert time.monotonic() < give_up, self.text[-2000:]
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        """Give the terminal back."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[object]:
    """Return a way to start a command at a terminal."""
    opened: list[Terminal] = []

    def start(*arguments: str | Path, columns: int = 80, **environment: str) -> Terminal:
        opened.append(Terminal([str(each) for each in arguments], tmp_path, columns, **environment))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.parametrize("columns", [40, 80])
def test_the_screen_fits_the_terminal_and_goes_away(terminal, short: Path, columns: int) -> None:
    started = terminal("run", short, columns=columns)
    assert started.finish() == 0
    plain = ESCAPE.sub("", started.text).replace("\r", "\n")
    for part in ("simulated table sim:", "target", "N limit", "mmHg", "% ", "COMPLETED"):
        assert part.strip() in plain
    assert re.search(r"phase \d+:\d\d left", plain)
    assert re.search(r"total \d+:\d\d left", plain)
    screen = plain[plain.index("simulated table sim:") : plain.rindex("COMPLETED")]
    assert max(len(line) for line in screen.splitlines()) <= columns
    assert started.text.rindex("\x1b[?25h") > started.text.rindex("\x1b[?25l"), "the cursor is back"
    assert COLOUR.search(started.text)
    assert termios.tcgetattr(started.slave) == started.before


@pytest.mark.parametrize(
    "line",
    [
        "list --long",
        "show {weighing}",
        "show {weighing} --mass 80kg",
        "check {weighing} {broken} {strong}",
        "check cerv-fater",
        "explain E310",
        "explain",
        "run {weighing}",
        "run {broken} --table sim:?drive=of-no-kind",
        "--help",
        "run --help",
        "shwo",
    ],
)
def test_no_line_is_wider_than_a_narrow_terminal(
    terminal, line: str, weighing: Path, broken: Path, strong: Path
) -> None:
    files = {"weighing": weighing.name, "broken": broken.name, "strong": strong.name}
    started = terminal(*line.format(**files).split(), columns=40)
    started.finish()
    plain = ESCAPE.sub("", started.text).replace("\r", "")
    assert plain.strip()
    assert [row for row in plain.split("\n") if len(row) > 40] == []


def test_no_colour_and_ascii_where_that_is_wanted(terminal, short: Path) -> None:
    started = terminal("run", short, NO_COLOR="1", PYTHONIOENCODING="ascii")
    assert started.finish() == 0
    assert not COLOUR.search(started.text)
    assert started.text.isascii()
    assert "COMPLETED" in started.text
    assert "####" in started.text, "the screen was drawn"


def test_a_dumb_terminal_gets_plain_lines(terminal, short: Path) -> None:
    started = terminal("run", short, TERM="dumb", columns=40)
    assert started.finish() == 0
    assert max(len(line) for line in started.text.splitlines()) <= 40
    assert "\x1b" not in started.text
    assert "100 %" in started.text


def test_a_real_table_asks_and_no_is_a_refusal(terminal, short: Path, tmp_path: Path) -> None:
    from traction.shipped import shipped_dir

    text = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    bench = tmp_path / "bench.toml"
    bench.write_text(text.replace('url = "sim:"', 'url = "bench:one"'), encoding="utf-8")
    started = terminal("run", short, "--table", bench)
    started.read_until(r"REAL TABLE bench:one\? \[y/N\]")
    started.type(b"n\n")
    assert started.finish() == 3
    assert "error E164" in started.text


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("presses", "said", "code"),
    [(1, "controlled release", "E490"), (2, "asked for again: fast release", "E491")],
)
def test_ctrl_c_is_a_ladder_that_says_each_step(
    terminal, short: Path, presses: int, said: str, code: str
) -> None:
    started = terminal("run", short, "--clock", "wall", "--record", "run.mcap")
    at = started.read_until(r"keys: p pause")
    for _ in range(presses):
        started.type(b"\x03")
        at = started.read_until(r"stop asked for", at)
    assert started.finish() == 4
    assert said in started.text
    assert f"STOPPED {code}: by SIGINT" in ESCAPE.sub("", started.text)
    assert f"traction explain {code}" in started.text
    assert termios.tcgetattr(started.slave) == started.before


@pytest.mark.realtime
def test_keys_pause_resume_and_stop(terminal, short: Path, tmp_path: Path) -> None:
    gentle = short.with_name("gentle.toml")  # little force, so that the ways down and up take little time
    text = short.read_text(encoding="utf-8").replace("160 N", "40 N").replace('"3 s"', '"9 s"')
    gentle.write_text(text, encoding="utf-8")
    table = "sim:?slack_mm=0"
    started = terminal("run", gentle, "--clock", "wall", "--record", "run.mcap", "--table", table)
    at = started.read_until(r"phase main \(hold\)")
    started.type(b"p")
    at = started.read_until(r"paused", started.read_until(r"pause asked for", at))
    started.type(b"r")
    at = started.read_until(r"running", started.read_until(r"resume asked for", at))
    started.type(b"s")
    assert started.finish() == 4
    assert termios.tcgetattr(started.slave) == started.before
    report = subprocess.run(
        [sys.executable, "-m", "traction", "report", "run.mcap", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    row = json.loads(report.stdout)
    assert (row["outcome"], row["complete"]) == ("STOPPED", True)


@pytest.mark.realtime
def test_a_terminal_nobody_reads_delays_no_tick(short: Path, tmp_path: Path) -> None:
    master, slave = os.openpty()  # holds a few kilobytes, then whoever writes to it waits
    quick = short.with_name("quick.toml")
    quick.write_text(
        short.read_text(encoding="utf-8").replace("160 N", "50 N").replace("repeat = 2", "repeat = 1")
    )
    arguments = ["run", str(quick), "--clock", "wall", "--record", "run.mcap", "--table", "sim:?slack_mm=0"]
    done = subprocess.run(
        [sys.executable, "-m", "traction", *arguments, "--json"],
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
        check=False,
        timeout=DEADLINE_S,
    )
    assert not select.select([], [slave], [], 0)[1], "the terminal was full"
    os.close(master)
    os.close(slave)
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "COMPLETED"
    late_us = read_record(tmp_path / "run.mcap").samples["late_us"]
    assert late_us.max() < 200_000, "a lease never ran out"


@pytest.mark.realtime
def test_sigterm_in_a_pipe_is_a_controlled_release(short: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "traction", "run", str(short), "--clock", "wall", "--json"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("running short on sim:, simulated, wall clock")
    assert "take-up" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 4
    assert "controlled release" in err
    assert json.loads(out)["outcome"] == "STOPPED"


def test_readers_that_go_away_do_not_end_a_run(short: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m traction run {short} --record run.mcap 2>&1 | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    report = subprocess.run(
        [sys.executable, "-m", "traction", "report", "run.mcap", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(report.stdout)["outcome"] == "COMPLETED"
