"""``validate`` says which published cases the model meets, and why a file is no file of cases."""

import json
from pathlib import Path

import pytest

CASE = """
[[case]]
id = "pulled"
source = "Author, year"
confirmed = true
[case.setup]
couch = "split"
[[case.timeline]]
posture = "supine"
for_s = 10.0
[[case.timeline]]
posture = "supine"
pull_n = 200.0
ramp_s = 10.0
for_s = 30.0
[case.expect]
quantity = "tension_n"
at_s = 40.0
low = LOW
high = 200.5

[[case]]
id = "lengthened"
score = false
[[case.timeline]]
posture = "supine"
for_s = 10.0
[[case.timeline]]
posture = "supine"
pull_n = 200.0
for_s = 30.0
[case.expect]
quantity = "segment_elongation_mm"
at_s = 40.0
minus_at_s = 0.0
low = 100.0
"""

COMPARED = """
[[case]]
id = "less"
[[case.timeline]]
posture = "supine"
pull_n = 100.0
for_s = 40.0
[case.compare]
other = "OTHER"
relation = "less"
"""


@pytest.fixture
def holding(tmp_path: Path) -> Path:
    path = tmp_path / "holding.toml"
    path.write_text(CASE.replace("LOW", "199.5"), encoding="utf-8")
    return path


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    path = tmp_path / "failing.toml"
    path.write_text(CASE.replace("LOW", "200.4"), encoding="utf-8")
    return path


def test_cases_that_hold_end_with_0_and_those_that_do_not_with_5(shell, holding: Path, failing: Path) -> None:
    done = shell("validate", holding)
    assert (done.code, done.err) == (0, "")
    assert "1 of 1 scored cases hold" in done.out
    assert "(outside)" in done.out  # reported only, and no reason to fail
    done = shell("validate", failing)
    assert done.code == 5
    assert "OUTSIDE" in done.out
    assert "0 of 1 scored cases hold, 1 DO NOT" in done.out


def test_json_is_one_object_with_every_promised_field(shell, failing: Path) -> None:
    done = shell("validate", failing, "--json")
    found = json.loads(done.out)
    assert done.code == 5
    assert set(found) == {"cases", "passed", "failed"}
    assert (found["passed"], found["failed"]) == (0, 1)
    pulled, lengthened = found["cases"]
    assert pulled["id"] == "pulled"
    assert pulled["value"] == pytest.approx(200.0, abs=0.01)
    assert (pulled["low"], pulled["high"], pulled["unit"]) == (200.4, 200.5, "N")
    assert (pulled["scored"], pulled["inside"], pulled["confirmed"]) == (True, False, True)
    assert pulled["source"] == "Author, year"
    assert (lengthened["scored"], lengthened["inside"]) == (False, False)
    assert 0.0 < lengthened["value"] < 100.0
    assert lengthened["high"] is None
    assert lengthened["source"] == ""
    assert lengthened["confirmed"] is False


def test_cases_compare_across_files_and_with_shipped_ones(shell, holding: Path, tmp_path: Path) -> None:
    path = tmp_path / "compared.toml"
    path.write_text(COMPARED.replace("OTHER", "pulled"), encoding="utf-8")
    done = shell("validate", path, holding, "--json")
    (less, *_) = json.loads(done.out)["cases"]
    assert done.code == 0
    assert (less["relation"], less["other"], less["quantity"]) == ("less", "pulled", "tension_n")
    assert less["value"] == pytest.approx(100.0, abs=0.01)
    assert less["low"] is None
    assert less["high"] == less["other_value"] == pytest.approx(200.0, abs=0.01)
    path.write_text(COMPARED.replace("OTHER", "takahashi99-removed").replace("for_s = 40", "for_s = 60"))
    (less,) = json.loads(shell("validate", path, "--json").out)["cases"]
    assert less["quantity"] == "root_contact_pressure_mmhg"


def test_a_file_with_two_bad_fields_names_both_and_ends_with_2(shell, holding: Path) -> None:
    text = holding.read_text().replace("pull_n = 200.0", "pull = 200.0", 1).replace("tension_n", "tensions")
    holding.write_text(text)
    done = shell("validate", holding, "--json")
    lines = text.splitlines()
    assert (done.code, done.out) == (2, "")
    assert f"holding.toml:{lines.index('pull = 200.0') + 1}:" in done.err.replace("\n    ", "")
    for word in ("case[1].timeline[2].pull", "case[1].expect.quantity", "pull_n", "tension_n", "2 errors"):
        assert word in done.err, word


def test_what_is_no_file_of_cases_ends_with_2(shell, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe[[case]]")
    for name in ("nobody.toml", "empty.toml", "broken.toml", "."):
        done = shell("validate", tmp_path / name)
        assert (done.code, done.out) == (2, ""), name
        assert "error E" in done.err


def test_what_the_model_cannot_do_is_said_of_the_case(shell, holding: Path) -> None:
    text = holding.read_text().replace(
        "pull_n = 200.0", "pull_bw = 0.1\nwave_hz = 1\nwave_amplitude_n = 90", 1
    )
    holding.write_text(text.replace("wave_hz", 'wave = "sine"\nwave_hz', 1))
    done = shell("validate", holding)
    assert (done.code, done.out) == (2, "")
    assert "case[1]" in done.err
    assert "holding.toml" in done.err


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_written(shell, holding: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"agreement.{ending}"
    done = shell("validate", holding, "--plot", path)
    assert done.code == 0
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    assert "picture:" in done.err


def test_a_picture_nobody_can_draw_is_refused_before_anything_runs(shell, holding: Path) -> None:
    done = shell("validate", holding, "--plot", "agreement.bmp")
    assert (done.code, done.out) == (2, "")
    assert "E161" in done.err


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_table_folds_where_it_is_narrow(shell, holding, monkeypatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    done = shell("validate", holding)
    assert "tension_n" in done.out
    # in a pipe words stay whole, so only what can fold is held to the width
    assert all(len(line) <= int(columns) or " " not in line.strip() for line in done.out.splitlines())
