"""The frames of a real session tell its story: phases in order, countdowns that fall, figures that fit."""

import math
from pathlib import Path

import pytest

import traction
from traction.report.frames import FrameMaker
from traction.runner.frame import Frame


class Collector:
    """Keeps every frame."""

    def __init__(self, frames: FrameMaker) -> None:
        self.frames: list[Frame] = []
        self._maker = frames

    def look(self, standing, steering, sample) -> None:
        """Make a frame of this moment."""
        self.frames.append(self._maker.make(standing, steering, sample))


@pytest.fixture
def frames(short: Path) -> list[Frame]:
    proof = traction.verify(short)
    collector = Collector(FrameMaker(proof.session_plan()))
    assert traction.run(proof, viewer=collector).outcome == "COMPLETED"
    return collector.frames


def test_the_phases_come_in_order(frames: list[Frame]) -> None:
    seen = list(dict.fromkeys(frame.phase for frame in frames))
    assert seen == ["slack take-up", "main", "end", "release"]
    cycles = [frame.cycle for frame in frames if frame.phase == "main"]
    assert cycles == sorted(cycles)
    assert {frame.cycles for frame in frames if frame.phase == "main"} == {2}


def test_countdowns_fall_and_progress_rises(frames: list[Frame]) -> None:
    running = [frame for frame in frames if frame.state == "RUNNING"]
    left = [frame.total_left_s for frame in running]
    assert left == sorted(left, reverse=True)
    assert left[-1] == pytest.approx(0.0, abs=0.2)
    progress = [frame.progress for frame in frames]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, pytest.approx(1.0, abs=0.01))
    main = [frame.phase_left_s for frame in running if frame.phase == "main"]
    assert main == sorted(main, reverse=True)


def test_the_target_stays_in_the_bracket_and_the_force_near_the_target(frames: list[Frame]) -> None:
    held = [frame for frame in frames if frame.phase == "main" and frame.kind in ("hold", "rest")]
    assert held
    for frame in held:
        assert frame.low_n - 0.01 <= frame.target_n <= frame.high_n + 0.01
        assert frame.measured_n == pytest.approx(frame.target_n, abs=45.0), "one second behind at most"
    assert {round(frame.high_n) for frame in held} == {160}


def test_every_frame_survives_the_way_to_the_screen(frames: list[Frame]) -> None:
    for frame in frames:
        assert Frame.decode(frame.encode().strip()) == frame
        assert frame.pressure_kpa is not None
        assert math.isfinite(frame.pressure_kpa)
        assert frame.limit_n > 0
