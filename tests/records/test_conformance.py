"""What was commanded is held against what was delivered: each hold, rest and ramp, and the whole session."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import traction
from traction.bench import bands
from traction.bench.tolerance import ForceBand, load_tolerance, tolerance_names
from traction.errors import ProtocolError, RecordError, UsageError
from traction.report.conformance import conformance, judged_by
from traction.report.conformance_text import phase_cells
from traction.report.session_page import session_page
from traction.runner.reader import Event
from traction.wire import codes

YY, STRICT = load_tolerance("yy-0697"), load_tolerance("strict")


def measure(found, name):
    return next(one for one in found.measures if one.name == name)


def test_the_standard_s_bands_are_those_of_the_bench_and_jump_at_200_newtons() -> None:
    assert tolerance_names() == ("strict", "yy-0697")
    wanted = {50: 10, 100: 10, 150: 15, 200: 20, 201: 40.2, 250: 50, 800: 50}
    for force_n, band_n in wanted.items():
        assert YY.force.band_n(force_n) == bands.force_band_n(force_n) == pytest.approx(band_n)
    assert (YY.time_least_s, STRICT.drift_per_hour_s) == (bands.TIME_BAND_S, bands.CLOCK_BAND_S_PER_H)
    for force_n in range(0, 1000, 7):  # what passes the strict one passes the standard
        assert STRICT.force.band_n(force_n) <= YY.force.band_n(force_n)


def test_a_whole_run_is_within_both_profiles_and_every_row_is_there(whole) -> None:
    for tolerance in (YY, STRICT):
        found = conformance(whole, tolerance)
        assert (found.within, found.outcome, found.out) == (True, "COMPLETED", ())
        assert [(one.kind, one.cycle, one.ran) for one in found.levels] == [
            ("hold", 1, "whole"),
            ("rest", 1, "whole"),
            ("hold", 2, "whole"),
            ("rest", 2, "whole"),
        ]
        assert all(abs(one.error_n) < 1 and one.in_band == 1.0 for one in found.levels)
        assert [one.time_s for one in found.levels] == pytest.approx([6, 3, 6, 3], abs=0.05)
    assert [one.commanded_n_per_s for one in found.ramps] == pytest.approx([25, -60, 25, -60, -40], rel=1e-3)
    assert [one.judged for one in found.ramps] == [True, True, True, True, False], "too low to judge"
    assert all(one.linearity < 0.05 for one in found.ramps[:-1])
    (planned,) = [one["value"] for one in whole.header["margins"] if one["name"] == "impulse"]
    dose = measure(found, "dose above rest")
    assert dose.wanted == pytest.approx(planned, rel=1e-4)
    assert dose.delivered == pytest.approx(planned, rel=1e-2)
    assert measure(found, "peak force").wanted == pytest.approx(200.0)
    assert [one.threshold_n for one in found.over] == pytest.approx([115.0])
    assert found.over[0].commanded_s == pytest.approx(12 + 2 * (85 / 25 + 85 / 60), abs=0.1)


def test_a_force_at_the_edge_of_its_band_passes_and_a_millinewton_more_does_not(whole, read_as) -> None:
    for sign in (1, -1):
        inside = conformance(read_as(whole, sign * 10_000), YY)  # 10 N: the edge at the rest of 30 N
        assert inside.within
        outside = conformance(read_as(whole, sign * 10_001), YY)
        assert [(one.kind, len(one.misses)) for one in outside.levels if one.misses] == [("rest", 2)] * 2
        held = conformance(read_as(whole, sign * 20_000), YY)  # 20 N: the edge at the hold of 200 N
        assert {one.kind for one in held.levels if one.misses} == {"rest"}
        assert all(one.misses for one in conformance(read_as(whole, sign * 20_001), YY).levels)


def test_a_moment_outside_is_forgiven_and_a_twentieth_of_the_time_is_not(whole, read_as) -> None:
    profile_s = whole.samples["profile_us"] * 1e-6
    hold = next(one for one in whole.header["profile"]["spans"] if one["kind"] == "hold")
    for outside_s, within in ((0.2, True), (0.3, False)):  # of the 5 s that are left after settling
        start_s = hold["start_s"] + 3.0
        moved = (profile_s >= start_s) & (profile_s < start_s + outside_s)
        found = conformance(read_as(whole, np.where(moved, 30_000, 0)), YY)
        first = found.levels[0]
        assert (not first.misses) is within
        assert first.worst_n == pytest.approx(30.0)
    assert conformance(read_as(whole, np.where(moved, 30_000, 0)), YY).within is False, "and the peak is told"


def test_a_force_that_arrives_late_is_a_short_hold(whole, read_as) -> None:
    profile_s = whole.samples["profile_us"] * 1e-6
    first = next(one for one in whole.header["profile"]["spans"] if one["kind"] == "hold")
    late = (profile_s >= first["start_s"]) & (profile_s < first["start_s"] + 0.4)
    found = conformance(read_as(whole, np.where(late, -25_000, 0)), STRICT)
    assert found.levels[0].time_s == pytest.approx(5.6, abs=0.03)
    assert [miss for miss in found.levels[0].misses if "in its time" in miss]
    assert conformance(read_as(whole, np.where(late, -25_000, 0)), YY).within, "30 s are allowed there"


def test_of_a_stopped_session_what_ran_is_judged_and_the_rest_is_named(stopped) -> None:
    found = conformance(stopped, YY)
    verdicts = [cells[-1] for cells in phase_cells([level for level in found.levels if level.ran == "none"])]
    assert set(verdicts) == {"did not run"}
    assert found.outcome == "STOPPED"
    assert [one.ran for one in found.levels] == ["part", "none", "none", "none"]
    assert [one.judged for one in found.levels] == [True, False, False, False]
    assert found.within
    assert "3 of 4 holds and rests (12 s) did not run (STOPPED)" in found.remarks[0]
    assert "cut off" in found.remarks[1]
    assert not measure(found, "time of the profile").judged
    assert measure(found, "dose above rest").wanted < measure(found, "commanded dose above rest").wanted


def test_a_pause_is_told_and_not_judged(paused) -> None:
    found = conformance(paused, STRICT)
    assert found.within
    assert found.levels[0].paused_s > 8.0
    assert found.levels[0].time_s == pytest.approx(6.0, abs=0.1)
    assert any("stood for" in remark for remark in found.remarks)


def test_a_session_that_was_eased_off_is_judged_by_what_was_commanded(whole) -> None:
    target_mn = whole.samples["target_mn"] * 8 // 10
    eased = replace(
        whole,
        samples={
            **dict(whole.samples),
            "target_mn": target_mn,
            "force_mn": target_mn,
            "force_b_mn": target_mn,
        },
    )
    found = conformance(eased, STRICT)
    assert found.within
    assert found.levels[0].commanded_n == pytest.approx(160.0)
    assert any("other than planned" in remark for remark in found.remarks)


def test_a_profile_that_was_changed_during_the_run_is_the_one_that_counts(whole) -> None:
    spans = json.loads(json.dumps(whole.header["profile"]["spans"]))
    at = next(index for index, one in enumerate(spans) if one["kind"] == "rest")
    spans[at]["phase_name"] = "edited"
    text = json.dumps({"from": at, "spans": spans[at:]})
    edited = replace(whole, events=(*whole.events, Event(1, "profile", "", text)))
    found = conformance(edited, YY)
    assert [one.phase for one in found.levels] == ["main", "edited", "main", "main"]
    assert any("changed once" in remark for remark in found.remarks)
    empty = replace(whole, events=(Event(1, "profile", "", '{"spans": []}'),))
    assert (conformance(empty, YY).within, "None of them" in session_page(empty, YY)) == (None, True)
    for nonsense in ("[]", "{}", "not JSON", "[" * 100_000):
        with pytest.raises(RecordError) as caught:
            conformance(replace(whole, events=(Event(1, "profile", "", nonsense),)), YY)
        assert caught.value.code == "E610"


ASKING = """[[phase]]
name = "pain"
type = "ask"
question = "Has the pain moved outward?"
answers = ["no", "yes"]
within = "20 s"
then = { no = "continue", yes = "end" }
no_answer = "stop"
[[phase]]
name = "more"
type = "static"
force = "100 N"
for = "8 s"
[end]
"""


def test_a_session_with_an_answer_and_an_edit_is_judged_by_what_it_became(shell, make) -> None:
    text = Path(make()).with_name("protocol.toml").read_text(encoding="utf-8")
    live = 'repeat = 2\nlive = { high = ["150 N", "220 N"] }\n'
    text = text.replace("repeat = 2\n", live).replace("[end]\n", ASKING)
    Path("asking.toml").write_text(text, encoding="utf-8")
    wishes = ("--answer", "pain=no", "--edit", "25s main.high=160 N")
    done = shell("run", "asking.toml", *wishes, "--seed", "7", "--record", "asking.mcap", "--quiet")
    assert done.code == 0, done.err
    record = traction.read_record("asking.mcap")
    found = conformance(record, STRICT)
    assert found.within
    assert [(one.phase, one.kind, round(one.planned_n)) for one in found.levels] == [
        ("main", "hold", 200),
        ("main", "rest", 30),
        ("main", "hold", 160),
        ("main", "rest", 30),
        ("pain", "ask", 30),
        ("more", "hold", 100),
    ]
    assert any("changed 2 times" in remark for remark in found.remarks)
    assert shell("replay", "asking.mcap").code == 0
    page = session_page(record, STRICT)
    for words in ("pain: no, by", "main.high = 160 N", "the profile from here on"):
        assert words in page


def test_a_hold_by_position_is_judged_where_it_begins_and_may_sag(make) -> None:
    text = Path(make()).with_name("protocol.toml").read_text(encoding="utf-8")
    by_position = text.replace('hold_by = "force"', 'hold_by = "position"').replace(
        'hold = "6 s"', 'hold = "20 s"'
    )
    record = traction.read_record(make(by_position, table="sim:?seed=7&drive=self-locking"))
    assert (record.samples["mode"] == codes.MODE_POSITION).any()
    found = conformance(record, STRICT)
    hold = found.levels[0]
    assert (hold.by, hold.ran, hold.judged, hold.misses) == ("position", "whole", True, ())
    assert 0.2 < hold.sag_n < 20.0, "the model creeps"
    assert hold.drift_mm < 0.5
    assert any("sags" in remark for remark in found.remarks)
    travel_um = record.samples["travel_um"] + 40 * np.arange(len(record.samples["travel_um"]))
    slipped = replace(record, samples={**dict(record.samples), "travel_um": travel_um})
    assert "the carriage moved by" in conformance(slipped, STRICT).levels[0].misses[0]


def test_samples_without_a_reading_are_nowhere_in_the_band(whole) -> None:
    running = np.flatnonzero(whole.samples["session_state"] == 3)
    force_mn = whole.samples["force_mn"].copy()
    force_mn[running] = codes.FORCE_INVALID_MN
    found = conformance(replace(whole, samples={**dict(whole.samples), "force_mn": force_mn}), YY)
    assert found.within is False
    assert all("no reading" in one.misses[0] and one.in_band == 0.0 for one in found.levels)
    assert any("lack a reading" in remark for remark in found.remarks)


def test_a_session_without_a_hold_is_not_judged_and_does_not_pass(whole) -> None:
    early = {name: whole.samples[name][:100] for name in whole.samples}
    found = conformance(replace(whole, samples=early), YY)
    assert found.within is None
    none = conformance(replace(whole, samples={name: column[:0] for name, column in early.items()}), YY)
    assert (none.within, none.judged) == (None, 0)


def test_the_profile_is_that_of_the_protocol_unless_one_is_named(whole, tmp_path: Path) -> None:
    assert judged_by(whole).name == "yy-0697"
    stated = replace(whole, header={**whole.header, "tolerance": "strict"})
    assert judged_by(stated).name == "strict"
    assert judged_by(stated, "yy-0697").name == "yy-0697"
    gone = replace(whole, header={**whole.header, "tolerance": "gone"})
    assert judged_by(gone).name == "yy-0697"
    assert any("'gone'" in remark for remark in conformance(gone, YY).remarks)
    with pytest.raises(UsageError) as caught:
        judged_by(whole, "gone")
    assert caught.value.code == "E196"
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\ntitle = "ours"\n[force]\nlow_share = "1 %"\nlow = "1 N"\nsettle = "0 s"\n'
        'time_in_band = "50 %"\n[time]\nleast = "1 s"\n',
        encoding="utf-8",
    )
    assert judged_by(whole, own).force == ForceBand(0.01, 1.0, 0.0, 0.5)
    own.write_text('name = "own"\n[force]\nlow = "1"\ntime_in_band = "150 %"\nmore = 1\n', encoding="utf-8")
    with pytest.raises(ProtocolError) as bad:
        judged_by(whole, str(own))
    assert {"E110", "E306", "E307", "E308"} == {problem.code for problem in bad.value.problems}
