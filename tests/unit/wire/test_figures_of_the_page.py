"""What the page claims by figures: no damage passes for a frame, and a tick of a controller costs little."""

from __future__ import annotations

import importlib
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from traction.wire import frame, messages

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "hardware" / "WIRE.md").read_text(encoding="utf-8")
TRIALS = 400
"""Each makes its own stream: whatever lets a class of damage through does so in most of them."""


def bits(count: int) -> Callable[[random.Random, bytes], bytes]:
    def turn(chance: random.Random, data: bytes) -> bytes:
        made = bytearray(data)
        for bit in chance.sample(range(8 * len(made)), count):
            made[bit // 8] ^= 1 << bit % 8
        return bytes(made)

    return turn


def cut(chance: random.Random, data: bytes, gone: int, came: int) -> bytes:
    at = chance.randrange(len(data) - gone)
    # mostly of what frames are made of: anything else is seen without any sum
    noise = chance.randbytes(came) if chance.random() < 0.2 else bytes(chance.choices(b"0123456789,", k=came))
    return data[:at] + noise + data[at + gone :]


def burst(chance: random.Random, data: bytes) -> bytes:
    size = chance.randrange(1, 25)
    return cut(chance, data, size, size)


def merged(chance: random.Random, data: bytes) -> bytes:
    """Lose what stands from within one frame to within the next."""
    middle = data.index(b"\n") + 1
    end = data.index(b"\n", middle) + 1
    return data[: chance.randrange(middle)] + data[chance.randrange(middle, end) :]


DAMAGES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "4 bits": bits(4),
    "6 bits": bits(6),
    "drop a byte": lambda chance, data: cut(chance, data, 1, 0),
    "insert a byte": lambda chance, data: cut(chance, data, 0, 1),
    "lose 1-60 bytes": lambda chance, data: cut(chance, data, chance.randrange(1, 61), 0),
    "burst of 1-24 bytes": burst,
    "merge": merged,
}


def frames(chance: random.Random) -> list[bytes]:
    """Return three frames of one session, with values of any length."""
    letter = chance.choice((messages.SETPOINT, messages.TELEMETRY))
    made = []
    for number in range(3):
        fields = messages.HEADER + messages.MESSAGES[letter][2]
        values = [
            min(max(chance.randrange(10 ** chance.randrange(1, 10)), low), high) for *_, low, high in fields
        ]
        made.append(frame.encode(letter, (*values[:1], number, *values[2:])))
    return made


@pytest.mark.parametrize("name", DAMAGES)
def test_no_damaged_stream_holds_a_frame_that_was_not_sent(name: str) -> None:
    chance = random.Random(name)
    for _ in range(TRIALS):
        sent = frames(chance)
        for line in frame.Splitter().feed(DAMAGES[name](chance, b"".join(sent))):
            assert line in sent or frame.problem(line) or frame.decode(line) is None


@pytest.mark.parametrize("name", DAMAGES)
def test_the_page_says_so_of_twenty_million_trials_of_each_random_class(name: str) -> None:
    (told,) = re.findall(rf"^{name}: (\d+) altered frames accepted in (\d+) trials$", PAGE, re.MULTILINE)
    assert told == ("0", "20000000")


@pytest.mark.parametrize("name", ["1 bit", "2 bit"])
def test_and_of_every_one_of_one_and_two_bits(name: str) -> None:
    (told,) = re.findall(
        rf"^{name}, every one .*: (\d+) altered frames accepted in (\d+)$", PAGE, re.MULTILINE
    )
    assert told[0] == "0"
    assert int(told[1]) > 1_000_000


def test_a_tick_of_controller_and_link_takes_under_50_us_of_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    link = importlib.import_module("benchmarks.link")
    monkeypatch.setattr(link, "CORE_TICKS", 5000)
    assert link.core_us() < 50.0  # measured: 8
