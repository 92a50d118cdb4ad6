"""What a table says of itself, sample by sample, without moving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from traction.bench.check_link import answered
from traction.drivers import stages
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from traction.bench.connect import Connection
    from traction.bench.line import Timing
    from traction.clock import Clock

POLL_US: Final = 20_000
ASK_US: Final = 1_000_000
"""So often the round trip is measured, by asking a table at rest to stop."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: times in s and ms, forces in N, travel in mm; None where nothing could be measured.

    ``age_ms`` is the age of the sample when it was read, ``round_trip_ms`` the newest that was measured.
    """

    t_s: float
    state: str
    fault: str
    force_a_n: float | None
    force_b_n: float | None
    travel_mm: float
    emergency_stop: str
    patient_stop: str
    age_ms: float
    round_trip_ms: float | None


def watch(
    connection: Connection, clock: Clock, timing: Timing | None, *, every_us: int, for_us: int | None
) -> Iterator[Seen]:
    """Yield a look every ``every_us`` until ``for_us`` has passed (None: for ever). Raises TableError.

    The table is opened already. Polls it all the while; it asks for nothing but a stop of a table at rest,
    which is how the round trip is measured.
    """
    guard = connection.guard
    start_us = next_us = ask_us = clock.now_us()
    while for_us is None or clock.now_us() - start_us <= for_us:
        sample = guard.poll()
        now_us = clock.now_us()
        if timing is not None and now_us >= ask_us and sample.state in stages.UNPOWERED:
            answered(guard, clock, timing)
            ask_us = now_us + ASK_US
        if now_us >= next_us:
            next_us = max(next_us + every_us, now_us)
            trip_us = None if timing is None else timing.newest_us
            yield Seen(
                t_s=(now_us - start_us) / 1e6,
                state=name_of(codes.STATE_NAMES, sample.state),
                fault=codes.FAULT_NAMES.get(sample.fault, str(sample.fault)),
                force_a_n=_force_n(sample.force_mn),
                force_b_n=_force_n(sample.force_b_mn),
                travel_mm=sample.travel_um / 1000,
                emergency_stop=_closed(sample.inputs, codes.INPUT_ESTOP_CLOSED),
                patient_stop=_closed(sample.inputs, codes.INPUT_PATIENT_STOP_CLOSED),
                age_ms=(now_us - sample.received_us) / 1000,
                round_trip_ms=None if trip_us is None else trip_us / 1000,
            )
        clock.wait_until_us(clock.now_us() + POLL_US)


def name_of(names: tuple[str, ...], number: int) -> str:
    """Return the name of a state, or its number where it has none."""
    return names[number] if 0 <= number < len(names) else str(number)


def _force_n(force_mn: int) -> float | None:
    return None if force_mn == codes.FORCE_INVALID_MN else force_mn / 1000


def _closed(inputs: int, bit: int) -> str:
    return "closed" if inputs & bit == bit else "OPEN"
