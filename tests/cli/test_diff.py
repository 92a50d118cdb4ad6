"""``diff`` compares what two protocols do: exact figures, phase by phase, and nothing of their texts."""

import json
from pathlib import Path

import numpy as np
import pytest

from traction.protocol import library
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.report.compare import Side, compare, seconds_above

NAMES = (
    "lumbar-disc",
    "vaxd-session",
    "test-wave-sine",
    "test-wave-triangle",
    "test-wave-sawtooth",
    "test-wave-trapezoid",
    "test-ramp-in",
)


def compiled(name):
    return compile_protocol(load_protocol(name), mass_kg=80.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_time_above_a_level_is_the_one_that_counting_gives(name):
    profile = compiled(name)
    step_s = profile.duration_s / 400_000
    forces = profile.force_at(np.arange(400_000) * step_s + step_s / 2)
    for level_n in (0.3, 0.55, 0.85, 0.95):
        level = level_n * profile.peak_n
        counted_s = float((forces >= level).sum()) * step_s
        assert seconds_above(profile, level) == pytest.approx(counted_s, abs=2000 * step_s * 0.01 + 0.05)
    assert seconds_above(profile, 0.0) == pytest.approx(profile.duration_s)
    assert seconds_above(profile, profile.peak_n + 1.0) == 0.0


def test_every_protocol_does_the_same_as_itself_and_differs_from_the_others(shell):
    sides = [Side(load_protocol(name), compiled(name)) for name in library.names()]
    for number, side in enumerate(sides):
        assert compare(side, side).same
        other = sides[number - 1]
        found, back = compare(side, other), compare(other, side)
        assert not found.same
        assert found.differ_from_s == back.differ_from_s
        assert [one.difference for one in found.figures] == [-one.difference for one in back.figures]


def test_a_text_that_differs_in_words_only_does_the_same(shell, short: Path, tmp_path: Path) -> None:
    text = short.read_text(encoding="utf-8")
    other = tmp_path / "other.toml"
    words = text.replace('"short"', '"other"').replace('name = "main"', 'name = "pulls of another name"')
    other.write_text(words.replace("Only for", "For nothing but"), encoding="utf-8")
    done = shell("diff", short, other, "--exit-code")
    assert (done.code, done.err) == (0, "")
    assert "do the same" in done.out
    assert done.out.count("N to 0 N") == 2  # the end falls, on both sides
    other.write_text(words.replace('rest = "2 s"', 'rest = "3 s"'), encoding="utf-8")
    assert shell("diff", short, other).code == 0
    done = shell("diff", short, other, "--exit-code", "--json")
    row = json.loads(done.out)
    assert (done.code, row["same"]) == (5, False)
    lasts = next(one for one in row["figures"] if one["name"] == "profile lasts")
    assert lasts["difference"] == pytest.approx(2.0)
    # the take-up leads to 20 N: (160 - 20) / 25 up, 3 s held, (160 - 30) / 60 down, 2 s rest in both
    assert row["differ_from_s"] == pytest.approx(140 / 25 + 3 + 130 / 60 + 2, abs=1e-5)


def test_two_sessions_of_a_course_are_compared_by_their_numbers(shell) -> None:
    words = ("cerv-young", "cerv-young", "--mass", "80kg", "--json")
    assert json.loads(shell("diff", *words, "--session", "3").out)["same"]
    row = json.loads(shell("diff", *words, "--session-b", "3").out)
    assert not row["same"]
    assert row["figures"][0]["difference"] == pytest.approx(4 * 4.4482216152605)
    assert shell("diff", *words, "--session-b", "0").code == 2


def test_a_hold_cut_in_two_does_the_same_as_one(shell, tmp_path: Path) -> None:
    assert shell("new", "one.toml", "--mode", "static", "--set", "for=10 min").code == 0
    text = Path("one.toml").read_text(encoding="utf-8").replace("10 min", "4 min")
    more = '[[phase]]\nname = "more"\ntype = "static"\nforce = "200 N"\nfor = "6 min"\n\n[end]'
    Path("two.toml").write_text(text.replace("[end]", more), encoding="utf-8")
    assert shell("diff", "one.toml", "two.toml", "--exit-code").code == 0


@pytest.mark.parametrize("width", [40, 80, 200])
def test_diff_reads_well_at_any_width_and_draws(shell, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = shell("diff", "lumbar-disc", "lumbar-disc-30min", "--mass", "80kg", "-o", f"{width}.png")
    assert done.code == 0
    assert Path(f"{width}.png").read_bytes().startswith(b"\x89PNG")
    words = " ".join(done.out.split())
    for part in ("differ from 5:00 min on", "peak force", "impulse above rest", "long pulls", "time above"):
        assert part in words
    assert max(len(line) for line in done.out.splitlines()) <= width
    assert "E330" in shell("diff", "lumbar-disc", "cerv-fater").err
    assert "E258" in shell("diff", "lumbar-disc", "idd-sham", "--mass", "80kg").err
