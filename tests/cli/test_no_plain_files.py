"""A pipe, a device or a folder where a file belongs is an error at once, and never waited for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = {"pipe.png": "a pipe", "folder.png": "a folder", "device.png": "a device", "link.png": "a link"}


@pytest.fixture
def places(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.png").symlink_to(os.devnull)
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere")
    return tmp_path


def traction(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "traction", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,  # whoever opens a pipe waits for ever
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "{}"], "E131"),
        (["run", "{}", "--mass", "80kg"], "E131"),
        (["report", "{}"], "E611"),
        (["check", "cerv-fater", "--table", "./{}"], "E192"),
        (["run", "cerv-fater", "--table", "./{}"], "E192"),
        (["run", "cerv-fater", "--record", "{}"], "E601"),
        (["run", "cerv-fater", "--plot", "{}"], "E650"),
        (["show", "cerv-fater", "-o", "{}"], "E650"),
    ],
    ids=lambda value: " ".join(value).replace("{}", "X") if isinstance(value, list) else "",
)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_plain_file_is_told_and_left_alone(
    places: Path, name: str, arguments: list[str], code: str
) -> None:
    done = traction(*(word.format(name) for word in arguments), cwd=places)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error {code}" in done.stderr
    if code != "E131":
        assert KINDS[name] in done.stderr
    assert sorted(path.name for path in places.iterdir()) == sorted(KINDS)


@pytest.mark.parametrize("option", ["--record", "--plot", "--table"])
def test_a_name_no_file_can_have_is_told(short: Path, option: str) -> None:
    for name in ("n" * 300 + ".png", "n" * 300 + "/x.png", "./" + "n" * 300 + ".toml"):
        done = traction("run", str(short), option, name, cwd=short.parent)
        assert done.returncode in (2, 6)
        assert "error E" in done.stderr
        assert "E900" not in done.stderr


def test_a_table_file_that_is_a_pipe_is_told(places: Path) -> None:
    os.mkfifo(places / "table.toml")
    done = traction("check", "cerv-fater", "--table", "table.toml", cwd=places)
    assert done.returncode == 2
    assert "error E192: table.toml is a pipe" in done.stderr
