"""Two profiles agree up to the first instant at which their forces may differ, and never past it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traction.profile.agree import agree_until_us
from traction.profile.profile import Profile
from traction.profile.segments import Hold, Oscillation, Ramp

UP, DOWN = Ramp(0.0, 100.0, 4.0), Ramp(100.0, 0.0, 2.0)
WAVE = Oscillation("sine", 5.0, 1.0)


def held(*holds):
    return Profile.of(UP, *holds, DOWN)


def placed(profile, **labels):
    """Return the profile with other labels on its second span."""
    spans = list(profile.spans)
    spans[1] = replace(spans[1], **labels)
    return Profile(tuple(spans))


TEN = held(Hold(100.0, 10.0))


@pytest.mark.parametrize(
    ("other", "until_s"),
    [
        (TEN, 16.0),
        (held(Hold(100.0, 7.0)), 11.0),
        (held(Hold(100.0, 12.5)), 14.0),
        (Profile.of(UP, Hold(100.0, 10.0), Ramp(100.0, 0.0, 3.0)), 14.0),
        (Profile.of(UP, Hold(100.0, 10.0)), 14.0),
        (Profile.of(UP, DOWN), 4.0),
        (Profile.of(Ramp(0.0, 100.0, 5.0), Hold(100.0, 10.0)), 0.0),
        (held(Hold(100.0, 7.0, mode="position")), 4.0),
        (held(Hold(100.0, 7.0, WAVE)), 4.0),
        (placed(held(Hold(100.0, 7.0)), kind="rest"), 4.0),
        (placed(held(Hold(100.0, 7.0)), phase=3), 4.0),
        (placed(held(Hold(100.0, 7.0)), cycle=2), 4.0),
        (placed(TEN, cycle=2), 4.0),
    ],
)
def test_up_to_there_and_no_further(other, until_s):
    for one, two in ((TEN, other), (other, TEN)):
        assert agree_until_us(one, two) == round(until_s * 1e6)
    for part in range(101):
        at_s = until_s * part / 100
        assert TEN.force_at(at_s) == other.force_at(at_s)


def test_a_hold_begun_on_a_wave_or_at_another_level_is_another_hold():
    wavy, longer = held(Hold(100.0, 7.0, WAVE)), held(Hold(100.0, 9.0, WAVE))
    assert agree_until_us(wavy, longer) == agree_until_us(longer, wavy) == 4_000_000
    low, high = Profile.of(Hold(50.0, 5.0)), Profile.of(Hold(60.0, 6.0))
    assert agree_until_us(low, high) == 0
