"""A record judged again gives the same verdicts, or says what tighter limits would have made of it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from traction.errors import RecordError, UsageError
from traction.report.replay import replay
from traction.report.replay_limits import limits_file
from traction.safety.limits import LimitSource
from traction.wire import codes

ROW = 400


def tighter(**values: float) -> LimitSource:
    return LimitSource("operator", "test", values)


@pytest.fixture
def tripped(whole, read_as):
    """Return a session that was pulled far too hard for a moment, and said so as a session does."""
    forced = read_as(whole, np.where(np.arange(len(whole.samples["t_us"])) == ROW, 900_000, 0))
    given = replay(forced).judgement
    assert given.trip is not None
    causes = [
        {"outcome": "TRIPPED", "code": one.code, "detail": one.detail, "t_us": one.t_us}
        for one in given.verdicts
    ]
    return replace(forced, outcome={**whole.outcome, "outcome": "TRIPPED", "causes": causes})


def test_the_same_verdicts_come_at_the_same_samples(whole, stopped, paused, tripped) -> None:
    for record in (whole, stopped, paused):
        found = replay(record)
        assert (found.holds, found.new, found.lost, found.judgement.verdicts) == (True, (), (), ())
    found = replay(tripped)
    assert found.holds
    assert found.trips[0].judged.row == ROW
    assert found.trips[0].force_n == pytest.approx(tripped.samples["force_mn"][ROW] / 1000)


def test_a_cell_without_a_reading_makes_no_slope(whole, changed) -> None:
    force_mn = whole.samples["force_mn"].copy()
    force_mn[ROW] = codes.FORCE_INVALID_MN
    seen = {one.name: one.seen for one in replay(changed(whole, force_mn=force_mn)).seen}
    before = {one.name: one.seen for one in replay(whole).seen}
    for name in ("rise in a second", "fall in a second"):
        assert seen[name] == pytest.approx(before[name], rel=0.1)


def test_a_verdict_that_is_new_or_lost_is_no_agreement(whole, tripped) -> None:
    silent = replace(tripped, outcome=whole.outcome)
    assert replay(silent).new[0].judged.row == ROW
    calm = replace(tripped, samples=whole.samples)
    found = replay(calm)
    assert not found.holds
    assert found.lost == tripped_codes(tripped)


def tripped_codes(record) -> tuple[tuple[str, int], ...]:
    return tuple((cause["code"], cause["t_us"]) for cause in record.outcome["causes"])


def test_tighter_limits_say_what_would_have_tripped_and_what_would_have_been_refused(whole) -> None:
    found = replay(whole, tighter(max_force_n=150.0, max_session_s=4000.0))
    assert not found.holds
    assert found.refused == ("peak force: 200 N planned, limit 150 N",)
    assert found.looser == ("max_session_s",)
    assert [(one.limit, one.now) for one in found.tightened] == [("max_force_n", 150.0)]
    first = found.new[0]
    assert first.judged.code == "E411"
    assert 150 < first.force_n < 175
    assert first.where == "main: ramp up 1"
    assert next(one for one in found.seen if one.name == "force").margin < 0
    before = replay(whole, tighter(max_force_n=200.0 * (1 - 1e-6)))
    assert before.refused
    assert not before.new, "the supervisor forgives what is less than noise"
    assert not before.holds


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        ("max_hold_s", 4.0, "E431"),
        ("max_session_s", 40.0, "E432"),
        ("max_travel_mm", 20.0, "E433"),
        ("max_impulse_n_s", 1000.0, "E434"),
        ("max_rate_up_n_per_s", 9.0, "E421"),
    ],
)
def test_each_limit_trips_by_its_own_code_and_its_margin_agrees(
    whole, limit: str, value: float, code: str
) -> None:
    assert replay(whole).holds
    found = replay(whole, tighter(**{limit: value}))
    assert code in [trip.judged.code for trip in found.new]
    assert min(one.margin for one in found.seen) < 0
    assert all(one.margin > 0 for one in replay(whole).seen)


def test_limits_that_are_looser_change_nothing(whole) -> None:
    found = replay(whole, tighter(max_force_n=5000.0, max_hold_s=1e6))
    assert found.holds
    assert found.looser == ("max_force_n", "max_hold_s")
    assert found.tightened == ()
    assert found.seen == replay(whole).seen


def test_what_is_left_of_a_session_is_compared_with_its_events(whole, tripped) -> None:
    from traction.runner.reader import Event

    events = tuple(Event(t_us, "tripped", code, "") for code, t_us in tripped_codes(tripped))
    cut = replace(tripped, outcome=None, complete=False, events=events)
    assert replay(cut).holds
    assert replay(replace(cut, events=())).new
    with pytest.raises(RecordError) as caught:
        replay(replace(whole, header={**whole.header, "supervisor": None}))
    assert caught.value.code == "E616"


def test_the_command_says_so_and_ends_with_its_code(shell, make) -> None:
    done = shell("replay", make())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("AGREES: no verdict, then and now")
    Path("low.toml").write_text('[lumbar]\nmax_force = "150 N"\nmax_travel = "1 m"\n', encoding="utf-8")
    done = shell("replay", make(), "--limits", "low.toml")
    assert done.code == 5
    for words in (
        "WOULD HAVE TRIPPED",
        "would have tripped here: E411",
        "changes nothing",
        "refused it before",
    ):
        assert words in done.out
    row = json.loads(shell("replay", make(), "--limits", "low.toml", "--json").out)
    assert (row["holds"], row["looser"]) == (False, ["max_travel_mm"])
    assert row["verdicts"][0]["new"] is True
    Path("high.toml").write_text('[lumbar]\nmax_force = "250 N"\n', encoding="utf-8")
    done = shell("replay", make(), "--limits", "high.toml")
    assert (done.code, done.out.split(":")[0]) == (0, "HOLDS")
    assert shell("replay", make(), "--limits", "none.toml").code == 2
    os.mkfifo("pipe.toml")
    done = shell("replay", make(), "--limits", "pipe.toml")
    assert (done.code, "E132: pipe.toml is a pipe" in " ".join(done.err.split())) == (2, True)
    Path("bad.toml").write_text('[lumbar]\nmax_force = "150"\n', encoding="utf-8")
    assert shell("replay", make(), "--limits", "bad.toml").code == 3
    for text, words in (
        ('max_force = "150 N"\n', 'a table [lumbar] with limits such as max_force = "300 N"'),
        ('[cervical]\nmax_force = "150 N"\n', "no limits for the lumbar region"),
        ('[lumbar]\nmax_forse = "150 N"\n', "expected one of max_force, max_rate_up"),
        ("[lumbar\n", "E305"),
    ):
        Path("bad.toml").write_text(text, encoding="utf-8")
        done = shell("replay", make(), "--limits", "bad.toml")
        assert (done.code, done.out) == (3, "")
        assert words in " ".join(done.err.split())


def test_a_region_file_will_do_and_another_region_s_will_not() -> None:
    from traction.shipped import shipped_dir

    folder = shipped_dir("hardware") / "limits"
    assert limits_file(folder / "lumbar.toml", "lumbar").values["max_force_n"] == 900.0
    assert limits_file(folder / "operator.toml", "cervical").values["max_force_n"] == 200.0
    with pytest.raises(UsageError) as caught:
        limits_file(folder / "lumbar.toml", "cervical")
    assert caught.value.code == "E191"


def test_a_damaged_record_is_judged_as_far_as_it_goes(shell, make) -> None:
    data = bytearray(make().read_bytes())
    data[len(data) * 3 // 4] ^= 0x10
    Path("flipped.mcap").write_bytes(data)
    done = shell("replay", "flipped.mcap")
    assert done.code == 6
    assert "as far as the record goes" in done.out
    assert "DAMAGED" in done.err


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_it_fits_the_width(shell, make, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, shell("replay", make()).out.splitlines())) <= int(columns)
