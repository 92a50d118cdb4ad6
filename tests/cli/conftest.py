"""A shell without a process, and protocols short enough to run in a test."""

from __future__ import annotations

from pathlib import Path

import pytest

SHORT = """
format = 1
name = "short"
title = "A short pull"
region = "lumbar"
[source]
citation = "Written for the tests of the shell."
evidence = "engineering"
confirmed = true
caution = "Only for the simulator."
assumed = ["everything"]
[session]
count = "always"
hold_by = "force"
[rates]
up = "25 N/s"
down = "60 N/s"
[take_up]
force = "20 N"
timeout = "60 s"
[[phase]]
name = "main"
type = "intermittent"
high = "FORCE"
low = "30 N"
hold = "3 s"
rest = "2 s"
repeat = 2
[end]
rate = "40 N/s"
residual = "0 N"
"""


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Return a protocol of about twenty seconds at 160 N that needs no mass."""
    path = tmp_path / "short.toml"
    path.write_text(SHORT.replace("FORCE", "160 N"), encoding="utf-8")
    return path


@pytest.fixture
def weighing(tmp_path: Path) -> Path:
    """Return the same protocol at a tenth of the body weight."""
    path = tmp_path / "weighing.toml"
    path.write_text(SHORT.replace("FORCE", "10 %BW").replace('"short"', '"weighing"'), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a file with two errors, on lines that are known."""
    path = tmp_path / "broken.toml"
    text = SHORT.replace('"FORCE"', "80").replace('hold = "3 s"', 'hold = "3 parsecs"')
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def strong(tmp_path: Path) -> Path:
    """Return a protocol that pulls harder than any limit allows."""
    path = tmp_path / "strong.toml"
    path.write_text(SHORT.replace("FORCE", "2000 N").replace('"short"', '"strong"'), encoding="utf-8")
    return path
