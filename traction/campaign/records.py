"""The record of a case, read back: whole or a marked prefix, with what the host was given."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from traction.errors import RecordError
from traction.runner.reader import read_bytes

if TYPE_CHECKING:
    from traction.campaign.history import History


WHOLE_EVERY: Final = 16
"""Of the records that were written to their end one in so many is read: that costs half a session."""


def record_problem(history: History, seed: int) -> str:
    """Return what is wrong with the record of a case, "" for nothing."""
    result = history.result
    whole = result is not None and not any(one.code[:2] == "E6" for one in result.causes)
    return _read(history, whole) if not whole or seed % WHOLE_EVERY == 0 else ""


def _read(history: History, whole: bool) -> str:
    try:
        record = read_bytes(history.record)
    except RecordError as error:
        early = not whole and not history.rows
        return "" if early else f"not to be read: {error.problems[0].message}"
    if record.problems and whole:
        return f"called damaged: {record.problems[0].message}"
    if whole != record.complete:
        return "a record that is cut off is called complete" if record.complete else "a whole record is not"
    for place, name in enumerate(("t_us", "age_us", "seq", "controller_ms")):
        given = list(chain.from_iterable(block[place] for block in history.rows))
        found = record.samples[name].tolist()
        if found != given[: len(found)] or (whole and len(found) != len(given)):
            return f"{name}: other than what the host was given"
    return ""
