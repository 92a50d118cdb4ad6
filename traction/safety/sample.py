"""One sample as the supervisor judges it, and the verdict it gives."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Reaction(IntEnum):
    """What a verdict asks for, ever more severe; the most severe of several wins and is never lowered."""

    NONE = 0
    WARN = 1
    RELEASE = 2  # S1: controlled release
    FAST_RELEASE = 3  # S1F
    POWER_OFF = 4  # S0 with the power-less release


class Activity(IntEnum):
    """What the engine is doing while the sample is taken; decides which checks apply."""

    TAKE_UP = 0
    FOLLOW = 1  # running the profile, pausing, paused or resuming
    RELEASE = 2


class Sample(NamedTuple):
    """What the host knows in one tick; whole sub-units. A tuple: one is made every tick."""

    t_us: int  # session time of the judgement
    age_us: int  # age of the telemetry at that moment; negative = from the future
    seq: int
    controller_ms: int
    boot_id: int
    state: int
    fault: int
    inputs: int
    force_mn: int
    force_b_mn: int
    travel_um: int
    target_mn: int  # commanded when the sample was taken
    mode: int  # codes.MODE_*
    activity: int  # Activity


class Verdict(NamedTuple):
    """The supervisor's answer: a reaction, and when it is not NONE the code and the figures behind it."""

    reaction: Reaction
    code: str = ""
    detail: str = ""


OK = Verdict(Reaction.NONE)
