"""What is kept of each table from one day to the next: its last checks and its calibration.

One JSON file for each serial number, in the folder that ``TRACTION_BENCH_DIR`` names, else among the user's
data. Written whole or not at all. A real table whose checks are absent, failed, unfinished or overdue is
refused; what cannot be read counts as absent, and says so.
"""

from __future__ import annotations

import calendar
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from traction.bench.calibration import Calibration, Fit, Zero, with_zero
from traction.clock import wall_label
from traction.errors import Problem, RefusedError, TractionError

if TYPE_CHECKING:
    from traction.bench.result import CheckReport
    from traction.drivers.base import Identity

FOLDER_VARIABLE: Final = "TRACTION_BENCH_DIR"
FORMAT: Final = 1
DAY_S: Final = 86_400
LONGEST_BYTES: Final = 1_000_000
_LABEL: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What counts of the last checks: when, by whom, what failed or has no verdict, and of which controller.

    ``controller`` is its model and the version of its firmware, "" where that was not written down.
    """

    date: str
    operator: str
    signed_off: bool
    failed: tuple[str, ...]
    open: tuple[str, ...]
    controller: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that is kept of one table."""

    serial_number: str
    checked: Checked | None = None
    span: Calibration | None = None
    zero: Zero | None = None

    @property
    def calibration(self) -> Calibration | None:
        """Return the span with the newest zero, or None where there is no span."""
        return with_zero(self.span, self.zero)


