"""``run`` ends with the right word and code, prints one object, and leaves a record that ``report`` reads."""

import json
import shutil
from pathlib import Path

import pytest

from traction.shipped import shipped_dir, shipped_files

FIELDS = {
    "outcome",
    "reason_code",
    "table",
    "protocol",
    "protocol_digest",
    "seed",
    "duration_s",
    "cycles_completed",
    "peak_target_n",
    "peak_force_n",
    "min_disc_pressure_mmhg",
    "rest_disc_pressure_mmhg",
    "time_below_zero_pressure_s",
    "margins",
    "record",
}


def test_a_completed_run_prints_one_object_with_every_promised_field(shell, short: Path) -> None:
    done = shell("run", short, "--seed", "7", "--json")
    row = json.loads(done.out)
    assert done.code == 0
    assert row.keys() >= FIELDS
    assert (row["outcome"], row["reason_code"], row["seed"]) == ("COMPLETED", "", 7)
    assert (row["table"], row["table_name"], row["simulated"]) == ("sim:", "sim", True)
    assert row["cycles_completed"] == 2
    assert row["peak_target_n"] == pytest.approx(160.0)
    assert row["peak_force_n"] == pytest.approx(160.0, abs=8.0)
    assert row["rest_disc_pressure_mmhg"] == pytest.approx(75.0, abs=1.0)
    assert row["min_disc_pressure_mmhg"] < row["rest_disc_pressure_mmhg"]
    assert {"value", "limit", "margin", "unit"} <= row["margins"]["peak_force"].keys()
    assert Path(row["record"]).is_file()


