"""Judge a recorded session again: the same supervisor, bounds and samples, from the file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from traction.errors import Problem, RecordError
from traction.runner.outcome import Outcome, is_verdict
from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Sample
from traction.safety.supervisor import Supervisor

if TYPE_CHECKING:
    from traction.runner.reader import Record

ROWS_AT_ONCE: Final = 4096
_DIVISORS: Final = ("soft_mn_per_mm", "stiff_mn_per_mm")
_ENDS: Final = frozenset(outcome.lower() for outcome in Outcome)


@dataclass(frozen=True, slots=True)
class Judged:
    """One reason to end that the supervisor gives, at the first sample for which it gives it."""

    row: int
    t_us: int
    code: str
    detail: str
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging again found, and what the session itself said at the time.

    ``verdicts`` and ``recorded`` stand in the order of time; ``recorded`` holds (code, session time in us) of
    what the supervisor gave during the session, and is empty where no outcome was written. ``told`` is the
    same from the events, which a session that was cut short has too.
    """

    verdicts: tuple[Judged, ...]
    recorded: tuple[tuple[str, int], ...]
    told: tuple[tuple[str, int], ...] = ()

    @property
    def trip(self) -> Judged | None:
        """Return the first reason to end, or None where the supervisor had nothing against the session."""
        return self.verdicts[0] if self.verdicts else None

    @property
    def agrees(self) -> bool:
        """Say whether both give the same codes, each at the same sample."""
        return self.given == self.recorded

    @property
    def given(self) -> tuple[tuple[str, int], ...]:
        """Return (code, session time in us) of every verdict, as ``recorded`` has them."""
        return tuple((verdict.code, verdict.t_us) for verdict in self.verdicts)


def rejudge(record: Record, bounds: SupervisorBounds | None = None) -> Judgement:
    """Judge the samples of ``record`` again, and compare; within the bounds of its header or within others.

    Of an incomplete record the samples that are left are judged. Raises RecordError E616 where the header
    does not hold every bound, or a column is missing.
    """
    supervisor = Supervisor(bounds_of(record) if bounds is None else bounds)
    found: dict[str, Judged] = {}
    for row, sample in enumerate(_samples(record)):
        reaction, code, detail = supervisor.judge(sample)
        if reaction > Reaction.WARN and code not in found:
            found[code] = Judged(row, sample.t_us, code, detail, reaction)
    recorded = tuple(cause for cause in _causes(record) if is_verdict(cause[0]))
    told = tuple((event.code, event.t_us) for event in record.events if event.name in _ENDS)
    return Judgement(tuple(found.values()), recorded, tuple(one for one in told if is_verdict(one[0])))


def bounds_of(record: Record) -> SupervisorBounds:
    """Return the bounds a session was judged by. Raises RecordError E616 where its header lacks any."""
    said = record.header.get("supervisor")
    names = [field.name for field in fields(SupervisorBounds)]
    if not isinstance(said, Mapping) or any(type(said.get(name)) is not int for name in names):
        found = "a header without the bounds of the supervisor"
        raise _unjudgeable(record, found)
    if not all(said[name] > 0 for name in _DIVISORS):
        raise _unjudgeable(record, "bounds of the supervisor that no session has")
    return SupervisorBounds(**{name: said[name] for name in names})


def _causes(record: Record) -> list[tuple[str, int]]:
    """Return (code, session time in us) of every reason the outcome names."""
    outcome: Mapping[str, Any] = record.outcome or {}
    try:
        causes = [(cause["code"], cause["t_us"]) for cause in outcome.get("causes", ())]
    except (TypeError, KeyError) as error:
        raise _unjudgeable(record, "an outcome without its causes") from error
    if any(type(code) is not str or type(t_us) is not int for code, t_us in causes):
        raise _unjudgeable(record, "causes without a code or a time")
    return causes


def _samples(record: Record) -> Iterator[Sample]:
    missing = [name for name in Sample._fields if name not in record.samples]
    if missing:
        raise _unjudgeable(record, f"samples without {missing[0]}")
    columns = [record.samples[name] for name in Sample._fields]
    for start in range(0, len(columns[0]), ROWS_AT_ONCE):
        # as Python's own integers: the supervisor takes nothing else for a whole number
        page = [column[start : start + ROWS_AT_ONCE].tolist() for column in columns]
        yield from map(Sample._make, zip(*page, strict=True))


def _unjudgeable(record: Record, found: str) -> RecordError:
    file = None if record.path is None else str(record.path)
    return RecordError(Problem("E616", found, "a record that says how it was judged", file=file))
