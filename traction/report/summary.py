"""How a session ended, in figures: one row for programs, whether it was just run or is read from a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from traction.errors import Problem
from traction.report.checks import finite, margin_rows, problem_row
from traction.safety.verify import Margin
from traction.units import KPA_PER_MMHG

if TYPE_CHECKING:
    from traction.runner.plan import SessionPlan
    from traction.runner.reader import Record
    from traction.runner.session import SessionResult

INCOMPLETE = "INCOMPLETE"
"""Not an outcome: what stands in the place of one where the session never wrote any."""

DAMAGED = "E614"
NOT_SEEN = "E485"
DEFECTS = "E9"


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in figures; None where a figure does not exist, as after a refusal.

    ``slack`` says that the force was seen to be gone at the end; None where nobody can tell.
    Forces in N, times in s, pressures in mmHg; ``simulated`` and ``clock`` are None where nobody knows.
    """

    outcome: str
    reason_code: str
    reason: str
    table: str | None
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


def of_result(plan: SessionPlan, result: SessionResult, clock: str, simulated: bool | None) -> Summary:
    """Return the summary of a session that has just ended."""
    stats = result.stats
    return Summary(
        outcome=str(result.outcome),
        reason_code=result.code,
        reason=result.detail,
        table=plan.table_url,
        simulated=simulated,
        protocol=plan.protocol_name,
        protocol_digest=plan.protocol_digest,
        seed=plan.seed,
        mass_kg=plan.mass_kg,
        region=plan.region,
        clock=clock,
        margins=plan.verification.margins,
        problems=result.problems,
        record=None if result.record_path is None else str(result.record_path),
        slack=_slack([cause.code for cause in result.causes]) if stats.rows else None,
        cycles=plan.profile.cycles,
        **_figures({name: getattr(stats, name) for name in _STATS} if stats.rows else {}),
    )


def of_record(record: Record) -> Summary:
    """Return the summary of a recorded session; without an outcome its figures are None."""
    header = record.header
    table, protocol = header["table"], header["protocol"]
    identity = table["identity"]
    outcome: Mapping[str, Any] = record.outcome or {}
    stats = outcome.get("stats", {})
    return Summary(
        outcome=outcome.get("outcome", INCOMPLETE),
        reason_code=outcome.get("code", ""),
        reason=outcome.get("detail", _unknown(record.problems)),
        table=table["url"],
        simulated=None if identity is None else identity["simulated"],
        protocol=protocol["name"],
        protocol_digest=protocol["digest"],
        seed=header["seed"],
        mass_kg=header["mass_kg"],
        region=header["region"],
        clock=header["clock"],
        margins=tuple(Margin(**margin) for margin in header["margins"]),
        problems=record.problems,
        record=None if record.path is None else str(record.path),
        slack=_slack([cause["code"] for cause in outcome["causes"]]) if stats.get("rows") else None,
        cycles=header["profile"]["cycles"],
        **_figures(stats if stats.get("rows") else {}),
    )


def _slack(codes: Sequence[str]) -> bool | None:
    """Say whether the release was watched to slack; None after a defect, which may have ended the watch."""
    if NOT_SEEN in codes:
        return False
    return None if any(code.startswith(DEFECTS) for code in codes) else True


def _unknown(problems: Sequence[Problem]) -> str:
    if any(problem.code == DAMAGED for problem in problems):
        return "the record is damaged before the session says how it ended"
    return "the session never said how it ended"


_STATS = (
    "duration_s",
    "cycles_completed",
    "peak_target_n",
    "peak_force_n",
    "rest_pressure_kpa",
    "min_pressure_kpa",
    "time_below_zero_pressure_s",
)


def _figures(stats: Mapping[str, Any]) -> dict[str, Any]:
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
        "margins": margin_rows(summary.margins),
        "errors": problem_rows(summary.problems),
        "record": summary.record,
    }


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return every problem as a plain object."""
    return [problem_row(problem) for problem in problems]
