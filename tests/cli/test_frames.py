"""The frames of a real session tell its story: phases in order, countdowns that fall, figures that fit."""

import math
from pathlib import Path

import pytest

import traction
from traction.report.frame import Frame
from traction.report.frames import FrameMaker


class Collector:
    """Keeps every frame."""

    def __init__(self, frames: FrameMaker) -> None:
        self.frames: list[Frame] = []
        self.whole: list[bool] = []
        self._maker = frames

    def look(self, standing, steering, sample) -> None:
        """Make a frame of this moment."""
        self.whole.append(self._maker.ready(standing))
        self.frames.append(self._maker.make(standing, steering, sample))


@pytest.fixture
def frames(short: Path) -> list[Frame]:
    proof = traction.verify(short)
    collector = Collector(FrameMaker(proof.session_plan()))
    result = traction.run(proof, viewer=collector)
    assert result.outcome == "COMPLETED"
    samples = result.samples()
    times_ms = [round(1000 * time_s) for time_s in samples["time_s"].tolist()]
    known = dict(zip(times_ms, samples["disc_pressure_kpa"].tolist(), strict=True))
    # a frame shows the pressure of its own sample, or none while that is on its way to the recorder
    for frame, whole in zip(collector.frames, collector.whole, strict=True):
        assert (frame.pressure_kpa is not None) is whole
        assert not whole or frame.pressure_kpa == pytest.approx(known[round(1000 * frame.t_s)])
    assert collector.whole.count(False) < len(collector.whole) / 5
    return [frame for frame, whole in zip(collector.frames, collector.whole, strict=True) if whole]


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


def test_the_countdowns_are_of_the_hold_and_of_the_take_up(frames: list[Frame]) -> None:
    take_up = [frame.patience_s for frame in frames if frame.state == "TAKE_UP"]
    assert take_up[0] == pytest.approx(60.0, abs=0.2)
    assert take_up == sorted(take_up, reverse=True)
    first = [frame.span_left_s for frame in frames if frame.kind == "hold" and frame.cycle == 1]
    assert first[0] == pytest.approx(3.0, abs=0.3)
    assert first == sorted(first, reverse=True)
    assert all(frame.patience_s is None for frame in frames if frame.state == "RUNNING")


def test_a_load_cell_without_a_reading_is_left_out(short: Path) -> None:
    from traction.report.frames import _measured_n
    from traction.safety.sample import Sample
    from traction.wire import codes

    sample = Sample(0, 0, 0, 0, 0, 0, 0, 0, 100_000, 102_000, 0, 0, 0, 1)
    assert _measured_n(sample) == pytest.approx(101.0)
    one = sample._replace(force_mn=codes.FORCE_INVALID_MN)
    assert _measured_n(one) == pytest.approx(102.0)
    assert math.isnan(_measured_n(one._replace(force_b_mn=codes.FORCE_INVALID_MN)))
