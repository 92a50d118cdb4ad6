"""What the loop shows: in virtual time drawn here, in real time by a process beside it; and the keys."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from traction.cli.display import Display, open_display
from traction.cli.keys import Keys, ladder_text
from traction.report.frames import FrameMaker
from traction.runner.channel import Channel, ChannelClosed
from traction.runner.child import spawn
from traction.runner.signals import STEP_ENDED
from traction.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traction.report.frame import Frame
    from traction.report.screen import Session
    from traction.runner.child import Child
    from traction.runner.requests import Requests
    from traction.runner.standing import Standing
    from traction.runner.steering import Steering
    from traction.safety.sample import Sample

ENTRY = "traction.cli.screen_process:main"
CAPACITY_BYTES = 1 << 16
END_WITHIN_S = 3.0
RING = b"!\n"
PAUSED_TOO_LONG = "E481"


class Watcher:
    """Shows a session and hands on what its watcher asks for; a signal handler only leaves a word here.

    ``opening`` is said at the first look: whatever refuses a run has spoken by then.
    """

    def __init__(
        self,
        frames: FrameMaker,
        outlet: Display,
        keys: Keys,
        requests: Requests,
        opening: Sequence[str] = (),
        *,
        tells: bool = True,
    ) -> None:
        self._frames = frames
        self._outlet = outlet
        self._keys = keys
        self._requests = requests
        self._opening = opening
        self._tells = tells
        self._last: Frame | None = None
        self._told = False
        self._words: list[str] = []

    def understood(self, level: int, _signal_name: str) -> None:
        """Remember to say what a stop signal does; called by its handler.

        At the last step nobody will look any more: all that is left to do is done here.
        """
        self._words.append(ladder_text(level))
        if level >= STEP_ENDED:
            self._keys.give_back()

    def look(self, standing: Standing, steering: Steering, sample: Sample) -> None:
        """Show the session when it is time to, and take the keys pressed so far."""
        self._words[:0], self._opening = self._opening, ()
        question = standing.question
        self._words += self._keys.poll(self._requests, standing.state, question, standing.plan.live)
        if standing.words:
            self._words += standing.words if self._tells else []
            standing.words.clear()
        if standing.rings:
            standing.rings = False
            self._outlet.ring()
        if standing.state.is_down:
            self._tell_why(standing)
        self._say()
        if not self._frames.ready(standing):
            return  # the next look is a tenth of a second away
        if self._outlet.wants(standing.state.name, self._frames.progress(standing)):
            frame = self._frames.make(standing, steering, sample)
            self._last = frame._replace(line=self._keys.line(question))
            self._outlet.show(self._last)

    def notice(self, text: str) -> None:
        """Say at once what is waited for after the end, when nobody looks any more."""
        self._words.append(text)
        self._say()

    @property
    def can_acknowledge(self) -> bool:
        """Say whether somebody sits at keys, who can say that the end was noticed."""
        return bool(self._keys.help)

    def acknowledges(self) -> bool:
        """Say whether any key was pressed since the last look."""
        return self._keys.any_pressed()

    def ended(self) -> None:
        """Show that the session is over, when nobody looks any more."""
        if self._last is not None:
            self._outlet.show(self._last._replace(state=State.ENDED.name, phase="ended", line=""))

    def ring(self) -> None:
        """Sound the bell of the terminal."""
        self._outlet.ring()

    def close(self) -> None:
        """Say what is left to say and leave the terminal as it was."""
        self._say()
        self._outlet.close()

    def _tell_why(self, standing: Standing) -> None:
        if not self._told and any(cause.code == PAUSED_TOO_LONG for cause in standing.causes):
            self._words.append("the pause has lasted a minute: controlled release, the session ends")
            self._told = True

    def _say(self) -> None:
        while self._words:
            self._outlet.say(self._words.pop(0))


class Beside:
    """A display in a process beside the session: frames are dropped, never waited for."""

    def __init__(self, channel: Channel, child: Child) -> None:
        self._channel: Channel | None = channel
        self._child = child

    def wants(self, _state: str, _progress: float) -> bool:
        """Take every frame: the process beside decides."""
        return self._channel is not None

    def show(self, frame: Frame) -> None:
        """Send a frame, if there is room for it."""
        self._offer(frame.encode())

    def say(self, text: str) -> None:
        """Send a line, if there is room for it."""
        self._offer(json.dumps(text).encode() + b"\n")

    def ring(self) -> None:
        """Send the bell, if there is room for it."""
        self._offer(RING)

    def close(self) -> None:
        """Let the process draw what it has, and wait for it; at slack, so waiting harms nobody."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None
        self._child.end(END_WITHIN_S)

    def _offer(self, message: bytes) -> None:
        if self._channel is None:
            return
        try:
            self._channel.offer(message)
        except ChannelClosed:
            self._channel = None


def open_outlet(session: Session, *, beside: bool, quiet: bool) -> Display:
    """Return a display here, or one beside the session where the loop must not wait for a terminal."""
    if not beside:
        return open_display(session, quiet=quiet)
    arguments = json.dumps({"session": asdict(session), "quiet": quiet})
    return Beside(*spawn(ENTRY, arguments, capacity_bytes=CAPACITY_BYTES))
