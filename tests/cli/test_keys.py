"""Keys ask for what they stand for, and the terminal is always put back as it was."""

import os
import pty
import select
import sys
import termios
import threading
import tty
from pathlib import Path

import pytest

from traction.cli.keys import BY_KEY, Keys, keys_from_terminal, ladder_text, press
from traction.cli.prompt import BY_KEYS, Prompt
from traction.protocol.declared import LiveField
from traction.protocol.questions import Question
from traction.report.frame import Frame
from traction.runner.requests import Answer, Edit, Request, Requests, Wish
from traction.runner.states import State


def test_each_key_asks_for_one_thing() -> None:
    requests = Requests()
    said, state = press("p", requests, State.RUNNING)
    assert "relaxing" in said
    assert "ramping back" in press("r", requests, state)[0]
    assert [asked.wish for asked in requests.take(0)] == [Request.PAUSE, Request.RESUME]
    assert press("x", requests, State.RUNNING) == ("", State.RUNNING)
    assert requests.level == 0
    assert "controlled release" in press("s", requests, State.RUNNING)[0]
    assert requests.level == 1
    assert "fast release" in press("s", requests, State.RELEASING)[0]
    assert requests.level == 2


@pytest.mark.parametrize(
    ("key", "state", "said"),
    [
        ("p", State.TAKE_UP, "not possible during take-up"),
        ("p", State.PAUSING, "pausing already"),
        ("p", State.PAUSED, "paused already"),
        ("p", State.RELEASING, "not possible while the force comes down"),
        ("r", State.RUNNING, "nothing to resume"),
        ("r", State.TAKE_UP, "nothing to resume"),
        ("r", State.RESUMING, "resuming already"),
    ],
)
def test_a_key_that_can_do_nothing_says_so_and_asks_for_nothing(key: str, state: State, said: str) -> None:
    requests = Requests()
    words, after = press(key, requests, state)
    assert said in words
    assert after is state
    assert requests.take(0) == []


def test_a_pause_that_runs_out_is_said(short: Path) -> None:
    import traction
    from traction.cli.viewer import Watcher
    from traction.report.frames import FrameMaker

    class Outlet:
        def __init__(self) -> None:
            self.said: list[str] = []
            self.left: list[float] = []

        def wants(self, state: str, _progress: float) -> bool:
            return state == "PAUSED"

        def show(self, frame: Frame) -> None:
            self.left.append(frame.patience_s)

        def say(self, text: str) -> None:
            self.said.append(text)

        def close(self) -> None:
            pass

    proof = traction.verify(short)
    outlet, requests = Outlet(), Requests([(25.0, Request.PAUSE)])
    watcher = Watcher(FrameMaker(proof.session_plan()), outlet, Keys(None), requests, ["running"])
    result = traction.run(proof, requests=requests, viewer=watcher)
    assert result.session.code == "E481"
    assert outlet.said == ["running", "the pause has lasted a minute: controlled release, the session ends"]
    assert outlet.left == sorted(outlet.left, reverse=True)
    assert outlet.left[-1] == pytest.approx(0.0, abs=0.3)


def test_the_ladder_says_what_each_step_does() -> None:
    assert "controlled release" in ladder_text(1)
    assert ladder_text(2).endswith("fast release")
    assert "this program ends" in ladder_text(3)


def test_nobody_at_a_terminal_means_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="ascii") as nowhere:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nowhere)
        with keys_from_terminal(True) as keys:
            assert (keys.help, keys.poll(Requests())) == ("", [])


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
                assert "controlled release" in keys.poll(requests)[-1]
                assert requests.level == 1
                assert keys.poll(requests) == []
                if failing:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            assert failing
        assert termios.tcgetattr(terminal) == before
    os.close(master)


