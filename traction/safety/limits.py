"""Limits: region x table x patient x protocol x operator; the tightest wins and its source is named.

A limit that no source gives refuses. Zero is a limit that refuses everything. Nothing here can loosen a
limit: a merge takes the smallest value of each name, whatever the order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from traction.errors import Problem, RefusedError

if TYPE_CHECKING:
    from traction.safety.facts import RegionFacts

SourceKind = Literal["region", "table", "patient", "protocol", "operator"]
SOURCE_KINDS: Final[tuple[SourceKind, ...]] = ("region", "table", "patient", "protocol", "operator")

LIMIT_NAMES: Final = (
    "max_force_n",
    "max_rate_up_n_per_s",
    "max_rate_down_n_per_s",
    "max_hold_s",
    "max_session_s",
    "max_impulse_n_s",
    "max_travel_mm",
    "max_release_s",
)
"""Every limit a session needs, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class LimitSource:
    """What one source says: a kind, a name for people, and any of the limits in LIMIT_NAMES."""

    kind: SourceKind
    name: str
    values: Mapping[str, float]

    @property
    def label(self) -> str:
        """Name the source as shown beside a margin, such as ``"region lumbar"``."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits one session runs under: the tightest of every source, in N, N/s, s, N s and mm.

    ``sources`` maps a limit name to the label of the source that gave it. The fields below it are not limits
    but the region's facts the supervisor and the controller need; no source but the region file sets them.
    """

    region: str
    max_force_n: float
    max_rate_up_n_per_s: float
    max_rate_down_n_per_s: float
    max_hold_s: float
    max_session_s: float
    max_impulse_n_s: float
    max_travel_mm: float
    max_release_s: float
    sources: Mapping[str, str]
    slack_n: float
    hold_band_n: float
    release_rate_n_per_s: float
    fast_release_rate_n_per_s: float
    arrival_error_n_s: float
    cell_difference_n: float

    def values(self) -> dict[str, float]:
        """Return limit name -> value, in the order of LIMIT_NAMES."""
        return {name: getattr(self, name) for name in LIMIT_NAMES}


def merge(region: RegionFacts, sources: Iterable[LimitSource] = ()) -> Limits:
    """Return the tightest of the region's own limits and every further source; order does not matter.

    Of equal values the source that stands first in SOURCE_KINDS is named, then the first by name. Raises
    RefusedError with every problem at once: E301 a limit nobody gives, E304 a value that is no limit.
    """
    every = sorted({_key(source): source for source in (region.source, *sources)}.items())
    problems = [problem for _, source in every for problem in _source_problems(source)]
    tightest = {name: _tightest(name, [source for _, source in every]) for name in LIMIT_NAMES}
    problems += [
        Problem("E301", f"no source gives {name}", "it in a file under hardware", field=name)
        for name in LIMIT_NAMES
        if not any(name in source.values for _, source in every)
    ]
    if problems:
        raise RefusedError(*problems)
    found = {name: source for name, source in tightest.items() if source is not None}
    return Limits(
        region=region.name,
        **{name: float(source.values[name]) for name, source in found.items()},
        sources={name: source.label for name, source in found.items()},
        slack_n=region.slack_n,
        hold_band_n=region.hold_band_n,
        release_rate_n_per_s=region.release_rate_n_per_s,
        fast_release_rate_n_per_s=region.fast_release_rate_n_per_s,
        arrival_error_n_s=region.arrival_error_n_s,
        cell_difference_n=region.cell_difference_n,
    )


def _key(source: LimitSource) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    rank = SOURCE_KINDS.index(source.kind) if source.kind in SOURCE_KINDS else len(SOURCE_KINDS)
    return rank, source.name, tuple(sorted((name, repr(value)) for name, value in source.values.items()))


def _tightest(name: str, sources: list[LimitSource]) -> LimitSource | None:
    giving = [source for source in sources if is_amount(source.values.get(name))]
    return min(giving, key=lambda source: source.values[name], default=None)


def _source_problems(source: LimitSource) -> list[Problem]:
    where = source.label
    problems = []
    if source.kind not in SOURCE_KINDS:
        problems.append(Problem("E304", f"a limit source of kind {source.kind!r}", ", ".join(SOURCE_KINDS)))
    for name, value in source.values.items():
        if name not in LIMIT_NAMES:
            found, expected = f"{where} gives the unknown limit {name!r}", ", ".join(LIMIT_NAMES)
        elif not is_amount(value):
            found, expected = f"{where} gives {value!r}", "a finite number, 0 or more"
        else:
            continue
        problems.append(Problem("E304", found, expected, field=name))
    return problems


def is_amount(value: object) -> bool:
    """Say whether ``value`` is a finite number of 0 or more; NaN, infinities and booleans are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return 0 <= float(value) < math.inf
    except OverflowError:  # a whole number too large for a float
        return False
