"""Checks that are sessions: the engine, supervisor and preflight of any run, and the record read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from traction.bench.trace import Trace, of_samples
from traction.errors import Problem, TableError
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Requests
from traction.runner.session import run_session

if TYPE_CHECKING:
    from traction.bench.context import Bench
    from traction.drivers.guarded import GuardedDriver
    from traction.runner.plan import SessionPlan
    from traction.runner.session import SessionResult
    from traction.runner.standing import Standing
    from traction.runner.steering import Steering
    from traction.safety.sample import Sample

LATE: Final = ("E483", "E484")
"""This computer stood still, or slept, and the session was over for that: nothing is said of the table."""

OURS: Final = "the check"
"""Who asked for a stop that belongs to a check; any other came from a person who wants it to end."""


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """A session that a check has run; ``plan`` is what it ran on."""

    result: SessionResult
    plan: SessionPlan
    trace: Trace

    @property
    def ended(self) -> str:
        """Say in words how it ended."""
        text = f"the session ended {self.result.outcome}"
        return f"{text}: {self.result.code} {self.result.detail}" if self.result.code else text


class AtMoment:
    """A viewer that does something once, at a moment of the profile; it looks ten times a second."""

    def __init__(self, at_s: float, act: Callable[[], None]) -> None:
        self._at_us = round(at_s * 1e6)
        self._act: Callable[[], None] | None = act

    def look(self, standing: Standing, steering: Steering, sample: Sample) -> None:
        """Act when it is time to."""
        del steering, sample
        if self._act is not None and standing.profile_us >= self._at_us:
            act, self._act = self._act, None
            act()


def run(
    bench: Bench,
    guard: GuardedDriver,
    text: str,
    *,
    at_s: float = 0.0,
    act: Callable[[Requests], None] | None = None,
) -> Ran:
    """Run the protocol ``text``, and do ``act`` once at profile time ``at_s``.

    Raises KeyboardInterrupt when a person has stopped it, with the force down by then; RefusedError where the
    protocol does not fit the limits; TableError with a code of ``LATE`` where this computer was.
    """
    plan = bench.prove(text)
    requests = Requests()
    viewer = None if act is None else AtMoment(at_s, lambda: act(requests))
    result = run_session(plan, guard, bench.clock, record_to_memory(), requests=requests, viewer=viewer)
    if any(source != OURS for source in requests.sources):
        raise KeyboardInterrupt
    if result.code in LATE:
        raise TableError(Problem(result.code, result.detail, "a computer that does nothing else"))
    return Ran(result, plan, of_samples(result.record().samples))
