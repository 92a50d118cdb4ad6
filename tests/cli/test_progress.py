"""A bar where somebody watches, and elsewhere a line by what takes long."""

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
        told(3, 7)
    assert "patients" in seen.getvalue()
    assert "3/7" in seen.getvalue()


def test_a_file_gets_nothing_by_what_is_short_even_where_colour_is_forced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    with progress("patients") as told:
        told(3, 7)
    assert seen.getvalue() == ""


def test_a_file_gets_a_line_now_and_then_by_what_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    with progress("running", every_us=0) as told:
        told(3, 7)
        told(7, 7)  # its result says so itself
    assert seen.getvalue() == "running: 3 of 7\n"
