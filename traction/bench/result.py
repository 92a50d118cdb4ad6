"""What a check found: figures with the bands they must lie in, a verdict, and the report that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a check."""

    PASS = "pass"
    FAIL = "fail"
    NOT_JUDGED = "not judged"  # nobody was there to see or to do what it needs
    NOT_APPLICABLE = "does not apply"  # this table has nothing that it could judge
    MISSING = "missing"  # the checks ended before it


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; ``low`` and ``high`` are the band it must lie in, None where it is only told.

    ``value`` None means that it could not be measured, which is outside any band.
    """

    name: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None

    @property
    def is_judged(self) -> bool:
        """Say whether there is a band at all."""
        return self.low is not None or self.high is not None

    @property
    def inside(self) -> bool:
        """Say whether the figure lies in its band; NaN and None never do."""
        if not self.is_judged:
            return True
        if self.value is None:
            return False
        above = self.low is None or self.value >= self.low
        return above and (self.high is None or self.value <= self.high)


@dataclass(frozen=True, slots=True)
class Result:
    """One check: its name, its verdict, its figures, and in words what is to be known of it."""

    name: str
    title: str
    verdict: Verdict
    figures: tuple[Figure, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """Which table was checked, by whom, and when; the times are labels in UTC."""

    table: str
    url: str
    serial_number: str
    model: str
    firmware: str
    region: str
    drive: str
    simulated: bool
    operator: str
    started: str
    ended: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All checks of one table on one day."""

    about: About
    results: tuple[Result, ...]

    def named(self, *verdicts: Verdict) -> tuple[str, ...]:
        """Return the names of the checks with one of ``verdicts``."""
        return tuple(one.name for one in self.results if one.verdict in verdicts)

    @property
    def failed(self) -> tuple[str, ...]:
        """Return the names of the checks that failed."""
        return self.named(Verdict.FAIL)

    @property
    def open(self) -> tuple[str, ...]:
        """Return the names of the checks that have no verdict."""
        return self.named(Verdict.NOT_JUDGED, Verdict.MISSING)

    @property
    def passed(self) -> bool:
        """Say whether at least one check passed, none failed and none is open."""
        return bool(self.named(Verdict.PASS)) and not self.failed and not self.open

    @property
    def signed_off(self) -> bool:
        """Say whether somebody stands for it: everything passed, and an operator is named."""
        return self.passed and bool(self.about.operator)


def judged(name: str, title: str, figures: Iterable[Figure], *, wrong: str = "", said: str = "") -> Result:
    """Return a result that passes when every figure is inside its band and nothing is ``wrong``."""
    known = tuple(figures)
    out = [figure.name for figure in known if not figure.inside]
    told = [wrong] if wrong else []
    told += [f"outside the band: {', '.join(out)}"] if out else []
    told += [said] if said else []
    verdict = Verdict.FAIL if wrong or out else Verdict.PASS
    return Result(name, title, verdict, known, "; ".join(told))
