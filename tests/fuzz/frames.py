"""Frames of the wire, spoiled in every way a line can spoil them, before both ends' decoders.

What was sent is known, so what is accepted can be told from what was altered. Both ends cut the stream with
the same splitter and judge each line with the same codec, each in its own way: they have to agree.
"""

import random
from dataclasses import dataclass, field

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import MOST_WAITING, Link
from traction.drivers.host import HostLink
from traction.wire import codes, frame, messages

TOKEN = 77
LETTERS = sorted(messages.MESSAGES)
NOISE = (b"\x18" * 7, b"\n\n", b"$", b"$1", b"*", b"\x00\xff", b"$1S,", b"0" * 300, b"$" * 50)
AWKWARD = (
    b"-0",
    b"+1",
    b"01",
    b" 1",
    b"1_0",
    b"1e3",
    b"",
    b"99999999999",
    b"-2147483649",
    b"\xb2",
    b"0x1",
    b"1.0",
)


def number_between(chance: random.Random, low: int, high: int) -> int:
    """Return a number that such a field may hold, its ends more often than the rest."""
    kind = chance.random()
    if kind < 0.2:
        return chance.choice((low, high, max(low, 0), min(high, low + 1)))
    if kind < 0.6:
        return chance.randint(low, min(high, low + 300))
    return chance.randint(low, high)


def sound(chance: random.Random) -> bytes:
    """Return a frame as one of the ends makes it."""
    letter = chance.choice(LETTERS)
    fields = messages.HEADER + messages.MESSAGES[letter][2]
    values = [number_between(chance, low, high) for _, _, low, high in fields]
    if chance.random() < 0.7:
        values[0] = TOKEN
    return frame.encode(letter, tuple(values))


def forged(chance: random.Random) -> bytes:
    """Return a line with the right check sum whose content no end makes: it is altered, or means nothing."""
    fields = [
        b"%d" % chance.randint(-5, 1 << chance.choice((3, 16, 33))) for _ in range(chance.randint(0, 17))
    ]
    if fields and chance.random() < 0.6:
        fields[chance.randrange(len(fields))] = chance.choice(AWKWARD)
    letter = chance.choice((*[one.encode() for one in LETTERS], b"Z", b"a", b"", b"HH", b"1"))
    body = (
        chance.choice((b"$1", b"$1", b"$1", b"$2", b"$", b"$0"))
        + letter
        + b"".join(b"," + one for one in fields)
    )
    return body + b"*%08X\n" % frame.check_sum(body)


def spoiled(chance: random.Random, data: bytes) -> bytes:
    """Return ``data`` with one thing done to it."""
    one = bytearray(data)
    at = chance.randrange(len(one)) if one else 0
    kind = chance.randrange(8)
    if not one or kind == 0:
        return bytes(one[:at]) + chance.choice(NOISE) + bytes(one[at:])
    if kind == 1:
        for _ in range(chance.randint(1, 6)):
            one[chance.randrange(len(one))] ^= 1 << chance.randrange(8)
    elif kind == 2:
        del one[at : at + chance.randint(1, 24)]
    elif kind == 3:
        one[at:at] = chance.randbytes(chance.randint(1, 24))
    elif kind == 4:
        one[at : at + chance.randint(1, 24)] = chance.randbytes(chance.randint(1, 24))
    elif kind == 5:
        one += one[at:]
    elif kind == 6:
        one[at] = chance.randrange(256)
    else:
        one[at:at] = one[: chance.randint(1, 40)]
    return bytes(one)


@dataclass(slots=True)
class Count:
    """What was tried, and what was found wrong."""

    streams: int = 0
    frames: int = 0
    spoiled: int = 0
    accepted: int = 0
    wrong: list[str] = field(default_factory=list)


def make_link() -> Link:
    """Return the controller's end, with a session begun, its table slack and still."""
    link = Link(Controller(ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE)), 1, 1, 1, 0)
    for _ in range(2):
        link.controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
    link.receive(frame.encode(messages.HELLO, (TOKEN, 1, 0, messages.MINOR, messages.definition())))
    return link


