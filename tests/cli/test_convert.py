"""``convert`` says what other tables round and cannot do; what it writes never pulls harder than before."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from traction.errors import ProtocolError, RefusedError
from traction.protocol import library
from traction.protocol.capability import capability_names, load_capability
from traction.protocol.compile import compile_protocol
from traction.protocol.convert import convert, rounded_text
from traction.protocol.load import load_protocol, parse_protocol
from traction.report.compare import seconds_above
from traction.units import UNITS

MASSES = (43.7, 80.0, 101.3)
FREE = 'name = "free"\ntitle = "T"\ncitation = "C"\nnot_seen = []\nunconfirmed = []\n'


def on_step(value_n, table):
    if table.step is None or value_n == table.force.least:
        return True
    count = value_n / float(table.step[0] * UNITS["force"][table.step[1]])
    return abs(count - round(count)) < 1e-9


@pytest.mark.parametrize("kind", [*capability_names(), "free.toml"])
def test_nothing_that_is_written_pulls_harder_or_longer_and_it_is_all_on_the_steps(
    kind, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("free.toml").write_text(FREE + '[force]\nstep = "7 N"\n[time]\nstep = "7 s"\n[rates]\none = true\n')
    table = load_capability(kind)
    could = 0
    for name in library.names():
        protocol = load_protocol(name)
        for mass_kg in MASSES:
            profile = compile_protocol(protocol, mass_kg=mass_kg)
            found = convert(protocol, profile, table, mass_kg=mass_kg)
            assert all(one.line > 1 and one.why for one in (*found.changes, *found.cannot))
            assert all(one.difference < 0 for one in found.changes if one.unit in ("N", "N/s"))
            if found.cannot:
                continue
            could += 1
            try:
                after = parse_protocol(rounded_text(protocol, found))
            except (
                ProtocolError
            ):  # a time that leaves its published range: the command refuses what it does not read
                assert kind == "free.toml"
                continue
            rounded = compile_protocol(after, mass_kg=mass_kg)
            assert rounded.peak_n <= profile.peak_n + 1e-9
            assert rounded.rate_up_n_per_s <= protocol.document.rates.up
            assert rounded.rate_down_n_per_s <= protocol.document.rates.down
            levels = {span.segment.start_n for span in rounded.spans if span.kind in ("hold", "rest")}
            assert all(on_step(level, table) for level in levels), (name, mass_kg, levels)
            # as a table is set for one patient the file stays true for every other: never above the original
            for other_kg in MASSES:
                before = compile_protocol(protocol, mass_kg=other_kg)
                with suppress(RefusedError):  # a low level that is none for this one
                    assert compile_protocol(after, mass_kg=other_kg).peak_n <= before.peak_n + 1e-9
            # what was rounded once needs no rounding again
            again = convert(after, rounded, table, mass_kg=mass_kg)
            assert not again.cannot
            assert not again.changes
    assert could > 20 or kind == "generic-brake"


def test_the_file_differs_from_the_original_in_the_rounded_values_and_nothing_else(shell) -> None:
    done = shell(
        "convert", "uconn-30-10", "--to", "generic-10n", "--mass", "80kg", "-o", "rounded.toml", "--json"
    )
    assert done.code == 0, done.err
    row = json.loads(done.out)
    before = library.names()["uconn-30-10"].read_text(encoding="utf-8").splitlines()
    after = Path("rounded.toml").read_text(encoding="utf-8").splitlines()
    pairs = enumerate(zip(before, after, strict=True), 1)
    new_lines = {number: new for number, (old, new) in pairs if old != new}
    assert list(new_lines.values()) == ['down = "25 N/s"', 'high = "min(50 %BW, 110 lbf, 390 N)"']
    assert [(one["line"], one["setting"]) for one in row["rounded"]] == list(
        zip(new_lines, ("25 N/s", "390 N"), strict=True)
    )
    assert row["rounded"][1]["difference"] == pytest.approx(390.0 - 0.5 * 80 * 9.80665)
    assert row["rounded"][1]["percent"] == pytest.approx(100 * (390.0 / (40 * 9.80665) - 1))
    assert (row["ok"], row["written"]) == (True, "rounded.toml")
    assert shell("check", "rounded.toml", "--mass", "80kg").code == 0
    assert (
        shell("convert", "uconn-30-10", "--to", "generic-10n", "--mass", "80kg", "-o", "rounded.toml").code
        == 2
    )


ODD = """
[tare]
head_share = "7 %"
angle = "25 deg"
pull = "upward"

[[phase]]
name = "waves"
type = "static"
force = "150 N"
hold = "30 s"
oscillation = { wave = "sine", amplitude = "5 N", frequency = "0.5 Hz" }

[[phase]]
name = "curve"
type = "intermittent"
high = "200 N"
low = "40 N"
hold = "120 s"
rest = "5 s"
repeat = 3
shape = "s-curve"
variation = { hold = "10 %" }

[[phase]]
name = "question"
type = "prompt"
text = "All well?"
within = "30 s"
no_answer = "end"

