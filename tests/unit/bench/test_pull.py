"""A gentle pull comes down whatever breaks it off, and stays within limits that only tighten."""

from __future__ import annotations

import pytest

from traction.bench.pull import LOW_CAP_MN, OVER, Approach, low_limits, pull
from traction.errors import TableError
from traction.runner.plan import controller_limits


@pytest.mark.parametrize("wire", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_breaks_a_pull_off_the_force_is_down_before_it_is_told(bench_of, error, wire) -> None:
    bench = bench_of(wire=wire)
    limits = low_limits(bench.limits)
    approach = Approach(40_000, limits)
    reached = []

    def course(t_us: int, sample) -> int:
        target = approach.target(t_us, sample)
        if approach.steady_us is not None:
            reached.append(sample.force_mn)
            raise error
        return target

    with bench.at_rest() as connection:
        with pytest.raises(error):
            pull(connection.guard, bench.clock, limits, course)
        assert reached[0] > 30_000
        assert abs(connection.guard.poll().force_mn) <= 10_000


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_limits_of_a_gentle_pull_only_tighten(bench_of, region) -> None:
    limits = bench_of(f"sim:?region={region}", region).limits
    session = controller_limits(limits)
    low = low_limits(limits, max_hold_ms=10**9, max_session_ms=10**9, max_travel_um=10**9)
    assert low.max_force_mn == LOW_CAP_MN[region]
    for name in session.__dataclass_fields__:
        assert getattr(low, name) <= getattr(session, name)


def test_a_target_above_the_low_force_is_refused_by_the_guard(bench_of) -> None:
    bench = bench_of()
    limits = low_limits(bench.limits)
    with bench.at_rest() as connection:
        pulled = pull(connection.guard, bench.clock, limits, lambda t_us, sample: limits.max_force_mn + 1)
    assert isinstance(pulled.error, TableError)
    assert pulled.error.code == "E503"
    assert pulled.trace.a_mn.max() < 10_000


def test_a_pull_that_is_over_at_once_moves_nothing(bench_of) -> None:
    bench = bench_of()
    with bench.at_rest() as connection:
        pulled = pull(connection.guard, bench.clock, low_limits(bench.limits), lambda t_us, sample: OVER)
    assert pulled.error is None
    assert pulled.trace.target_mn.max() == 0
