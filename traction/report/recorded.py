"""What a record says of its session: the summary and the series, from values that are checked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from traction.errors import Problem, RecordError
from traction.report.closing import eased
from traction.report.said import Said
from traction.report.summary import STATS, Summary, figures, reason, slack_seen
from traction.runner.plan import TareFacts
from traction.safety.verify import Margin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from traction.runner.reader import Record

INCOMPLETE = "INCOMPLETE"
"""Not an outcome: what stands in the place of one where the session never wrote any."""

DAMAGED = "E614"


def of_record(record: Record) -> Summary:
    """Return the summary of a recorded session; without an outcome its figures are None.

    Raises RecordError E610 where the record says something that no session writes.
    """
    header = header_of(record)
    table, protocol = header.part("table"), header.part("protocol")
    ended = outcome_of(record)
    stats = ended.part("stats") if ended is not None and ended.has("stats") else None
    moved = stats is not None and stats.has("rows") and stats.whole("rows") > 0
    causes = (
        [] if ended is None else [(one.text("code"), one.text("detail")) for one in ended.parts("causes")]
    )
    code, detail = (
        ("", _unknown(record.problems)) if ended is None else (ended.text("code"), ended.text("detail"))
    )
    code, detail = reason(code, detail, causes)
    return Summary(
        outcome=INCOMPLETE if ended is None else ended.text("outcome"),
        reason_code=code,
        reason=detail,
        table=table.text("url"),
        table_name=table.text("name"),
        simulated=simulated_of(record),
        protocol=protocol.text("name"),
        protocol_digest=protocol.text("digest"),
        seed=header.whole("seed"),
        mass_kg=header.number_or_none("mass_kg"),
        region=header.text("region"),
        clock=header.text("clock"),
        margins=tuple(_margin(one) for one in header.parts("margins")),
        problems=record.problems,
        record=None if record.path is None else str(record.path),
        slack=slack_seen([code for code, _ in causes]) if moved else None,
        cycles=(ended if ended is not None and ended.has("cycles") else header.part("profile")).whole(
            "cycles"
        ),
        **figures(_stats(stats) if stats is not None and moved else {}),
        tare=_tare(header),
        eased=eased(record.events) if moved or ended is None else None,
    )


def header_of(record: Record) -> Said:
    """Return the header of a record."""
    return Said(record.header, "header", _file(record))


def simulated_of(record: Record) -> bool | None:
    """Say whether the table was a simulated one; None where it never gave its identity."""
    table = header_of(record).part("table")
    return table.part("identity").flag("simulated") if table.has("identity") else None


def outcome_of(record: Record) -> Said | None:
    """Return the outcome of a record, or None where the session never wrote one."""
    return None if record.outcome is None else Said(record.outcome, "outcome", _file(record))


def series_of(record: Record) -> dict[str, NDArray[np.float64]]:
    """Return the samples in SI units; raises RecordError E610 where a column of every session is absent."""
    from traction.runner.record.layout import COLUMNS
    from traction.runner.series import si_series

    absent = [name for name in COLUMNS if name not in record.samples]
    if absent:
        found = f"no column {', '.join(absent)}"
        raise RecordError(Problem("E610", found, "a record written by a session", _file(record)))
    return si_series(record.samples)


def _file(record: Record) -> str | None:
    return None if record.path is None else str(record.path)


def _unknown(problems: Sequence[Problem]) -> str:
    if any(problem.code == DAMAGED for problem in problems):
        return "the record is damaged before the session says how it ended"
    return "the session has not said how it ended"


def _tare(header: Said) -> TareFacts | None:
    """Return the tare of the header; None where the protocol states none, or the record is older than it."""
    if not header.has("tare"):
        return None
    said = header.part("tare")
    force_n, head_kg, angle_deg = (said.number(name) for name in ("force_n", "head_kg", "angle_deg"))
    return TareFacts(force_n, head_kg, angle_deg, said.text("pull"))


def _margin(said: Said) -> Margin:
    return Margin(
        name=said.text("name"),
        value=said.number("value"),
        limit=said.number("limit"),
        margin=said.number("margin"),
        unit=said.text("unit"),
        source=said.text("source"),
        at_s=said.number_or_none("at_s"),
    )


def _stats(said: Said) -> dict[str, float | int | None]:
    numbers = {name: said.number_or_none(name) for name in STATS if name != "cycles_completed"}
    return {**numbers, "cycles_completed": said.whole("cycles_completed")}
