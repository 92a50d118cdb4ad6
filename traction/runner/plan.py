"""Everything one session needs to know, frozen before anything moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.drivers.base import ControllerLimits
from traction.errors import Problem, RefusedError
from traction.protocol.declared import Declared

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.protocol.declared import LiveField
    from traction.protocol.questions import Question
    from traction.safety.facts import TableFacts
    from traction.safety.limits import Limits
    from traction.safety.verify import Verification

ROUNDING_MN = 1e-3
"""Noise of a float: 2.3 N is 2300 mN, not 2299. A limit gets twice of it, so that a force proved to be within
a limit (to a billionth of it) stays within it in whole mN."""

JOIN_N = 1e-6
"""How far the take-up force may stand from the start of the profile: rounding, not a step."""


RAMP_SHARE = 0.5
"""Take-up, pause and resume move at half the rate the limits allow at most: they are on no protocol's clock.

Nor do they move faster than the profile does anywhere: that is the rate the proof has stated a margin for.
"""

LEVEL_SHARE = 0.1
"""The same where the profile never moves that way at all, and so states no rate to keep to."""


NOTHING_DECLARED = Declared()


@dataclass(frozen=True, slots=True)
class About:
    """For whom a session is and what was answered just before it, as its record says: an id, never a name.

    The digests are those of the patient's file and of the checklist; ``answers`` are (id, yes or no).
    """

    patient_id: str
    patient_digest: str
    checklist_digest: str
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TareFacts:
    """What every level has besides that of the file: ``force_n``, for a head of ``head_kg`` on a slope.

    ``angle_deg`` is that of the pull against the horizontal, ``pull`` "upward" or "downward".
    """

    force_n: float
    head_kg: float
    angle_deg: float
    pull: str


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One protocol, compiled for one patient, verified against one set of limits, for one table.

    ``protocol_text`` and ``protocol_digest`` are those of the file that was compiled; it is never read again.
    ``take_up_force_n`` is where the slack take-up ends and the profile begins (0: no take-up), and
    ``take_up_timeout_s`` how long it may last. ``table`` is what the table's file says, ``table_url`` what is
    opened. ``questions`` are those of the path that the profile takes, ``live`` what may be edited during the
    session, ``declared`` what the protocol states for stops and the end, ``tare`` what is in every level
    besides that of the file. Cannot be made of what must not run: raises RefusedError with every reason
    (those of the verification, and E348 where the parts do not belong together).
    """

    protocol_name: str
    protocol_text: str
    protocol_digest: str
    profile: Profile
    limits: Limits
    verification: Verification
    region: str
    mass_kg: float | None
    seed: int
    take_up_force_n: float
    take_up_timeout_s: float
    table: TableFacts
    table_url: str
    session: int = 1
    questions: tuple[Question, ...] = ()
    live: tuple[LiveField, ...] = ()
    declared: Declared = NOTHING_DECLARED
    about: About | None = None
    tare: TareFacts | None = None

    def __post_init__(self) -> None:
        self.verification.require()
        problems = self._problems()
        if problems:
            raise RefusedError(*problems)

    def _problems(self) -> list[Problem]:
        problems = []
        proved = (self.verification.profile_digest, self.verification.limits)
        if proved != (self.profile.digest(), self.limits):
            found = "a proof of another profile or of other limits"
            problems.append(Problem("E348", found, "the proof of what is to run"))
        if self.limits.region != self.region:
            found = f"limits of the {self.limits.region} region"
            problems.append(Problem("E348", found, f"those of the {self.region} region"))
        start_n = self.profile.force_at(0.0)
        if not abs(start_n - self.take_up_force_n) <= JOIN_N:
            found = f"a profile that starts at {start_n:g} N"
            problems.append(Problem("E348", found, f"the take-up force, {self.take_up_force_n:g} N"))
        if self.take_up_force_n > 0 and not 0 < self.take_up_timeout_s < float("inf"):
            found = f"a take-up that may last {self.take_up_timeout_s} s"
            problems.append(Problem("E348", found, "a time above 0 s"))
        elif self.take_up_force_n > self.take_up_timeout_s * self.take_up_rate_n_per_s:
            found = f"a take-up to {self.take_up_force_n:g} N at {self.take_up_rate_n_per_s:g} N/s"
            problems.append(Problem("E348", found, f"one within {self.take_up_timeout_s:g} s"))
        return problems

    @property
    def take_up_rate_n_per_s(self) -> float:
        """Return how fast the take-up and a resume climb, in N/s."""
        limit = controller_limits(self.limits).max_rate_up_mn_per_s
        return unclocked_mn_per_s(limit, self.profile.rate_up_n_per_s) / 1000


def controller_limits(limits: Limits) -> ControllerLimits:
    """Return what the controller is to enforce, in whole sub-units, each rounded to the tight side.

    For the hold band the tight side is up: a wider band lets the hold timer run on.
    """
    return ControllerLimits(
        max_force_mn=milli(limits.max_force_n),
        max_rate_up_mn_per_s=milli(limits.max_rate_up_n_per_s),
        max_rate_down_mn_per_s=milli(limits.max_rate_down_n_per_s),
        max_hold_ms=milli(limits.max_hold_s),
        hold_band_mn=-milli(-limits.hold_band_n),
        max_session_ms=milli(limits.max_session_s),
        max_travel_um=milli(limits.max_travel_mm),
        release_rate_mn_per_s=milli(limits.release_rate_n_per_s),
        fast_release_rate_mn_per_s=milli(limits.fast_release_rate_n_per_s),
        max_release_ms=milli(limits.max_release_s),
        slack_force_mn=milli(limits.slack_n),
    )


def unclocked_mn_per_s(limit_mn_per_s: int, steepest_n_per_s: float) -> int:
    """Return how fast take-up, pause and resume move one way, given the limit and the profile's steepest."""
    stated_mn_per_s = milli(steepest_n_per_s) or int(limit_mn_per_s * LEVEL_SHARE)
    return min(int(limit_mn_per_s * RAMP_SHARE), stated_mn_per_s)


def milli(value: float) -> int:
    """Return ``value`` in thousandths, rounded down but for the noise of a float."""
    return int((value * 1000 + 2 * ROUNDING_MN) // 1)
