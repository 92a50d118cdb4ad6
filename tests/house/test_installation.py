"""What an installation must have: the command, the mark of a typed package, and its data files."""

import subprocess
import sys
import tomllib
from importlib import metadata, resources
from pathlib import Path

import pytest

import traction
from traction import shipped
from traction.errors import UsageError
from traction.shipped import shipped_dir, shipped_files

COMMAND = Path(sys.executable).parent / "traction"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_command_runs_from_anywhere(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert traction.__version__ in done.stdout


def test_the_command_ends_with_the_code_of_its_error(tmp_path: Path) -> None:
    done = run("check", "no-such-file.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "error E131" in done.stdout


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))
    assert traction.__version__ == metadata.version("traction") == project["project"]["version"]


def test_the_package_says_that_it_is_typed() -> None:
    assert resources.files("traction").joinpath("py.typed").is_file()


def test_a_missing_folder_of_data_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "traction")
    for name in ("protocols", "hardware"):
        with pytest.raises(UsageError) as caught:
            shipped_dir(name)
        assert caught.value.code == "E190"
        assert repr(name) in str(caught.value)
        assert str(tmp_path) in str(caught.value)
    with pytest.raises(UsageError, match="E190"):
        shipped_files("protocols/library")


def test_a_file_in_the_place_of_the_folder_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "traction")
    (tmp_path / "hardware").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="E190"):
        shipped_dir("hardware")


def test_what_is_inside_the_package_goes_before_what_is_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "traction")
    beside, inside = tmp_path / "hardware", tmp_path / "traction" / "_shipped" / "hardware"
    beside.mkdir()
    assert shipped_dir("hardware") == beside
    inside.mkdir(parents=True)
    assert shipped_dir("hardware") == inside
