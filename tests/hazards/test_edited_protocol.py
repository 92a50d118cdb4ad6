"""A protocol file that changes, is emptied or goes while its session runs changes nothing of the session."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import traction
from traction.runner.states import State

Ran = Callable[[Callable[[str], str | None]], tuple[traction.RunResult, "Editor"]]


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


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, pull_text: Callable[..., str]) -> Ran:
    """Return what runs a session whose file becomes another text in it, or goes (None)."""
    text = pull_text(high="120 N", hold="2 s")

    def run(change: Callable[[str], str | None]) -> tuple[traction.RunResult, Editor]:
        path = tmp_path_factory.mktemp("protocol") / "short.toml"
        path.write_text(text, encoding="utf-8")
        editor = Editor(path, change(text))
        return traction.run(traction.verify(path, table="sim:?seed=3"), viewer=editor), editor

    return run


@pytest.fixture(scope="module")
def plain(ran: Ran) -> traction.RunResult:
    """Return the session whose file stays as it was."""
    return ran(lambda text: text)[0]


CHANGES = {
    "stronger": lambda text: text.replace("120 N", "800 N"),
    "longer": lambda text: text.replace("2 s", "900 s"),
    "empty": lambda _: "",
    "gone": lambda _: None,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_session_is_that_of_the_file_as_it_was_proved(ran: Ran, plain, change) -> None:
    edited, editor = ran(change)
    assert {State.TAKE_UP, State.RUNNING} <= editor.states
    assert str(edited.outcome) == str(plain.outcome) == "COMPLETED"
    for name in ("force_n", "target_n", "true_force_n"):
        assert np.array_equal(edited.samples()[name], plain.samples()[name]), name
    assert edited.record().header["protocol"]["digest"] == plain.record().header["protocol"]["digest"]
