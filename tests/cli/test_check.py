"""``check`` proves every file it is given, in the format that is asked for, and ends with the right code."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from traction.shipped import shipped_dir, shipped_files


def test_the_whole_library_holds_at_80_kg(shell) -> None:
    files = list(shipped_files("protocols/library").values())
    done = shell("check", *files, "--mass", "80kg", "--json")
    rows = json.loads(done.out)
    assert done.code == 0
    assert [row["file"] for row in rows] == [str(file) for file in files]
    for row in rows:
        assert row["ok"] is True
        assert row["errors"] == []
        assert all(margin["margin"] >= -1e-9 * margin["limit"] for margin in row["margins"].values())
        assert {"value", "limit", "margin", "unit"} <= row["margins"]["peak_force"].keys()


def test_no_refused_file_holds_and_each_says_why(shell) -> None:
    files = sorted((shipped_dir("protocols") / "refused").glob("*.toml"))
    assert len(files) >= 25
    done = shell("check", *files, "--json")
    assert done.code == 3
    for row in json.loads(done.out):
        assert row["ok"] is False
        assert row["errors"]


def test_an_error_names_code_line_field_and_advice(shell, broken: Path) -> None:
    done = shell("check", broken, "--json")
    (row,) = json.loads(done.out)
    assert done.code == 3
    lines = broken.read_text(encoding="utf-8").splitlines()
    high = next(index for index, line in enumerate(lines, 1) if line.startswith("high"))
    hold = next(index for index, line in enumerate(lines, 1) if line.startswith("hold ="))
    assert {(error["line"], error["field"]) for error in row["errors"]} == {
        (high, "phase[1].high"),
        (hold, "phase[1].hold"),
    }
    for error in row["errors"]:
        assert {"code", "message", "line", "field", "column", "advice"} <= error.keys()
        assert error["code"].startswith("E2")


def test_all_files_are_checked_and_the_worst_decides(shell, short: Path, broken: Path, strong: Path) -> None:
    done = shell("check", short, broken, strong)
    assert done.code == 3
    assert done.out.count("REFUSED") == 2
    assert done.out.count("ok  ") == 1
    assert "1 of 3 hold" in done.err
    good = shell("check", short)
    assert good.code == 0
    assert "all 1 hold" in good.err


def test_a_file_that_is_not_there_ends_with_2_but_hides_no_other(shell, broken: Path) -> None:
    done = shell("check", "gone.toml", broken, "--json")
    first, second = json.loads(done.out)
    assert done.code == 2
    assert first["errors"][0]["code"] == "E131"
    assert len(second["errors"]) == 2


def test_a_needed_mass_is_never_assumed(shell, weighing: Path) -> None:
    done = shell("check", weighing, "--json")
    (row,) = json.loads(done.out)
    assert done.code == 3
    assert [error["code"] for error in row["errors"]] == ["E330"]
    assert "--mass" in row["errors"][0]["message"]
    assert shell("check", weighing, "--mass", "80 kg").code == 0


def test_library_names_work_as_files_do(shell) -> None:
    assert shell("check", "cerv-fater").code == 0


def test_junit_and_github_come_out_on_stdout(shell, short: Path, broken: Path) -> None:
    junit = shell("check", short, broken, "--format", "junit")
    root = ET.fromstring(junit.out)
    assert (junit.code, root.get("tests"), root.get("failures")) == (3, "2", "1")
    github = shell("check", short, broken, "--format", "github")
    assert github.code == 3
    assert [line.split(" ")[0] for line in github.out.splitlines()] == ["::error", "::error"]
    assert f"file={broken}" in github.out.replace("%3A", ":").replace("%2C", ",")


def test_two_formats_at_once_are_refused(shell, short: Path) -> None:
    done = shell("check", short, "--json", "--format", "junit")
    assert (done.code, done.out) == (2, "")
    assert shell("check", short, "--json", "--format", "json").code == 0


def test_a_wrong_table_is_said_once(shell, short: Path, strong: Path) -> None:
    done = shell("check", short, strong, "--table", "bogus")
    assert done.code == 2
    assert (done.out, done.err.count("error E")) == ("", 1)


def test_no_file_is_a_usage_error(shell) -> None:
    done = shell("check")
    assert done.code == 2
    assert "error E100" in done.err


def test_the_table_decides(shell, short: Path, tmp_path: Path) -> None:
    def rise(*table: str | Path) -> dict[str, object]:
        (row,) = json.loads(shell("check", short, "--json", *table).out)
        return row["margins"]["rate_up"]

    shipped = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    weak = tmp_path / "weak.toml"
    weak.write_text(shipped.replace('max_force = "900 N"', 'max_force = "150 N"'), encoding="utf-8")
    assert rise()["source"] == "table sim"
    assert rise("--table", "sim-self-locking")["source"] == "table sim-self-locking"
    done = shell("check", short, "--json", "--table", weak)
    (row,) = json.loads(done.out)
    assert (done.code, row["ok"]) == (3, False)
    peak = row["margins"]["peak_force"]
    assert (peak["value"], peak["limit"], peak["source"]) == (
        160.0,
        150.0,
        "table sim; share of weight not judged, no mass",
    )


def test_every_command_names_a_table_alike(shell, short: Path) -> None:
    url = "sim:?drive=self-locking"
    named = f"{url} (sim-self-locking)"
    assert f"Margins: may run on {named}\n" in shell("show", short, "--table", url).out
    done = shell("check", short, "--table", url, "--mass", "80kg")
    assert f"all 1 hold on {named}, 80 kg" in done.err
    (row,) = json.loads(shell("check", short, "--table", url, "--mass", "80kg", "--json").out)
    assert (row["table"], row["mass_kg"]) == (named, 80.0)
    assert f"running short on {named}, simulated" in shell("run", short, "--table", url).err
