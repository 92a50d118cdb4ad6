"""A record that is deleted, moved or replaced while it is written: no outcome claims that there is one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import traction
from traction.errors import RecordError
from traction.runner.outcome import Outcome

PROTOCOL = """
format = 1
name = "short"
title = "A short pull"
region = "lumbar"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
session = { count = "always", hold_by = "force" }
rates = { up = "20 N/s", down = "20 N/s" }
take_up = { force = "20 N", timeout = "60 s" }
end = { rate = "20 N/s", residual = "0 N" }
[[phase]]
name = "pull"
type = "static"
force = "60 N"
hold = "2 s"
"""


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("protocol") / "short.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return path


class Meddler:
    """Looks once, and does something to the record meanwhile; keeps what it is told."""

    def __init__(self, meddle: Callable[[], Any]) -> None:
        self._meddle: Callable[[], Any] | None = meddle

    def look(self, *_args: Any) -> None:
        meddle, self._meddle = self._meddle, None
        if meddle is not None:
            meddle()


def replaced(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.write_bytes(b"another file")


MEDDLING: dict[str, tuple[Callable[[Path], Any], str]] = {
    "deleted": (Path.unlink, "taken away"),
    "moved": (lambda path: path.rename(path.with_suffix(".old")), "taken away"),
    "replaced": (replaced, "another file"),
}


@pytest.mark.parametrize("name", MEDDLING)
def test_a_record_that_is_not_there_any_more_is_not_claimed(
    tmp_path: Path, protocol: Path, name: str
) -> None:
    meddle, said = MEDDLING[name]
    path = tmp_path / "a.mcap"
    proof = traction.verify(protocol, table="sim:?seed=1")
    result = traction.run(proof, record=path, viewer=Meddler(lambda: meddle(path)))
    assert (result.session.outcome, result.code, result.exit_code) == (Outcome.FAULTED, "E606", 6)
    assert said in result.session.detail
    assert result.session.record_path is None
    with pytest.raises(RecordError) as caught:
        result.record()
    assert caught.value.code == "E606"


def test_a_file_that_is_left_alone_is_the_record(tmp_path: Path, protocol: Path) -> None:
    path = tmp_path / "a.mcap"
    result = traction.run(traction.verify(protocol, table="sim:?seed=1"), record=path)
    assert (result.outcome, result.session.record_path) == ("COMPLETED", path)
    assert result.record().complete


def test_runs_that_choose_their_names_at_once_each_get_a_file(tmp_path: Path, protocol: Path) -> None:
    command = [sys.executable, "-m", "traction", "run", str(protocol), "--quiet"]
    runs = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], told
    files = sorted(path.name for path in (tmp_path / "traction-records").iterdir())
    assert files == ["short-seed0-001.mcap", "short-seed0-002.mcap", "short-seed0-003.mcap"]


def test_a_name_that_another_run_takes_in_between_is_left_to_it(
    tmp_path: Path, protocol: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself: the file appears after the name was chosen, and before it is made."""
    from click.testing import CliRunner

    from traction.cli import records
    from traction.cli.run import command

    choose, taken = records.record_path, iter(range(2))

    def choose_late(*args: Any) -> Path:
        path = choose(*args)
        if next(taken, None) is not None:
            path.write_bytes(b"of another run")
        return path

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(records, "record_path", choose_late)
    done = CliRunner().invoke(command, [str(protocol), "--quiet"], standalone_mode=False)
    assert done.return_value == 0, done.output
    files = sorted(path.name for path in (tmp_path / "traction-records").iterdir())
    assert files == ["short-seed0-001.mcap", "short-seed0-002.mcap", "short-seed0-003.mcap"]
    assert traction.read_record(tmp_path / "traction-records" / files[2]).complete