def accepts(line: bytes) -> tuple[bool, bool]:
    """Return whether the controller's end, and the host's, take this line for a frame that is meant for it.

    Each decoder is asked through its own end: bad frames are counted, others are not.
    """
    link, host = make_link(), HostLink(TOKEN)
    bad = link.bad
    link.receive(line)
    host.receive(line, 0)
    return link.bad == bad, host.heard == 1


def check_stream(chance: random.Random, count: Count) -> None:
    """Send a few frames, some of them spoiled, and compare what arrives with what was sent."""
    sent, pieces = set(), []
    for _ in range(chance.randint(1, 4)):
        made = sound(chance)
        count.frames += 1
        kind = chance.random()
        if kind < 0.3:
            made = forged(chance)
            sent.add(made)  # its check sum is right: no line makes that, whoever sent it meant it
        elif kind < 0.75:
            sent.add(made)
            for _ in range(chance.randint(1, 2)):
                made = spoiled(chance, made)
            count.spoiled += 1
        else:
            sent.add(made)
        pieces.append(made)
    stream = b"".join(pieces)
    last = sound(chance)
    stream += b"\n" if chance.random() < 0.1 else b""
    count.streams += 1
    try:
        _judge(chance, count, sent, stream, last)
    except Exception as error:
        count.wrong.append(f"{error!r} for {stream + last!r}")


def _judge(chance: random.Random, count: Count, sent: set[bytes], stream: bytes, last: bytes) -> None:
    splitter = frame.Splitter()
    lines = splitter.feed(stream)
    found = splitter.feed(last)
    if found[-1:] != [last]:
        count.wrong.append(f"a sound frame after {stream!r} is not found: {found!r}")
    if len(splitter.line) > frame.MAX_BYTES:
        count.wrong.append(f"{len(splitter.line)} bytes are kept after {stream!r}")
    for line in lines:
        read = frame.decode(line) if frame.problem(line) == 0 else None
        if read is None:
            continue
        count.accepted += 1
        if frame.encode(*read) != line:
            count.wrong.append(f"{line!r} is taken for {read}, which is spelled otherwise")
        if line not in sent:
            count.wrong.append(f"{line!r} was never sent, and is taken for {read}")
    cut = chance.randint(0, len(stream))
    again = frame.Splitter()
    if again.feed(stream[:cut]) + again.feed(stream[cut:]) != lines or again.noise > splitter.noise + 1:
        count.wrong.append(f"cut at {cut}, other lines are found in {stream!r}")
    if chance.random() < 0.05:
        _both_ends(count, stream, lines)


def _both_ends(count: Count, stream: bytes, lines: list[bytes]) -> None:
    """Let each end have the stream, and ask both for each line."""
    link, host = make_link(), HostLink(TOKEN)
    link.receive(stream)
    host.receive(stream, 0)
    if len(link.waiting) > MOST_WAITING or link.controller.state == codes.STATE_RUN:
        count.wrong.append(
            f"{stream!r} moves the controller, or makes it remember {len(link.waiting)} answers"
        )
    for line in lines:
        to_controller, to_host = accepts(line)
        read = frame.decode(line) if frame.problem(line) == 0 else None
        known = messages.MESSAGES.get(read[0]) if read is not None else None
        fits = known is not None and read is not None and messages.fits(read[0], read[1], known[1])
        if to_host != (fits and known is not None and known[1] == messages.TO_HOST):
            count.wrong.append(f"the host takes {line!r}: {to_host}")
        if to_controller and not (fits and known is not None and known[1] == messages.TO_CONTROLLER):
            count.wrong.append(f"the controller takes {line!r}")


def run(seed: int, streams: int) -> Count:
    """Try so many streams, the same for the same seed."""
    chance, count = random.Random(seed), Count()
    for _ in range(streams):
        check_stream(chance, count)
    return count
