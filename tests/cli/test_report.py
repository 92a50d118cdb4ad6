"""``report`` reads whole records, and says loudly of the others what they are."""

import json
from pathlib import Path

import pytest


def test_a_record_is_told_in_words_with_a_chart(shell, record: Path) -> None:
    done = shell("report", record)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("COMPLETED: ")
    for word in ("peak force", "disc pressure", "Margins proved before the run", "Measured force over time"):
        assert word in done.out


@pytest.mark.parametrize("name", ["run.png", "run.svg"])
def test_a_picture_of_force_and_pressure(shell, record: Path, name: str) -> None:
    done = shell("report", record, "-o", name)
    assert done.code == 0
    assert f"picture: {name}" in done.err
    assert Path(name).stat().st_size > 10_000


def test_the_picture_shows_what_was_recorded(shell, record: Path) -> None:
    from traction.report.session_picture import picture
    from traction.runner.reader import read_record

    shown = picture(read_record(record))
    assert shown.title == "short"
    assert "COMPLETED" in shown.subtitle
    assert "simulated" in shown.subtitle
    assert max(shown.target_n) == pytest.approx(160.0)
    assert len(shown.t_s) == len(shown.measured_n) == len(shown.pressure_mmhg)
    assert shown.rest_pressure_mmhg == pytest.approx(75.0, abs=1.0)
    assert shown.marks == ()


def test_a_record_that_was_cut_short_is_shown_with_a_warning(shell, record: Path) -> None:
    data = record.read_bytes()
    for share in (0.5, 0.8):
        Path("cut.mcap").write_bytes(data[: int(len(data) * share)])
        done = shell("report", "cut.mcap", "--json", "-o", "cut.png")
        row = json.loads(done.out)
        assert done.code == 0
        assert "INCOMPLETE" in done.err
        assert (row["outcome"], row["complete"]) == ("INCOMPLETE", False)
        assert row["rows"] > 0
        assert Path("cut.png").exists()
        assert "INCOMPLETE" in shell("report", "cut.mcap").out


def test_a_flipped_byte_is_damage_and_ends_with_6(shell, record: Path) -> None:
    whole = record.read_bytes()
    for share in (0.3, 0.5, 0.7):
        data = bytearray(whole)
        data[int(len(data) * share)] ^= 0x10
        Path("flipped.mcap").write_bytes(data)
        done = shell("report", "flipped.mcap")
        assert done.code == 6
        assert "DAMAGED" in done.err
        assert "error E614" in done.err
        assert "cut short" not in done.err + done.out, "nobody knows that"


@pytest.mark.parametrize(("content", "code"), [(b"", "E610"), (b"not a record", "E610"), (None, "E611")])
def test_what_is_no_record_is_said_so(shell, content: bytes | None, code: str) -> None:
    if content is not None:
        Path("other.mcap").write_bytes(content)
    done = shell("report", "other.mcap")
    assert (done.code, done.out) == (2 if code == "E611" else 6, "")
    assert f"error {code}" in done.err


def test_a_folder_is_no_record(shell, tmp_path: Path) -> None:
    done = shell("report", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "error E611" in done.err


def test_a_picture_without_a_place_is_found_before_the_report(shell, record: Path) -> None:
    for name, code in (("no/such/folder/run.png", "E650"), ("run.bmp", "E161")):
        done = shell("report", record, "-o", name)
        assert (done.code, done.out) == (2, "")
        assert f"error {code}" in done.err


def test_a_record_is_never_drawn_over(shell, record: Path) -> None:
    before = record.read_bytes()
    done = shell("report", record, "-o", record)
    assert done.code == 2
    assert "error E161" in done.err
    assert record.read_bytes() == before


@pytest.mark.parametrize(
    ("codes", "slack", "said"),
    [
        ([], True, "the harness is slack"),
        (["E490"], True, "the harness is slack"),
        (["E490", "E485"], False, "SLACK WAS NOT SEEN"),
        (["E900"], None, "not known"),
    ],
)
def test_the_summary_says_whether_the_force_is_down(
    record: Path, codes: list[str], slack: bool | None, said: str
) -> None:
    from dataclasses import replace

    from traction.report.recorded import of_record
    from traction.report.style import Style
    from traction.report.summary import summary_row
    from traction.report.text import summary_lines
    from traction.runner.reader import read_record

    known = read_record(record)
    causes = [{"outcome": "STOPPED", "code": code, "detail": "", "t_us": 0} for code in codes]
    summary = of_record(replace(known, outcome={**known.outcome, "causes": causes}))
    assert summary_row(summary)["slack"] is slack
    assert said in "\n".join(summary_lines(summary, Style()))
