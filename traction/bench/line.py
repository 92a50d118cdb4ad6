"""A line that is timed: how long a request took to be answered, and how many frames were not sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.wire import frame, messages

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.transport import Transport

MOST_WAITING: Final = 16
FRAME_AT: Final = 1
TO_FRAME_AT: Final = messages.HEADER_FIELDS


class Timing:
    """What was seen on the lines of one table; each line of it adds to the same figures.

    ``round_trips_us``: from handing a STOP to the line until its answer had been read, oldest first.
    ``frames`` counts what came, sound or not; ``bad`` what was damaged on its way to the host.
    """

    __slots__ = ("bad", "frames", "round_trips_us")

    def __init__(self) -> None:
        self.round_trips_us: list[int] = []
        self.frames = 0
        self.bad = 0

    @property
    def newest_us(self) -> int | None:
        """Return the newest round trip in us, or None before the first."""
        return self.round_trips_us[-1] if self.round_trips_us else None


class TimedLine:
    """A transport that passes everything on unchanged and looks at what passes.

    What comes before the first sound frame counts as nothing: a line is joined in the middle of a frame.
    """

    __slots__ = ("_clock", "_heard", "_in", "_line", "_out", "_sent_us", "_timing")

    def __init__(self, line: Transport, clock: Clock, timing: Timing) -> None:
        self._line = line
        self._clock = clock
        self._timing = timing
        self._in = frame.Splitter()
        self._out = frame.Splitter()
        self._sent_us: dict[int, int] = {}
        self._heard = False

    def write(self, data: bytes) -> int:
        """Write, and remember when each STOP went out."""
        now_us = self._clock.now_us()
        taken = self._line.write(data)
        for line in self._out.feed(data[:taken]):
            found = frame.decode(line)
            if found is not None and found[0] == messages.STOP:
                while len(self._sent_us) >= MOST_WAITING:  # never answered: the oldest is given up
                    del self._sent_us[min(self._sent_us)]
                self._sent_us[found[1][FRAME_AT]] = now_us
        return taken

    def read(self) -> bytes:
        """Read, and count frames and answers."""
        data = self._line.read()
        timing, noise = self._timing, self._in.noise
        lines = self._in.feed(data)
        if self._heard:
            timing.bad += self._in.noise - noise
            timing.frames += self._in.noise - noise
        for line in lines:
            found = frame.decode(line) if frame.problem(line) == 0 else None
            if found is not None and not messages.fits(found[0], found[1], messages.TO_HOST):
                found = None
            self._heard = self._heard or found is not None
            timing.frames += self._heard
            if found is None:
                timing.bad += self._heard
            elif found[0] == messages.ANSWER:
                sent_us = self._sent_us.pop(found[1][TO_FRAME_AT], None)
                if sent_us is not None:
                    timing.round_trips_us.append(self._clock.now_us() - sent_us)
        return data

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()
