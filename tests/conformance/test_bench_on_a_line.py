"""``traction bench`` on a table behind a pseudo terminal: checks, and each command at the shell."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from traction.bench import suite
from traction.bench.connect import wire_connector
from traction.bench.context import Bench
from traction.bench.result import Verdict
from traction.clock import VirtualClock
from traction.drivers.transport import open_serial
from traction.proof import verify
from traction.protocol.load import parse_protocol
from traction.safety.hardware import load_table, session_limits
from traction.testing.far import Counted, FarTable

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo terminals here")
URL = "sim:?seed=3"


class Passing(VirtualClock):
    """The test's time, in which the table behind the line lives too."""

    __slots__ = ("far", "lines")

    def __init__(self, far: FarTable) -> None:
        super().__init__()
        self.far = far
        self.lines: list[Counted] = []

    def connect(self) -> Counted:
        line = Counted(open_serial(self.far.url.partition(":")[2], 115_200), self.far)
        line._got = self.far.sent  # what was not read before this connection is gone
        self.lines.append(line)
        return line

    def wait_until_us(self, deadline_us: int) -> None:
        super().wait_until_us(deadline_us)
        self.far.live(self.now_us(), sum(line.told for line in self.lines))


class Yes:
    """A person who is there for questions only."""

    present = False

    def asked(self, _name: str, _question: str) -> bool:
        return True

    def told(self, _text: str) -> None:
        pass


@pytest.fixture
def far() -> Iterator[FarTable]:
    far = FarTable("pty", URL)
    yield far
    far.close()


def test_every_check_passes_over_a_terminal(far: FarTable) -> None:
    facts, clock = load_table("sim"), Passing(far)
    connector = wire_connector(clock.connect, clock, hand=far._table)
    with connector.make().guard as guard:
        identity = guard.open()

    def prove(text: str) -> Any:
        return verify(parse_protocol(text, file="the check"), table=URL).session_plan()

    bench = Bench(
        connector=connector,
        clock=clock,
        limits=session_limits("lumbar", facts),
        identity=identity,
        person=Yes(),
        prove=prove,
        burn_in_s=20.0,
        slack_travel_mm=20.0,
        reach_n=400.0,
    )
    results, cut = suite.run_checks(bench, lambda _result: None)
    assert not cut
    wrong = [one for one in results if one.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    assert [one.name for one in wrong] == ["overload"], wrong  # nobody jerks that cord
    assert abs(far.true_force_n()) < 11


@pytest.mark.realtime
@pytest.mark.xdist_group("realtime")
def test_each_command_of_the_bench_at_the_shell(serve: Any, shell_run: Any) -> None:
    url = serve("--pty").url
    zero = shell_run("bench", "zero", "--table", url, "--operator", "Ada")
    assert zero.returncode == 0, zero.stderr
    assert "kept in" in zero.stderr
    watch = shell_run("bench", "watch", "--table", url, "--for", "1.2s", "--json")
    assert watch.returncode == 0, watch.stderr
    rows = [json.loads(line) for line in watch.stdout.splitlines()]
    assert rows[-1]["round_trip_ms"] < 100
    assert rows[-1]["state"] == "IDENTIFIED"
    for part in ("span", "jog"):
        weights = ("--weight", "5kg", "--weight", "10kg", "--weight", "20kg") if part == "span" else ()
        refused = shell_run("bench", part, "--table", url, *weights)
        assert (refused.returncode, "E554" in refused.stderr) == (3, True), refused.stderr


@pytest.mark.realtime
@pytest.mark.xdist_group("realtime")
def test_hands_at_the_emulated_table_hang_a_weight_and_press_a_stop(shell_run: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "traction", "emulate", "--tcp", "127.0.0.1:0", "--hands"]
    piped = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdin=piped, stdout=piped, stderr=piped, text=True) as table:
        assert table.stdin
        assert table.stdout
        assert table.stderr
        try:
            url = table.stdout.readline().strip()

            def hands(words: str, until: str) -> None:
                table.stdin.write(words + "\n")
                table.stdin.flush()
                while until not in (line := table.stderr.readline()):
                    assert line, f"it ended before it said {until!r}"

            assert shell_run("bench", "zero", "--table", url).returncode == 0
            hands("hang 5kg", "49.0 N hang on the cord")
            loaded = shell_run("bench", "zero", "--table", url)
            assert (loaded.returncode, "E552" in loaded.stderr) == (3, True), loaded.stderr
            hands("press patient-stop", "patient-stop: open")
            hands("fly away", "hands know: hang 5kg")
            hands("hang nothing", "nothing hangs on the cord")
            seen = shell_run("bench", "watch", "--table", url, "--for", "0.2s", "--json")
            row = json.loads(seen.stdout.splitlines()[-1])
            assert (row["patient_stop"], row["emergency_stop"]) == ("OPEN", "closed"), row
        finally:
            table.send_signal(signal.SIGINT)
            assert table.wait(10) == 0


class AtTerminal:
    """A program at a terminal of its own, and whoever sits there."""

    def __init__(self, folder: Path, *words: str) -> None:
        pid, self._fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execv(sys.executable, [sys.executable, "-m", "traction", *words])
        self._pid = pid
        self.text = ""

    def wait_for(self, pattern: str, press: str = "", limit_s: float = 60.0) -> None:
        """Read until ``pattern`` comes, pressing ``press`` five times a second meanwhile."""
        end = time.monotonic() + limit_s
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, self.text
            if select.select([self._fd], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self._fd, 4096).decode("utf-8", "replace")
                except OSError:
                    raise AssertionError(f"it ended: {self.text}") from None
            self.press(press)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        """Wait for its end; return the exit code."""
        while True:
            try:
                if not os.read(self._fd, 4096):
                    break
            except OSError:
                break
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        os.close(self._fd)
        return code


@pytest.mark.realtime
@pytest.mark.xdist_group("realtime")
def test_jogging_over_a_terminal_pulls_while_a_key_is_pressed_and_lets_go(serve: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    url = serve("--pty", "--trace", str(trace)).url
    person = AtTerminal(tmp_path, "bench", "jog", "--table", url)
    person.wait_for("keep pressing")
    person.wait_for(r"A +1[0-9]\.\d N", press="u")
    person.press("q")
    assert person.end() == 0, person.text
    forces = [int(line.split(",")[4]) / 1000 for line in trace.read_text().splitlines()[1:-1]]
    assert 8 < max(forces) < 55
    assert abs(forces[-1]) < 11


@pytest.mark.realtime
@pytest.mark.xdist_group("realtime")
def test_checks_that_are_cut_short_over_a_terminal_let_the_force_down(serve: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    url = serve("--pty", "--trace", str(trace)).url
    command = [sys.executable, "-m", "traction", "bench", "check", "--table", url, "--operator", "Ada"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as it:
        while not [line for line in trace.read_text().splitlines()[-50:] if ",RUN," in line]:
            assert it.poll() is None
            time.sleep(0.05)
        time.sleep(1.0)
        it.send_signal(signal.SIGINT)
        out, err = it.communicate(timeout=30)
    assert it.returncode == 4
    assert "promises ...\n" in err  # it takes minutes: what is being done is said
    assert "pass  promises" in out
    assert "NOT SIGNED OFF" in out
    rows = trace.read_text().splitlines()[1:-1]
    assert int(rows[-1].split(",")[4]) < 11_000
