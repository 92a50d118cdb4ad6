"""A load cell behind a converter of the kind HX711: 24 bits over a data and a clock line."""

from machine import disable_irq, enable_irq

OLDEST_BEATS = 3  # the converter gives a reading in at most 13 ms; one that stays away for 30 ms is none
LOW_RAIL = -0x800000
HIGH_RAIL = 0x7FFFFF


class Cell:
    """One converter; ``read`` gives mN, tension positive, or None when there is no reading to believe."""

    __slots__ = ("_age", "_clock", "_data", "_mn", "_per_kn", "_zero")

    def __init__(self, data, clock, zero: int, per_kn: int) -> None:
        self._data = data
        self._clock = clock
        self._zero = zero
        self._per_kn = per_kn
        self._mn = None
        self._age = 0

    def read(self) -> int | None:
        """Return the newest reading; call once a beat."""
        self._age += 1
        if self._data.value() == 0:
            self._age = 0
            self._mn = self._in_mn(self._shift_in())
        if self._age > OLDEST_BEATS:
            self._mn = None
        return self._mn

    def counts(self) -> int | None:
        """Return what the converter shows, to find zero and span by; None when it has nothing new."""
        return self._shift_in() if self._data.value() == 0 else None

    def _in_mn(self, raw: int) -> int | None:
        if not self._per_kn or raw <= LOW_RAIL or raw >= HIGH_RAIL:
            return None
        return (raw - self._zero) * 1000000 // self._per_kn

    def _shift_in(self) -> int:
        raw = 0
        for _ in range(24):
            raw = raw << 1 | self._pulse()
        self._pulse()  # the 25th chooses the same input and gain again
        return raw - 0x1000000 if raw & 0x800000 else raw

    def _pulse(self) -> int:
        # A clock that stays high for 60 us switches the converter off, so nothing may come between.
        state = disable_irq()
        self._clock.value(1)
        self._clock.value(0)
        bit = self._data.value()
        enable_irq(state)
        return bit
