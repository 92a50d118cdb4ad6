"""The shell's own contract: help, versions, exit codes, streams, and errors in words."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from traction.cli.app import COMMANDS
from traction.errors import catalogue

HEAVY = ("numpy", "scipy", "numba", "pydantic", "matplotlib", "mcap", "serial")


def traction(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "traction", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from traction.cli.errors import run; status = run(sys.argv[1:]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert done.stdout


def test_the_help_names_every_command_and_each_has_an_example(shell) -> None:
    overview = shell("--help").out
    for name in COMMANDS:
        assert f" {name} " in overview
        command = importlib.import_module(COMMANDS[name]).command
        parts = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else []
        for words in ([name], *([name, part] for part in parts)):
            assert f"Example: traction {' '.join(words)}" in " ".join(shell(*words, "--help").out.split())


def test_a_picture_is_asked_for_by_the_same_word_everywhere() -> None:
    for name in ("show", "run", "report", "simulate", "validate"):
        command = importlib.import_module(COMMANDS[name]).command
        assert any("--plot" in parameter.opts for parameter in command.params), name


def test_the_version_is_the_package_version() -> None:
    import traction as package

    assert traction("--version").stdout == f"traction {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shwo"], "Did you mean 'show'?"),
        (["bench", "chek"], "Did you mean 'check'?"),
        (["explain", "--jsno"], "Did you mean '--json'?"),
        (["explain", "E100", "E110"], "unexpected extra argument"),
        (["run"], "Missing argument"),
    ],
)
def test_a_command_that_is_not_understood_is_e100_on_stderr(arguments: list[str], said: str) -> None:
    done = traction(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error E100: ")
    assert said in done.stderr
    assert "advice: " in done.stderr
    assert "--help" in done.stderr


def test_explain_tells_title_reason_and_advice() -> None:
    entry = catalogue()["E110"]
    done = traction("explain", "e110")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    for part in (entry.title, entry.why, entry.advice):
        assert part in text
    row = json.loads(traction("explain", "110", "--json").stdout)
    assert row == {"code": "E110", "title": entry.title, "why": entry.why, "advice": entry.advice}


def test_explain_without_a_code_lists_all() -> None:
    lines = traction("explain").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(catalogue())
    assert [row["code"] for row in json.loads(traction("explain", "--json").stdout)] == list(catalogue())


def test_an_unknown_code_suggests_the_nearest() -> None:
    done = traction("explain", "E11O")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error E160" in done.stderr
    assert "did you mean E11" in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m traction explain | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("code")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_stdout_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "traction", "explain"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error E162: the output could not be written")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_a_run_whose_words_find_no_room_is_not_said_to_be_refused(
    short: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    record = tmp_path / "run.mcap"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "traction", "run", str(short), "--quiet", "--record", str(record), *form],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "error E162" in done.stderr
    assert "nothing moved" not in done.stderr
    assert "the run ended COMPLETED" in done.stderr
    assert record.is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_unicode_gets_plain_characters(encoding: str) -> None:
    for arguments in (["--help"], ["explain"], ["run", "--help"]):
        done = traction(*arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert done.returncode == 0
        assert done.stderr == ""


@pytest.mark.parametrize("columns", ["20", "40", "200", "0", "nonsense"])
def test_any_width_will_do(columns: str) -> None:
    done = traction("explain", COLUMNS=columns)
    assert done.returncode == 0
    if columns in {"20", "40"}:
        words = max(len(word) for word in done.stdout.split())
        assert max(len(line) for line in done.stdout.splitlines()) <= max(int(columns), words + 4)


def test_pipes_get_no_escape_codes() -> None:
    for arguments in (["--help"], ["explain"], ["shwo"]):
        done = traction(*arguments, TERM="xterm-256color", NO_COLOR="", FORCE_COLOR="")
        assert "\x1b" not in done.stdout + done.stderr


def test_an_unexpected_error_is_e900_and_debug_shows_where(tmp_path: Path) -> None:
    code = (
        "import sys; from traction.cli import errors, explain\n"
        "def broken(entry): raise ZeroDivisionError('oh')\n"
        "explain._row = broken\n"
        "sys.exit(errors.run(sys.argv[1:]))"
    )
    short = subprocess.run(
        [sys.executable, "-c", code, "explain", "--json"], capture_output=True, text=True, check=False
    )
    assert (short.returncode, short.stdout) == (1, "")
    assert "error E900" in short.stderr
    assert "ZeroDivisionError: oh" in short.stderr
    assert "--debug" in short.stderr
    assert "Traceback" not in short.stderr
    full = subprocess.run(
        [sys.executable, "-c", code, "explain", "--json", "--debug"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 1
    assert "Traceback" in full.stderr
    assert "in broken" in full.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("command", "code"), [("list", 0), ("explain E1", 2), ("show no-such-thing", 2)])
def test_a_closed_stream_changes_neither_the_code_nor_the_rest(command: str, code: int, closed: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m traction {command} {closed}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "E900" not in done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") is (">&-" in closed.split() or code == 2)


def test_a_run_with_closed_streams_keeps_its_code_and_its_record(short: Path, tmp_path: Path) -> None:
    for number, (option, code) in enumerate([("", 0), ("--max-force 100N", 3), ("--mass 80", 2)]):
        command = f"{sys.executable} -m traction run {short} --record {number}.mcap {option} >&- 2>&-"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, check=False)
        assert done.returncode == code
    report = traction("report", "0.mcap", "--json", cwd=tmp_path)
    assert json.loads(report.stdout)["complete"] is True


@pytest.mark.parametrize("module", ["traction.cli.errors", "rich_click", "traction.protocol.load"])
def test_ctrl_c_while_the_program_is_being_loaded_is_said_and_ends_with_4(module: str) -> None:
    code = (
        "import sys\n"
        "class Press:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Press())\n"
        "from traction.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "show", "cerv-fater"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.strip() == "interrupted: nothing moved"
