"""The supervisor: one sample in, one verdict out, from nothing but the samples it was given.

It knows neither the profile nor the plan, only what was commanded, what was measured, and its bounds; it
cannot command anything. Judging a recorded session again gives the same verdicts.
"""

from __future__ import annotations

from typing import Final

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import OK, Activity, Reaction, Sample, Verdict
from traction.safety.watch.condition import ConditionWatch
from traction.safety.watch.duration import DurationWatch
from traction.safety.watch.force import ForceWatch, FrozenWatch
from traction.safety.watch.link import LinkWatch
from traction.safety.watch.progress import ArrivalWatch, SlipWatch
from traction.safety.watch.rate import RateWatch
from traction.safety.watch.releasing import ReleaseWatch
from traction.wire import codes

_FIELDS: Final = len(Sample._fields)
_WHOLE: Final = (int,) * _FIELDS
_WHOLE_ACTIVITY: Final = (int,) * (_FIELDS - 1) + (Activity,)

_TAKE_UP: Final = int(Activity.TAKE_UP)
_RELEASE: Final = int(Activity.RELEASE)


class Supervisor:
    """Judges the samples of one session, in order; make a new one for each session."""

    __slots__ = (
        "_arrival",
        "_begun",
        "_condition",
        "_duration",
        "_force",
        "_frozen",
        "_link",
        "_rate",
        "_release",
        "_slip",
        "bounds",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        self.bounds = bounds
        self._link = LinkWatch()
        self._condition = ConditionWatch()
        self._force = ForceWatch(bounds)
        self._frozen = FrozenWatch(bounds)
        self._rate = RateWatch(bounds)
        self._duration = DurationWatch(bounds)
        self._arrival = ArrivalWatch(bounds)
        self._slip = SlipWatch(bounds)
        self._release = ReleaseWatch(bounds)
        self._begun = False

    def judge(self, sample: Sample) -> Verdict:
        """Return the most severe verdict of all checks on the next sample (``OK`` when none objects).

        Of equally severe ones the first check wins: link, condition, force, then the rest. Never raises: a
        sample of the wrong kind is a trip, E401. A warning is repeated as long as its cause lasts.
        """
        try:
            kinds = tuple(map(type, sample))
        except TypeError:
            kinds = ()
        if kinds not in (_WHOLE, _WHOLE_ACTIVITY):
            return Verdict(Reaction.RELEASE, "E401", "a sample that is not made of whole numbers")
        (
            t_us,
            age_us,
            seq,
            device_ms,
            boot_id,
            state,
            fault,
            inputs,
            force_a_mn,
            force_b_mn,
            travel_um,
            target_mn,
            mode,
            activity,
        ) = sample
        link = self._link.judge(t_us, age_us, seq, device_ms, boot_id)
        condition = self._condition.judge(t_us, state, fault, inputs, mode, activity)
        a_mn, b_mn, missing = self._force.bridge(force_a_mn, force_b_mn)
        releasing = activity == _RELEASE
        force = self._force.judge(t_us, a_mn, b_mn, releasing)
        if not self._begun:
            self._begin(t_us, device_ms, a_mn, b_mn, travel_um)
        rate = self._rate.judge(device_ms, a_mn + b_mn, releasing)
        if releasing:
            motion = self._release.judge(t_us, a_mn if a_mn > b_mn else b_mn, state)
        else:
            following = activity != _TAKE_UP and mode == codes.MODE_FORCE
            motion = self._judge_motion(t_us, a_mn, b_mn, travel_um, target_mn, following)
        if motion or link or condition or missing or force or rate:
            return _worst(link, condition, missing, force, rate, motion)
        return OK

    def _begin(self, t_us: int, device_ms: int, a_mn: int, b_mn: int, travel_um: int) -> None:
        """Compare everything that follows with the first sample."""
        self._begun = True
        self._rate.begin(device_ms, a_mn + b_mn)
        self._arrival.restart(t_us, a_mn)
        self._slip.restart(t_us, a_mn, travel_um)

    def _judge_motion(
        self, t_us: int, a_mn: int, b_mn: int, travel_um: int, target_mn: int, following: bool
    ) -> Verdict | None:
        """Ask what is asked only while the table pulls; ``following``: it should reach the target."""
        frozen = self._frozen.judge(t_us, a_mn, b_mn, travel_um)
        duration = self._duration.judge(t_us, a_mn, travel_um)
        slip = self._slip.judge(t_us, a_mn, travel_um)
        arrival = None
        if following:
            arrival = self._arrival.judge(t_us, a_mn, target_mn)
        else:
            self._arrival.restart(t_us, a_mn)
        if frozen or duration or slip or arrival:
            return _worst(frozen, duration, slip, arrival)
        return None


def _worst(*verdicts: Verdict | None) -> Verdict:
    """Return the most severe verdict, of equally severe ones the first; at least one is given."""
    return max((verdict for verdict in verdicts if verdict), key=_severity)


def _severity(verdict: Verdict) -> int:
    return verdict.reaction
