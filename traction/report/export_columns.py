"""The columns of an export and what each means: unit, sign, resolution, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from traction.report.origin import SAID
from traction.report.recorded import series_of, simulated_of
from traction.runner.record.layout import COLUMNS
from traction.runner.states import State
from traction.safety.sample import Activity
from traction.wire import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.runner.reader import Record

    Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the samples: ``source`` names the columns of the record it is made of.

    ``sign`` says which way is positive, empty where nothing has a way; ``resolution`` is one count of the
    record in ``unit``, None for a number that counts nothing; ``codes`` name its whole numbers.
    """

    name: str
    unit: str
    description: str
    sign: str = ""
    resolution: float | None = None
    source: tuple[str, ...] = ()
    codes: Mapping[int, str] | None = None


PULL: Final = "positive in pull (tension)"
AWAY: Final = "positive in pull, 0 where the carriage stood when the table was opened"
_INPUTS: Final = (
    "bits, 1 = healthy: 1 emergency stop channel A closed, 2 patient's stop closed, 4 emergency stop channel "
    "B closed, 8 pull-end switch closed, 16 slack-end switch closed, 32 supply good; of a table that has "
    "one 64 enabling switch held, 128 the patient's button to ease off pressed"
)
_NO_READING: Final = "empty (NaN) where the cell gave no reading"

_SI: Final = (
    Column("time_s", "s", "time since GO, on the host's clock", "", 1e-6, ("t_us",)),
    Column("profile_s", "s", "time on the clock of the profile", "", 1e-6, ("profile_us",)),
    Column("target_n", "N", "force commanded for this instant", PULL, 1e-3, ("target_mn",)),
    Column(
        "force_n",
        "N",
        f"force measured: the mean of both load cells, {_NO_READING}",
        PULL,
        5e-4,
        ("force_mn", "force_b_mn"),
    ),
    Column("force_a_n", "N", f"load cell A, {_NO_READING}", PULL, 1e-3, ("force_mn",)),
    Column("force_b_n", "N", f"load cell B, {_NO_READING}", PULL, 1e-3, ("force_b_mn",)),
    Column("travel_mm", "mm", "travel of the carriage", AWAY, 1e-3, ("travel_um",)),
)

_WHOLE: Final = (
    Column(
        "session_state",
        "",
        "where the session stood",
        source=("session_state",),
        codes={int(state): state.name for state in State},
    ),
    Column(
        "span_index",
        "",
        "row of the table of spans that was being followed, -1 before the profile",
        source=("span_index",),
    ),
    Column("late_us", "us", "how late the tick of the loop began", "", 1.0, ("late_us",)),
    Column(
        "age_us",
        "us",
        "how old the table's sample was when it was judged",
        "negative: from the future",
        1.0,
        ("age_us",),
    ),
    Column("seq", "", "running number of the table's sample within its boot", source=("seq",)),
    Column("controller_ms", "ms", "the controller's own clock", "", 1.0, ("controller_ms",)),
    Column("boot_id", "", "number of the controller's boot", source=("boot_id",)),
    Column(
        "state",
        "",
        "state of the controller",
        source=("state",),
        codes=dict(enumerate(codes.STATE_NAMES)),
    ),
    Column(
        "fault",
        "",
        "first latched fault of the controller, 0 = none",
        source=("fault",),
        codes=dict(codes.FAULT_NAMES),
    ),
    Column("inputs", "", _INPUTS, source=("inputs",)),
    Column(
        "mode",
        "",
        "what was commanded: to follow the force, or to keep the carriage where it is",
        source=("mode",),
        codes={codes.MODE_FORCE: "force", codes.MODE_POSITION: "position"},
    ),
    Column(
        "activity",
        "",
        "what the loop was doing, as the supervisor judged it",
        source=("activity",),
        codes={int(one): one.name for one in Activity},
    ),
)

