"""A bar where somebody watches, and nothing at all elsewhere."""

import io

import pytest

from traction.cli.progress import progress


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_many_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    with progress("patients") as told:
        assert told is not None
        told(3, 7)
    assert "patients" in seen.getvalue()
    assert "3/7" in seen.getvalue()


def test_a_file_gets_nothing_even_where_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with progress("patients") as told:
        assert told is None
