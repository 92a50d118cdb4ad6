"""The pieces a profile is made of, under one name: holds, ramps, curves and the wave over a hold."""

from __future__ import annotations

from traction.profile.curves import Ramp, SCurve
from traction.profile.hold import HOLD_MODES, Hold
from traction.profile.log_rise import LogRise
from traction.profile.oscillation import MAX_FREQUENCY_HZ, SAWTOOTH_FALL, WAVES, Oscillation
from traction.profile.segment import Segment

__all__ = [
    "HOLD_MODES",
    "MAX_FREQUENCY_HZ",
    "SAWTOOTH_FALL",
    "WAVES",
    "Hold",
    "LogRise",
    "Oscillation",
    "Ramp",
    "SCurve",
    "Segment",
]
