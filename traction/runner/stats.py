"""Totals of a session, kept while it runs: a few comparisons for each block of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traction.runner.record.layout import COLUMNS

PRESSURE_CHANNEL = "disc_pressure_pa"

_TARGET = COLUMNS.index("target_mn")
_FORCE_A, _FORCE_B = COLUMNS.index("force_mn"), COLUMNS.index("force_b_mn")
_TIME, _LATE = COLUMNS.index("t_us"), COLUMNS.index("late_us")


@dataclass(frozen=True, slots=True)
class Stats:
    """Totals of one session, in SI; pressures are None where the table has no channel for them.

    ``peak_force_n`` is the higher of both load cells. ``rest_pressure_kpa`` is the disc pressure of the first
    sample, before any force; ``time_below_zero_pressure_s`` counts ticks. ``worst_late_s`` is how late the
    worst tick began.
    """

    duration_s: float
    rows: int
    cycles_completed: int
    profile_s: float
    peak_target_n: float
    peak_force_n: float
    worst_late_s: float
    rest_pressure_kpa: float | None
    min_pressure_kpa: float | None
    time_below_zero_pressure_s: float | None


class Totals:
    """Collect totals from blocks of columns of whole integers."""

    __slots__ = (
        "_below_zero",
        "_late_us",
        "_min_pressure_pa",
        "_peak_force_mn",
        "_peak_target_mn",
        "_pressure",
        "_rest_pressure_pa",
        "_rows",
        "_t_us",
    )

    def __init__(self, channels: tuple[str, ...]) -> None:
        named = PRESSURE_CHANNEL in channels
        self._pressure = len(COLUMNS) + channels.index(PRESSURE_CHANNEL) if named else -1
        self._rows = self._t_us = self._late_us = 0
        self._peak_target_mn = self._peak_force_mn = 0
        self._rest_pressure_pa: int | None = None
        self._min_pressure_pa: int | None = None
        self._below_zero = 0

    def add(self, columns: Sequence[Sequence[int]]) -> None:
        """Take one block: one sequence per column of the record, oldest row first."""
        self._rows += len(columns[_TIME])
        self._t_us = columns[_TIME][-1]
        self._late_us = max(self._late_us, *columns[_LATE])
        self._peak_target_mn = max(self._peak_target_mn, *columns[_TARGET])
        self._peak_force_mn = max(self._peak_force_mn, *columns[_FORCE_A], *columns[_FORCE_B])
        if self._pressure >= 0:
            self._add_pressure(columns[self._pressure])

    def _add_pressure(self, pressure_pa: Sequence[int]) -> None:
        lowest = min(pressure_pa)
        if self._min_pressure_pa is None:
            self._rest_pressure_pa, self._min_pressure_pa = pressure_pa[0], lowest
        self._min_pressure_pa = min(self._min_pressure_pa, lowest)
        if lowest < 0:
            self._below_zero += sum(value < 0 for value in pressure_pa)

    def stats(self, *, cycles_completed: int, profile_us: int, tick_us: int) -> Stats:
        """Return the totals so far."""
        rest, lowest = self._rest_pressure_pa, self._min_pressure_pa
        return Stats(
            duration_s=self._t_us / 1e6,
            rows=self._rows,
            cycles_completed=cycles_completed,
            profile_s=profile_us / 1e6,
            peak_target_n=self._peak_target_mn / 1000,
            peak_force_n=self._peak_force_mn / 1000,
            worst_late_s=self._late_us / 1e6,
            rest_pressure_kpa=None if rest is None else rest / 1000,
            min_pressure_kpa=None if lowest is None else lowest / 1000,
            time_below_zero_pressure_s=None if lowest is None else self._below_zero * tick_us / 1e6,
        )
