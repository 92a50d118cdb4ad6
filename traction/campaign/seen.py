"""What the rules of the oracle look at: one history as arrays, its bounds, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from traction.campaign.bounds import Bounds, bounds_of
from traction.campaign.case import Case
from traction.campaign.history import DUMP, ENABLED, HEALTHY, LEASED, STATE_BITS, History, Series
from traction.wire import codes

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Escape:
    """An invariant that did not hold: where (ms from the first start), what was found, what was allowed."""

    invariant: str
    at_ms: int
    found: float
    bound: float
    says: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One history, tick by tick; forces in mN."""

    case: Case
    history: History
    bounds: Bounds
    force: Ints
    state: Ints
    fault: Ints
    enabled: Flags
    dump: Flags
    healthy: Flags
    leased: Flags

    def escape(
        self, invariant: str, index: int | np.integer[Any], found: float, bound: float, says: str
    ) -> Escape:
        """Return what was found at a tick."""
        return Escape(invariant, self.history.at_ms(int(index)), float(found), float(bound), says)

    @property
    def run(self) -> Flags:
        """Return where the controller is in RUN."""
        found: Flags = self.state == codes.STATE_RUN
        return found

    @property
    def left_run(self) -> int | None:
        """Return the first tick after RUN, None where there was none or it never ended."""
        run = self.run
        left = np.flatnonzero(run[:-1] & ~run[1:])
        return int(left[0]) + 1 if left.size else None


def ints_of(values: Series) -> Ints:
    """Return a copy of a series, so that the series can still grow."""
    return np.array(values, np.int64)


def seen_of(case: Case, history: History) -> Seen:
    """Return the arrays of a history."""
    marks = ints_of(history.marks)
    return Seen(
        case=case,
        history=history,
        bounds=bounds_of(case),
        force=ints_of(history.force_mn),
        state=marks & STATE_BITS,
        fault=ints_of(history.fault),
        enabled=(marks & ENABLED) > 0,
        dump=(marks & DUMP) > 0,
        healthy=(marks & HEALTHY) > 0,
        leased=(marks & LEASED) > 0,
    )
