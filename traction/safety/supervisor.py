"""The supervisor: one sample in, one verdict out, from nothing but the samples it was given.

It knows neither the profile nor the plan, only what was commanded, what was measured, and its bounds; it
cannot command anything. Judging a recorded session again gives the same verdicts.
"""

from __future__ import annotations

from typing import Final

from traction.safety import belief
from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import OK, Activity, Reaction, Sample, Verdict
from traction.safety.watch.condition import ConditionWatch
from traction.safety.watch.duration import MAX_STEP_US, DurationWatch
from traction.safety.watch.force import ForceWatch, FrozenWatch
from traction.safety.watch.link import MAX_DRIFT_US, WARN_AGE_US, LinkWatch
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
        "_usual",
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
        self._usual: tuple[int, ...] = ()  # boot to activity of a sample that link and condition took

    def judge(self, sample: Sample) -> Verdict:
        """Return the most severe verdict of all checks on the next sample (``OK`` when none objects).

        Of equally severe ones the first check wins: link, condition, force, then the rest. Never raises: a
        sample of the wrong kind is a trip, E401. A warning is repeated as long as its cause lasts.
        """
        try:
            kinds = tuple(map(type, sample))
        except TypeError:
            kinds = ()
        if kinds != _WHOLE and kinds != _WHOLE_ACTIVITY:
            return Verdict(Reaction.RELEASE, "E401", "a sample that is not made of whole numbers")
        t_us, age_us, seq, ms, boot, state, fault, inputs, a_mn, b_mn, travel_um, aim_mn, mode, act = sample
        link, force, duration = self._link, self._force, self._duration
        frozen, rate, arrival = self._frozen, self._rate, self._arrival
        # Asking every watch takes several times as long, fifty times a second. So what each looks at first is
        # compared here, with its own figures; whatever is not plainly well goes to the watch itself.
        if not (
            (boot, state, fault, inputs, mode, act) == self._usual
            and 0 <= age_us <= WARN_AGE_US
            and link.t_us <= t_us <= duration.due_us
            and seq > link.seq
            and ms > link.controller_ms
            and -MAX_DRIFT_US <= t_us - age_us - 1000 * ms - link.offset_us <= MAX_DRIFT_US
            and duration.low_mn <= (high_mn := a_mn if a_mn > b_mn else b_mn) <= duration.high_mn
            and force.low_mn <= a_mn + b_mn - high_mn
            and -force.apart_mn <= a_mn - b_mn <= force.apart_mn
            and -duration.travel_um <= travel_um <= duration.travel_um
            and duration.impulse_mn_us <= duration.near_mn_us
        ):
            return self._judge_all(sample)
        above_mn = high_mn - duration.rest_mn
        if above_mn > 0:
            step_us = t_us - link.t_us
            duration.impulse_mn_us += above_mn * (step_us if step_us < MAX_STEP_US else MAX_STEP_US)
        link.t_us = link.advanced_us = duration.last_us = t_us
        link.seq, link.controller_ms = seq, ms
        force.a_mn, force.b_mn = a_mn, b_mn
        if (
            a_mn != frozen.a_mn
            and b_mn != frozen.b_mn
            and rate.low_mn <= a_mn + b_mn <= rate.high_mn
            and rate.level_ms <= ms
            and aim_mn == arrival.settled_mn
            and arrival.floor_mn <= high_mn <= arrival.ceiling_mn
            and t_us < arrival.bucket_ends_us
            and t_us < self._slip.due_us
        ):
            frozen.a_mn, frozen.b_mn = a_mn, b_mn
            frozen.a_us = frozen.b_us = t_us
            frozen.a_travel_um = frozen.b_travel_um = travel_um
            rate.history.append((ms, a_mn + b_mn))
            arrival.last_us = t_us
            return OK
        return self._judge_changes(sample, high_mn)

    @property
    def trusted(self) -> int:
        """Return which load cells are believed (bits of ``belief``): what the others read proves nothing."""
        return self._force.trusted

    def _judge_changes(self, sample: Sample, high_mn: int) -> Verdict:
        """Ask the watches over what changes, each only when it has something to look at."""
        t_us, _, _, ms, _, _, _, _, a_mn, b_mn, travel_um, aim_mn, mode, act = sample
        frozen, rate, arrival = self._frozen, self._rate, self._arrival
        stuck = steep = slip = away = None
        if a_mn != frozen.a_mn and b_mn != frozen.b_mn:
            frozen.a_mn, frozen.b_mn = a_mn, b_mn
            frozen.a_us = frozen.b_us = t_us
            frozen.a_travel_um = frozen.b_travel_um = travel_um
        else:
            stuck = frozen.judge(t_us, a_mn, b_mn, travel_um, belief.BOTH)
        if rate.low_mn <= a_mn + b_mn <= rate.high_mn and rate.level_ms <= ms:
            rate.history.append((ms, a_mn + b_mn))
        else:
            steep = rate.judge(ms, a_mn + b_mn, False)
        if t_us >= self._slip.due_us:
            slip = self._slip.judge(t_us, high_mn, travel_um)
        if (
            aim_mn == arrival.settled_mn
            and arrival.floor_mn <= high_mn <= arrival.ceiling_mn
            and t_us < arrival.bucket_ends_us
        ):
            arrival.last_us = t_us
        else:
            away = self._judge_arrival(t_us, high_mn, aim_mn, mode, act)
        if steep or stuck or slip or away:
            self._doubt(stuck, steep, 0, ms)
            return _worst(steep, stuck, slip, away)
        return OK

    def _judge_all(self, sample: Sample) -> Verdict:
        t_us, age_us, seq, ms, boot, state, fault, inputs, a_mn, b_mn, travel_um, aim_mn, mode, act = sample
        link = self._link.judge(t_us, age_us, seq, ms, boot)
        condition = self._condition.judge(t_us, state, fault, inputs, mode, act, age_us)
        watch = self._force
        missing = watch.bridge(a_mn, b_mn)
        if not self._begun:
            self._begin(t_us, ms, travel_um)
        releasing = act == _RELEASE
        answering = self._answering(a_mn, b_mn)
        stuck = self._frozen.judge(t_us, watch.a_mn, watch.b_mn, travel_um, answering, releasing)
        self._doubt(stuck, None, fault, ms)
        a_mn, b_mn = watch.readings()
        high_mn = belief.believed_mn(a_mn, b_mn, watch.trusted)
        force = watch.judge(t_us, a_mn, b_mn, releasing)
        rate = motion = None
        if high_mn is not None:  # else the power is cut in every sample, whatever the rest would say
            rate = self._rate.judge(ms, a_mn + b_mn, releasing)
            if releasing:
                motion = self._release.judge(t_us, high_mn, state, age_us)
            else:
                motion = self._judge_motion(t_us, high_mn, travel_um, aim_mn, mode, act)
        self._doubt(None, rate, 0, ms)
        # the next sample may be compared with this one only where the watches took it for a good one
        well = not (link or condition or releasing) and watch.quiet and self._rate.history[-1][0] == ms
        self._usual = (boot, state, fault, inputs, mode, act) if well else ()
        if motion or link or condition or missing or stuck or force or rate:
            return _worst(link, condition, missing, force, rate, stuck, motion)
        return OK

    def _answering(self, force_a_mn: int, force_b_mn: int) -> int:
        """Return the trusted cells that gave a reading: a bridged one repeats itself by our own doing."""
        silent = (belief.CELL_A if force_a_mn == codes.FORCE_INVALID_MN else 0) | (
            belief.CELL_B if force_b_mn == codes.FORCE_INVALID_MN else 0
        )
        return self._force.trusted & ~silent

    def _doubt(self, stuck: Verdict | None, steep: Verdict | None, fault: int, controller_ms: int) -> None:
        """Believe a stuck cell no longer, and neither of them once the force is gone from both at once."""
        force, before = self._force, self._force.trusted
        if stuck:
            force.distrust(self._frozen.stuck, stuck.code)
        if (steep and steep.code == "E415") or fault == codes.FAULT_FORCE_LOST:
            force.distrust(belief.BOTH, "E415")
        if force.trusted != before:
            self._usual = ()
            self._rate.begin(controller_ms, sum(force.readings()))  # another sum, which is no slope

    def _begin(self, t_us: int, controller_ms: int, travel_um: int) -> None:
        """Compare everything that follows with the first sample."""
        self._begun = True
        a_mn, b_mn = self._force.readings()
        self._rate.begin(controller_ms, a_mn + b_mn)
        self._arrival.restart(t_us, max(a_mn, b_mn))
        self._slip.restart(t_us, max(a_mn, b_mn), travel_um)

    def _judge_motion(
        self, t_us: int, high_mn: int, travel_um: int, target_mn: int, mode: int, activity: int
    ) -> Verdict | None:
        """Ask what is asked only while the table pulls."""
        duration = self._duration.judge(t_us, high_mn, travel_um)
        slip = self._slip.judge(t_us, high_mn, travel_um)
        arrival = self._judge_arrival(t_us, high_mn, target_mn, mode, activity)
        if duration or slip or arrival:
            return _worst(duration, slip, arrival)
        return None

    def _judge_arrival(
        self, t_us: int, high_mn: int, target_mn: int, mode: int, activity: int
    ) -> Verdict | None:
        """Ask for the force only where it should reach the target."""
        if activity != _TAKE_UP and mode == codes.MODE_FORCE:
            return self._arrival.judge(t_us, high_mn, target_mn)
        self._arrival.leave(t_us, high_mn)
        return None


def _worst(*verdicts: Verdict | None) -> Verdict:
    """Return the most severe verdict, of equally severe ones the first; at least one is given."""
    return max((verdict for verdict in verdicts if verdict), key=_severity)


def _severity(verdict: Verdict) -> int:
    return verdict.reaction
