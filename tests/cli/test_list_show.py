"""``list`` and ``show`` print what the library holds: for people at any width, for programs as JSON."""

import json
from pathlib import Path

import pytest

from traction.shipped import shipped_files

NAMES = list(shipped_files("protocols/library"))


def test_list_has_a_row_for_every_protocol_with_the_promised_fields(shell) -> None:
    done = shell("list", "--json")
    rows = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        assert {"name", "region", "mode", "duration_s", "peak", "source", "evidence"} <= row.keys()
        assert row["duration_s"] > 0
        assert row["source"]
        assert row["evidence"]


def test_what_asks_is_listed_as_long_as_it_lasts_when_nobody_answers() -> None:
    from traction.report.listing import listing_lines, listing_row
    from traction.report.style import Style

    examples = Path(__file__).resolve().parents[2] / "protocols" / "examples"
    rows = [listing_row(examples / name) for name in ("asks.toml", "live.toml")]
    assert [row["questions"] for row in rows] == [3, 0]
    for width in (40, 100):
        lines = listing_lines(rows, Style(width))
        assert sum("~" in line for line in lines) == 2
        assert "when nobody answers" in " ".join(" ".join(lines).split())
    assert "~" not in "".join(listing_lines(rows[1:], Style(100)))


def test_list_filters_by_region(shell) -> None:
    every = json.loads(shell("list", "--json").out)
    parts = [json.loads(shell("list", "--json", "--region", region).out) for region in ("lumbar", "cervical")]
    assert all(parts)
    assert sorted(row["name"] for part in parts for row in part) == sorted(row["name"] for row in every)
    assert {row["region"] for row in parts[1]} == {"cervical"}
    wrong = shell("list", "--region", "thoracic")
    assert wrong.code == 2
    assert "error E100" in wrong.err


def test_list_filters_by_mode_evidence_and_completeness_and_lists_templates(shell) -> None:
    every = json.loads(shell("list", "--json").out)
    for key, value in (
        ("mode", "static"),
        ("mode", "mixed"),
        ("evidence", "patent"),
        ("evidence", "engineering"),
    ):
        rows = json.loads(shell("list", "--json", f"--{key}", value).out)
        assert rows == [row for row in every if row[key] == value]
    complete = json.loads(shell("list", "--json", "--complete").out)
    assert complete == [row for row in every if row["confirmed"]]
    assert 0 < len(complete) < len(every)
    templates = json.loads(shell("list", "--json", "--templates").out)
    assert [row["name"] for row in templates] == list(shipped_files("protocols/templates"))
    for row in templates:
        assert row.keys() == every[0].keys()
        assert row["template"]
        assert not row["complete"]
        assert row["missing"][0]["meaning"]
    neck = json.loads(shell("list", "--json", "--templates", "--region", "cervical", "--mode", "static").out)
    assert neck == [row for row in templates if (row["region"], row["mode"]) == ("cervical", "static")]
    assert f"{len(templates)} templates ask" in shell("list").err
    assert "none is as wanted" in shell("list", "--mode", "ramp").err
    assert shell("list", "--complete", "--templates").code == 2
    for width in ("40", "200"):
        text = shell("list", "--templates", "--long").out
        assert all(row["name"] in text for row in templates), width