def test_the_last_press_puts_the_terminal_back_before_the_program_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from typing import Any

    from traction.cli.viewer import Watcher
    from traction.runner.signals import STEP_ENDED

    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    nothing: Any = None
    with os.fdopen(slave, "r", encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with keys_from_terminal(True) as keys:
            watcher = Watcher(nothing, nothing, keys, Requests())
            watcher.understood(2, "SIGINT")
            assert termios.tcgetattr(terminal) != before
            watcher.understood(STEP_ENDED, "SIGINT")
            assert termios.tcgetattr(terminal) == before
    os.close(master)


def test_a_function_key_is_none_of_the_letters_it_is_sent_as() -> None:
    master, slave = pty.openpty()
    requests = Requests()
    tty.setcbreak(slave)
    os.write(master, b"\x1bOP\x1bOR\x1bOS\x1b[1;2R\x1b[15~\x1b[A")
    try:
        keys = Keys(slave)
        keys.poll(requests, State.PAUSED)
        assert (requests.level, requests.take(0)) == (0, [])
        os.write(master, b"\x1bs")  # escape, and then the key
        keys.poll(requests)
        assert requests.level == 1
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_that_goes_away_ends_the_keys() -> None:
    master, slave = pty.openpty()
    keys = Keys(slave)
    os.close(master)
    assert keys.poll(Requests()) == []
    assert keys.help == ""
    os.close(slave)


def test_a_stop_by_its_key_is_heard_at_once_and_the_others_when_asked_for() -> None:
    master, slave = pty.openpty()
    keys, requests = Keys(slave), Requests()
    attributes = termios.tcgetattr(slave)
    attributes[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    with keys.heard_at_once(requests):
        os.write(master, b"ps\xe4")
        assert requests.bell.heard(10)  # nobody has polled
        assert requests.sources == (BY_KEY,)
        os.write(master, b"s")
        assert requests.bell.heard(10)
        assert requests.level == 2
    said = keys.poll(requests, State.RUNNING)  # its words come after the stop: so the thread is gone first
    assert said[0] == ladder_text(1)
    assert said[1] == ladder_text(2)
    assert "relaxing" in said[2]
    os.write(master, b"s")
    assert select.select([slave], [], [], 5)[0]
    keys.poll(requests)  # the thread is gone, and the keys are read here again
    assert len(requests.sources) == 3
    os.close(master)
    os.close(slave)


def test_a_terminal_that_goes_away_ends_the_listening_too() -> None:
    master, slave = pty.openpty()
    keys, requests = Keys(slave), Requests()
    with keys.heard_at_once(requests):
        os.close(master)
    assert (requests.level, keys.poll(requests)) == (0, [])
    os.close(slave)


def test_a_key_that_another_program_took_keeps_nobody_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    requests, reads, taken = Requests(), threading.Event(), threading.Event()

    def read(_descriptor: int, _count: int) -> bytes:
        reads.set()
        taken.wait()
        return b""

    monkeypatch.setattr(os, "read", read)
    with Keys(slave).heard_at_once(requests):
        (thread,) = (one for one in threading.enumerate() if one.daemon and "_listen" in one.name)
        os.write(master, b"s\n")
        assert reads.wait(10)
    assert thread.is_alive()
    taken.set()
    thread.join(10)
    assert not thread.is_alive()
    os.close(master)
    os.close(slave)


# ---- answers and changes --------------------------------------------------------------------------------


def asked() -> tuple[Question, tuple[LiveField, ...]]:
    then = (("better", "continue"), ("worse", "end"))
    question = Question(1, "how", "ask", "How is it?", ("better", "worse"), 0, 9_000_000, "stop", then)
    return question, (
        LiveField(2, "hard", "high", "160 N", "120 N", "180 N"),
        LiveField(2, "hard", "hold", "3 s", "2 s", "6 s"),
    )


def typed(keys: str, *, question: bool = True) -> tuple[list[tuple[Wish, str]], list[str], str]:
    """Return what was asked for with these keys, what was said, and the line that is left."""
    ask, live = asked()
    now = ask if question else None
    requests, prompt = Requests(), Prompt()
    said = [prompt.takes(key, requests, now, live) for key in keys]
    return list(requests.take(0)), [words for words in said if words], prompt.line(now)


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("2\r", [Answer("how", "worse")]),
        ("12\n", [Answer("how", "worse")]),
        ("2", []),
        ("2\x1b\r", []),
        ("\r", []),
        ("3\r", []),
        ("c1170\r", [Edit("hard", "high", "170 N")]),
        ("c24.59\x7f\r", [Edit("hard", "hold", "4.5 s")]),
        ("c1\r", []),
        ("c117\x1b0\r", []),
        ("c3", []),
    ],
)
def test_a_number_only_chooses_and_enter_gives_it(keys: str, wishes: list[Wish]) -> None:
    assert typed(keys)[0] == [(wish, BY_KEYS) for wish in wishes]


def test_no_single_key_answers_or_changes_anything() -> None:
    for code in range(256):
        assert typed(chr(code))[0] == []
        assert typed(chr(code).lower())[0] == []


def test_the_line_says_what_enter_will_do_and_a_number_for_nothing_is_told() -> None:
    assert typed("2")[2] == "answer: worse - Enter gives it, Esc leaves"
    assert typed("c17")[2] == "hard high, now 160 N, 120 N to 180 N: 7 N - Enter sets it, Esc leaves"
    assert "2 hard hold, now 3 s, 2 s to 6 s" in typed("c")[2]
    assert typed("2", question=False)[1:] == (["nothing is asked now"], "")
    assert typed("7")[1] == ["there is no answer 7"]
    prompt, (ask, live) = Prompt(), asked()
    assert prompt.takes("c", Requests(), ask, ()) == "this protocol lets nothing be changed while it runs"
    for key in "prse":
        assert prompt.takes(key, Requests(), ask, live) is None, "these keep their meaning"
    prompt.takes("1", Requests(), ask, live)
    assert prompt.line(None) == "", "an answer that was chosen goes with its question"


def test_ease_is_one_key_and_does_nothing_on_the_way_down() -> None:
    requests = Requests()
    assert "80 %" in press("e", requests, State.RUNNING)[0]
    assert requests.take(0) == [(Request.EASE, "the key e")]
    assert "nothing to ease" in press("e", requests, State.RELEASING)[0]
    assert requests.take(0) == []
