"""The stops: refused while one is open, and the way down when one opens under force."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from traction.bench import bands
from traction.bench.course import steps
from traction.bench.result import Figure, Result, Verdict, judged
from traction.bench.sessions import OURS, run
from traction.errors import TableError
from traction.runner.outcome import Outcome
from traction.runner.plan import controller_limits
from traction.wire import codes

if TYPE_CHECKING:
    from traction.bench.context import Bench
    from traction.bench.sessions import Ran
    from traction.bench.trace import Trace
    from traction.drivers.guarded import GuardedDriver
    from traction.runner.requests import Requests

INPUTS: Final = {
    "emergency-stop": (codes.INPUT_ESTOP_CLOSED, codes.FAULT_ESTOP),
    "patient-stop": (codes.INPUT_PATIENT_STOP_CLOSED, codes.FAULT_PATIENT_STOP),
}
"""Name of a stop -> its input bit, and the fault it latches."""

ENDS: Final = {
    "pull-end-switch": codes.INPUT_PULL_END_CLOSED,
    "slack-end-switch": codes.INPUT_SLACK_END_CLOSED,
}
"""Name of the switch at each end of the way -> its input bit."""

HELD_S: Final = 3.0
"""A stop is pressed so long after the profile has reached its force; the trace of before shows it steady."""

WAITED_S: Final = 60.0
"""So long a person has to press it."""

STEP_US: Final = 20_000


def interlock(bench: Bench) -> Result:
    """Check that nothing starts while a stop is open: the host refuses, and the controller by itself."""
    name, title = "interlock", "Start refused with an open stop"
    figures: list[Figure] = []
    for stop in INPUTS:
        with bench.at_rest() as connection:
            guard = connection.guard
            if not _opened(bench, guard, stop, INPUTS[stop][0]):
                return Result(name, title, Verdict.NOT_JUDGED, said=f"nobody opened the {_words(stop)}")
            try:
                text = steps("bench-interlock", title, bench.rates, [bench.rates.take_up_n], 1.0)
                ran = run(bench, guard, text)
                by_host = ran.result.outcome is Outcome.REFUSED and ran.result.code == "E346"
                by_table = _refuses_to_arm(bench, guard)
            finally:
                _close(bench, stop)
        figures += [
            Figure(f"{_words(stop)} open, refused by the host", float(by_host), "", low=1.0),
            Figure(f"{_words(stop)} open, refused by the controller", float(by_table), "", low=1.0),
        ]
    return judged(name, title, figures)


def end_switches(bench: Bench) -> Result:
    """Check that the table sees each end switch open, alone, and then does not arm."""
    name, title = "end-switches", "Each end switch is seen, and nothing starts at an end"
    figures: list[Figure] = []
    for switch, bit in ENDS.items():
        with bench.at_rest() as connection:
            guard = connection.guard
            if not _opened(bench, guard, switch, bit):
                return Result(name, title, Verdict.NOT_JUDGED, said=f"nobody opened the {_words(switch)}")
            try:
                seen = guard.poll().inputs
                by_table = _refuses_to_arm(bench, guard)
            finally:
                _close(bench, switch)
        alone = seen | bit == codes.INPUTS_HEALTHY
        figures += [
            Figure(f"{_words(switch)} open, seen alone", float(alone), "", low=1.0),
            Figure(f"{_words(switch)} open, refused by the controller", float(by_table), "", low=1.0),
        ]
    return judged(name, title, figures)


def _refuses_to_arm(bench: Bench, guard: GuardedDriver) -> bool:
    """Load the limits and try to arm; GO is never given, whatever the answer."""
    guard.load_limits(controller_limits(bench.limits))
    try:
        guard.arm()
    except TableError as error:
        return error.code == "E520"
    return False


def stop_check(bench: Bench, stop: str) -> Result:
    """Pull to the force of the check, have ``stop`` pressed, and time the way to slack."""
    name, title = stop, f"{_words(stop).capitalize()} under force"
    force_n = bands.stop_force_n(bench.limits.max_force_n)
    hand = bench.connector.hand
    hold_s = 2 * HELD_S if hand is not None else WAITED_S
    text = steps(f"bench-{stop}", title, bench.rates, [force_n], hold_s)
    at_s = _reached_s(bench, force_n) + HELD_S
    if hand is None and not bench.person.present:
        return Result(name, title, Verdict.NOT_JUDGED, said=f"nobody is there to press the {_words(stop)}")

    def press(requests: Requests) -> None:
        del requests
        if hand is not None:
            hand.press(stop)
        else:
            bench.person.told(f"PRESS THE {_words(stop).upper()} NOW")

    with bench.at_rest() as connection:
        try:
            ran = run(bench, connection.guard, text, at_s=at_s, act=press)
        finally:
            _close(bench, stop)
    bit, fault = INPUTS[stop]
    row = ran.trace.first(ran.trace.inputs & bit == 0)
    if row is None:
        verdict = Verdict.FAIL if ran.result.outcome is not Outcome.COMPLETED else Verdict.NOT_JUDGED
        return Result(name, title, verdict, said=f"the stop was not seen to open; {ran.ended}")
    figures = _way_down(bench, ran.trace, row)
    latched = Figure("latched until it is cleared", float(ran.trace.last_fault == fault), "", low=1.0)
    return judged(name, title, (*figures, latched), wrong=_wrong_end(ran))


def host_stop(bench: Bench) -> Result:
    """Pull to the force of the check, stop by the program, and time the way to slack."""
    name, title = "host-stop", "Stop by the program under force"
    force_n = bands.stop_force_n(bench.limits.max_force_n)
    text = steps("bench-host-stop", title, bench.rates, [force_n], 2 * HELD_S)
    at_s = _reached_s(bench, force_n) + HELD_S
    with bench.at_rest() as connection:
        ran = run(bench, connection.guard, text, at_s=at_s, act=_ask_to_stop)
    asked = [event.t_us for event in ran.result.record().events if event.name == "stop"]
    row = ran.trace.first(ran.trace.t_us >= asked[0]) if asked else None
    if row is None:
        return Result(name, title, Verdict.FAIL, said=f"the stop had no effect; {ran.ended}")
    return judged(name, title, _way_down(bench, ran.trace, row), wrong=_wrong_end(ran))


def _ask_to_stop(requests: Requests) -> None:
    requests.stop(OURS)


def _wrong_end(ran: Ran) -> str:
    return "" if ran.result.outcome is Outcome.STOPPED else ran.ended


def _way_down(bench: Bench, trace: Trace, row: int) -> tuple[Figure, ...]:
    slack = trace.slack_after(row, bench.slack_mn)
    most_ms = bench.limits.max_release_s * 1000
    return (
        Figure("force when it was seen", float(trace.mean_mn[row]) / 1000, "N"),
        Figure(
            "until the force falls",
            trace.ms_between(row, trace.falls_after(row)),
            "ms",
            high=bands.STOP_RESPONSE_MS,
        ),
        Figure("until slack", trace.ms_between(row, slack), "ms", high=most_ms),
        Figure(
            "until the drive has no power", trace.ms_between(row, trace.off_after(row)), "ms", high=most_ms
        ),
    )


def _reached_s(bench: Bench, force_n: float) -> float:
    rates = bench.rates
    return (force_n - rates.take_up_n) / rates.up_n_per_s


def _opened(bench: Bench, guard: GuardedDriver, stop: str, bit: int) -> bool:
    """Have a stop or an end switch opened, and say whether the table sees all of ``bit`` open."""
    hand, person = bench.connector.hand, bench.person
    if hand is not None:
        hand.press(stop)
    elif person.present:
        person.told(f"open the {_words(stop)} (press it, or pull its plug) and leave it open")
    else:
        return False
    is_open = partial(_sees, guard, bit)
    deadline_us = bench.clock.now_us() + round(WAITED_S * 1e6)
    while not is_open() and bench.clock.now_us() < deadline_us:
        bench.clock.wait_until_us(bench.clock.now_us() + STEP_US)
    return is_open()


def _sees(guard: GuardedDriver, bit: int) -> bool:
    return guard.poll().inputs & bit == 0


def _close(bench: Bench, stop: str) -> None:
    hand = bench.connector.hand
    if hand is not None:
        hand.let_go(stop)
    elif bench.person.present:
        bench.person.told(f"close the {_words(stop)} again")


def _words(stop: str) -> str:
    return stop.replace("-", " ")
