"""The clock of the board model: time passes only when somebody waits."""

import world

WRAP = 1 << 30


def ticks_us() -> int:
    """Return the time, which wraps as it does on the board."""
    return (world.the().now_us + WRAP - 5000000) % WRAP  # it wraps five seconds after power-up


def ticks_add(ticks: int, delta: int) -> int:
    """Return ``ticks`` and so much more."""
    return (ticks + delta) % WRAP


def ticks_diff(later: int, earlier: int) -> int:
    """Return the signed distance of two times."""
    return (later - earlier + WRAP // 2) % WRAP - WRAP // 2


def sleep_us(us: int) -> None:
    """Wait."""
    world.the().pass_time(us)


def sleep_ms(ms: int) -> None:
    """Wait."""
    world.the().pass_time(ms * 1000)


def sleep(seconds: int) -> None:
    """Wait."""
    world.the().pass_time(seconds * 1000000)
