"""How small a step of jogging is, how soon the key is missed, and what counts as damage on a line."""

from __future__ import annotations

import pytest

from traction.bench.jog import Jog
from traction.bench.line import TimedLine, Timing
from traction.bench.pull import OVER
from traction.clock import VirtualClock
from traction.drivers.scripted import sample
from traction.wire import frame, messages


@pytest.mark.parametrize(
    ("region", "step_mn", "most_mn"), [("lumbar", 5_000, 50_000), ("cervical", 2_000, 20_000)]
)
def test_a_press_is_one_small_step_and_ten_are_the_most(region: str, step_mn: int, most_mn: int) -> None:
    pressed = iter(["u", "u", "d", "u" * 20, "x"])
    jog = Jog(region, lambda: next(pressed), lambda *_shown: None)
    wanted = []
    for tick in range(5):
        jog.course(20_000 * tick, sample(tick + 1))
        wanted.append(jog.wanted_mn)
    assert wanted == [step_mn, 2 * step_mn, step_mn, most_mn, most_mn]


@pytest.mark.parametrize(("after_us", "goes_on"), [(1_000_000, True), (1_000_001, False)])
def test_a_key_is_missed_after_a_second(after_us: int, goes_on: bool) -> None:
    pressed = iter([" ", "x"])  # another key is none
    jog = Jog("lumbar", lambda: next(pressed), lambda *_shown: None)
    jog.course(500_000, sample(1))
    assert (jog.course(500_000 + after_us, sample(2)) != OVER) is goes_on
    assert jog.why == ("" if goes_on else "no key for a second")


class Line:
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read(self) -> bytes:
        return self.pieces.pop(0)

    def write(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        pass


def test_damage_counts_from_the_first_sound_frame_on_once_for_each_piece() -> None:
    sound = frame.encode(messages.ANSWER, (7, 1, 10, 1, 0))
    bad_sum = sound.replace(b",10,", b",11,")
    of_a_host = frame.encode(messages.STOP, (7, 1, 10, 1))
    timing = Timing()
    line = TimedLine(
        Line(b"rest\n" + bad_sum, sound, b"noise", b"$1K,cut" + sound, bad_sum, of_a_host),
        VirtualClock(),
        timing,
    )
    told = []
    for _ in range(6):
        line.read()
        told.append((timing.frames, timing.bad))
    assert told == [(0, 0), (1, 0), (2, 1), (4, 2), (5, 3), (6, 4)]
