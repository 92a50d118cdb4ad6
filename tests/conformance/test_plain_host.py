"""A host by the page about the wire, which uses nothing of the project, leads the reference controller."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from traction.cli import errors
from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options

FIRMWARE = Path(__file__).resolve().parents[2] / "hardware" / "firmware"
PLAIN = FIRMWARE / "plain"
LIMITS = (100_000, 50_000, 100_000, 600_000, 20_000, 1_800_000, 100_000, 200_000, 300_000, 5000, 10_000)
TARGET_MN = 30_000
SLACK_MN = 11_000
STEP_US = 2_000


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a folder with the messages of the wire, which is where both plain programs look."""
    assert errors.run(["wire", "describe", "--json"]) == 0
    (tmp_path / "wire.json").write_text(capsys.readouterr().out)
    return tmp_path


@pytest.fixture
def plain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the module of the plain host."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(PLAIN))
    found = importlib.util.spec_from_file_location("plain_host", PLAIN / "host.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    yield module
    sys.modules.pop("controller")


class Line(MemoryLine):
    """A line over which nothing comes any more once it is ``dead``, while both ends live on."""

    dead = False

    def to_host(self, data: bytes) -> bytes:
        """Lose it."""
        return b"" if self.dead else data

    def to_table(self, data: bytes) -> bytes:
        """Lose it."""
        return b"" if self.dead else data


class Together:
    """A plain host and an emulated table, in time that passes when it is told to."""

    def __init__(self, plain: Any, limits: tuple[int, ...] = LIMITS) -> None:
        self.clock = VirtualClock()
        self.table = make_emulated(
            read_options(parse_url("sim:?seed=5&slack_mm=0"), TableSetup()), boot_id=77
        )
        self.line = Line(self.table, self.clock)
        self.host = plain.Host(4711, limits, TARGET_MN, 15_000, 2000)
        self.highest_mn = 0

    def live(self, until: Callable[[], object], limit_s: float = 30.0) -> None:
        """Let both live until it is so."""
        end_us = self.clock.now_us() + round(1e6 * limit_s)
        while not until():
            assert self.clock.now_us() < end_us, (self.host.step, self.host.ear.sample)
            if said := self.host.at(self.clock.now_us() // 1000, self.line.read()):
                self.line.write(said)
            self.highest_mn = max(self.highest_mn, self.force_mn())
            self.clock.wait_until_us(self.clock.now_us() + STEP_US)

    def force_mn(self) -> int:
        return int(1000 * self.table.true_force_n())

    def holds(self) -> bool:
        return self.force_mn() > 0.9 * TARGET_MN

    def assert_down_soon(self) -> None:
        self.live(lambda: self.force_mn() < SLACK_MN, 5.5)


def test_it_pulls_holds_and_lets_go(plain: Any) -> None:
    both = Together(plain)
    both.live(lambda: both.host.ended)
    assert both.host.ended == "done"
    assert 0.95 * TARGET_MN < both.highest_mn < 1.05 * TARGET_MN + 5_000
    assert both.force_mn() < SLACK_MN


def test_limits_that_the_controller_refuses_move_nothing(plain: Any) -> None:
    both = Together(plain, (1_000_000, *LIMITS[1:]))  # looser than the controller's own cap
    both.live(lambda: both.host.ended)
    assert both.host.ended.startswith("the wrong answer: ('K', [2, 5])")
    assert both.highest_mn < SLACK_MN


def test_a_line_that_dies_in_a_hold_ends_it_at_both_ends(plain: Any) -> None:
    both = Together(plain)
    both.live(both.holds)
    both.line.dead = True
    died_us = both.clock.now_us()
    both.live(lambda: both.host.ended)
    assert both.host.ended == "no sample for 200 ms"
    assert both.clock.now_us() - died_us < 230_000
    both.assert_down_soon()


def test_a_stop_from_anybody_ends_it(plain: Any) -> None:
    both = Together(plain)
    both.live(both.holds)
    both.line.write(b"\x18" * 8)
    both.live(lambda: both.host.ended)
    assert both.host.ended == "done"
    assert both.force_mn() < SLACK_MN


def test_another_host_is_refused_while_it_runs(plain: Any) -> None:
    both = Together(plain)
    both.live(both.holds)
    second = plain.Host(4712, LIMITS, TARGET_MN, 15_000, 2000)
    both.line.write(second.at(both.clock.now_us() // 1000, b""))
    both.clock.wait_until_us(both.clock.now_us() + 20_000)
    came = both.line.read()
    second.at(both.clock.now_us() // 1000, came)
    assert second.ended == "the hello was refused: ('K', [1, 2])"
    assert not both.host.at(both.clock.now_us() // 1000, came).startswith(b"$1X")
    both.live(lambda: both.host.ended)
    assert both.host.ended == "done"


def test_every_vector_about_a_host_holds(folder: Path) -> None:
    runner = [sys.executable, str(FIRMWARE / "vectors" / "run.py"), "--host", "--"]
    done = subprocess.run(
        [*runner, sys.executable, str(PLAIN / "host.py")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (FIRMWARE.parent / "wire_vectors.jsonl").read_text(encoding="utf-8").splitlines()
    count = sum(json.loads(line)["kind"] == "host" for line in lines)
    assert count > 5
    assert f"{count} vectors hold, 0 do not" in done.stdout, done.stdout + done.stderr


def test_it_uses_nothing_of_the_project() -> None:
    tree = ast.parse((PLAIN / "host.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"sys", "zlib", "controller"}
