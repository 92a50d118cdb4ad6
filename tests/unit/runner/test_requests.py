"""What people ask for: the stop ladder, pause and resume, and requests at a fixed session time."""

from __future__ import annotations

import signal
from functools import partial

import pytest

from traction.clock import VirtualClock
from traction.runner.requests import NEVER_US, Request, Requests
from traction.runner.signals import STOP_SIGNALS, interrupts_stop, stop_on_signals


def test_the_first_stop_is_controlled_the_second_is_fast_and_more_change_nothing() -> None:
    requests = Requests()
    assert requests.level == 0
    assert [requests.stop("SIGINT") for _ in range(4)] == [1, 2, 2, 2]
    assert requests.source == "SIGINT"


def test_a_fast_stop_goes_to_the_top_of_the_ladder_at_once() -> None:
    requests = Requests()
    assert requests.fast_stop() == 2


def test_stops_cannot_be_taken_back_by_anything_else() -> None:
    requests = Requests()
    requests.stop()
    requests.resume()
    assert requests.take(0) == [(Request.RESUME, "a call")]
    assert requests.level == 1


def test_holds_are_given_once_in_order() -> None:
    requests = Requests()
    requests.pause()
    requests.resume()
    assert requests.changed
    assert [asked.wish for asked in requests.take(0)] == [Request.PAUSE, Request.RESUME]
    assert requests.take(0) == []
    assert not requests.changed


def test_the_schedule_is_served_when_its_time_comes_and_not_before() -> None:
    requests = Requests([(2.0, Request.STOP), (1.0, Request.PAUSE), (1.0, Request.RESUME)])
    assert requests.due_us == 1_000_000
    assert requests.take(999_999) == []
    assert [asked.wish for asked in requests.take(1_000_000)] == [Request.PAUSE, Request.RESUME]
    assert (requests.level, requests.due_us) == (0, 2_000_000)
    requests.take(5_000_000)
    assert (requests.level, requests.due_us) == (1, NEVER_US)


def test_an_unknown_word_in_a_schedule_is_an_error() -> None:
    with pytest.raises(ValueError, match="faster"):
        Requests([(1.0, "faster")])  # type: ignore[list-item]


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_each_stop_signal_is_a_step_of_the_ladder_and_the_old_handlers_come_back(
    number: int, request: pytest.FixtureRequest
) -> None:
    # whoever began the tests may have set it to be ignored, as nohup does
    request.addfinalizer(partial(signal.signal, number, signal.signal(number, signal.SIG_DFL)))
    before = [signal.getsignal(each) for each in STOP_SIGNALS]
    requests = Requests()
    understood: list[tuple[int, str]] = []
    with stop_on_signals(requests, lambda level, name: understood.append((level, name))):
        for _ in range(3):
            signal.raise_signal(number)
    name = signal.Signals(number).name
    assert understood == [(1, name), (2, name), (2, name)]
    assert requests.level == 2
    assert [signal.getsignal(each) for each in STOP_SIGNALS] == before


def test_a_broken_screen_does_not_undo_a_stop() -> None:
    requests = Requests()

    def broken(_level: int, _name: str) -> None:
        raise RuntimeError("no terminal")

    with stop_on_signals(requests, broken):
        signal.raise_signal(signal.SIGINT)
    assert requests.level == 1


def test_handlers_come_back_after_an_exception() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyError), stop_on_signals(Requests()):
        raise KeyError("x")
    assert signal.getsignal(signal.SIGTERM) is before


def test_python_s_own_handler_is_replaced_and_somebody_else_s_is_not() -> None:
    requests, theirs = Requests(), Requests()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interrupts_stop(requests):
            signal.raise_signal(signal.SIGINT)
        assert requests.level == 1
        with stop_on_signals(theirs), interrupts_stop(requests):
            signal.raise_signal(signal.SIGINT)
        assert (theirs.level, requests.level) == (1, 1)
    finally:
        signal.signal(signal.SIGINT, before)


# ---- a loop that does not look any more -------------------------------------------------------------------


class Presses:
    """Presses stop at given times, with a loop that looks or does not; keeps what came of it."""

    def __init__(self, *, looks: bool) -> None:
        self.requests, self.clock, self.looks = Requests(), VirtualClock(), looks
        self.understood: list[int] = []
        self.ended = 0

    def press(self, *at_s: float) -> Presses:
        note = self.understood.append
        with stop_on_signals(
            self.requests, lambda level, _name: note(level), clock=self.clock, end=self._end
        ):
            for each_s in at_s:
                self.clock.wait_until_us(round(each_s * 1e6))
                signal.raise_signal(signal.SIGINT)
                if self.looks:
                    self.requests.take(0)
        return self

    def _end(self) -> None:
        self.ended += 1


def test_a_third_press_that_nobody_hears_for_a_second_ends_the_process() -> None:
    presses = Presses(looks=False).press(5.0, 5.5, 6.0)
    assert (presses.ended, presses.understood) == (1, [1, 2, 3])


@pytest.mark.parametrize(
    ("looks", "at_s"),
    [
        (True, (5.0, 6.0, 7.0, 20.0)),  # the loop lives: more presses change nothing
        (False, (5.0, 60.0)),  # two presses are the ladder
        (False, (5.0, 5.1, 5.2, 5.3)),  # a bundle of signals of one cause
    ],
)
def test_nothing_else_ends_the_process(looks: bool, at_s: tuple[float, ...]) -> None:
    presses = Presses(looks=looks).press(*at_s)
    assert presses.ended == 0
    assert presses.understood == [1, 2, 2, 2][: len(at_s)]


def test_what_was_heard_before_does_not_count() -> None:
    presses = Presses(looks=True).press(1.0, 2.0, 3.0)
    presses.looks = False
    assert presses.press(10.0, 10.9).ended == 0
    assert presses.press(20.0, 20.9, 21.0).ended == 1


def test_a_pause_that_was_asked_for_just_now_does_not_make_a_bundle_look_unheard() -> None:
    presses = Presses(looks=False)
    presses.requests.pause()
    presses.clock.wait_until_us(50_000_000)
    assert presses.press(60.0, 60.0, 60.0).ended == 0


def test_after_the_end_a_signal_does_nothing() -> None:
    presses = Presses(looks=False).press(1.0)
    presses.requests.end()
    presses.press(5.0, 6.0, 7.0)
    assert (presses.requests.level, presses.understood, presses.ended) == (1, [1], 0)


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        requests = Requests()
        with stop_on_signals(requests):
            signal.raise_signal(signal.SIGHUP)
            assert requests.level == 0
            signal.raise_signal(signal.SIGTERM)
        assert requests.level == 1
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
