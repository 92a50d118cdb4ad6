"""The wheel carries every data file and runs without the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist and, from it, the wheel, as a release would."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=out)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, and nothing else, into an environment of its own."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    target = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", target.strip(), str(wheel)], check=True)
    return python


def run_installed(python: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The dependencies come from the test environment; its .pth files (the editable checkout) are not read so.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    return subprocess.run(
        [python, *arguments], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_every_data_file_of_the_checkout(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("protocols", "hardware"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]
        assert files
        for path in files:
            assert f"traction/_shipped/{path.relative_to(ROOT).as_posix()}" in names


def test_only_traction_is_importable(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"traction"}


THEIRS = """
import traction


def test_the_installed_one_is_meant(traction_table, traction_session):
    assert {checkout!r} not in traction.__file__
    assert traction_session(traction_table).outcome == "COMPLETED"
"""


def test_the_wheel_brings_its_fixtures_to_pytest(wheel: Path, installed_python: Path, tmp_path: Path) -> None:
    (entries,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("entry_points.txt")]
    assert "[pytest11]\ntraction = traction.testing.plugin" in zipfile.ZipFile(wheel).read(entries).decode()
    text = THEIRS.format(checkout=str(ROOT / "traction"))
    (tmp_path / "test_theirs.py").write_text(text, encoding="utf-8")
    options = ["-q", "-W", "error", "-p", "no:cacheprovider"]
    done = run_installed(installed_python, tmp_path, "-m", "pytest", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_wheel_lists_the_same_protocols_as_the_checkout(installed_python: Path, tmp_path: Path) -> None:
    installed = run_installed(installed_python, tmp_path, "-m", "traction", "list", "--json")
    assert installed.returncode == 0, installed.stderr
    checkout = subprocess.run(
        [sys.executable, "-m", "traction", "list", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    rows = json.loads(installed.stdout)
    assert len(rows) >= 17
    assert rows == json.loads(checkout.stdout)


def test_the_wheel_runs_a_protocol_without_the_checkout(installed_python: Path, tmp_path: Path) -> None:
    where = run_installed(installed_python, tmp_path, "-c", "import traction; print(traction.__file__)")
    assert str(ROOT / "traction") not in where.stdout
    done = run_installed(
        installed_python, tmp_path, "-m", "traction", "run", "cerv-fater", "--json", "--record", "run.mcap"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "COMPLETED"
    assert (tmp_path / "run.mcap").stat().st_size > 0