def test_equal_seeds_leave_equal_records(shell, short: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert shell("run", short, "--seed", seed, "--record", f"{name}.mcap", "--quiet").code == 0
    a, b, c = (Path(f"{name}.mcap").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_the_summary_names_outcome_table_and_record(shell, short: Path) -> None:
    done = shell("run", short, "--record", "x.mcap")
    assert done.out.startswith("COMPLETED: ")
    assert "table           sim:, simulated, virtual clock, seed 0" in done.out
    assert "x.mcap" in done.out
    assert "peak force" in done.out


def test_progress_comes_on_stderr_in_tenths_and_not_when_quiet(shell, short: Path) -> None:
    done = shell("run", short)
    percents = [int(line.split("%")[0]) for line in done.err.splitlines() if " % " in line[:6]]
    assert percents == sorted(percents)
    assert {10 * round(percent / 10) for percent in percents} == set(range(0, 101, 10))
    assert "sim:" in done.err
    assert "\x1b" not in done.err + done.out
    assert shell("run", short, "--quiet").err == ""


def test_records_get_the_next_free_name_and_are_never_overwritten(shell, short: Path) -> None:
    rows = [json.loads(shell("run", short, "--json", "--quiet").out) for _ in range(2)]
    assert [Path(row["record"]).name for row in rows] == ["short-seed0-001.mcap", "short-seed0-002.mcap"]
    Path("traction-records/short-seed0-001.mcap").unlink()
    third = json.loads(shell("run", short, "--json", "--quiet").out)
    assert Path(third["record"]).name == "short-seed0-003.mcap", "a name is not given twice"
    before = Path(third["record"]).read_bytes()
    again = shell("run", short, "--record", third["record"])
    assert (again.code, again.out) == (2, "")
    assert "error E601" in again.err
    assert "nothing moved" in again.err
    assert "running" not in again.err
    assert Path(third["record"]).read_bytes() == before


def test_a_plot_is_drawn_after_the_run_and_a_wrong_name_is_found_before_it(shell, short: Path) -> None:
    assert shell("run", short, "--plot", "run.png").code == 0
    assert Path("run.png").read_bytes().startswith(b"\x89PNG")
    shutil.rmtree("traction-records")
    wrong = shell("run", short, "--plot", "run.jpeg2000")
    assert wrong.code == 2
    assert "error E161" in wrong.err
    assert not Path("traction-records").exists(), "nothing was run"


def test_a_picture_never_takes_the_place_of_the_record_it_is_drawn_from(shell, short: Path) -> None:
    done = shell("run", short, "--record", "same.png", "--plot", "same.png")
    assert done.out.startswith("COMPLETED: ")
    assert (done.code, "error E650" in done.err) == (6, True)
    Path("other.png").symlink_to("same.png")
    for name in ("same.png", "other.png"):
        assert "error E650" in shell("report", "same.png", "--plot", name).err
    assert shell("report", "same.png").code == 0


@pytest.mark.parametrize(("option", "code"), [("--plot", "E650"), ("--record", "E603")])
def test_a_folder_that_is_not_there_is_found_before_the_run(
    shell, short: Path, option: str, code: str
) -> None:
    done = shell("run", short, option, "no/such/folder/run.png", "--json")
    row = json.loads(done.out)
    assert (done.code, row["outcome"], row["reason_code"]) == (2, "REFUSED", code)
    assert f"error {code}" in done.err
    assert "running" not in done.err
    assert not Path("traction-records").exists()


def too_short(short: Path, slack: str, *between: str) -> tuple[str | Path, ...]:
    """Return a protocol and a table whose file tells the proof that 20 s are enough to take up any slack."""
    text = short.read_text(encoding="utf-8").replace('timeout = "60 s"', 'timeout = "20 s"')
    protocol, table = short.with_name("too-short.toml"), short.with_name("said-to-be-quick.toml")
    protocol.write_text(text, encoding="utf-8")
    said = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    said = said.replace('stiffest = "60 N/mm"', 'stiffest = "15 N/mm"')
    table.write_text(said.replace('url = "sim:"', f'url = "sim:?slack_mm={slack}"'), encoding="utf-8")
    return (protocol, *between, table)


@pytest.mark.parametrize(
    ("slack", "outcome", "code"), [("20", "TRIPPED", 5), ("0", "COMPLETED", 0)], ids=["trip", "done"]
)
def test_a_run_is_drawn_however_it_ends(shell, short: Path, slack: str, outcome: str, code: int) -> None:
    loose, table = too_short(short, slack)
    done = shell("run", loose, "--table", table, "--plot", "run.png")
    assert (done.code, done.out.split()[0].rstrip(":")) == (code, outcome)
    assert Path("run.png").read_bytes().startswith(b"\x89PNG")


def test_what_the_preflight_refuses_is_said_once_and_on_stderr(
    shell, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traction.errors import Problem, RefusedError
    from traction.runner import session

    def no(*_arguments: object) -> None:
        raise RefusedError(Problem("E341", "another boot than the one we spoke to"))

    monkeypatch.setattr(session, "preflight", no)
    done = shell("run", short, "--plot", "run.png")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("another boot") == 1
    assert "running" not in done.err
    assert "nothing moved" in done.err
    assert not Path("run.png").exists()
    assert json.loads(shell("run", short, "--json").out)["reason_code"] == "E341"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--max-force", "159 N"], "E311"),
        (["--max-duration", "10 s"], "E315"),
        (["--region", "cervical"], "E310"),
    ],
)
def test_what_does_not_fit_is_refused_not_clipped(shell, short: Path, options: list[str], code: str) -> None:
    done = shell("run", short, "--json", *options)
    row = json.loads(done.out)
    assert done.code == 3
    assert (row["outcome"], row["reason_code"]) == ("REFUSED", code)
    assert code in [error["code"] for error in row["errors"]]
    assert all(
        row[name] is None for name in FIELDS if name.startswith(("peak_", "min_", "duration", "record"))
    )
    assert f"error {code}" in done.err
    assert "nothing moved" in done.err
    assert not Path("traction-records").exists()


def test_tightening_that_still_fits_changes_nothing_but_the_margin(shell, short: Path) -> None:
    done = shell("run", short, "--json", "--max-force", "200 N", "--region", "lumbar")
    row = json.loads(done.out)
    assert done.code == 0
    assert row["margins"]["peak_force"]["limit"] == 200.0
    assert row["peak_target_n"] == pytest.approx(160.0)


def test_a_limit_cannot_be_loosened(shell, strong: Path) -> None:
    done = shell("run", strong, "--max-force", "9000 N", "--json")
    assert done.code == 3
    assert json.loads(done.out)["margins"]["peak_force"]["limit"] < 2000


def test_a_missing_mass_is_asked_for(shell, weighing: Path) -> None:
    done = shell("run", weighing, "--json")
    assert done.code == 3
    assert json.loads(done.out)["reason_code"] == "E330"
    assert "--mass 80kg" in done.err
    assert shell("run", weighing, "--mass", "80kg", "--quiet").code == 0


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--mass", "80", "E110"),
        ("--mass", "80 N", "E111"),
        ("--mass", "eighty kg", "E112"),
        ("--mass", "0 kg", "E113"),
        ("--mass", "nan kg", "E113"),
        ("--mass", "-80 kg", "E114"),
        ("--max-force", "300", "E110"),
        ("--max-force", "300 kg", "E111"),
        ("--max-duration", "20 m", "E111"),
        ("--seed", "x", "E100"),
        ("--clock", "fast", "E100"),
        ("--table", "nowhere", "E192"),
        ("--table", "no/such/table.toml", "E192"),
    ],
)
def test_a_wrong_option_names_itself_and_what_may_be_written(
    shell, short: Path, option: str, value: str, code: str
) -> None:
    done = shell("run", short, option, value, "--json")
    row = json.loads(done.out)
    assert (done.code, row["outcome"], row["reason_code"]) == (2, "REFUSED", code)
    assert row.keys() >= FIELDS
    assert f"error {code}" in done.err
    assert option in done.err
    assert "nothing moved" in done.err
    assert shell("run", short, option, value).out == ""
    assert not Path("traction-records").exists()


