"""How a session that is followed is shown: plain lines, one object a line, or a screen that is drawn over."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

from traction.cli.common import emit, style_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from traction.cli.display import LiveDisplay
    from traction.report.followed import Happening
    from traction.report.frame import Frame
    from traction.report.screen import Session

AGAIN_US: Final = 60_000_000
"""Plain lines say this often that nothing comes."""

SCREEN_AGAIN_US: Final = 200_000


class Shown:
    """Where it goes: each method returns whether somebody still reads. This one writes plain lines."""

    again_us = AGAIN_US

    def __init__(self) -> None:
        self._write: Callable[[Sequence[str]], bool] = emit

    def opens(self, session: Session, happened: Sequence[Happening], *, ended: bool) -> bool:
        """Say which session it is; what happened before is summed up in its last event."""
        if ended:
            return True
        kind = "simulated" if session.simulated else "REAL TABLE"
        so_far = f"; {len(happened)} events so far, the last {happened[-1].line}" if happened else ""
        return self._write([f"following {session.protocol} on {session.table}, {kind}{so_far}"])

    def stands(self, frame: Frame, last: str, sensed: Mapping[str, int]) -> bool:
        """Show where the session stands."""
        from traction.report.followed_text import follow_line, sensed_text

        del last  # it was written when it came
        asked = [f"  asked: {frame.question}"] if frame.question else []
        return self._write([follow_line(frame, sensed_text(sensed)), *asked])

    def happens(self, happening: Happening) -> bool:
        """Show one event, with the bell where it calls."""
        if happening.calls:
            from traction.cli.display import ring

            ring()
        return self._write([happening.line])

    def quiet(self, quiet_s: float, *, first: bool) -> bool:
        """Say that nothing has come for so long."""
        if first:
            from traction.cli.display import ring

            ring()
        return self._write([quiet_text(quiet_s)])

    def close(self) -> None:
        """Leave the terminal as it was."""


class JsonShown(Shown):
    """One JSON object a line, for programs."""

    def opens(self, session: Session, happened: Sequence[Happening], *, ended: bool) -> bool:
        """Write which session it is, and all that has happened before."""
        del ended
        names = ("protocol", "table", "simulated", "clock", "seed")
        row = {"kind": "session", **{name: getattr(session, name) for name in names}}
        return all([self._row(row), *(self.happens(one) for one in happened)])

    def stands(self, frame: Frame, last: str, sensed: Mapping[str, int]) -> bool:
        """Write the sample."""
        from traction.report.followed_text import frame_row

        del last
        return self._row(frame_row(frame, sensed))

    def happens(self, happening: Happening) -> bool:
        """Write the event."""
        from traction.report.followed_text import happening_row

        return self._row(happening_row(happening))

    def quiet(self, quiet_s: float, *, first: bool) -> bool:
        """Write that nothing has come."""
        del first
        return self._row({"kind": "quiet", "for_s": round(quiet_s, 1)})

    def _row(self, row: dict[str, object]) -> bool:
        return self._write([json.dumps(row, allow_nan=False)])


class ScreenShown(Shown):
    """The running screen of a terminal, drawn over in place; what calls stays above it."""

    again_us = SCREEN_AGAIN_US

    def __init__(self) -> None:
        super().__init__()
        self._display: LiveDisplay | None = None
        self._session: Session | None = None
        self._lines: list[str] = []

    def opens(self, session: Session, happened: Sequence[Happening], *, ended: bool) -> bool:
        """Begin the screen."""
        from traction.cli.display import LiveDisplay

        if not ended:
            super().opens(session, happened, ended=ended)
            self._session, self._display = session, LiveDisplay(session)
        return True

    def stands(self, frame: Frame, last: str, sensed: Mapping[str, int]) -> bool:
        """Draw where the session stands."""
        from traction.report.followed_text import sensed_text, watched_lines

        if self._session is not None and self._display is not None:
            style, read = style_of(sys.stderr), sensed_text(sensed)
            self._lines = watched_lines(self._session, frame, last, style, read)
            self._display.draw(self._lines)
        return True

    def happens(self, happening: Happening) -> bool:
        """Write the event above the screen where it calls; any event stands on the screen as the last."""
        if self._display is not None and happening.calls:
            self._display.ring()
            self._display.say(happening.line)
        return True

    def quiet(self, quiet_s: float, *, first: bool) -> bool:
        """Say under the screen that nothing has come."""
        from traction.report.layout import wrap

        if self._display is not None:
            style = style_of(sys.stderr)
            said = [style.paint(line, "bad") for line in wrap(quiet_text(quiet_s), style, hanging="  ")]
            self._display.draw([*self._lines, *said])
            if first:
                self._display.ring()
        return True

    def close(self) -> None:
        """Take the screen away."""
        if self._display is not None:
            self._display.close()


def quiet_text(quiet_s: float) -> str:
    """Say that a record has stopped growing, and what that may mean."""
    return (
        f"NOTHING NEW for {quiet_s:.0f} s: the session, its recorder or its machine may be gone; "
        "look at the table itself"
    )


def shown_on(*, as_json: bool) -> Shown:
    """Return what suits stdout: objects where they are asked for, a screen at a terminal, else lines."""
    if as_json:
        return JsonShown()
    live = sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return ScreenShown() if live else Shown()
