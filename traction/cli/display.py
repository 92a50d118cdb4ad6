"""Where the frames of a running session go: a screen that is drawn over, or plain lines; always on stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol

from traction.cli.common import note, style_of
from traction.report.screen import Session, progress_line, screen_lines
from traction.runner.frame import Frame

if TYPE_CHECKING:
    from rich.live import Live

STEP = 0.10
"""Plain lines come at each tenth of the session, and whenever its state changes."""


class Display(Protocol):
    """Shows frames; nothing it does may raise into the session."""

    def show(self, frame: Frame) -> None:
        """Show how things stand."""
        ...

    def say(self, text: str) -> None:
        """Show one line that must not be missed."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


class LinesDisplay:
    """Plain lines for pipes, files and dumb terminals."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next = 0.0
        self._state = ""

    def show(self, frame: Frame) -> None:
        """Write a line when the next tenth is reached or the state has changed."""
        if frame.progress + 1e-9 < self._next and frame.state == self._state:
            return
        while self._next <= frame.progress + 1e-9:
            self._next += STEP
        changed = "" if frame.state == self._state else f"  [{frame.state.lower().replace('_', ' ')}]"
        self._state = frame.state
        note(progress_line(self._session, frame) + changed)

    def say(self, text: str) -> None:
        """Write the line."""
        note(text)

    def close(self) -> None:
        """Do nothing: lines stay."""


class LiveDisplay:
    """A screen that is drawn over in place and taken away at the end; what was said stays above it."""

    def __init__(self, session: Session) -> None:
        from rich.console import Console
        from rich.live import Live

        self._session = session
        self._console = Console(file=sys.stderr, highlight=False, markup=False)
        self._live: Live | None = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, frame: Frame) -> None:
        """Draw the frame over the one before it."""
        from rich.text import Text

        if self._live is None:
            return
        lines = screen_lines(self._session, frame, style_of(sys.stderr))
        text = Text.from_ansi("\n".join(lines), no_wrap=True, overflow="crop")
        try:
            self._live.update(text, refresh=True)
        except OSError:
            self._live = None  # the terminal is gone; the session goes on without it

    def say(self, text: str) -> None:
        """Write the line above the screen."""
        try:
            self._console.print(text)
        except OSError:
            self._live = None

    def close(self) -> None:
        """Take the screen away and show the cursor again."""
        live, self._live = self._live, None
        if live is None:
            return
        try:
            live.stop()
        except OSError:
            return


def open_display(session: Session) -> Display:
    """Return the display that suits stderr."""
    if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return LiveDisplay(session)
    return LinesDisplay(session)
