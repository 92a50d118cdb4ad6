"""What a screen needs to know of a running session, a few times a second."""

from __future__ import annotations

import json
from typing import NamedTuple


class Frame(NamedTuple):
    """One picture of a session: forces in N (tension positive), times in s, pressure in kPa.

    ``low_n`` and ``high_n`` bracket the target force of the phase; ``limit_n`` is the force limit.
    ``phase_left_s`` counts down what runs now. ``pressure_kpa`` is None where the table has no such channel.
    ``progress`` goes from 0 to 1. ``message`` is the last event worth a line.
    """

    t_s: float
    state: str
    phase: str
    kind: str
    cycle: int
    cycles: int
    phase_left_s: float
    total_left_s: float
    progress: float
    target_n: float
    measured_n: float
    low_n: float
    high_n: float
    limit_n: float
    travel_mm: float
    pressure_kpa: float | None
    table: str
    message: str

    def encode(self) -> bytes:
        """Return the frame as one line of JSON."""
        return json.dumps(self, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Frame:
        """Return the frame that ``encode`` made this line from."""
        return cls(*json.loads(line))
