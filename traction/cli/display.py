"""Where the frames of a running session go: a screen that is drawn over, or plain lines; always on stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from traction.cli.common import note_folded, style_of
from traction.clock import Stopwatch
from traction.report.clean import clean
from traction.report.frame import Frame
from traction.report.screen import Session, progress_line, screen_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.live import Live

DRAW_EVERY_S = 0.1
ENDED = "ENDED"
STEP = 0.10
"""Plain lines come at each tenth of the session, and whenever its state changes."""


class Display(Protocol):
    """Shows frames; nothing it does may raise into the session."""

    def wants(self, state: str, progress: float) -> bool:
        """Say whether a frame would be shown now; cheap, because it is asked ten times a second."""
        ...

    def show(self, frame: Frame) -> None:
        """Show how things stand."""
        ...

    def say(self, text: str) -> None:
        """Show one line that must not be missed."""
        ...

    def ring(self) -> None:
        """Sound the bell where there is one."""
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

    def wants(self, state: str, progress: float) -> bool:
        """Want a frame when the next tenth is reached or the state has changed."""
        return state != ENDED and (progress >= self._next or state != self._state)

    def show(self, frame: Frame) -> None:
        """Write one line."""
        while self._next <= frame.progress:
            self._next += STEP
        changed = "" if frame.state == self._state else f"  [{frame.state.lower().replace('_', ' ')}]"
        self._state = frame.state
        note_folded(progress_line(self._session, frame) + changed)

    def say(self, text: str) -> None:
        """Write the line."""
        note_folded(text)

    def ring(self) -> None:
        """Sound the bell of a terminal."""
        ring()

    def close(self) -> None:
        """Do nothing: lines stay."""


class WordsDisplay:
    """Nothing but what must not be missed: for ``--quiet``."""

    def wants(self, _state: str, _progress: float) -> bool:
        """Want no frame."""
        return False

    def show(self, _frame: Frame) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Write the line."""
        note_folded(text)

    def ring(self) -> None:
        """Sound the bell of a terminal."""
        ring()

    def close(self) -> None:
        """Do nothing: lines stay."""


class LiveDisplay:
    """A screen that is drawn over in place and taken away at the end; what was said stays above it."""

    def __init__(self, session: Session) -> None:
        from rich.console import Console
        from rich.live import Live

        self._session = session
        self._console = Console(file=sys.stderr, highlight=False, markup=False)
        self._live: Live | None = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()
        self._pace = Stopwatch(DRAW_EVERY_S)
        self._state = ""

    def wants(self, state: str, _progress: float) -> bool:
        """Want a frame ten times a second of real time, and whenever the state changes."""
        changed, self._state = state != self._state, state
        return self._live is not None and (self._pace.due() or changed)

    def show(self, frame: Frame) -> None:
        """Draw the frame over the one before it."""
        self.draw(screen_lines(self._session, frame, style_of(sys.stderr)))

    def draw(self, lines: Sequence[str]) -> None:
        """Draw these lines over those before them."""
        from rich.text import Text

        if self._live is None:
            return
        colour = style_of(sys.stderr).colour
        shown = "\n".join(clean(line, colour=colour) for line in lines)
        text = Text.from_ansi(shown, no_wrap=True, overflow="crop")
        try:
            self._live.update(text, refresh=True)
        except OSError:
            self._live = None  # the terminal is gone; the session goes on without it

    def say(self, text: str) -> None:
        """Write the line above the screen."""
        try:
            self._console.print(clean(text))
        except OSError:
            self._live = None

    def ring(self) -> None:
        """Sound the bell."""
        ring()

    def close(self) -> None:
        """Take the screen away and show the cursor again."""
        live, self._live = self._live, None
        if live is None:
            return
        try:
            live.stop()
        except OSError:
            return


def ring() -> None:
    """Sound the bell of a terminal on stderr; a file or a pipe has none."""
    if sys.stderr.isatty():
        with suppress(OSError):
            sys.stderr.write("\a")
            sys.stderr.flush()


def open_display(session: Session, *, quiet: bool) -> Display:
    """Return the display that suits stderr."""
    if quiet:
        return WordsDisplay()
    if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return LiveDisplay(session)
    return LinesDisplay(session)