@pytest.mark.parametrize("width", [30, 40, 80, 100])
def test_list_names_every_protocol_and_its_evidence_at_any_width(shell, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = shell("list")
    assert done.code == 0
    for row in json.loads(shell("list", "--json").out):
        assert row["name"] in done.out
        assert row["evidence"].replace("-", " ") in " ".join(done.out.split())
    longest = max(len(word) for word in done.out.split())
    lines = done.out.splitlines()
    assert width >= 80 or max(len(line) for line in lines) <= max(width, longest + 4)


def test_a_pipe_gets_a_line_for_each_protocol_and_long_adds_the_sources(shell) -> None:
    rows = json.loads(shell("list", "--json").out)
    lines = shell("list").out.splitlines()
    assert len(lines) == len(rows) + 3, "a header and two footnotes"
    for line, row in zip(lines[1:], rows, strict=False):
        assert line.startswith(row["name"])
        assert f"[{row['evidence'].replace('-', ' ')}" in line
    text = shell("list").out
    assert not any(row["source"] in text for row in rows)
    long = " ".join(shell("list", "--long").out.split())
    assert all(" ".join(row["source"].split()) in long for row in rows)


def test_show_tells_source_phases_chart_figures_and_margins(shell) -> None:
    done = shell("show", "cerv-fater")
    assert (done.code, done.err) == (0, "")
    for title in (
        "Phases",
        "How it pulls",
        "Timing",
        "Target force over time",
        "Exact figures",
        "Margins: may run on sim:\n",
    ):
        assert f"\n{title}" in done.out
    for word in ("caution", "source", "assumed", "[laboratory study; confirmed at the source]", "peak force"):
        assert word in done.out
    assert any(0x2801 <= ord(char) <= 0x28FF for char in done.out), "a chart in braille"


def test_show_as_json_has_the_exact_figures(shell) -> None:
    from traction.protocol.compile import compile_protocol
    from traction.protocol.load import load_protocol

    row = json.loads(shell("show", "cerv-fater", "--json").out)
    profile = compile_protocol(load_protocol("cerv-fater"))
    assert row["profile"]["peak_n"] == profile.peak_n
    assert row["profile"]["duration_s"] == profile.duration_s
    assert row["profile"]["profile_digest"] == profile.digest()
    assert row["ok"] is True
    assert row["margins"]["peak_force"]["margin"] == pytest.approx(
        row["margins"]["peak_force"]["limit"] - profile.peak_n
    )
    assert row["source"]["caution"]


RICH = """
shape = "log"
knee = "30 %"
rate_up = "20 N/s"
count = "on_target"
oscillation = { wave = "sine", amplitude = "2 N", frequency = "0.5 Hz" }
range = { high = ["100 N", "200 N"], hold = ["2 s", "4 s"] }
[phase.variation]
high = "5 %"
cap = "170 N"
[[phase]]
name = "steps"
type = "progressive"
from = "20 N"
to = "80 N"
steps = 3
hold = "4 s"
low = "25 N"
rest = "2 s"
hold_by = "position"
[[phase]]
name = "waves"
type = "cyclic"
high = "80 N"
low = "30 N"
hold = "2 s"
rest = "2 s"
repeat = 2
ramp_up = "4 s"
ramp_down = "3 s"
"""


def test_show_tells_everything_the_file_does(shell, short: Path, tmp_path: Path) -> None:
    rich = tmp_path / "rich.toml"
    rich.write_text(short.read_text(encoding="utf-8").replace("repeat = 2\n", f"repeat = 2{RICH}"))
    done = shell("show", rich)
    text = " ".join(done.out.split())
    for part in (
        "take-up to 20 N; gives up after 1 min",
        "log; knee 30 %; rate up 20 N/s; rate down 60 N/s; hold by force; clock on target",
        "oscillation sine, 2 N at 0.5 Hz",
        "variation high by 5 %, never above 170 N (another --seed draws other values)",
        "published high 100 N to 200 N, hold 2 s to 4 s",
        "in 3, rests at 25 N",
        "hold by position; clock always",
        "ramp up 4 s; ramp down 3 s; hold by force; clock always",
        "linear; down 40 N/s to 0 N",
        "protocol digest",
        "profile digest",
        "time on the clock",
        "profile lasts",
        "session duration: the profile, the time-out of the take-up (1 min) and the release",
    ):
        assert part in text, f"{part}\n{done.err}"
    row = json.loads(shell("show", rich, "--json").out)
    main, steps, waves = row["phases"]
    assert (main["shape"], main["knee"], main["rate_up"], main["hold_by"]) == (
        "log",
        "30 %",
        "20 N/s",
        "force",
    )
    assert (main["oscillation"], main["range"]) == (
        "sine, 2 N at 0.5 Hz",
        "high 100 N to 200 N, hold 2 s to 4 s",
    )
    assert "170 N" in main["variation"]
    assert steps["force"].endswith("rests at 25 N")
    assert (waves["ramp_up"], waves["ramp_down"], waves["rate_up"], waves["count"]) == (
        "4 s",
        "3 s",
        None,
        "always",
    )
    assert row["take_up"] == {"force_n": 20.0, "timeout_s": 60.0}
    assert len({row["protocol_digest"], row["profile"]["profile_digest"]}) == 2


def test_show_without_a_needed_mass_shows_the_protocol_as_written_and_says_what_is_missing(
    shell, weighing: Path
) -> None:
    done = shell("show", weighing)
    assert done.code == 0
    assert "10 %BW" in done.out
    assert "Margins" not in done.out
    assert "--mass" in done.err
    row = json.loads(shell("show", weighing, "--json").out)
    assert (row["profile"], row["margins"], row["needs_mass"]) == (None, None, True)
    assert "Margins" in shell("show", weighing, "--mass", "80kg").out


def test_show_of_what_must_not_run_says_every_reason_and_ends_with_3(shell, strong: Path) -> None:
    done = shell("show", strong)
    assert done.code == 3
    assert ": REFUSED" in done.out
    assert "BROKEN" in done.out
    for code in ("E311", "E317"):
        assert f"error {code}" in done.err


def test_show_draws_a_picture(shell, short: Path, tmp_path: Path) -> None:
    done = shell("show", short, "-o", tmp_path / "short.png")
    assert done.code == 0
    assert (tmp_path / "short.png").read_bytes().startswith(b"\x89PNG")


def test_show_without_a_mass_draws_nothing_and_says_so(shell, weighing: Path, tmp_path: Path) -> None:
    done = shell("show", weighing, "-o", tmp_path / "short.png")
    assert done.code == 3
    assert "no picture" in done.err
    assert not (tmp_path / "short.png").exists()


def test_show_in_ascii(shell, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from traction.cli import common

    monkeypatch.setattr(common, "_takes_unicode", lambda stream: False)
    done = shell("show", short)
    assert done.out.isascii()
    assert "*" in done.out
    assert sys.stdout is not None


@pytest.mark.parametrize("name", ["lumbar-disk", "nothing-like-it", "no/such/file.toml"])
def test_a_name_that_is_not_there_is_a_usage_error(shell, name: str) -> None:
    done = shell("show", name)
    assert (done.code, done.out) == (2, "")
    assert "error E13" in done.err
    if name == "lumbar-disk":
        assert "lumbar-disc" in done.err


def test_a_seed_shows_the_variation_it_draws(shell, short: Path, tmp_path: Path) -> None:
    varied = tmp_path / "varied.toml"
    text = short.read_text(encoding="utf-8").replace(
        "repeat = 2", 'repeat = 2\n[phase.variation]\nhold = "20 %"'
    )
    varied.write_text(text, encoding="utf-8")
    rows = [json.loads(shell("show", varied, "--json", "--seed", seed).out) for seed in ("1", "1", "2")]
    digests = [row["profile"]["profile_digest"] for row in rows]
    assert digests[0] == digests[1] != digests[2]
