"""What another table would round of a protocol, value by value, and what it cannot do.

Forces are rounded downwards, never up: a table with coarser steps must not pull harder than what was
published and proved. Holds are rounded down and rests up for the same reason, and a speed becomes the slower
one. Whatever cannot be had is said, and nothing is put in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType
from typing import Final

from traction import units
from traction.protocol.capability import Capability
from traction.protocol.force import Force, Levels
from traction.protocol.force_text import MAX_LENGTH
from traction.protocol.places import Path
from traction.protocol.protocol import Protocol, field_path

SLACK: Final = Decimal("1e-9")
"""A value this part of a step beside a whole number of steps is one: the rounding of a sum."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that the table rounds; ``first`` and ``second`` are in ``unit``.

    ``after`` is what the file says then, ``setting`` what is set on the table.
    """

    field: str
    line: int
    before: str
    after: str
    first: float
    second: float
    unit: str
    why: str
    setting: str = ""

    @property
    def difference(self) -> float:
        """Return after minus before, in the unit."""
        return self.second - self.first

    @property
    def percent(self) -> float:
        """Return the difference as a percentage of what was there."""
        return 100.0 * self.difference / self.first if self.first else 0.0


@dataclass(frozen=True, slots=True)
class Cannot:
    """One thing the table does not have or cannot be set to."""

    field: str
    line: int
    found: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one protocol: roundings, what cannot be done, remarks; new literal of each value."""

    changes: tuple[Change, ...]
    cannot: tuple[Cannot, ...]
    notes: tuple[str, ...]
    values: Mapping[Path, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(slots=True)
class Sheet:
    """Collect what is found while a protocol is gone through, each with its place in the file."""

    protocol: Protocol
    table: Capability
    levels: Levels
    changes: list[Change] = field(default_factory=list)
    cannot: list[Cannot] = field(default_factory=list)
    values: dict[Path, str] = field(default_factory=dict)
    alone: list[str] = field(default_factory=list)
    """Levels that had to become a number, though for another patient they would be another."""

    def refuse(self, path: Path, found: str, why: str, key: str = "") -> None:
        """Note what cannot be done; ``key`` of the capabilities tells how far that is known."""
        doubt = " (nothing of it was seen in what could be read)" if key in self.table.not_seen else ""
        line, _, _ = self.protocol.places.find(path)
        self.cannot.append(Cannot(field_path(path), line, found, f"{why}{doubt}"))

    def change(
        self,
        path: Path,
        before: str,
        after: str,
        pair: tuple[float, float],
        unit: str,
        why: str,
        setting: str = "",
    ) -> None:
        """Note a rounding, and what the file says in its place."""
        line, _, _ = self.protocol.places.find(path)
        change = Change(field_path(path), line, before, after, *pair, unit, why, setting or after)
        self.changes.append(change)
        self.values[path] = f'"{after}"'

    def newtons(self, force: Force, high_n: float | None = None) -> float:
        """Return a force in N for the patient and the session at hand."""
        known = self.levels
        residual_n = self.protocol.document.end.residual
        return force.newtons(Levels(known.mass_kg, high_n, residual_n, known.session))

    def settable(self, path: Path, value_n: float, shown: str) -> tuple[float, str] | None:
        """Return the highest force that can be set and is not above ``value_n``, with its text, or None."""
        forces = self.table.force
        if forces.most is not None and value_n > forces.most:
            self.refuse(path, shown, f"more than {_force(forces.most)}, the most it has", "force.most")
            return None
        if forces.least is not None and abs(value_n - forces.least) <= 1e-9:
            return value_n, _force(value_n)
        rounded = floor_to(value_n, self.table)
        if rounded[0] <= 0.0 < value_n:
            self.refuse(path, shown, f"less than one step of {forces.step}", "force.step")
            return None
        if forces.least is not None and rounded[0] < forces.least:
            self.refuse(path, shown, f"it never pulls with less than {_force(forces.least)}", "force.least")
            return None
        return rounded

    def level(self, path: Path, force: Force, high: tuple[float, float] | None = None) -> tuple[float, float]:
        """Round one level; return it as it was and as it can be set. ``high`` is its cycle's, both ways."""
        if force.uses("cycle"):
            self.refuse(path, force.text, "a level that differs from cycle to cycle")
            return 0.0, 0.0
        was_n = self.newtons(force, None if high is None else high[0])
        most_n = was_n if high is None else min(was_n, self.newtons(force, high[1]))
        found = self.settable(path, most_n, force.text)
        if found is None:
            return was_n, was_n
        now_n, text = found
        if abs(was_n - now_n) > 1e-9:
            self._rounded(path, force, (was_n, now_n), text, f"steps of {self._step()}")
        return was_n, now_n

    def _rounded(self, path: Path, force: Force, pair: tuple[float, float], text: str, why: str) -> None:
        after = self._kept(path, force, text)
        if len(after) > MAX_LENGTH:
            self.refuse(path, force.text, f"{text} has no room beside so long an expression")
            return
        if force.operation == "below high" and (self.protocol.needs_mass or self.protocol.uses_session):
            self.alone.append(field_path(path))
        self.change(path, force.text, after, pair, "N", why, text)

    @property
    def step_n(self) -> float | None:
        """Return the step of forces in N, or None."""
        return None if self.table.step is None else float(_step_n(self.table.step))

    def whole(self, value_n: float, *, up: bool) -> float:
        """Return a difference of forces rounded to whole steps, down or ``up``."""
        step = self.table.step
        if step is None:
            return value_n
        count = Decimal(repr(value_n)) / _step_n(step)
        rounding = ROUND_CEILING if up else ROUND_FLOOR
        return float((count + (-SLACK if up else SLACK)).to_integral_value(rounding) * _step_n(step))

    def level_at(self, path: Path, force: Force, was_n: float, most_n: float) -> None:
        """Round a level down to at most ``most_n``, which other levels ask for."""
        found = self.settable(path, min(was_n, most_n), force.text)
        if found is not None and abs(was_n - found[0]) > 1e-9:
            self._rounded(path, force, (was_n, found[0]), found[1], f"equal steps of {self._step()}")

    def _step(self) -> str:
        return self.table.force.step or "its own"

    def _kept(self, path: Path, force: Force, text: str) -> str:
        """Return the rounded force, with the written one where that depends on the patient or has a range."""
        relative = force.operation in ("below high", "residual")
        of_others = force.needs_mass or force.counts or force.operation == "of high"
        ranged = (*path[:-1], "range", path[-1]) in self.protocol.places.offsets
        if relative or not (of_others or ranged):
            return text
        inner = force.text[4:-1] if force.operation == "min" else force.text
        return f"min({inner}, {text})"

    def plain(self, path: Path, value_n: float) -> None:
        """Round a force that is a number."""
        found = self.settable(path, value_n, _force(value_n))
        if found is not None and abs(found[0] - value_n) > 1e-9:
            self.change(path, _force(value_n), found[1], (value_n, found[0]), "N", f"steps of {self._step()}")

    def time(self, path: Path, value_s: float, step_s: float | None, *, up: bool = False) -> None:
        """Round a time to whole steps; nothing where the table has none that is known."""
        if step_s is None:
            return
        new_s = whole_steps(value_s, step_s, up=up)
        if new_s <= 0.0 < value_s:
            self.refuse(
                path, units.format_time(value_s), f"less than one step of {units.format_time(step_s)}"
            )
        elif new_s != value_s:
            after = f"{new_s:g} s" if new_s < 60 or new_s % 60 else f"{new_s / 60:g} min"
            pair, why = (value_s, new_s), f"steps of {units.format_time(step_s)}"
            self.change(path, units.format_time(value_s), after, pair, "s", why)


def whole_steps(value: float, step: float, *, up: bool = False) -> float:
    """Return ``value`` rounded to whole steps, down or ``up``; what is a whole number of steps stays."""
    count = Decimal(repr(value)) / Decimal(repr(step))
    nearest = count.to_integral_value()
    if abs(count - nearest) <= SLACK:
        return value
    return float(count.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * Decimal(repr(step)))


def floor_to(value_n: float, table: Capability) -> tuple[float, str]:
    """Return a force rounded down to whole steps of the table, in N and as a text in the table's unit."""
    step = table.step
    if step is None:
        return value_n, _force(value_n)
    number, unit = step
    step_n = _step_n(step)
    count = (Decimal(repr(value_n)) / step_n + SLACK).to_integral_value(ROUND_FLOOR)
    return float(count * step_n), f"{(count * number).normalize():f} {unit}"


def _step_n(step: tuple[Decimal, str]) -> Decimal:
    return step[0] * units.UNITS["force"][step[1]]


def _force(value_n: float) -> str:
    return f"{value_n:.6g} N"
