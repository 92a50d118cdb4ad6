"""How often damage on the line makes a frame that is accepted and was never sent: never, it is claimed.

Streams of three sound frames are damaged and split again: 1 and 2 bits exhaustively, the other classes at
random. The splitter, the check sum, the canonical form and the ranges are those of ``traction.wire``,
compiled again here for speed, and held against it frame by frame before anything is counted.
"""

import random
import sys
import time

import numpy as np
from numba import njit

from traction.drivers.wire_words import longest
from traction.wire import frame, messages

TRIALS = 20_000_000
STREAMS = 4096
LONGEST_STREAM = 3 * frame.MAX_BYTES
ROOM = LONGEST_STREAM + 64
MOST_FIELDS = 20
CLASSES = (
    "4 bits",
    "6 bits",
    "drop a byte",
    "insert a byte",
    "lose 1-60 bytes",
    "burst of 1-24 bytes",
    "merge",
)
CRC_TABLE = np.zeros(256, np.uint32)
for _byte in range(256):
    _value = _byte
    for _ in range(8):
        _value = _value >> 1 ^ (0xEDB88320 if _value & 1 else 0)
    CRC_TABLE[_byte] = _value

# by letter and field: least and largest value; COUNTS 0 = no such message in this direction
COUNTS = np.zeros((2, 26), np.int64)
LOWS = np.zeros((26, MOST_FIELDS), np.int64)
HIGHS = np.zeros((26, MOST_FIELDS), np.int64)
for _letter, (_, _direction, _fields) in messages.MESSAGES.items():
    _at = ord(_letter) - 65
    COUNTS[_direction, _at] = len(messages.HEADER + _fields)
    for _index, (_, _, _low, _high) in enumerate(messages.HEADER + _fields):
        LOWS[_at, _index], HIGHS[_at, _index] = _low, _high


@njit(cache=False)
def accepted(line, size, direction):
    """Say whether ``line[:size]``, a start character to a newline, is a frame that is obeyed."""
    if size < 13 or size > 192 or line[0] != 36 or line[size - 1] != 10:
        return False
    star = size - 10
    if line[star] != 42 or line[1] != 49:
        return False
    crc = np.uint32(0xFFFFFFFF)
    for index in range(star):
        crc = (crc >> np.uint32(8)) ^ CRC_TABLE[(crc ^ np.uint32(line[index])) & np.uint32(255)]
    crc ^= np.uint32(0xFFFFFFFF)
    for index in range(8):
        digit = (crc >> np.uint32(28 - 4 * index)) & np.uint32(15)
        if line[star + 1 + index] != (48 + digit if digit < 10 else 55 + digit):
            return False
    return well_formed(line, star, direction)


@njit(cache=False)
def well_formed(line, star, direction):
    letter = np.int64(line[2]) - 65
    if letter < 0 or letter > 25 or COUNTS[direction, letter] == 0:
        return False
    fields = 0
    at = 3
    while at < star:
        if line[at] != 44:
            return False
        at += 1
        negative = at < star and line[at] == 45
        if negative:
            at += 1
        first = at
        value = 0
        while at < star and 48 <= line[at] <= 57 and at - first < 11:
            value = value * 10 + np.int64(line[at]) - 48
            at += 1
        digits = at - first
        if digits == 0 or digits > 10:
            return False
        if line[first] == 48 and (digits > 1 or negative):
            return False
        if negative:
            value = -value
        if fields >= COUNTS[direction, letter]:
            return False
        if not LOWS[letter, fields] <= value <= HIGHS[letter, fields]:
            return False
        fields += 1
    return fields == COUNTS[direction, letter]


@njit(cache=False)
def altered(stream, size, direction, sent, starts, line):
    """Split a damaged stream; return how many accepted frames are none of those sent."""
    found = 0
    length = 0
    for index in range(size):
        byte = stream[index]
        if byte == 36:
            line[0] = 36
            length = 1
        elif length:
            line[length] = byte
            length += 1
            if byte == 10:
                if accepted(line, length, direction) and not is_sent(line, length, sent, starts):
                    found += 1
                length = 0
            elif length >= 192:
                length = 0
    return found


@njit(cache=False)
def is_sent(line, length, sent, starts):
    for one in range(3):
        if starts[one + 1] - starts[one] != length:
            continue
        same = True
        for index in range(length):
            if line[index] != sent[starts[one] + index]:
                same = False
                break
        if same:
            return True
    return False


@njit(cache=False)
def damage(kind, sent, size, starts, out):
    """Write a damaged copy of ``sent`` into ``out`` and return its size."""
    if kind <= 1:  # so many bits
        out[:size] = sent[:size]
        for _ in range(4 if kind == 0 else 6):
            bit = np.random.randint(0, 8 * size)
            out[bit >> 3] ^= np.uint8(1 << (bit & 7))
        return size
    at = np.random.randint(0, size)
    gone = came = 0
    if kind == 2:
        gone = 1
    elif kind == 3:
        came = 1
    elif kind == 4:
        gone = min(np.random.randint(1, 61), size - at)
    elif kind == 5:
        gone = came = min(np.random.randint(1, 25), size - at)
    else:  # from within one frame to within the next
        one = np.random.randint(0, 2)
        at = np.random.randint(starts[one], starts[one + 1])
        gone = np.random.randint(starts[one + 1], starts[one + 2]) - at
    out[:at] = sent[:at]
    for index in range(came):
        out[at + index] = np.random.randint(0, 256)
    rest = size - at - gone
    out[at + came : at + came + rest] = sent[at + gone : size]
    return at + came + rest


