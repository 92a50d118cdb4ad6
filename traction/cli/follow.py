"""``traction follow``: watch a session that is being recorded, from another terminal; nothing can be sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, note_folded, style_of
from traction.cli.names import RECORD
from traction.cli.quantity import DURATION
from traction.errors import Problem, RecordError, UsageError

if TYPE_CHECKING:
    from traction.cli.follow_shown import Shown
    from traction.clock import Clock
    from traction.report.followed import Followed, Happening

EXIT_LOST: Final = 6
LOOK_EVERY_US: Final = 200_000
QUIET_US: Final = 5_000_000
"""A record grows each second; after so long without anything somebody should be told."""

ENDING_US: Final = 2_000_000
"""So long the end of the file may come after the outcome."""


@click.command(
    "follow",
    cls=RichCommand,
    short_help="Watch a session that is being recorded.",
    epilog="Example: traction follow run.mcap",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@click.option("--wait", is_flag=True, help="Wait for the record, where there is none yet.")
@click.option("--once", is_flag=True, help="Say where the session stands now, and end.")
@click.option(
    "--give-up", "give_up_s", type=DURATION, metavar="30s", help="End with 6 when nothing came for so long."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line: samples, events, the end."
)
@debug_option
def command(record: Path, wait: bool, once: bool, give_up_s: float | None, as_json: bool) -> int:
    """Watch a session by its growing RECORD, from another terminal or over ssh; the session does not notice.

    A question, a stop, a trip, a fault and the end ring the bell; a record that has stopped growing is told.
    It is about a second behind, and no way to watch a patient. Ends with the session's own exit code.
    """
    from traction.cli.bench_common import signals_interrupt
    from traction.cli.follow_shown import shown_on
    from traction.clock import WallClock
    from traction.report.followed import Followed
    from traction.runner.record.growing import Growing

    clock = WallClock()
    shown = shown_on(as_json=as_json)
    try:
        if not record.exists():
            if not wait:
                raise UsageError(Problem("E611", "no such file", "a record file, or --wait", str(record)))
            note_folded(f"waiting for {record}")
        follower = Follower(Followed(Growing(record)), shown, record, once=once, give_up_s=give_up_s)
        with signals_interrupt():
            follow(follower, clock)
    except KeyboardInterrupt:
        return 0  # that is how a look ends
    finally:
        shown.close()
    return _ending(record, as_json=as_json) if follower.ended else 0


def follow(follower: Follower, clock: Clock) -> None:
    """Look until the session is over, or nobody wants to see it any more."""
    next_us = clock.now_us()
    while follower.step(clock.now_us()):
        next_us = max(next_us, clock.now_us() - LOOK_EVERY_US) + LOOK_EVERY_US
        clock.wait_until_us(next_us)


class Follower:
    """Looks at a record and shows what has come; ``ended`` says that the record has its end."""

    def __init__(
        self,
        followed: Followed,
        shown: Shown,
        path: Path,
        *,
        once: bool = False,
        give_up_s: float | None = None,
    ) -> None:
        self._followed = followed
        self._shown = shown
        self._path = path
        self._once = once
        self._give_up_us = None if give_up_s is None else round(give_up_s * 1e6)
        self._came_us: int | None = None
        self._told_us: int | None = None
        self._opened = False
        self.ended = False

    def step(self, now_us: int) -> bool:
        """Look once; return whether to look again. Raises RecordError as the reader does, and E607."""
        came_us = now_us if self._came_us is None else self._came_us
        growing = self._followed.growing
        before = growing.at
        happened = self._followed.look() if self._path.exists() or before else []
        if growing.at != before:
            came_us, self._told_us = now_us, None
        self._came_us = came_us
        quiet_us = now_us - came_us
        finished = growing.parts.outcome is not None and quiet_us > ENDING_US
        self.ended = growing.over or finished
        reads = True
        if growing.at != before and growing.header is not None:
            reads = self._show(happened)
        if self.ended or not reads or (self._once and self._opened):
            return False
        return self._quiet(now_us, quiet_us)

    def _show(self, happened: list[Happening]) -> bool:
        frame = self._followed.frame()
        first, self._opened = not self._opened, True
        if first:
            reads = self._shown.opens(self._followed.session(), happened, ended=self.ended)
        else:
            reads = all(self._shown.happens(one) for one in happened)
        if frame is not None and not self.ended:
            reads = self._shown.stands(frame, self._followed.last, self._followed.sensed()) and reads
        return reads

    def _quiet(self, now_us: int, quiet_us: int) -> bool:
        """Say that nothing comes, when that is so; return whether somebody still reads."""
        if self._give_up_us is not None and quiet_us >= self._give_up_us:
            found = f"nothing new for {quiet_us / 1e6:.0f} s"
            raise RecordError(Problem("E607", found, "a record that grows each second", str(self._path)))
        if quiet_us < QUIET_US or not self._opened:
            return True
        again = self._told_us is None or now_us - self._told_us >= self._shown.again_us
        if again:
            first, self._told_us = self._told_us is None, now_us
            return self._shown.quiet(quiet_us / 1e6, first=first)
        return True


def _ending(path: Path, *, as_json: bool) -> int:
    """Say how the session has ended, and return its exit code."""
    from traction.cli.damage import read_for, verdict_on
    from traction.report.recorded import of_record
    from traction.report.summary import summary_row
    from traction.report.text import summary_lines
    from traction.runner.outcome import EXIT_CODES

    record = read_for(path)
    summary = of_record(record)
    if as_json:
        emit([json.dumps({"kind": "end", **summary_row(summary)}, allow_nan=False)])
    else:
        emit(summary_lines(summary, style_of(sys.stdout)))
    codes = {str(outcome): code for outcome, code in EXIT_CODES.items()}
    return verdict_on(record) or codes.get(summary.outcome, EXIT_LOST)
