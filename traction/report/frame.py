"""What a screen needs to know of a running session, a few times a second."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple


class Frame(NamedTuple):
    """One picture of a session: forces in N (tension positive), times in s, pressure in kPa.

    ``low_n`` and ``high_n`` bracket the target force of the phase. ``limit_n`` is the force limit, ``trip_n``
    the line above which the supervisor trips. ``measured_n`` is NaN where no load cell gives a reading.
    ``span_left_s`` and ``phase_left_s`` count down the hold, rest or ramp and the phase that run now,
    ``patience_s`` what a take-up or a pause may still last; each is None where there is no such thing.
    ``pressure_kpa`` is None where it is not known. ``progress`` goes from 0 to 1. ``eased`` is what is left
    of the force, in per cent. ``question`` is asked now, ``answers`` are its numbered answers, and
    ``no_answer`` is what happens in ``question_left_s`` when nobody gives one. ``stops`` says how the stop
    inputs stand, ``ended`` why and when the way down began, ``line`` what has been typed so far. ``trace`` is
    the force of the last seconds, one figure in N for each, oldest first.
    """

    t_s: float
    state: str
    phase: str
    kind: str
    cycle: int
    cycles: int
    span_left_s: float | None
    phase_left_s: float | None
    patience_s: float | None
    total_left_s: float
    progress: float
    target_n: float
    measured_n: float
    low_n: float
    high_n: float
    limit_n: float
    trip_n: float
    travel_mm: float
    pressure_kpa: float | None
    eased: int = 100
    question: str = ""
    answers: str = ""
    no_answer: str = ""
    question_left_s: float | None = None
    stops: str = ""
    ended: str = ""
    line: str = ""
    trace: Sequence[int] = ()

    def encode(self) -> bytes:
        """Return the frame as one line of JSON."""
        return json.dumps(self, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Frame:
        """Return the frame that ``encode`` made this line from."""
        *values, trace = json.loads(line)
        return cls(*[*values, tuple(trace)])
