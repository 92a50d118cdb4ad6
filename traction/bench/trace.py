"""The samples of one pull as arrays, whether a session recorded them or a check watched by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from traction.drivers import stages
from traction.wire import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.drivers.base import Telemetry

    Whole = NDArray[np.int64]
    Mask = NDArray[np.bool_]

RESPONSE_MN = 5_000
"""A force has begun to fall when it is so far below what it was; noise of an ordinary cell is a tenth."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One row per sample, oldest first. Times on the host's clock in us, on the controller's in ms."""

    t_us: Whole
    controller_ms: Whole
    state: Whole
    fault: Whole
    inputs: Whole
    a_mn: Whole
    b_mn: Whole
    travel_um: Whole
    target_mn: Whole
    profile_us: Whole
    late_us: Whole

    @property
    def mean_mn(self) -> NDArray[np.float64]:
        """Return the mean of both cells."""
        return (self.a_mn + self.b_mn) / 2.0

    @property
    def last_fault(self) -> int:
        """Return the fault latched at the end, 0 for none."""
        return int(self.fault[-1]) if len(self.fault) else codes.FAULT_NONE

    @property
    def longest_step_ms(self) -> float:
        """Return the longest time between two samples that were read one after the other, in ms."""
        return float(np.diff(self.t_us).max(initial=0)) / 1000

    def first(self, mask: Mask, start: int = 0) -> int | None:
        """Return the first row from ``start`` on for which ``mask`` holds, or None."""
        found = np.flatnonzero(mask[start:])
        return int(found[0]) + start if len(found) else None

    def ms_between(self, start: int, end: int | None) -> float | None:
        """Return the time between two rows on the controller's clock, in ms."""
        return None if end is None else float(self.controller_ms[end] - self.controller_ms[start])

    def falls_after(self, row: int) -> int | None:
        """Return the first row after ``row`` at which both cells are well below what they were at it."""
        base_a, base_b = self.a_mn[row], self.b_mn[row]
        fallen = (self.a_mn <= base_a - RESPONSE_MN) & (self.b_mn <= base_b - RESPONSE_MN)
        return self.first(fallen & self._read, row)

    def slack_after(self, row: int, slack_mn: int) -> int | None:
        """Return the first row from ``row`` on at which both cells are slack."""
        return self.first((self.a_mn <= slack_mn) & (self.b_mn <= slack_mn) & self._read, row)

    @property
    def _read(self) -> Mask:
        """Say of each row whether both cells gave a reading: none is no force that has fallen."""
        read: Mask = (self.a_mn != codes.FORCE_INVALID_MN) & (self.b_mn != codes.FORCE_INVALID_MN)
        return read

    def off_after(self, row: int) -> int | None:
        """Return the first row from ``row`` on at which the drive has no power."""
        return self.first(np.isin(self.state, sorted(stages.UNPOWERED)), row)


def of_samples(samples: Mapping[str, Whole]) -> Trace:
    """Return the trace of a record's samples."""
    return Trace(
        t_us=samples["t_us"],
        controller_ms=samples["controller_ms"],
        state=samples["state"],
        fault=samples["fault"],
        inputs=samples["inputs"],
        a_mn=samples["force_mn"],
        b_mn=samples["force_b_mn"],
        travel_um=samples["travel_um"],
        target_mn=samples["target_mn"],
        profile_us=samples["profile_us"],
        late_us=samples["late_us"],
    )


def of_telemetry(rows: Sequence[tuple[int, int, Telemetry]]) -> Trace:
    """Return the trace of (time in us, target in mN, sample) as a check has watched them."""
    kept = []
    for t_us, target_mn, one in rows:
        cells = one.force_mn, one.force_b_mn
        seen = one.controller_ms, one.state, one.fault, one.inputs, *cells, one.travel_um
        kept.append((t_us, *seen, target_mn, 0, 0))
    columns = np.array(kept, dtype=np.int64).reshape(-1, len(Trace.__dataclass_fields__)).T
    return Trace(*columns)
