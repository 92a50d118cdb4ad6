"""A whole profile: figures by hand, spans, joins, the cursor at the edges, and the golden digest."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from traction.errors import ProtocolError
from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve
from traction.profile.spans import Span


def decompression(cycles: int = 3) -> Profile:
    """Return the pull of US patent 6 039 737: to half way, along a logarithm to the top, straight down."""
    pieces = [
        ("ramp_up", Ramp(90.0, 200.0, 5.0)),
        ("ramp_up", LogRise(200.0, 310.0, 25.0)),
        ("hold", Hold(310.0, 60.0)),
        ("ramp_down", Ramp(310.0, 90.0, 10.0)),
        ("rest", Hold(90.0, 50.0)),
    ]
    spans, start_s = [Span(Ramp(0.0, 90.0, 10.0), 0.0, "pretension", -1, "", 0, counts=False)], 10.0
    for cycle in range(1, cycles + 1):
        for kind, segment in pieces:
            spans.append(Span(segment, start_s, kind, 0, "pull", cycle, counts=True))
            start_s += segment.duration_s
    spans.append(Span(Ramp(90.0, 0.0, 9.0), start_s, "end", 0, "pull", 0, counts=False))
    return Profile(tuple(spans), rest_n=90.0, seed=7)


def test_the_figures_of_the_decompression_pull() -> None:
    profile = decompression()
    assert profile.duration_s == 10.0 + 3 * 150.0 + 9.0
    assert (profile.peak_n, profile.trough_n, profile.cycles) == (310.0, 0.0, 3)
    log_rate = 110.0 * 9.0 / math.log(10.0) / 25.0
    assert profile.rate_up_n_per_s == max(22.0, log_rate) == 22.0
    assert profile.rate_down_n_per_s == 22.0
    log_area = (10.0 * math.log(10.0) - 9.0) / (9.0 * math.log(10.0))
    one = 55.0 * 5.0 + (110.0 + 110.0 * log_area) * 25.0 + 220.0 * 60.0 + 110.0 * 10.0
    assert profile.impulse_n_s == pytest.approx(3 * one, rel=1e-14)
    assert profile.longest_hold_s(0.0) == 60.0


def test_a_hold_is_longer_by_what_its_neighbours_spend_within_twice_the_band() -> None:
    profile = Profile.of(Ramp(0.0, 300.0, 6.0), Hold(300.0, 60.0), Ramp(300.0, 0.0, 3.0))
    assert profile.longest_hold_s(20.0) == pytest.approx(60.0 + 40.0 / 50.0 + 40.0 / 100.0, abs=1e-12)
    assert profile.longest_hold_s(20.0, slack_n=290.0) == pytest.approx(60.0 + 10.0 / 50.0 + 10.0 / 100.0)
    assert profile.longest_hold_s(20.0, slack_n=300.0) == 0.0
    assert profile.longest_hold_s(1000.0) == pytest.approx(69.0)


def test_a_wave_does_not_break_a_hold() -> None:
    wavy = Hold(300.0, 60.0, Oscillation("sine", 50.0, 0.1))
    assert Profile.of(wavy, Hold(300.0, 5.0)).longest_hold_s(0.0) == 65.0


def test_time_at_slack_is_no_hold_unless_asked_for() -> None:
    profile = Profile.of(Hold(0.0, 500.0), Ramp(0.0, 100.0, 5.0), Hold(100.0, 20.0))
    assert profile.longest_hold_s(0.0) == 20.0
    assert profile.longest_hold_s(0.0, slack_n=-1.0) == 500.0


@pytest.mark.parametrize(
    ("band_n", "slack_n", "code"), [(-1.0, 0.0, "E282"), (math.nan, 0.0, "E280"), (1.0, math.inf, "E280")]
)
def test_a_band_or_slack_that_is_no_amount_is_refused(band_n: float, slack_n: float, code: str) -> None:
    with pytest.raises(ProtocolError, match=code):
        decompression().longest_hold_s(band_n, slack_n)


def test_cycles_may_be_numbered_within_each_phase() -> None:
    hold = Hold(10.0, 1.0)
    spans = [Span(hold, float(i), "hold", i // 2, "", i % 2 + 1, counts=True) for i in range(4)]
    assert Profile(tuple(spans)).cycles == 4


def test_where_two_spans_meet_the_later_one_answers() -> None:
    profile = decompression()
    assert profile.span_at(0.0).kind == "pretension"
    assert profile.span_at(10.0).kind == "ramp_up"
    assert profile.span_at(profile.duration_s).kind == "end"
    assert profile.force_at(10.0) == 90.0
    assert profile.force_at(profile.duration_s) == 0.0
    assert profile.index_at(15.0) == 2


def test_the_cursor_answers_at_the_very_end_going_back_and_after_a_leap() -> None:
    profile = decompression()
    cursor = profile.cursor()
    end_s = profile.duration_s
    for t_s in (0.0, 10.0, end_s, end_s, 12.0, 0.0, 300.0, 310.0, math.nextafter(end_s, 0.0), end_s):
        assert cursor.at(t_s) == (profile.force_at(t_s), profile.index_at(t_s))
    for outside_s in (math.nextafter(end_s, math.inf), -1e-12, math.nan):
        with pytest.raises(ProtocolError, match="E289"):
            cursor.at(outside_s)
    assert cursor.at(15.0) == (200.0, 2), "a refused time leaves the cursor as it was"


def test_force_at_keeps_the_shape_of_its_times_in_any_order() -> None:
    profile = decompression()
    times = np.array([[400.0, 0.0, 10.0], [469.0, 55.5, 10.0]])
    forces = profile.force_at(times)
    assert forces.shape == (2, 3)
    assert forces.dtype == np.float64
    assert forces.ravel().tolist() == pytest.approx([profile.force_at(float(t)) for t in times.ravel()])
    assert profile.force_at(np.array([])).shape == (0,)


@pytest.mark.parametrize("t_s", [-0.1, 469.0001, math.nan])
def test_a_time_outside_the_profile_is_refused(t_s: float) -> None:
    for ask in (decompression().force_at, decompression().span_at):
        with pytest.raises(ValueError, match="E289"):
            ask(t_s)


def test_a_profile_refuses_gaps_overlaps_jumps_and_nothing_all_at_once() -> None:
    def span(start_s: float, force_n: float) -> Span:
        return Span(Hold(force_n, 1.0), start_s, "hold", 0, "", 0, counts=True)

    with pytest.raises(ProtocolError) as error:
        Profile((span(0.5, 1.0), span(1.5, 2.0), span(2.0, 2.0)), rest_n=-1.0)
    assert [problem.code for problem in error.value.problems] == ["E282", "E286", "E287", "E286"]
    with pytest.raises(ProtocolError, match="E286"):
        Profile(())
    with pytest.raises(ProtocolError, match="E286"):
        Profile((span(math.nan, 1.0),))
    with pytest.raises(ProtocolError, match="E287"):
        Profile((span(0.0, 1.0), span(1.0, 1.0 + 1e-8)))
    assert Profile((span(0.0, 1.0), span(1.0, 1.0 + 1e-10))).longest_hold_s(0.0) == 2.0


def test_the_digest_is_golden() -> None:
    assert decompression().digest() == "bbbfca9a12ef5b39ad4e29c7a2613699b09fb145cba991198de471052f7dd449"


def test_the_digest_sees_every_number_and_label() -> None:
    profile = decompression()
    first = profile.spans[0]
    ramps = [replace(first, segment=replace(first.segment, start_n=math.nextafter(0.0, 1.0)))]
    labels: list[dict[str, object]] = [
        {"kind": "x"},
        {"phase": 1},
        {"phase_name": "x"},
        {"cycle": 9},
        {"counts": True},
    ]
    changed = [
        replace(profile, seed=8),
        replace(profile, rest_n=math.nextafter(90.0, 0.0)),
        *(replace(profile, spans=(span, *profile.spans[1:])) for span in ramps),
        *(replace(profile, spans=(replace(first, **label), *profile.spans[1:])) for label in labels),  # type: ignore[arg-type]
    ]
    digests = {other.digest() for other in changed}
    assert len(digests) == len(changed)
    assert profile.digest() not in digests


def test_the_digest_sees_the_wave_and_the_way_of_holding() -> None:
    wave = Oscillation("sine", 2.0, 1.0)
    holds = [
        Hold(9.0, 5.0),
        Hold(9.0, 5.0, mode="position"),
        Hold(9.0, 5.0, wave),
        *(
            Hold(9.0, 5.0, replace(wave, **change))
            for change in ({"wave": "triangle"}, {"amplitude_n": 3.0}, {"frequency_hz": 2.0})
        ),  # type: ignore[arg-type]
    ]
    curves = [Ramp(9.0, 9.0, 5.0), SCurve(9.0, 9.0, 5.0), LogRise(9.0, 9.0, 5.0), LogRise(9.0, 9.0, 5.0, 8.0)]
    assert len({Profile.of(segment).digest() for segment in (*holds, *curves)}) == 10


def test_a_profile_survives_pickling() -> None:
    profile = decompression()
    copy = pickle.loads(pickle.dumps(profile))
    assert copy == profile
    assert copy.digest() == profile.digest()
    assert copy.impulse_n_s == profile.impulse_n_s