[end]"""


def test_every_thing_a_table_does_not_have_is_named_with_its_line(shell, short: Path, tmp_path: Path) -> None:
    text = short.read_text(encoding="utf-8").replace(
        "[end]", ODD.split("[[phase]]", 1)[1].join(("[[phase]]", ""))
    )
    odd = tmp_path / "odd.toml"
    odd.write_text(text, encoding="utf-8")
    done = shell("convert", odd, "--to", "generic-1lb", "-o", "never.txt")
    assert (done.code, "E134" in done.err) == (2, True)
    done = shell("convert", odd, "--to", "generic-1lb", "-o", "never.toml", "--json")
    assert done.code == 3, done.err
    row = json.loads(done.out)
    said = {one["field"]: one["line"] for one in row["cannot"]}
    assert set(said) == {
        "phase[2].oscillation",
        "phase[3].shape",
        "phase[3].variation",
        "phase[3].hold",
        "phase[4].type",
    }
    lines = text.splitlines()
    assert all(field.rpartition(".")[2] in lines[line - 1] for field, line in said.items())
    assert "E137" in done.err
    assert row["written"] is None
    assert not Path("never.toml").exists()
    more = json.loads(shell("convert", odd, "--to", "generic-10n", "--json").out)["cannot"]
    assert {"phase[2]", "phase[1].repeat"} <= {one["field"] for one in more}


def test_steps_stay_equal_and_below(shell) -> None:
    done = shell(
        "new",
        "steps.toml",
        "--mode",
        "progressive",
        "--set",
        "from=52 N",
        "--set",
        "to=217 N",
        "--set",
        "steps=4",
    )
    assert done.code == 0, done.err
    Path("t.toml").write_text(FREE + '[force]\nstep = "10 N"\n', encoding="utf-8")
    assert shell("convert", "steps.toml", "--to", "t.toml", "-o", "rounded.toml").code == 0
    # 165 N in four steps of 41.25 N: steps of 40 N from 50 N
    text = Path("rounded.toml").read_text(encoding="utf-8")
    assert 'from = "50 N"' in text
    assert 'to = "210 N"' in text
    profile = compile_protocol(load_protocol("rounded.toml"))
    assert seconds_above(profile, 210.0) == pytest.approx(60.0)


def test_a_level_that_is_a_number_for_one_patient_only_is_told_and_no_text_grows_too_long(shell) -> None:
    words = ("--set", "high=min(50 %BW, 110 lbf)", "--set", "low=high - 10 lbf")
    assert shell("new", "relative.toml", *words).code == 0
    row = json.loads(shell("convert", "relative.toml", "--to", "generic-1lb", "--mass", "80kg", "--json").out)
    assert any("for this patient and session only: phase[1].low" in note for note in row["notes"])
    assert [one["to"] for one in row["rounded"]][-1].endswith(" lbf")
    many = ", ".join(f"{number} %BW" for number in range(50, 64))
    assert shell("new", "long.toml", "--set", f"high=min({many})").code == 0
    done = shell("convert", "long.toml", "--to", "generic-1lb", "--mass", "80kg", "--json")
    assert done.code == 3
    assert "no room" in json.loads(done.out)["cannot"][0]["why"]


def test_tables_that_are_not_there_or_not_right_are_told(shell) -> None:
    for text, code in [
        ("not toml at all", "E136"),
        (FREE + "[force]\nstep = 10\n", "E136"),
        (FREE + '[force]\nstep = "10 lb"\n', "E136"),
        (FREE + '[force]\nstep = "0 N"\n', "E136"),
        (FREE + "[can]\nwings = true\n", "E136"),
        ('name = "x"\n', "E136"),
        ("a = " + "[" * 50_000, "E136"),
        ("a = " + "9" * 5000, "E136"),
    ]:
        Path("t.toml").write_text(text, encoding="utf-8")
        done = shell("convert", "cerv-fater", "--to", "t.toml")
        assert (done.code, done.out) == (3, "")
        assert f"error {code}" in done.err, (text, done.err)
    Path("t.toml").write_text(FREE + '[force]\nstep = " 0.01kN"\n', encoding="utf-8")
    assert "0.13 kN" in shell("convert", "cerv-fater", "--to", "t.toml").out
    assert "error E135" in shell("convert", "cerv-fater", "--to", "generic").err
    assert "error E131" in shell("convert", "cerv-fater", "--to", "no.toml").err
    assert "error E330" in shell("convert", "uconn-30-10", "--to", "generic-10n").err


@pytest.mark.parametrize("width", [40, 80, 200])
def test_convert_reads_well_at_any_width(shell, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = shell("convert", "cerv-fater", "--to", "generic-1lb")
    words = " ".join(done.out.split())
    assert done.code == 0
    for part in (
        "generic-1lb",
        "Rounded",
        "steps of 1 lbf",
        "29 lbf",
        "not read at a source: force.step",
        "source",
    ):
        assert part in words
    assert max(len(line) for line in done.out.splitlines()) <= max(width, 75), (
        "an address has no place to fold in a pipe"
    )
    assert "Cannot be done" in shell("convert", "cerv-fater", "--to", "generic-brake").out
