"""Days as whole numbers since 1 January 1970 in UTC, to count with; ISO labels to write down."""

from __future__ import annotations

import calendar
import re
from typing import Final

_LABEL: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)Z)?")

DAY_S: Final = 86_400
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day_of(label: str) -> int:
    """Return the number of the day that ``2026-11-22`` or ``2026-11-22T16:30:00Z`` is in; or ValueError."""
    return seconds_of(label) // DAY_S


def seconds_of(label: str) -> int:
    """Return the seconds since 1970 of a label in UTC, of a day its first. Raises ValueError for none."""
    match = _LABEL.fullmatch(label)
    if match is None:
        raise ValueError(f"the date {label!r:.40}")
    parts = [int(part or 0) for part in match.groups()]
    seconds = calendar.timegm((*parts, 0, 0, 0))
    if day_label(seconds // DAY_S) != label[:10]:  # the 31st of April
        raise ValueError(f"the date {label!r:.40}")
    return seconds


def day_label(day: int) -> str:
    """Return the ISO label of a day.

    Source: civil_from_days of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013.
    """
    shifted = day + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    date = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year:04d}-{month:02d}-{date:02d}"


def weekday(day: int) -> str:
    """Return the day of the week, ``mon`` to ``sun``; the first of January 1970 was a Thursday."""
    return WEEKDAYS[(day + 3) % 7]
