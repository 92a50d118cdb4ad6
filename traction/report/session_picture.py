"""The picture of a record: target and measured force, and the pressure in the disc."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from traction import units
from traction.errors import Problem, RecordError
from traction.report.origin import SAID
from traction.report.plot import Mark, SessionPicture, plot_session
from traction.report.recorded import header_of, of_record, outcome_of, series_of
from traction.report.summary import Summary
from traction.report.text import table_text

if TYPE_CHECKING:
    from traction.runner.reader import Record

PRESSURE = "disc_pressure_kpa"
FOOTER = "Bench engineering software: no conformity is claimed, and nothing here says that a treatment works."


def draw(record: Record, path: Path) -> None:
    """Draw ``record`` to ``path``, never over the record itself. Raises UsageError E161, RecordError E650."""
    if record.path is not None and same_file(record.path, path):
        raise RecordError(Problem("E650", "the record itself is there", "another name", file=str(path)))
    plot_session(picture(record), path)


def same_file(one: Path, other: Path) -> bool:
    """Say whether two paths lead to one file that is there."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False


def picture(record: Record) -> SessionPicture:
    """Return what the picture shows: SI series, rest pressure, limit, and where the session was cut short."""
    summary = of_record(record)
    series = series_of(record)
    pressure = series[PRESSURE] / units.KPA_PER_MMHG if PRESSURE in series else ()
    return SessionPicture(
        title=summary.protocol or "",
        subtitle=_subtitle(summary),
        t_s=series["time_s"],
        target_n=series["target_n"],
        measured_n=series["force_n"],
        pressure_mmhg=pressure,
        pressure_label=f"disc pressure{SAID[summary.simulated]}",
        rest_pressure_mmhg=summary.rest_disc_pressure_mmhg,
        max_force_n=_max_force_n(record),
        marks=_marks(record),
        footer=FOOTER,
    )


def _subtitle(summary: Summary) -> str:
    mass = [] if summary.mass_kg is None else [f"{summary.mass_kg:g} kg"]
    code = f" {summary.reason_code}" if summary.reason_code else ""
    return ", ".join(
        [f"{summary.outcome}{code}", f"table {table_text(summary)}", f"seed {summary.seed}", *mass]
    )


def _max_force_n(record: Record) -> float:
    merged = header_of(record).part("limits").part("merged")
    return merged.part("max_force_n").number("value")


def _marks(record: Record) -> tuple[Mark, ...]:
    outcome = outcome_of(record)
    if outcome is None:
        times = record.samples["t_us"]
        return (Mark(float(times[-1]) * 1e-6, "the record ends here"),) if len(times) else ()
    causes = [cause for cause in outcome.parts("causes") if cause.text("outcome") != "COMPLETED"]
    return tuple(
        Mark(cause.number("t_us") * 1e-6, f"{cause.text('outcome')} {cause.text('code')}") for cause in causes
    )