def test_broken_files_say_every_error(shell, broken: Path) -> None:
    done = shell("run", broken, "--json")
    assert done.code == 3
    assert len(json.loads(done.out)["errors"]) == 2
    assert "2 errors" in done.err


@pytest.mark.parametrize("table", ["sim-self-locking", "sim:?drive=self-locking", "sim:?couch=fixed"])
def test_other_simulated_tables_run_and_are_named(shell, short: Path, table: str) -> None:
    row = json.loads(shell("run", short, "--table", table, "--json").out)
    assert row["outcome"] == "COMPLETED"
    assert row["table"].startswith("sim:?")


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Return the file of a table that is not simulated."""
    from traction.shipped import shipped_dir

    text = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    path.write_text(text.replace('url = "sim:"', 'url = "bench:one"'), encoding="utf-8")
    return path


def test_a_real_table_is_not_run_without_a_yes(shell, short: Path, real: Path) -> None:
    done = shell("run", short, "--table", real, "--json")
    assert done.code == 3
    row = json.loads(done.out)
    assert (row["outcome"], row["reason_code"], row["table"]) == ("REFUSED", "E164", "bench:one")
    assert "--yes" in done.err


def test_yes_goes_on_to_the_table(shell, short: Path, real: Path) -> None:
    done = shell("run", short, "--table", real, "--yes")
    assert done.code == 2
    assert "error E121" in done.err, "there is no driver for it, and that is asked only after the yes"
    assert "running" not in done.err
    assert "nothing moved" in done.err


def test_a_real_table_cannot_run_on_virtual_time(shell, short: Path, real: Path) -> None:
    done = shell("run", short, "--table", real, "--yes", "--clock", "virtual", "--json")
    assert done.code == 3
    assert json.loads(done.out)["reason_code"] == "E349"


def test_a_trip_ends_with_5_and_says_where_to_read_on(shell, short: Path) -> None:
    done = shell("run", *too_short(short, "20", "--table"), "--json")
    row = json.loads(done.out)
    assert (done.code, row["outcome"]) == (5, "TRIPPED")
    assert row["reason_code"].startswith("E4")
    assert f"traction explain {row['reason_code']}" in done.err
    assert shell("explain", row["reason_code"]).code == 0


def test_a_folder_that_cannot_be_written_is_said_before_anything_moves(shell, short: Path) -> None:
    Path("traction-records").write_text("a file in the way", encoding="utf-8")
    done = shell("run", short)
    assert done.code == 6
    assert "error E603" in done.err


def test_report_says_the_same_as_the_run(shell, short: Path) -> None:
    ran = json.loads(shell("run", short, "--seed", "2", "--json").out)
    done = shell("report", ran["record"], "--json")
    read = json.loads(done.out)
    assert done.code == 0
    assert {name: read[name] for name in FIELDS} == {name: ran[name] for name in FIELDS}
    assert read["complete"] is True
    assert read["rows"] > 500


@pytest.mark.parametrize("debug", [False, True])
def test_a_defect_in_the_loop_faults_the_run_and_debug_shows_where(
    shell, short: Path, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    from traction.safety.supervisor import Supervisor

    def broken(_supervisor: object, _sample: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(Supervisor, "judge", broken)
    done = shell("run", short, "--json", "--quiet", *(["--debug"] if debug else []))
    row = json.loads(done.out)
    assert (done.code, row["outcome"], row["reason_code"]) == (6, "FAULTED", "E900")
    assert "on purpose" in row["reason"]
    assert ("Traceback" in done.err) is debug
    assert ("--debug" in done.err) is not debug


def test_a_port_without_facts_is_refused_with_what_to_write(shell, short: Path) -> None:
    done = shell("run", short, "--table", "serial:/dev/ttyACM0", "--yes")
    assert (done.code, "error E309" in done.err) == (3, True)
    assert "expected 'serial:/dev/ttyACM0?facts=NAME', where NAME is" in " ".join(done.err.split())
    assert "facts=NAME" not in shell("run", short, "--table", "elsewhere:").err


def test_a_table_file_may_stand_at_the_end_of_a_url(shell, short: Path) -> None:
    file = short.with_name("mine.toml")
    file.write_bytes(shipped_files("hardware/tables")["sim"].read_bytes())
    done = shell("check", short, "--table", f"tcp://127.0.0.1:1?facts={file}")
    assert (done.code, "mine.toml (sim)" in done.err) == (0, True)
    missing = shell("check", short, "--table", f"tcp://127.0.0.1:1?facts={file.with_name('none.toml')}")
    assert missing.code != 0
    assert "none.toml" in missing.err
