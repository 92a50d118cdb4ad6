"""Single keys from a terminal, without Enter: p pause, r resume, e ease off, s stop; and numbers, with it."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from traction.cli.prompt import Prompt
from traction.runner.requests import Requests
from traction.runner.states import UNDER_WAY, State

if TYPE_CHECKING:
    from traction.protocol.declared import LiveField
    from traction.protocol.questions import Question

BY_KEY: Final = "the key s"
BY_PAUSE: Final = "the key p"
BY_RESUME: Final = "the key r"
BY_EASE: Final = "the key e"
HELP = "keys: p pause, r resume, e ease off 20 %, s stop; Ctrl-C stop, twice: fast"
ANSWER_HELP: Final = "a number and Enter: answer"
CHANGE_HELP: Final = "c change a setting"
ENDS_WITHIN_S: Final = 0.5
"""For the listening thread. Who else reads the terminal may take the key that woke it: then it waits on."""

_NO_PAUSE: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.TAKE_UP: "pause is not possible during take-up",
        State.PAUSING: "the session is pausing already",
        State.PAUSED: "the session is paused already",
    }
)
"""Why p does nothing in a state; where nothing is said here or in _PAUSABLE, the force is on its way down."""
_PAUSABLE: Final = (State.RUNNING, State.RESUMING, State.EASING, State.ANSWERED)
_NO_RESUME: Final[Mapping[State, str]] = MappingProxyType({State.RESUMING: "the session is resuming already"})


class Keys:
    """Read keys that have already been pressed, never waiting for one."""

    def __init__(self, descriptor: int | None, give_back: Callable[[], None] | None = None) -> None:
        self._descriptor = descriptor
        self._give_back = give_back
        self._listens = False
        self._said: deque[str] = deque()  # what to say about stops that were asked for already
        self._later: deque[str] = deque()  # other keys
        self._prompt = Prompt()

    @property
    def help(self) -> str:
        """Return the line that names the keys, or an empty text where nobody can press any."""
        return "" if self._descriptor is None else HELP

    def give_back(self) -> None:
        """Put the terminal back as it was, now: the program is about to end without another step."""
        if self._give_back is not None:
            self._give_back()

    @contextmanager
    def heard_at_once(self, requests: Requests) -> Iterator[None]:
        """Hand a stop to ``requests`` when its key is pressed, from a thread; other keys at the poll."""
        if self._descriptor is None:
            yield
            return
        over, end = os.pipe()
        thread = threading.Thread(target=self._listen, args=(self._descriptor, over, requests), daemon=True)
        self._listens = True
        thread.start()
        try:
            yield
        finally:
            os.close(end)
            thread.join(ENDS_WITHIN_S)
            if not thread.is_alive():  # else it keeps its end of the pipe, and goes with the program
                os.close(over)
            self._listens = False

    def _listen(self, descriptor: int, over: int, requests: Requests) -> None:
        if hasattr(signal, "pthread_sigmask"):  # a signal has to cut into the wait of the loop, not into ours
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while over not in select.select([descriptor, over], [], [])[0]:
            keys = _read(descriptor)
            if not keys:  # the terminal is gone: SIGHUP tells the session
                return
            for key in keys:
                if key == "s":
                    self._said.append(ladder_text(requests.stop(BY_KEY)))
                else:
                    self._later.append(key)

    def line(self, question: Question | None) -> str:
        """Return what has been chosen or typed so far, or an empty text."""
        return self._prompt.line(question)

    def poll(
        self,
        requests: Requests,
        state: State = State.RUNNING,
        question: Question | None = None,
        live: Sequence[LiveField] = (),
    ) -> list[str]:
        """Hand every key pressed so far to ``requests``; return what to say about them.

        ``state`` is that of the session now, ``question`` what it asks, ``live`` what may be changed.
        """
        said: list[str] = []
        while self._said:
            said.append(self._said.popleft())
        for key in self._pressed():
            requests.here()
            answered = None if state.is_down else self._prompt.takes(key, requests, question, live)
            if answered is not None:
                said += [answered] if answered else []
                continue
            words, state = press(key, requests, state)
            said += [words] if words else []
        return said

    def any_pressed(self) -> bool:
        """Take every key pressed so far; return whether there was one."""
        heard = len(self._said)
        self._said.clear()
        return heard + sum(1 for _ in self._pressed()) > 0

    def _pressed(self) -> Iterator[str]:
        while self._later:
            yield self._later.popleft()
        while not self._listens and self._descriptor is not None:
            if not select.select([self._descriptor], [], [], 0)[0]:
                return
            keys = _read(self._descriptor)
            if not keys:  # as above
                self._descriptor = None
            yield from keys


_SEQUENCE: Final = re.compile(rb"\x1b(?:O|\[[0-9;]*)[A-Z~]")
"""What a terminal sends for an arrow or a function key: letters in it were not pressed."""


def _read(descriptor: int) -> str:
    """Return what was pressed, in small letters; nothing where the terminal is gone.

    Of an arrow or a function key only its escape is left: F3 may end in R, which is no wish to resume.
    """
    try:
        pressed = os.read(descriptor, 64)
    except OSError:
        return ""
    return _SEQUENCE.sub(b"\x1b", pressed).decode("ascii", "replace").lower()


def press(key: str, requests: Requests, state: State) -> tuple[str, State]:
    """Ask for what ``key`` stands for, where ``state`` allows it.

    Return what to say, and the state that the session is about to be in; other keys ask for nothing.
    """
    match key:
        case "p" if state in _PAUSABLE:
            requests.pause(BY_PAUSE)
            return "pause asked for: relaxing to the base force, for a minute at most", State.PAUSING
        case "p":
            return _NO_PAUSE.get(state, "pause is not possible while the force comes down"), state
        case "r" if state in (State.PAUSING, State.PAUSED):
            requests.resume(BY_RESUME)
            when = "ramping back" if state is State.PAUSED else "ramping back from the base force"
            return f"resume asked for: {when}", State.RESUMING
        case "r":
            return _NO_RESUME.get(state, "nothing to resume: the session is not paused"), state
        case "e" if state is State.TAKE_UP or state in UNDER_WAY:
            requests.ease(BY_EASE)
            return "ease off asked for: down to 80 % of the force, and not up again", state
        case "e":
            return "there is nothing to ease off while the force comes down", state
        case "s":
            return ladder_text(requests.stop(BY_KEY)), State.RELEASING
    return "", state


def ladder_text(level: int) -> str:
    """Return what a stop request of this level of the ladder does."""
    if level <= 1:
        return "stop asked for: controlled release (once more: fast release)"
    if level == 2:
        return "stop asked for again: fast release"
    return "stop asked for once more: the table does not answer, and this program ends"


@contextmanager
def keys_from_terminal(wanted: bool) -> Iterator[Keys]:
    """Give the keys of a terminal on stdin, and put the terminal back as it was whatever happens.

    Ctrl-C stays a signal. Ctrl-Z does nothing meanwhile: a loop that is stopped by it holds a patient.
    """
    if not wanted or not sys.stdin.isatty() or not _in_front(sys.stdin.fileno()):
        yield Keys(None)
        return
    try:
        import termios
    except ImportError:  # no such terminals on this system: Ctrl-C still works
        yield Keys(None)
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    now = termios.tcgetattr(descriptor)
    now[3] &= ~(termios.ICANON | termios.ECHO)
    now[6][termios.VSUSP] = bytes([os.fpathconf(descriptor, "PC_VDISABLE") & 0xFF])

    def give_back() -> None:
        # in the background by now? then the system would stop us for touching the terminal
        moved = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)  # without waiting for a stopped screen
        signal.signal(signal.SIGTTOU, moved)

    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, now)
        yield Keys(descriptor, give_back)
    finally:
        give_back()


def _in_front(descriptor: int) -> bool:
    """Say whether the terminal is ours to set: not that of a shell that runs us in the background."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except (AttributeError, OSError):  # not the terminal that controls us: nobody minds
        return True
