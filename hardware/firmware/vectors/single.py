"""Single frames: every message at the ends of its ranges, and every way of being none."""

from traction.wire import frame, messages


def frames() -> list[dict]:
    """Return the vectors of kind ``frame``."""
    found = []
    for letter in messages.LETTERS:
        name, direction, fields = messages.MESSAGES[letter]
        all_fields = messages.HEADER + fields
        lowest = tuple(field[2] for field in all_fields)
        highest = tuple(field[3] for field in all_fields)
        found.append(sound(f"{name.lower()}-lowest", direction, letter, lowest))
        found.append(sound(f"{name.lower()}-highest", direction, letter, highest))
        for index, (field, _unit, low, high) in enumerate(all_fields):
            for word, value in (("below", low - 1), ("above", high + 1)):
                values = (*lowest[:index], value, *lowest[index + 1 :])
                name_of_it = f"{name.lower()}-{field}-{word}"
                found.append(
                    bad(name_of_it, direction, frame.encode(letter, values), f"{field} {word} its range")
                )
    return found + damaged()


def sound(name: str, direction: int, letter: str, values: tuple) -> dict:
    """Return the vector of a frame that is accepted."""
    text = frame.encode(letter, values).decode()
    return {
        "name": "frame-" + name,
        "kind": "frame",
        "to": direction,
        "bytes": text,
        "sound": True,
        "letter": letter,
        "values": list(values),
    }


def bad(name: str, direction: int, data: bytes, about: str) -> dict:
    """Return the vector of bytes, from a start character on, that are dropped and counted."""
    vector = {"name": "frame-" + name, "kind": "frame", "about": about, "to": direction}
    return vector | {"bytes": data.decode("latin-1"), "sound": False, "letter": "", "values": []}


def checked(body: bytes) -> bytes:
    """Return ``body`` with the right check sum, whatever else is wrong with it."""
    return body + b"*%08X\n" % frame.check_sum(body)


def damaged() -> list[dict]:
    """Return frames that went wrong on the way, or that only look like frames."""
    good = frame.encode(messages.SETPOINT, (2882343476, 90700, 1814000, 400000, 50000, 0, 250, 90699))
    sum_at = good.index(b"*") + 1
    return [
        bad("one-bit", 0, good[:20] + bytes([good[20] ^ 1]) + good[21:], "one bit is wrong"),
        bad("sum-wrong", 0, good[:sum_at] + b"00000000\n", "another check sum"),
        bad("sum-small-letters", 0, good[:sum_at] + good[sum_at:].lower(), "the check sum in small letters"),
        bad("sum-short", 0, good[:sum_at] + good[sum_at + 1 :], "a digit of the check sum is missing"),
        bad("no-star", 0, good.replace(b"*", b"#"), "no star before the check sum"),
        bad("carriage-return", 0, good[:-1] + b"\r\n", "a carriage return before the newline"),
        bad("byte-lost", 0, good[:11] + good[12:], "one byte is missing"),
        bad("byte-doubled", 0, good[:12] + good[11:], "one byte came twice"),
        bad("shortest", 0, b"$1\n", "too short to be a frame"),
        bad("too-long", 0, b"$1S" + b",1" * 100 + b"\n", "more than 192 bytes"),
        bad("other-major", 0, checked(b"$2X,1,1,0,1"), "the major version 2"),
        bad("plus", 0, checked(b"$1X,+1,1,0,1"), "a plus sign"),
        bad("leading-zero", 0, checked(b"$1X,01,1,0,1"), "a leading zero"),
        bad("minus-zero", 0, checked(b"$1X,1,1,-0,1"), "minus zero"),
        bad("space", 0, checked(b"$1X, 1,1,0,1"), "a space"),
        bad("empty-field", 0, checked(b"$1X,1,1,,1"), "a field without a digit"),
        bad("eleven-digits", 0, checked(b"$1X,1,1,00000000001,1"), "more than ten digits"),
        bad("fraction", 0, checked(b"$1X,1,1,0.0,1"), "a point"),
        bad("exponent", 0, checked(b"$1X,1,1,1e3,1"), "an exponent"),
        bad("hexadecimal", 0, checked(b"$1X,1,1,0x1,1"), "a hexadecimal number"),
        bad("trailing-comma", 0, checked(b"$1X,1,1,0,1,"), "a comma at the end"),
        bad("no-comma", 0, checked(b"$1X1,1,0,1"), "no comma after the letter"),
        bad("small-letter", 0, checked(b"$1x,1,1,0,1"), "a small letter"),
        bad("unknown-letter", 0, checked(b"$1Z,1,1,0,1"), "a letter that no message has"),
        bad("field-missing", 0, checked(b"$1X,1,1,0"), "a field too few"),
        bad("field-too-many", 0, checked(b"$1X,1,1,0,1,1"), "a field too many"),
        bad("wrong-direction", 0, frame.encode(messages.NONCE, (1, 1, 0, 1)), "a message of the controller"),
        bad("merged", 0, checked(b"$1X,1,1,0,1$1X,1,2,0,1"), "two frames in one"),
    ]
