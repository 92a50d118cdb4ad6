"""Variation of cycles: within its spread, under its cap, the same for one seed everywhere and for ever."""

from __future__ import annotations

import pytest

from traction.protocol.vary import between, draw, mix

CYCLES = """type = "intermittent"
high = "200 N"
low = "50 N"
hold = "20 s"
rest = "10 s"
repeat = 40
variation = { high = "10 %", low = "20 %", hold = "25 %", rest = "50 %", cap = "205 N" }
"""


def holds(profile, kind="hold"):
    return [span.segment for span in profile.spans if span.kind == kind]


def test_the_mixer_is_the_published_one():
    # the first outputs of SplitMix64 seeded with 1234567: each output is the mix of the state before it
    gamma, state, outputs = 0x9E3779B97F4A7C15, 1234567, []
    for _ in range(3):
        outputs.append(mix(state))
        state = (state + gamma) % 2**64
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_numbers_of_a_seed_never_change():
    assert [draw(7, 1, cycle, "high") for cycle in (1, 2)] == [0.07886282742359618, 0.43936946440025704]


def test_equal_seeds_give_equal_profiles_and_others_do_not(small, profile_of):
    digests = [profile_of(small(CYCLES), seed=seed).digest() for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("seed", range(20))
def test_every_cycle_stays_within_its_spread_and_under_the_cap(small, profile_of, seed):
    profile = profile_of(small(CYCLES), seed=seed)
    for hold in holds(profile):
        assert 180.0 <= hold.force_n <= 205.0
        assert 15.0 <= hold.duration_s <= 25.0
    for rest in holds(profile, "rest"):
        assert 40.0 <= rest.force_n <= 60.0
        assert 5.0 <= rest.duration_s <= 15.0


def test_a_wave_stays_under_the_cap_too(small, profile_of):
    wave = 'oscillation = { wave = "sine", amplitude = "4 N", frequency = "0.5 Hz" }\n'
    assert max(profile_of(small(CYCLES + wave), seed=s).peak_n for s in range(20)) <= 205.0


def test_cycles_differ_and_use_the_whole_spread(small, profile_of):
    levels = [hold.force_n for hold in holds(profile_of(small(CYCLES), seed=3))]
    assert len(set(levels)) == len(levels)
    assert min(levels) < 183.0
    assert max(levels) > 202.0


def test_one_more_phase_in_front_of_nothing_else_changes_no_draw(small, profile_of):
    """A longer phase draws the same first cycles: each value has its own number."""
    short = holds(profile_of(small(CYCLES.replace("40", "10")), seed=5))
    long = holds(profile_of(small(CYCLES), seed=5))
    assert long[:10] == short


def test_between_never_leaves_its_ends():
    assert between(0.1, 0.3, 1.0) == 0.3
    assert between(0.1, 0.3, 0.0) == 0.1
