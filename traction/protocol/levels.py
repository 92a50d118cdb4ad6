"""The levels of a phase for one patient: newtons, in order, and refused where they do not fit each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from traction.errors import RefusedError
from traction.profile.segments import Oscillation
from traction.protocol import vary
from traction.protocol.drawn_line import SAME_N, whole_us
from traction.protocol.fields import MAX_FORCE_N
from traction.protocol.force import Force, Levels
from traction.protocol.happened import Edited
from traction.protocol.phases import Cycling, Holding, Phase
from traction.protocol.places import Path
from traction.protocol.protocol import Protocol


class Cycle(NamedTuple):
    """One cycle's levels in N and times in whole microseconds."""

    high_n: float
    low_n: float
    hold_us: int
    rest_us: int


@dataclass(frozen=True, slots=True)
class ForPatient:
    """Turn a protocol's force expressions into newtons for one body mass, one seed, one session.

    Levels are what the file means them to be; ``applied`` adds the tare, which the table pulls besides.
    """

    protocol: Protocol
    mass_kg: float | None
    seed: int
    session: int = 1
    edits: tuple[Edited, ...] = ()
    tare_n: float = 0.0

    def newtons(self, force: Force, path: Path, high_n: float | None = None, cycle: int = 1) -> float:
        """Return the force in N. Raises RefusedError E331 where it is below zero or beyond all sense."""
        residual_n = self.protocol.document.end.residual - self.tare_n
        value_n = force.newtons(Levels(self.mass_kg, high_n, residual_n, self.session, cycle))
        if value_n < 0.0 and force.operation != "residual":
            found = f"{force.text!r}, which is {value_n:g} N{self._numbered(force, cycle)}"
            raise self.refuse(path, found, "a force of zero or more")
        if not value_n <= MAX_FORCE_N:
            found = f"{force.text!r}, which is {value_n:g} N{self._numbered(force, cycle)}"
            raise self.refuse(path, found, f"at most {MAX_FORCE_N:g} N")
        return value_n

    def applied(self, level_n: float, path: Path) -> float:
        """Return what the table pulls for a level of the file, in N. Raises RefusedError E331 below zero."""
        if self.tare_n == 0.0:
            return level_n
        force_n = level_n + self.tare_n
        residual_n = self.protocol.document.end.residual
        if abs(force_n - residual_n) <= SAME_N:  # "residual" again, but for the rounding of two sums
            return residual_n
        if force_n < 0.0:
            found = f"a level of {level_n:g} N with a tare of {self.tare_n:g} N"
            raise self.refuse(path, found, "a force of zero or more for the table")
        return force_n

    def _numbered(self, force: Force, cycle: int) -> str:
        """Say in which session and cycle, where that matters."""
        parts = [f" in session {self.session}"] if force.uses("session") else []
        parts += [f" in cycle {cycle}"] if force.uses("cycle") else []
        return "".join(parts)

    def refuse(self, path: Path, found: str, expected: str, code: str = "E331") -> RefusedError:
        """Return the refusal with its place in the file and the mass it holds for."""
        mass = "" if self.mass_kg is None else f" at {self.mass_kg:g} kg"
        return RefusedError(self.protocol.problem(code, f"{found}{mass}", expected, path))

    def wave(self, phase: Holding, level_n: float, low_n: float, path: Path) -> Oscillation | None:
        """Return the wave over the holds of a phase. Raises RefusedError E331 if it dips below ``low_n``."""
        if phase.oscillation is None:
            return None
        amplitude_n = phase.oscillation.amplitude
        if amplitude_n > level_n - low_n:
            found = f"a wave of {amplitude_n:g} N on a hold of {level_n:g} N over {low_n:g} N"
            raise self.refuse((*path, "oscillation"), found, "a trough not below the low level")
        return Oscillation(phase.oscillation.wave, amplitude_n, phase.oscillation.frequency)

    def check_range(
        self, phase: Phase, key: str, value_n: float, path: Path, high_n: float | None, cycle: int = 1
    ) -> None:
        """Raise RefusedError E333 where a force is above its published range."""
        pair = None if phase.range is None else getattr(phase.range, key)
        if pair is None:
            return
        top_n = self.newtons(pair[1], (*path, "range", key), high_n, cycle)
        if value_n > top_n:
            found, expected = f"{key} of {value_n:g} N", f"at most {top_n:g} N, as published"
            raise self.refuse((*path, "range", key), found, expected, "E333")

    def cycle(self, phase: Cycling, index: int, number: int) -> Cycle:
        """Return one cycle, varied by the seed. Raises RefusedError E331 where low is not below high."""
        path: Path = ("phase", index)
        high_n = self.newtons(phase.high, (*path, "high"), cycle=number)
        self.check_range(phase, "high", high_n, path, None, number)
        variation = phase.variation
        if variation is not None and variation.high is not None:
            high_n = self._varied_high(phase, index, number, high_n)
        low_n = self.newtons(phase.low, (*path, "low"), high_n, number)
        self.check_range(phase, "low", low_n, path, high_n, number)
        hold_s, rest_s = phase.hold, phase.rest
        if variation is not None:
            low_n = self._spread(low_n, variation.low, index, number, "low")
            hold_s = self._spread(hold_s, variation.hold, index, number, "hold")
            rest_s = self._spread(rest_s, variation.rest, index, number, "rest")
        if not low_n < high_n:
            found = f"a low level of {low_n:g} N and a high level of {high_n:g} N"
            raise self.refuse((*path, "low"), found, "a low level below the high one")
        high_n, low_n = self.applied(high_n, (*path, "high")), self.applied(low_n, (*path, "low"))
        return Cycle(high_n, low_n, whole_us(hold_s), whole_us(rest_s))

    def _spread(
        self, value: float, spread: float | None, index: int, number: int, what: vary.Varied
    ) -> float:
        if spread is None:
            return value
        part = vary.draw(self.seed, index, number, what)
        return vary.between(value * (1.0 - spread), value * (1.0 + spread), part)

    def _varied_high(self, phase: Cycling, index: int, number: int, high_n: float) -> float:
        """Draw between the low end of the spread and its high end, or the cap if that is lower."""
        variation = phase.variation
        if variation is None or variation.high is None or variation.cap is None:
            return high_n
        path: Path = ("phase", index, "variation", "cap")
        cap_n = self.newtons(variation.cap, path, cycle=number)
        amplitude_n = 0.0 if phase.oscillation is None else phase.oscillation.amplitude
        if high_n + amplitude_n > cap_n:
            found = f"a high level of {high_n + amplitude_n:g} N, waves included, over a cap of {cap_n:g} N"
            raise self.refuse(path, found, "a cap not below it")
        top_n = min(high_n * (1.0 + variation.high), cap_n - amplitude_n)
        part = vary.draw(self.seed, index, number, "high")
        return vary.between(high_n * (1.0 - variation.high), top_n, part)
