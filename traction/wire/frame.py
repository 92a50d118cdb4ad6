"""One frame: a line of ASCII that a technician can read, and that is accepted in one spelling only.

    $1S,2882343476,90700,1814000,400000,50000,0,250,90699*09225B92

A start character, the major version, the letter of the message, decimal integers, ``*``, the CRC-32 of all
before it, a newline. Decoding takes the canonical form only: encoding again gives the same bytes. Board-safe.
"""

from binascii import crc32

START = 36  # $
END = 10  # newline
STAR = 42  # *
MAJOR = 49  # the digit 1: another major version is another language
MAX_BYTES = 192  # the longest frame, newline included
CRC_DIGITS = 8
MOST = 9999999999  # the greatest integer of ten digits
SHORTEST = 5 + CRC_DIGITS  # $1X*, eight digits, newline

# Why bytes were not a frame
BAD_START = 1  # bytes that belong to no frame
BAD_LENGTH = 2  # too long, or too short to be one
BAD_CRC = 3
BAD_FORM = 4  # not the canonical spelling
BAD_VERSION = 5  # another major version


def check_sum(data: bytes) -> int:
    """Return the CRC-32 (IEEE 802.3, as zlib's) of ``data``."""
    return crc32(data) & 0xFFFFFFFF


def encode(letter: str, values: tuple) -> bytes:  # type: ignore[type-arg]
    """Return the frame of message ``letter`` with ``values``, all integers."""
    data = (("$1" + letter + ",%d" * len(values)) % values).encode()
    return data + b"*%08X\n" % (crc32(data) & 0xFFFFFFFF)


def problem(line: bytes) -> int:
    """Return 0 when ``line`` (start character to newline) is a sound frame, else why not (BAD_*)."""
    if len(line) < SHORTEST or len(line) > MAX_BYTES:
        return BAD_LENGTH
    if line[0] != START or line[-1] != END:
        return BAD_START
    star = len(line) - 2 - CRC_DIGITS
    if line[star] != STAR:
        return BAD_FORM
    if line[star:-1] != b"*%08X" % check_sum(line[:star]):
        return BAD_CRC
    if line[1] != MAJOR:
        return BAD_VERSION
    return 0


def decode(line: bytes) -> tuple | None:  # type: ignore[type-arg]
    """Return (letter, values) of a sound frame in its canonical form, else None; first ask ``problem``."""
    star = len(line) - 2 - CRC_DIGITS
    if not 65 <= line[2] <= 90:
        return None
    if star == 3:
        return chr(line[2]), ()
    values = integers(line[4:star]) if line[3] == 44 else None
    return None if values is None else (chr(line[2]), values)


def integers(text: bytes) -> tuple | None:  # type: ignore[type-arg]
    """Return the integers that these bytes spell canonically, with commas between them, else None.

    No plus, no leading zero, no -0, and at most ten digits.
    """
    try:
        values = tuple(map(int, text.split(b",")))
    except ValueError:
        return None
    # int() takes more spellings than one; whatever is not what we would have written is none of ours
    if (b",%d" * len(values) % values)[1:] != text or max(values) > MOST or min(values) < -MOST:
        return None
    return values


class Splitter:
    """Cuts a stream of bytes into lines that may be frames; finds its place again after any damage.

    A start character always begins anew, whatever came before it. ``noise`` counts what was thrown away.
    """

    __slots__ = ("line", "noise", "skipping")

    def __init__(self) -> None:
        self.line = bytearray()
        self.noise = 0  # pieces dropped: lines without an end, too long, or bytes outside a frame
        self.skipping = False

    def feed(self, data: bytes) -> list:  # type: ignore[type-arg]
        """Take the next bytes; return the complete lines, each from start character to newline."""
        line = self.line
        size = len(data)
        # Nearly always whole frames come at once, one or a few, and then no byte needs a look of its own.
        if not line and size and data[0] == START and data[size - 1] == END:
            if size <= MAX_BYTES and data.find(b"\n") == size - 1 and data.rfind(b"$") == 0:
                self.skipping = False
                return [bytes(data)]
            parts = bytes(data).split(b"\n")
            parts.pop()
            for part in parts:
                if len(part) >= MAX_BYTES or part.rfind(b"$") != 0:
                    break
            else:
                self.skipping = False
                return [part + b"\n" for part in parts]
        lines = []
        for byte in data:
            if byte == START:
                if line:
                    self.noise += 1
                line[:] = b"$"
                self.skipping = False
            elif line:
                line.append(byte)
                if byte == END:
                    lines.append(bytes(line))
                    line[:] = b""
                elif len(line) >= MAX_BYTES:
                    self._drop()
            elif not self.skipping:
                self._drop()
        return lines

    def _drop(self) -> None:
        self.line[:] = b""
        self.skipping = True
        self.noise += 1