_CHANNELS: Final = {
    "true_force_n": ("the true force on the body, which no load cell tells", PULL),
    "disc_pressure_kpa": (
        "pressure in the nucleus of the disc (gauge)",
        "negative is below ambient",
    ),
    "disc_load_n": ("load on the disc", "positive in compression"),
    "weight_n": ("weight of whoever lies on the table, as the table reads it", "positive downwards"),
    "muscle_activity_ppm": (
        "activity of the muscles along the spine, in millionths of the most that is done at will",
        "0 is silent; no force is controlled by it",
    ),
    "elongation_mm": ("elongation of the region", "positive when longer than at the start"),
}
_CHANNEL_UNITS: Final = {"n": "N", "kpa": "kPa", "mm": "mm", "s": "s"}


def columns_of(record: Record) -> tuple[Column, ...]:
    """Return the columns in their order: SI figures, the table's channels, then whole numbers."""
    return (*_SI, *_channels(record), *_WHOLE)


def arrays_of(record: Record) -> dict[str, Array]:
    """Return the samples by column, one row per tick, oldest first: floats in SI, and whole numbers.

    Raises RecordError E610 where a column of every session is absent.
    """
    series = series_of(record)
    found: dict[str, Array] = {}
    for column in columns_of(record):
        values = series.get(column.name)
        found[column.name] = record.samples[column.source[0]] if values is None else values
    return found


def _channels(record: Record) -> Iterator[Column]:
    """Yield what the table adds; a channel in a unit that is not ours stays the whole number it is."""
    series = series_of(record)
    known = {column.name for column in (*_SI, *_WHOLE)}
    origin = SAID[simulated_of(record)]
    for source in record.samples:
        if source in COLUMNS:
            continue
        stem, _, _ = source.rpartition("_")
        name = next((f"{stem}_{unit}" for unit in _CHANNEL_UNITS if f"{stem}_{unit}" in series), source)
        if name in known:
            continue
        said, sign = _CHANNELS.get(name, ("a channel of the table", ""))
        said += origin
        unit = _CHANNEL_UNITS[name.rpartition("_")[2]] if name in series else ""
        yield Column(name, unit, said, sign, 1e-3 if unit else None, (source,))


def dictionary_row(column: Column, arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Return one column as a plain object; ``step_seen`` is the step in which this record's values move."""
    row: dict[str, Any] = {
        "name": column.name,
        "description": column.description,
        "unit": column.unit,
        "sign": column.sign,
        "resolution": column.resolution,
        "step_seen": _step(column, arrays[column.name]),
        "type": "float64" if arrays[column.name].dtype.kind == "f" else "int64",
        "from": list(column.source),
    }
    if column.codes is not None:
        row["codes"] = {str(number): said for number, said in column.codes.items()}
    return row


def _step(column: Column, values: Array) -> float | None:
    """Return the largest step of which every value is a multiple, in the column's unit; None without one."""
    if column.resolution is None or not len(values):
        return None
    counts = values[np.isfinite(values)] / column.resolution
    step = int(np.gcd.reduce(np.rint(counts).astype(np.int64))) if len(counts) else 0
    return float(f"{step * column.resolution:.9g}") if step else None


EVENT_COLUMNS: Final = (
    Column("time_s", "s", "time since GO, on the host's clock", "", 1e-6, ("t_us",)),
    Column("name", "", "what happened, such as state, stop, pause, warning"),
    Column("code", "", "the code of a trip, fault or warning; empty else"),
    Column("text", "", "the figures, the state, or who asked for it"),
)

SPAN_COLUMNS: Final = (
    Column("span_index", "", "the number by which a sample names its span"),
    Column("start_s", "s", "where it begins on the clock of the profile"),
    Column("end_s", "s", "where it ends on the clock of the profile"),
    Column("start_n", "N", "force planned at its beginning", PULL),
    Column("end_n", "N", "force planned at its end", PULL),
    Column("kind", "", "hold, rest, ramp_up, ramp_down, pretension, end and others"),
    Column("phase", "", "name of the phase in the protocol"),
    Column("cycle", "", "cycle within the phase from 1, 0 outside of cycles"),
)
