"""Keys ask for what they stand for, and the terminal is always put back as it was."""

import os
import pty
import select
import sys
import termios

import pytest

from traction.cli.keys import Keys, keys_from_terminal, ladder_text, press
from traction.runner.requests import Request, Requests


def test_each_key_asks_for_one_thing() -> None:
    requests = Requests()
    assert "relaxing" in press("p", requests)
    assert "ramping back" in press("r", requests)
    assert requests.take_holds(0) == [Request.PAUSE, Request.RESUME]
    assert press("x", requests) == ""
    assert requests.level == 0
    assert "controlled release" in press("s", requests)
    assert requests.level == 1
    assert "fast release" in press("s", requests)
    assert requests.level == 2


def test_the_ladder_says_what_each_step_does() -> None:
    assert "controlled release" in ladder_text(1)
    assert ladder_text(2).endswith("fast release")


def test_nobody_at_a_terminal_means_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="ascii") as nowhere:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nowhere)
        with keys_from_terminal(True) as keys:
            assert (keys.help, keys.poll(Requests())) == ("", "")


@pytest.mark.parametrize("failing", [False, True])
def test_the_terminal_is_put_back_even_after_an_error(monkeypatch: pytest.MonkeyPatch, failing: bool) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with os.fdopen(slave, "r", encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        try:
            with keys_from_terminal(True) as keys:
                assert "pause" in keys.help
                assert not termios.tcgetattr(terminal)[3] & termios.ICANON
                assert termios.tcgetattr(terminal)[3] & termios.ISIG, "Ctrl-C stays a signal"
                assert termios.tcgetattr(terminal)[6][termios.VSUSP] == b"\x00", "Ctrl-Z does nothing"
                os.write(master, b"zS")
                assert select.select([terminal], [], [], 5)[0]
                requests = Requests()
                assert "controlled release" in keys.poll(requests)
                assert requests.level == 1
                assert keys.poll(requests) == ""
                if failing:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            assert failing
        assert termios.tcgetattr(terminal) == before
    os.close(master)


def test_a_terminal_that_goes_away_ends_the_keys() -> None:
    master, slave = pty.openpty()
    keys = Keys(slave)
    os.close(master)
    assert keys.poll(Requests()) == ""
    assert keys.help == ""
    os.close(slave)
