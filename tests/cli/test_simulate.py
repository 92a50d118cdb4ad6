"""``simulate``: the model alone under a protocol or a case, one patient or many."""

import csv
import importlib.util
import json

import numpy as np
import pytest

CASES = """
[[case]]
id = "hang"
source = "Written for the tests of the shell."
confirmed = true
score = false
[case.patient]
mass_kg = 60.0
[case.setup]
region = "lumbar"
couch = "split"
level = "L4-L5"
[[case.timeline]]
posture = "supine"
pull_bw = 0.5
ramp_s = 10.0
for_s = 30.0
[case.expect]
quantity = "tension_n"
at_s = 30.0
low = 250.0
high = 350.0
"""


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "cases.toml"
    path.write_text(CASES, encoding="utf-8")
    return f"{path}#hang"


def test_one_patient_shows_who_and_what_and_promises_nothing(shell, short) -> None:
    done = shell("simulate", short, "--mass", "70kg", "--age", "50")
    assert (done.code, done.err) == (0, "")
    flat = " ".join(done.out.split())
    for text in ("70 kg, 1.75 m, 50 years, male", "herniated disc at L4-L5", "no controller", "nominal"):
        assert text in flat
    assert "predicts nothing about a person" in flat
    for name in ("tension_n", "disc_pressure_mmhg", "lumbar_elongation_mm"):
        assert name in done.out


def test_json_has_the_series_and_who_was_filled_in(shell, short) -> None:
    done = shell("simulate", short, "--json", "--every", "2s", "--quantity", "tension_n", "--disc", "healthy")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert found["quantities"].keys() == {"tension_n"}
    assert len(found["quantities"]["tension_n"]["value"]) == len(found["time_s"])
    assert max(found["quantities"]["tension_n"]["value"]) == pytest.approx(160.0)
    assert found["patients"]["disc"] == "healthy"
    assert found["patients"]["filled"]["age_years"] == "45 years"
    assert "predicts nothing" in found["notice"]


def test_a_population_gives_percentiles_and_the_same_ones_again(shell, weighing, tmp_path) -> None:
    line = ("simulate", weighing, "--patients", "40", "--seed", "3", "--quantity", "disc_load_n", "--json")
    first, again = shell(*line), shell(*line)
    assert first.code == 0
    assert first.out == again.out
    found = json.loads(first.out)
    bands = np.array([found["quantities"]["disc_load_n"][key] for key in ("p05", "p25", "p50", "p75", "p95")])
    assert (np.diff(bands, axis=0) >= 0.0).all()
    assert found["patients"]["n"] == 40
    assert found["patients"]["mass_kg"]["low"] < found["patients"]["mass_kg"]["high"]
    other = json.loads(shell(*line[:5], "4", *line[6:]).out)
    assert other["quantities"] != found["quantities"]


def test_the_table_has_a_row_for_each_instant(shell, short, tmp_path) -> None:
    done = shell("simulate", short, "--out", "one.csv", "--every", "1s")
    rows = list(csv.DictReader((tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()))
    assert (done.code, done.err) == (0, "table: one.csv\n")
    assert list(rows[0]) == ["time_s", "tension_n", "disc_pressure_mmhg", "lumbar_elongation_mm"]
    assert [float(row["time_s"]) for row in rows[:3]] == [0.0, 1.0, 2.0]
    assert max(float(row["tension_n"]) for row in rows) == pytest.approx(160.0)
    shell("simulate", short, "--patients", "5", "--out", "many.csv", "--quantity", "travel_mm")
    header = (tmp_path / "many.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "time_s," + ",".join(f"travel_mm_p{share}" for share in ("05", "25", "50", "75", "95"))


def test_a_case_brings_its_patient_and_its_timeline(shell, case) -> None:
    found = json.loads(shell("simulate", case, "--json", "--quantity", "tension_n").out)
    assert found["simulated"] == "hang"
    assert found["patients"]["mass_kg"] == 60.0
    assert found["quantities"]["tension_n"]["value"][-1] == pytest.approx(0.5 * 60.0 * 9.80665)
    drawn = json.loads(shell("simulate", case, "--patients", "9", "--json").out)
    assert drawn["patients"]["mass_kg"] == {"low": 60.0, "high": 60.0}
    heavy = json.loads(shell("simulate", case, "--mass", "90kg", "--json", "--quantity", "tension_n").out)
    assert heavy["quantities"]["tension_n"]["value"][-1] == pytest.approx(0.5 * 90.0 * 9.80665)


def test_the_pictures_are_drawn(shell, short, tmp_path) -> None:
    for name, more in (("one.png", ()), ("many.svg", ("--patients", "5"))):
        done = shell("simulate", short, "--plot", name, *more)
        assert (done.code, done.err) == (0, f"picture: {name}\n")
        assert (tmp_path / name).stat().st_size > 5000


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("--quantity", "pain"), "E186", 2),
        (("--grade", "bad"), "E188", 2),
        (("--grade", "9"), "E180", 2),
        (("--mass", "5kg"), "E180", 2),
        (("--level", "C5-C6"), "E180", 2),
        (("--region", "cervical"), "E310", 3),
        (("--patients", "0"), "E100", 2),
        (("--patients", "4", "--seed", "-1"), "E180", 2),
        (("--out", "rows.xlsx"), "E161", 2),
        (("--out", "nowhere/rows.csv"), "E651", 2),
        (("--plot", "rows.bmp"), "E161", 2),
        (("--every", "0s"), "E113", 2),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_with_its_code(shell, short, arguments, code, exit_code) -> None:
    done = shell("simulate", short, *arguments)
    assert done.code == exit_code
    assert f"error {code}" in done.err
    assert done.out == ""


def test_what_is_not_there_is_named(shell, case, weighing) -> None:
    assert "hang" in shell("simulate", case.replace("#hang", "#fly")).err
    assert shell("simulate", case.replace("#hang", "#fly")).code == 2
    assert "E188" in shell("simulate", case, "--posture", "prone").err
    assert shell("simulate", "no-such-protocol").code == 2
    refused = shell("simulate", weighing)  # no mass is assumed where forces depend on it
    assert (refused.code, "E330" in refused.err) == (3, True)


def test_parquet_is_written_where_pyarrow_is_and_refused_early_where_not(shell, short, tmp_path) -> None:
    done = shell("simulate", short, "--out", "rows.parquet")
    if importlib.util.find_spec("pyarrow") is None:
        assert (done.code, "error E189" in done.err) == (2, True)
        assert not list(tmp_path.glob("*rows*"))
    else:
        from pyarrow import parquet

        names = parquet.read_table(tmp_path / "rows.parquet").column_names
        assert names == ["time_s", "tension_n", "disc_pressure_mmhg", "lumbar_elongation_mm"]
