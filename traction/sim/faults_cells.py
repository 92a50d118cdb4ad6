"""What goes wrong with a reading: of a load cell in mN, or of the carriage's position in um."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

Effect = Callable[["int | None", int], "int | None"]
"""From the reading that there would be, and which sensor it is of, to the one there is; asked once a tick."""

TICK_MS: Final = 10


def stuck(value: float | None) -> Effect:
    """Repeat the reading that was there first."""
    del value
    kept: dict[int, int | None] = {}

    def effect(reading: int | None, which: int) -> int | None:
        return kept.setdefault(which, reading)

    return effect


def drifting(value: float | None, sign: int = 1) -> Effect:
    """Add ``value`` N/s for as long as it lasts."""
    mn_per_tick = (value or 0.0) * TICK_MS
    ticks: dict[int, int] = {}

    def effect(reading: int | None, which: int) -> int | None:
        passed = ticks[which] = ticks.get(which, 0) + 1
        return None if reading is None else reading + sign * round(passed * mn_per_tick)

    return effect


def sagging(value: float | None) -> Effect:
    """Take ``value`` N/s away for as long as it lasts."""
    return drifting(value, -1)


def inverted(value: float | None) -> Effect:
    """Turn the sign."""
    del value
    return lambda reading, _which: None if reading is None else -reading


def absent(value: float | None) -> Effect:
    """Give no reading."""
    del value
    return lambda _reading, _which: None


def saturated(value: float | None) -> Effect:
    """Read ``value`` N."""
    rail_mn = round(1000 * (value or 0.0))
    return lambda _reading, _which: rail_mn


def intermittent(value: float | None) -> Effect:
    """Give no reading every second time."""
    del value
    ticks: dict[int, int] = {}

    def effect(reading: int | None, which: int) -> int | None:
        passed = ticks[which] = ticks.get(which, 0) + 1
        return None if passed % 2 else reading

    return effect


CELL_EFFECTS: Final[Mapping[str, Callable[[float | None], Effect]]] = MappingProxyType(
    {
        "stuck": stuck,
        "drifting": drifting,
        "sagging": sagging,
        "inverted": inverted,
        "open": absent,
        "saturated": saturated,
        "intermittent": intermittent,
    }
)
"""By the second part of a fault's name; each call makes an effect that begins now."""
