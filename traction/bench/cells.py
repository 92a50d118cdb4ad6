"""What the load cells read on a table at rest: the mean of two seconds, refused unless it is still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers import stages
from traction.errors import Problem, RefusedError
from traction.wire import codes

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.guarded import GuardedDriver
    from traction.safety.facts import TableFacts

SAMPLES: Final = 100
SAMPLE_US: Final = 20_000


def still_n(guard: GuardedDriver, clock: Clock, table: TableFacts, most_n: float) -> tuple[float, float]:
    """Return the mean of each cell in N over two seconds; no reading may be beyond ``most_n`` either way.

    Raises RefusedError E552 where the drive may have power, a reading is absent or beyond that, or the cells
    move more than their noise.
    """
    rows: list[tuple[int, int]] = []
    for _ in range(SAMPLES):
        sample = guard.poll()
        if sample.state not in stages.UNPOWERED:
            raise _refused("the drive may have power", "a table at rest")
        cells = (sample.force_mn, sample.force_b_mn)
        if codes.FORCE_INVALID_MN in cells:
            raise _refused("a load cell gives no reading", "two that do")
        if not max(map(abs, cells)) <= most_n * 1000:
            worst_n = max(cells, key=abs) / 1000
            raise _refused(f"a load cell reads {worst_n:.1f} N", f"at most {most_n:g} N")
        rows.append(cells)
        clock.wait_until_us(clock.now_us() + SAMPLE_US)
    # six standard deviations to either side, and a count at each end
    still = 12 * table.force_noise_n + 2 * table.force_resolution_n
    for name, column in zip("AB", zip(*rows, strict=True), strict=True):
        spread_n = (max(column) - min(column)) / 1000
        if not spread_n <= still:
            raise _refused(f"cell {name} moves by {spread_n:.1f} N", f"at most {still:g} N")
    a_mn, b_mn = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return a_mn / 1000, b_mn / 1000


def _refused(found: str, expected: str) -> RefusedError:
    return RefusedError(Problem("E552", found, expected))
