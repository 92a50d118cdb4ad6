"""How a session ended, in figures: one row for programs, whether it was just run or is read from a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from traction.errors import Problem, TractionError
from traction.report.checks import finite, margin_rows, problem_row
from traction.safety.verify import Margin
from traction.units import KPA_PER_MMHG

if TYPE_CHECKING:
    from traction.report.closing import Eased, Judged
    from traction.runner.plan import SessionPlan, TareFacts
    from traction.runner.reader import Record
    from traction.runner.session import SessionResult

STOPPED, STOPPED_FAST = "E490", "E491"
NOT_SEEN = "E485"
DEFECTS = "E9"


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in figures; None where a figure does not exist, as after a refusal.

    ``slack`` says that the force was seen to be gone at the end; None where nobody can tell.
    Forces in N, times in s, pressures in mmHg; ``table`` is the URL and ``table_name`` the file whose facts
    hold for it; ``simulated`` and ``clock`` are None where nobody knows. ``tare`` is what
    every level has besides that of the file. ``eased`` and ``conformance`` are what the record adds.
    """

    outcome: str
    reason_code: str
    reason: str
    table: str | None
    table_name: str | None
    simulated: bool | None
    protocol: str | None
    protocol_digest: str | None
    seed: int | None
    mass_kg: float | None
    region: str | None
    clock: str | None
    margins: tuple[Margin, ...] = ()
    problems: tuple[Problem, ...] = ()
    record: str | None = None
    slack: bool | None = None
    duration_s: float | None = None
    cycles: int | None = None
    cycles_completed: int | None = None
    peak_target_n: float | None = None
    peak_force_n: float | None = None
    rest_disc_pressure_mmhg: float | None = None
    min_disc_pressure_mmhg: float | None = None
    time_below_zero_pressure_s: float | None = None
    tare: TareFacts | None = None
    eased: Eased | None = None
    conformance: Judged | None = None


def of_result(plan: SessionPlan, result: SessionResult, clock: str, simulated: bool | None) -> Summary:
    """Return the summary of a session that has just ended; its record is read for what only that says."""
    stats = result.stats
    causes = [(cause.code, cause.detail) for cause in result.causes]
    code, detail = reason(result.code, result.detail, causes)
    summary = Summary(
        outcome=str(result.outcome),
        reason_code=code,
        reason=detail,
        table=plan.table_url,
        table_name=plan.table.name,
        simulated=simulated,
        protocol=plan.protocol_name,
        protocol_digest=plan.protocol_digest,
        seed=plan.seed,
        mass_kg=plan.mass_kg,
        region=plan.region,
        clock=clock,
        margins=plan.verification.margins,
        tare=plan.tare,
        problems=result.problems,
        record=None if result.record_path is None else str(result.record_path),
        slack=slack_seen([code for code, _ in causes]) if stats.rows else None,
        cycles=result.plan.profile.cycles,
        **figures({name: getattr(stats, name) for name in STATS} if stats.rows else {}),
    )
    if not stats.rows:
        return summary
    try:
        return with_record(summary, result.record())
    except TractionError:  # a record that cannot be read back has a cause of its own, told already
        return summary


def with_record(summary: Summary, record: Record) -> Summary:
    """Return the summary with what its record adds. Raises RecordError E610 for what no session writes."""
    from traction.report.closing import eased, judged
    from traction.report.conformance import conformance, judged_by

    found = conformance(record, judged_by(record))
    return replace(summary, eased=eased(record.events), conformance=judged(found))


def reason(code: str, detail: str, causes: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the code and the words that tell how a session ended.

    A person who presses twice stops fast: the first press began it, the second says what became of it.
    """
    fast = [cause for cause in causes if cause[0] == STOPPED_FAST]
    return fast[0] if fast and code == STOPPED else (code, detail)


def slack_seen(codes: Sequence[str]) -> bool | None:
    """Say whether the release was watched to slack; None after a defect, which may have ended the watch."""
    if NOT_SEEN in codes:
        return False
    return None if any(code.startswith(DEFECTS) for code in codes) else True


STATS: Final = (
    "duration_s",
    "cycles_completed",
    "peak_target_n",
    "peak_force_n",
    "rest_pressure_kpa",
    "min_pressure_kpa",
    "time_below_zero_pressure_s",
)
"""The totals of a session that its summary shows."""


def figures(stats: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a summary by its names; what ``stats`` has not is None."""
    return {
        "duration_s": stats.get("duration_s"),
        "cycles_completed": stats.get("cycles_completed"),
        "peak_target_n": stats.get("peak_target_n"),
        "peak_force_n": stats.get("peak_force_n"),
        "rest_disc_pressure_mmhg": _mmhg(stats.get("rest_pressure_kpa")),
        "min_disc_pressure_mmhg": _mmhg(stats.get("min_pressure_kpa")),
        "time_below_zero_pressure_s": stats.get("time_below_zero_pressure_s"),
    }


def _mmhg(pressure_kpa: float | None) -> float | None:
    return None if pressure_kpa is None else pressure_kpa / KPA_PER_MMHG


def summary_row(summary: Summary) -> dict[str, Any]:
    """Return the object that ``run --json`` and ``report --json`` print; plain values only."""
    return {
        "outcome": summary.outcome,
        "reason_code": summary.reason_code,
        "reason": summary.reason,
        "table": summary.table,
        "table_name": summary.table_name,
        "simulated": summary.simulated,
        "protocol": summary.protocol,
        "protocol_digest": summary.protocol_digest,
        "region": summary.region,
        "mass_kg": summary.mass_kg,
        "seed": summary.seed,
        "clock": summary.clock,
        "slack": summary.slack,
        "duration_s": finite(summary.duration_s),
        "cycles": summary.cycles,
        "cycles_completed": summary.cycles_completed,
        "peak_target_n": finite(summary.peak_target_n),
        "peak_force_n": finite(summary.peak_force_n),
        "min_disc_pressure_mmhg": finite(summary.min_disc_pressure_mmhg),
        "rest_disc_pressure_mmhg": finite(summary.rest_disc_pressure_mmhg),
        "time_below_zero_pressure_s": finite(summary.time_below_zero_pressure_s),
        "tare": None if summary.tare is None else asdict(summary.tare),
        "eased": None if summary.eased is None else asdict(summary.eased),
        "conformance": None if summary.conformance is None else asdict(summary.conformance),
        "margins": margin_rows(summary.margins),
        "errors": problem_rows(summary.problems),
        "record": summary.record,
    }


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return every problem as a plain object."""
    return [problem_row(problem) for problem in problems]
