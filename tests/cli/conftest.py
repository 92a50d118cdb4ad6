"""A shell without a process, and protocols short enough to run in a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def short(tmp_path: Path, pull_text: Callable[..., str]) -> Path:
    """Return a protocol of about twenty seconds at 160 N that needs no mass."""
    path = tmp_path / "short.toml"
    path.write_text(pull_text(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def _recorded(tmp_path_factory: pytest.TempPathFactory, pull_text: Callable[..., str]) -> bytes:
    from traction.cli import errors

    folder = tmp_path_factory.mktemp("recorded")
    (folder / "short.toml").write_text(pull_text(), encoding="utf-8")
    words = ["run", str(folder / "short.toml"), "--record", str(folder / "run.mcap"), "--quiet"]
    assert errors.run(words) == 0
    return (folder / "run.mcap").read_bytes()


@pytest.fixture
def record(shell: Callable[..., object], _recorded: bytes) -> Path:
    """Return run.mcap in the folder of ``shell``: the record that ``run`` leaves of the short protocol."""
    Path("run.mcap").write_bytes(_recorded)
    return Path("run.mcap")


@pytest.fixture
def weighing(tmp_path: Path, pull_text: Callable[..., str]) -> Path:
    """Return the same protocol at a tenth of the body weight."""
    path = tmp_path / "weighing.toml"
    path.write_text(pull_text("weighing", high="10 %BW"), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path, pull_text: Callable[..., str]) -> Path:
    """Return a file with two errors, on lines that are known."""
    path = tmp_path / "broken.toml"
    text = pull_text(hold="3 parsecs").replace('"160 N"', "80")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def strong(tmp_path: Path, pull_text: Callable[..., str]) -> Path:
    """Return a protocol that pulls harder than any limit allows."""
    path = tmp_path / "strong.toml"
    path.write_text(pull_text("strong", high="2000 N"), encoding="utf-8")
    return path
