"""What may cross the driver interface: exact types and plausible values, and the words for what may not."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Final

from traction.drivers.base import KNOWN_CAPABILITIES, ControllerLimits, Identity, Telemetry
from traction.drivers.foreign import MAX_INT, MIN_INT, shown
from traction.errors import Problem, TableError
from traction.safety.sample import Sample
from traction.wire import codes

LIMIT_NAMES: Final = tuple(field.name for field in fields(ControllerLimits))
TEXT_NAMES: Final = ("model", "serial_number", "firmware")

SAMPLE_TYPES: Final = [tuple if name == "channels" else int for name in Telemetry._fields]

LONGEST_TEXT: Final = 100
LONGEST_TICK_MS: Final = 1000
MOST_CHANNELS: Final = 32

CHANNEL: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What a channel may be called: it becomes the name of a column in files and in plots."""

RESERVED: Final = frozenset(Sample._fields) | {
    # the other columns of a record, what stands beside them, and what plots call them in SI units
    *("session_state", "span_index", "profile_us", "late_us", "first_row", "rows"),
    *("time_ms", "profile_ms", "force_a_mn", "travel_mm"),
}
"""Names that no channel may have, because a record already uses them."""


def check_identity(identity: object) -> Identity:
    """Return ``identity`` if it is one with every field as agreed; raises TableError E504, every reason."""
    if type(identity) is not Identity:
        raise TableError(Problem("E504", f"the driver says it is {shown(identity)}", "an Identity"))
    problems = [
        Problem("E504", f"the table's {name} is {shown(getattr(identity, name))}", expected, field=name)
        for name, expected in _wrong_in(identity)
    ]
    if problems:
        raise TableError(*problems)
    return identity


def _wrong_in(identity: Any) -> Iterator[tuple[str, str]]:
    for name in TEXT_NAMES:
        text = getattr(identity, name)
        if type(text) is not str or not 0 < len(text) <= LONGEST_TEXT or not text.isprintable():
            yield name, f"1 to {LONGEST_TEXT} printable characters"
    for name, known in (("drive", codes.DRIVE_NAMES), ("region", codes.REGION_NAMES)):
        word = getattr(identity, name)
        if type(word) is not str or word not in known:
            yield name, "one of " + ", ".join(known)
    if not is_whole(identity.boot_id):
        yield "boot_id", "a whole number of at most 64 bits"
    if not is_whole(identity.tick_ms) or not 0 < identity.tick_ms <= LONGEST_TICK_MS:
        yield "tick_ms", f"a whole number from 1 to {LONGEST_TICK_MS}"
    if type(identity.simulated) is not bool:
        yield "simulated", "True or False"
    if not _are_names(identity.channels, MOST_CHANNELS) or not all(map(_is_channel, identity.channels)):
        yield (
            "channels",
            f"at most {MOST_CHANNELS} different names such as disc_pressure_pa, none of a record's own",
        )
    if not _are_names(identity.capabilities, len(KNOWN_CAPABILITIES)) or set(identity.capabilities) - {
        *KNOWN_CAPABILITIES
    }:
        yield "capabilities", "some of " + ", ".join(KNOWN_CAPABILITIES)


def _are_names(names: object, most: int) -> bool:
    return (
        type(names) is tuple
        and len(names) <= most
        and all(type(name) is str for name in names)
        and len(set(names)) == len(names)
    )


def _is_channel(name: str) -> bool:
    return CHANNEL.fullmatch(name) is not None and name not in RESERVED


def is_whole(value: object) -> bool:
    """Say whether ``value`` is exactly an int, and one that a record can hold."""
    return type(value) is int and MIN_INT <= value <= MAX_INT


def check_limits(limits: object, before: ControllerLimits | None) -> ControllerLimits:
    """Return ``limits`` if every value is a positive whole number and none is looser than ``before``.

    Raises TableError E502 or E503. For the hold band *less* is looser: it restarts the hold timer sooner.
    """
    if type(limits) is not ControllerLimits:
        raise TableError(Problem("E502", f"limits are {type(limits).__name__}", "ControllerLimits"))
    for name in LIMIT_NAMES:
        value = getattr(limits, name)
        if not is_whole(value):
            found = f"{name} is {shown(value)}"
            raise TableError(Problem("E502", found, "a whole number of at most 64 bits", field=name))
        if value <= 0:
            raise TableError(Problem("E503", f"{name} is {value}", "more than 0: 0 refuses", field=name))
        if before is not None:
            earlier = getattr(before, name)
            if value < earlier if name == "hold_band_mn" else value > earlier:
                raise TableError(
                    Problem("E503", f"{name} was {earlier} and would be {value}", "only tighter", field=name)
                )
    return limits


def check_read_back(sent: ControllerLimits, stored: object) -> None:
    """Compare what was sent with what the controller stored; raises TableError E505 unless equal."""
    if type(stored) is not ControllerLimits:
        raise TableError(Problem("E505", f"limits read back as {shown(stored)}", "the limits that were sent"))
    wrong = []
    for name in LIMIT_NAMES:
        value, wanted = getattr(stored, name), getattr(sent, name)
        if type(value) is not int or value != wanted:
            wrong.append(f"{name} {shown(value)} instead of {wanted}")
    if wrong:
        found = "limits read back different: " + ", ".join(wrong)
        raise TableError(Problem("E505", found, "every limit as it was sent"))


def check_nonce(nonce: object) -> int:
    """Return what ``arm`` answered if it is a positive whole number; raises TableError E507."""
    if type(nonce) is not int or not 0 < nonce <= MAX_INT:
        raise TableError(Problem("E507", f"arm answered {shown(nonce)}", "a positive whole number"))
    return nonce


def packer(channels: int) -> Callable[..., bytes]:
    """Return what raises struct.error unless it gets the numbers of a sample, each one of 64 bits."""
    return struct.Struct(f"{len(SAMPLE_TYPES) - 1 + channels}q").pack


def telemetry_fault(sample: object) -> TableError:
    """Say why ``sample`` is not telemetry (E506); call it only when a check has failed."""
    if type(sample) is not Telemetry:
        return TableError(Problem("E506", f"a sample is {shown(type(sample))}", "Telemetry"))
    if len(sample) != len(Telemetry._fields):
        found = f"a sample has {len(sample)} values"
        return TableError(Problem("E506", found, f"{len(Telemetry._fields)} values"))
    for name, value in zip(Telemetry._fields, sample, strict=True):
        if name != "channels" and not is_whole(value):
            found = f"{name} is {shown(value)}"
            return TableError(Problem("E506", found, "a whole number of at most 64 bits", field=name))
    if type(sample.channels) is tuple and all(map(is_whole, sample.channels)):
        found = f"{len(sample.channels)} channels, or a time beyond all bounds"
        return TableError(Problem("E506", found, "as the table said at the start"))
    found = f"channels are {shown(sample.channels)}"
    return TableError(Problem("E506", found, "one whole number of at most 64 bits each"))
