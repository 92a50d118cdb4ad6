"""``firmware copy`` lays out what a board runs, and nothing else."""

import json
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_copies_the_firmware_and_the_core_as_they_are(shell, tmp_path: Path) -> None:
    done = shell("firmware", "copy", "board")
    assert done.code == 0, done.err
    board = tmp_path / "board"
    assert set(done.out.split()) == files_in(board)
    for name in files_in(board):
        source = ROOT / name if "/" in name else ROOT / "hardware" / "firmware" / "micropython" / name
        assert (board / name).read_bytes() == source.read_bytes(), name
    parts = [ROOT / "traction" / part for part in ("wire", "controller")]
    core = {path.relative_to(ROOT).as_posix() for part in parts for path in part.glob("*.py")}
    assert core | {"main.py", "board_rp2040.py", "settings.py"} <= files_in(board)
    assert "traction/__init__.py" not in files_in(board), "that one is not for a board"


def test_json_names_every_file_with_its_check_sum(shell, tmp_path: Path) -> None:
    done = shell("firmware", "copy", "board", "--json")
    told = json.loads(done.out)
    assert (told["folder"], done.err) == ("board", "")
    assert {row["name"] for row in told["files"]} == files_in(tmp_path / "board")
    for row in told["files"]:
        data = (tmp_path / "board" / row["name"]).read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(data), sha256(data).hexdigest())


def test_a_folder_that_is_not_empty_is_left_alone_unless_told(shell, tmp_path: Path) -> None:
    mine = tmp_path / "board" / "settings.py"
    mine.parent.mkdir()
    mine.write_text("mine")
    other = tmp_path / "board" / "notes.txt"
    other.write_text("notes")
    done = shell("firmware", "copy", "board")
    assert done.code == 2
    assert "E165" in done.err
    assert files_in(tmp_path / "board") == {"settings.py", "notes.txt"}
    assert mine.read_text() == "mine"
    assert shell("firmware", "copy", "board", "--replace").code == 0
    assert "CELL_A_ZERO" in mine.read_text()
    assert other.read_text() == "notes"


def test_what_is_no_folder_is_refused(shell, tmp_path: Path) -> None:
    (tmp_path / "board").write_text("a file")
    done = shell("firmware", "copy", "board", "--replace")
    assert done.code == 2
    assert "E166" in done.err
    assert (tmp_path / "board").read_text() == "a file"


def test_a_file_in_the_way_is_a_clear_error(shell, tmp_path: Path) -> None:
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "traction").write_text("a file")
    done = shell("firmware", "copy", "board", "--replace")
    assert done.code == 2
    assert "E166" in done.err
