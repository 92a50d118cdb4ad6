"""A protocol file that changes, is emptied or goes while its session runs changes nothing of the session."""

from pathlib import Path

import numpy as np
import pytest

import traction
from traction.runner.states import State

TEXT = """
format = 1
name = "short"
title = "A short pull"
region = "lumbar"
[source]
citation = "Written for the tests of hazards."
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
high = "120 N"
low = "30 N"
hold = "2 s"
rest = "2 s"
repeat = 2
[end]
rate = "40 N/s"
residual = "0 N"
"""


class Editor:
    """Rewrites a file at the first look at each state of the session."""

    def __init__(self, path: Path, text: str | None) -> None:
        self.path, self.text = path, text
        self.states: set[State] = set()

    def look(self, standing, steering, sample) -> None:
        if standing.state in self.states:
            return
        self.states.add(standing.state)
        if self.text is None:
            self.path.unlink(missing_ok=True)
        else:
            self.path.write_text(self.text, encoding="utf-8")


def run(tmp_path: Path, text: str | None = TEXT) -> tuple[traction.RunResult, Editor]:
    path = tmp_path / "short.toml"
    path.write_text(TEXT, encoding="utf-8")
    editor = Editor(path, text)
    return traction.run(traction.verify(path, table="sim:?seed=3"), viewer=editor), editor


@pytest.mark.parametrize("text", [TEXT.replace("120 N", "800 N"), TEXT.replace("2 s", "900 s"), "", None])
def test_the_session_is_that_of_the_file_as_it_was_proved(tmp_path: Path, text: str | None) -> None:
    plain, _ = run(tmp_path)
    edited, editor = run(tmp_path, text)
    assert {State.TAKE_UP, State.RUNNING} <= editor.states
    assert str(edited.outcome) == str(plain.outcome) == "COMPLETED"
    for name in ("force_n", "target_n", "true_force_n"):
        assert np.array_equal(edited.samples()[name], plain.samples()[name]), name
    assert edited.record().header["protocol"]["digest"] == plain.record().header["protocol"]["digest"]
