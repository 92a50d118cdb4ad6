"""Records as the commands read them: what is there is used, and what is wrong with it is said loudly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from traction.cli.common import note_folded
from traction.cli.errors import print_problems
from traction.errors import RecordError, UsageError

if TYPE_CHECKING:
    from traction.runner.reader import Record

EXIT_DAMAGED: Final = 6
NO_FILE: Final = "E611"
"""Not what a record says but that there is none."""

CUT_SHORT: Final = ("E613", "E615")
"""A record may lack its end, as after a crash, and still tell the truth as far as it goes."""


def read_for(path: Path) -> Record:
    """Return the record at ``path``; UsageError E611 where there is none, else RecordError as the reader."""
    from traction.runner.reader import read_record

    try:
        return read_record(path)
    except RecordError as error:
        if error.code == NO_FILE:
            raise UsageError(*error.problems) from error
        raise


def verdict_on(record: Record) -> int:
    """Say what is wrong with the record itself; return EXIT_DAMAGED for damage, else 0."""
    if record.complete:
        return 0
    damage = [problem for problem in record.problems if problem.code not in CUT_SHORT]
    what = (
        "DAMAGED: only the part shown can be trusted"
        if damage
        else "INCOMPLETE: the session was cut short, or still runs"
    )
    note_folded(f"warning: this record is {what}")
    # behind damage nobody knows whether the rest was ever written: nothing more is said of it
    print_problems(damage or record.problems)
    return EXIT_DAMAGED if damage else 0