@njit(cache=False)
def random_trials(kind, trials, seed, streams, sizes, starts, directions):
    np.random.seed(seed)
    out = np.zeros(ROOM, np.uint8)
    line = np.zeros(256, np.uint8)
    found = 0
    for trial in range(trials):
        one = trial % len(sizes)
        size = damage(kind, streams[one], sizes[one], starts[one], out)
        found += altered(out, size, directions[one], streams[one], starts[one], line)
    return found


@njit(cache=False)
def exhaustive(bits, stream, size, direction, starts):
    """Turn every bit, or every two bits, of a stream; return trials and altered frames accepted."""
    out = stream.copy()
    line = np.zeros(256, np.uint8)
    trials = found = 0
    for first in range(8 * size):
        out[first >> 3] ^= np.uint8(1 << (first & 7))
        if bits == 1:
            trials += 1
            found += altered(out, size, direction, stream, starts, line)
        else:
            for second in range(first + 1, 8 * size):
                out[second >> 3] ^= np.uint8(1 << (second & 7))
                trials += 1
                found += altered(out, size, direction, stream, starts, line)
                out[second >> 3] ^= np.uint8(1 << (second & 7))
        out[first >> 3] ^= np.uint8(1 << (first & 7))
    return trials, found


def make_streams(chance):
    """Return streams of three frames, half of them to the controller, half to the host."""
    streams = np.zeros((STREAMS, ROOM), np.uint8)
    sizes, starts = np.zeros(STREAMS, np.int64), np.zeros((STREAMS, 4), np.int64)
    directions = np.zeros(STREAMS, np.int64)
    for one in range(STREAMS):
        direction = one % 2
        letters = [letter for letter, row in messages.MESSAGES.items() if row[1] == direction]
        usual = messages.TELEMETRY if direction == messages.TO_HOST else messages.SETPOINT
        token, number, ms = chance.getrandbits(32), chance.randrange(1, 10**6), chance.randrange(10**8)
        data = b""
        for index in range(3):
            letter = usual if chance.random() < 0.8 else chance.choice(letters)
            values = [token, number + index, ms + 20 * index]
            values += [_value_of(chance, low, high) for _, _, low, high in messages.MESSAGES[letter][2]]
            starts[one, index] = len(data)
            data += frame.encode(letter, tuple(values))
        starts[one, 3] = sizes[one] = len(data)
        streams[one, : len(data)] = np.frombuffer(data, np.uint8)
        directions[one] = direction
    return streams, sizes, starts, directions


def _value_of(chance, low, high):
    """Draw a value of any length in digits that the field allows."""
    return min(max(chance.randrange(10 ** chance.randrange(1, 11)) * chance.choice((1, 1, -1)), low), high)


def check_twin(chance, made, trials=20_000):
    """Hold the compiled copy against the code of the project on damaged streams; exit when they differ."""
    streams, sizes, starts, directions = made
    out, taken = np.zeros(ROOM, np.uint8), 0
    for trial in range(trials):
        one = trial % STREAMS
        size = damage(trial % len(CLASSES), streams[one], sizes[one], starts[one], out)
        for line in frame.Splitter().feed(out[:size].tobytes()):
            found = frame.decode(line) if frame.problem(line) == 0 else None
            ours = found is not None and messages.fits(*found, int(directions[one]))
            padded = np.zeros(256, np.uint8)
            padded[: len(line)] = np.frombuffer(line, np.uint8)
            taken += ours
            if ours != accepted(padded, len(line), directions[one]):
                sys.exit(f"the compiled copy judges {line!r} differently")
    # random bodies with a good check sum, so that the canonical form is what decides
    for _ in range(trials):
        body = b"$1" + bytes(chance.choice(b"ST0123456789,-,,00") for _ in range(chance.randrange(1, 60)))
        line = body + b"*%08X\n" % frame.check_sum(body)
        padded = np.zeros(256, np.uint8)
        padded[: len(line)] = np.frombuffer(line, np.uint8)
        for direction in (0, 1):
            found = frame.decode(line)
            ours = found is not None and messages.fits(*found, direction)
            if ours != accepted(padded, len(line), direction):
                sys.exit(f"the compiled copy judges {line!r} differently")
    print(f"the compiled copy judges {2 * trials} streams as the project does ({taken} sound frames)")


def main(trials: int = TRIALS) -> None:
    """Print how many altered frames were accepted, by class of damage, and the share of the line."""
    chance = random.Random(4711)
    made = make_streams(chance)
    check_twin(chance, made)
    streams, sizes, starts, directions = made
    for bits, count in ((1, STREAMS), (2, 16)):
        total = found = 0
        for one in range(count):
            tried, wrong = exhaustive(bits, streams[one], sizes[one], directions[one], starts[one])
            total, found = total + tried, found + wrong
        print(f"{bits} bit, every one of {count} streams: {found} altered frames accepted in {total}")
    whole = 0
    for kind, name in enumerate(CLASSES):
        began = time.perf_counter()
        found = random_trials(kind, trials, 1000 + kind, streams, sizes, starts, directions)
        whole += trials
        seconds = time.perf_counter() - began
        print(f"{name}: {found} altered frames accepted in {trials} trials ({seconds:.0f} s)", flush=True)
    print(f"95 % bound where none was accepted: {3 / whole:.1e} for each damaged stream")
    _print_bandwidth()


def _print_bandwidth() -> None:
    for letter in (messages.SETPOINT, messages.TELEMETRY, messages.CHANNELS):
        size = longest(letter)
        share = 50 * 10 * size / 115200
        print(
            f"{messages.MESSAGES[letter][0]}: at most {size} bytes, {share:.1%} of 115200 baud at 50 a second"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS)
