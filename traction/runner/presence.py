"""Ask now and then whether somebody is there, and release when nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers.base import StopKind
from traction.runner.outcome import Cause, Outcome
from traction.runner.requests import NEVER_US

if TYPE_CHECKING:
    from traction.runner.release import Release
    from traction.runner.requests import Requests
    from traction.runner.standing import Standing

EVERY_US: Final = 300_000_000
WITHIN_US: Final = 30_000_000
"""Whoever has gone is missed after five and a half minutes at most."""


class Presence:
    """Looks once a tick at whether anything was heard of the operator; any key and any wish will do."""

    __slots__ = ("_asked", "_release", "_requests", "_standing", "due_us")

    def __init__(self, requests: Requests, standing: Standing, release: Release, *, attended: bool) -> None:
        self._requests = requests
        self._standing = standing
        self._release = release
        self._asked = False
        self.due_us = EVERY_US if attended else NEVER_US

    def look(self, t_us: int) -> None:
        """Take any sign of a person as an answer; ask when it is time, and release when that was in vain."""
        requests, standing = self._requests, self._standing
        if requests.heard:
            requests.heard = False
            if self._asked:
                standing.tell("present", "somebody is there")
            if self.due_us != NEVER_US:
                self._asked, self.due_us = False, t_us + EVERY_US
        if t_us < self.due_us or standing.state.is_down:
            return
        if self._asked:
            detail = f"nobody answered within {WITHIN_US // 1_000_000} s"
            self._release.begin(StopKind.RELEASE, Cause(Outcome.TRIPPED, "E489", detail, t_us))
            return
        self._asked, self.due_us = True, t_us + WITHIN_US
        within_s = WITHIN_US // 1_000_000
        standing.tell(
            "attendance", f"is somebody there? any key within {within_s} s, else the force is released"
        )
        standing.rings = True
