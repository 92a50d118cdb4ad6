"""The watch over a release: it only ever becomes more severe, and it ends at slack or with a cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from traction.drivers.base import ECHO_MAX_AGE_MS, StopKind
from traction.safety.belief import BOTH, shows_slack
from traction.wire import codes

GRACE_US: Final = 1_500_000
"""How long after its longest time a release is called late. The controller itself has reacted by then.

It unloads a little further than slack before it is done, for less than a second."""

FAST_US: Final = 2_000_000
"""How long a fast release may last before the power is taken."""

POWER_OFF_US: Final = 5_000_000
"""How long the force may take to fall with the power-less release open, before we call it trapped."""

BLIND_US: Final = 1_000_000
"""How long to stay after the power-off request where the table no longer answers."""

SLACK_MARGIN_MN: Final = 2_000
"""The controller has called it slack; a load cell's noise (four standard deviations) may lift one reading."""

SLACK_SAMPLES: Final = 5

MAX_AGE_US: Final = ECHO_MAX_AGE_MS * 1000
"""A sample older than this, or one from the future, does not show how the harness is now."""

DRIVE_OFF: Final = frozenset(
    (
        codes.STATE_BOOT,
        codes.STATE_IDENTIFIED,
        codes.STATE_READY,
        codes.STATE_DUMPED,
        codes.STATE_DONE,
        codes.STATE_FAULT_LATCHED,
        codes.STATE_UNLOAD_ONLY,
    )
)
"""Controller states in which the drive does not pull."""


def _both() -> int:
    return BOTH


class Ladder:
    """Time one release from its start, and count samples at slack.

    ``trusted`` says which load cells are believed (bits of ``belief``); where nobody says, both must agree.
    """

    __slots__ = ("_allowed_us", "_seq", "_slack_mn", "_slack_samples", "_stage_us", "_started_us", "_trusted")

    def __init__(self, max_release_us: int, slack_mn: int, trusted: Callable[[], int] = _both) -> None:
        self._trusted = trusted
        self._allowed_us = max_release_us + GRACE_US
        self._slack_mn = slack_mn + SLACK_MARGIN_MN
        self._started_us = self._stage_us = 0
        self._slack_samples = 0
        self._seq = -1  # of the sample before

    def start(self, t_us: int) -> None:
        """Begin to count: the first request to release."""
        self._started_us = self._stage_us = t_us

    def step(self, t_us: int) -> None:
        """Begin to count for a more severe request."""
        self._stage_us = t_us

    def slack(self, state: int, force_mn: int, force_b_mn: int, seq: int, age_us: int) -> bool:
        """Take one sample; return whether the drive has been off and the harness slack for long enough.

        The same sample again is counted once, and one that is not fresh shows nothing: a link that repeats
        what it said before the pull must not end the watch over it.
        """
        before, self._seq = self._seq, seq
        off = state in DRIVE_OFF and 0 <= age_us <= MAX_AGE_US
        if not (off and shows_slack(force_mn, force_b_mn, self._trusted(), self._slack_mn)):
            self._slack_samples = 0
        elif seq > before:
            self._slack_samples += 1
        elif seq < before:
            self._slack_samples = 0
        return self._slack_samples >= SLACK_SAMPLES

    def overdue(self, t_us: int, running: StopKind, *, blind: bool) -> StopKind | None:
        """Return the next, more severe request when the running one has had its time, else None."""
        if running is StopKind.OFF or t_us - self._started_us <= self._allowed_us:
            return None
        if blind:
            return StopKind.OFF
        if running is StopKind.RELEASE:
            return StopKind.FAST
        return StopKind.OFF if t_us - self._stage_us > FAST_US else None

    def exhausted(self, t_us: int, running: StopKind, *, blind: bool) -> bool:
        """Say whether everything has been asked for and its time is over as well."""
        return running is StopKind.OFF and t_us - self._stage_us > (BLIND_US if blind else POWER_OFF_US)