def folder() -> Path:
    """Return the folder of all tables; it need not be there."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("traction") / "bench"


def place(serial_number: str) -> Path:
    """Return the file of one table; a serial number that is no plain name is known by its digest."""
    if _PLAIN.fullmatch(serial_number):
        # systems that take A and a for one letter must not take two tables for one
        same = serial_number == serial_number.lower()
        name = serial_number if same else f"{serial_number}-{_digest(serial_number)[:8]}"
    else:
        name = f"table-{_digest(serial_number)[:32]}"
    return folder() / f"{name}.json"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def load(serial_number: str) -> Kept:
    """Return what is kept of a table, nothing for one that is new. Raises RefusedError E543."""
    path = place(serial_number)
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
    except FileNotFoundError:
        return Kept(serial_number)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from error
    try:
        if len(data) > LONGEST_BYTES:
            raise ValueError("a file far too large")
        return _kept(json.loads(data), serial_number)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _unreadable(path: Path, why: str) -> RefusedError:
    return RefusedError(Problem("E543", why, "what the checks have written", file=str(path)))


def _kept(row: dict[str, Any], serial_number: str) -> Kept:
    if row["format"] != FORMAT:
        raise ValueError(f"format {row['format']!r}")
    if row["serial_number"] != serial_number:
        raise ValueError(f"the table {row['serial_number']!r}")
    checked, span, zero = row["checked"], row["span"], row["zero"]
    return Kept(
        serial_number,
        None if checked is None else _checked(checked),
        None if span is None else _span(span),
        None
        if zero is None
        else Zero(str(zero["date"]), str(zero["operator"]), *_floats(zero, "a_n", "b_n")),
    )


def _checked(row: dict[str, Any]) -> Checked:
    if type(row["signed_off"]) is not bool:
        raise TypeError("signed_off is neither true nor false")
    failed, left = tuple(map(str, row["failed"])), tuple(map(str, row["open"]))
    who = str(row.get("controller", ""))
    return Checked(_date(row["date"]), str(row["operator"]), row["signed_off"], failed, left, who)


def _span(row: dict[str, Any]) -> Calibration:
    fits = [Fit(*_floats(one, "gain", "offset_n", "residual_n", "hysteresis_n")) for one in row["fits"]]
    return Calibration(
        date=_date(row["date"]),
        operator=str(row["operator"]),
        weights_n=tuple(float(one) for one in row["weights_n"]),
        readings_n=tuple((float(a), float(b)) for a, b in row["readings_n"]),
        fits=(fits[0], fits[1]),
        limit_n=float(row["limit_n"]),
    )


def _floats(row: dict[str, Any], *names: str) -> Iterator[float]:
    for name in names:
        yield float(row[name])


def _date(text: object) -> str:
    seconds_of(str(text))
    return str(text)


def save(kept: Kept) -> Path:
    """Write what is kept of a table, whole or not at all, and return where. Raises TractionError E544."""
    path = place(kept.serial_number)
    row = {"format": FORMAT, **asdict(kept)}
    text = json.dumps(row, indent=1, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            beside = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise TractionError(
            Problem("E544", f"{error.strerror}", "a folder that can be written to", file=str(path))
        ) from error
    return path


def with_checks(kept: Kept, report: CheckReport) -> Kept:
    """Return what is to be kept after ``report``."""
    about = report.about
    who = controller_of(about.model, about.firmware)
    checked = Checked(about.ended, about.operator, report.signed_off, report.failed, report.open, who)
    return replace(kept, checked=checked)


def controller_of(model: str, firmware: str) -> str:
    """Return how a controller is named in what is kept."""
    return f"{model}, firmware {firmware}"


def seconds_of(label: str) -> int:
    """Return the seconds of a label in UTC since 1970; raises ValueError where it is none."""
    match = _LABEL.fullmatch(label)
    if match is None:
        raise ValueError(f"the date {label!r:.40}")
    return calendar.timegm(tuple(int(part) for part in match.groups()))


def objections(identity: Identity, every_s: float, now: str = "") -> tuple[Problem, ...]:
    """Return what the kept checks of a real table have against a session on it; nothing for a simulated one.

    ``every_s`` is how long checks count, in s; ``now`` is a label in UTC, the present one unless said.
    """
    if identity.simulated:  # nothing is pulled on: there is no file, and none is looked for
        return ()
    if not identity.serial_number.strip():
        return (Problem("E540", "the table has no serial number to keep its checks under", "one"),)
    try:
        kept = load(identity.serial_number)
    except RefusedError as error:
        return error.problems
    who = controller_of(identity.model, identity.firmware)
    return tuple(_objections(kept, who, every_s, now or wall_label()))


def _objections(kept: Kept, who: str, every_s: float, now: str) -> Iterator[Problem]:
    checked, table = kept.checked, f"table {kept.serial_number}"
    if checked is None:
        yield Problem("E540", f"{table} has never been checked", "traction bench check, signed off")
        return
    if checked.failed:
        yield Problem(
            "E542", f"{table} failed on {checked.date[:10]}: {', '.join(checked.failed)}", "all passed"
        )
    elif not checked.signed_off:
        left = ", ".join(checked.open) or "nobody signed"
        yield Problem("E542", f"the checks of {table} on {checked.date[:10]} are open: {left}", "signed off")
    if checked.controller != who:
        yield Problem("E546", f"{table} is {who}; checked was {checked.controller or 'nobody knows what'}")
    calibration = kept.calibration
    if calibration is not None and calibration.wrong:
        found = f"the calibration of {table} on {calibration.date[:10]}: {'; '.join(calibration.wrong)}"
        yield Problem("E542", found, "one within its limits")
    yield from _overdue(f"the checks of {table}", checked.date, every_s, now)
    if kept.span is not None:
        yield from _overdue(f"the calibration of {table}", kept.span.date, every_s, now)


def _overdue(what: str, date: str, every_s: float, now: str) -> Iterator[Problem]:
    age_s = seconds_of(now) - seconds_of(date)
    if 0 <= age_s <= every_s:
        return
    if age_s < 0:
        found = f"{what} are dated {date[:10]}, which is still to come; today is {now[:10]}"
    else:
        found = f"{what}: {date[:10]}, {age_s // DAY_S} days ago"
    yield Problem("E541", found, f"at most {every_s / DAY_S:g} days")
