"""The patient's button to ease off at the host: each press that begins in the run counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from traction.runner.outcome import Outcome
from traction.runner.requests import Requests
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench
    from traction.drivers.base import Telemetry
    from traction.runner.session import SessionResult

PRESSED = codes.INPUTS_HEALTHY | codes.INPUT_EASE_PRESSED


def run(bench: Bench, *spans: tuple[int, int], lost: tuple[int, int] = (0, 0)) -> SessionResult:
    """Run a session with the button pressed from tick to tick; of ``lost`` ticks only the last is heard."""
    heard: list[Telemetry] = []

    def pressed(tick: int, said: Telemetry) -> Telemetry:
        if lost[0] <= tick < lost[1]:
            return heard[-1]
        if any(begin <= tick < end for begin, end in spans):
            said = said._replace(inputs=PRESSED)
        heard.append(said)
        return said

    return bench.script(pressed)


def eased(result: SessionResult) -> list[tuple[str, str]]:
    events = result.record().events
    return [(one.name, one.text.partition(";")[0]) for one in events if one.name in ("ease", "ignored")]


ONCE = ("ease", "80 % of the force from here on, by the patient")
TWICE = ("ease", "64 % of the force from here on, by the patient")


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ((), []),
        (((400, 430),), [ONCE]),
        (((400, 401),), [ONCE]),
        (((1, 5000),), [ONCE]),  # stuck in the run
        (((400, 430), (440, 460)), [ONCE, TWICE]),
        (((0, 5000),), [("ignored", "ease: its button was pressed before the start")]),
        (((0, 100), (400, 430)), [("ignored", "ease: its button was pressed before the start"), ONCE]),
    ],
)
def test_each_press_that_begins_in_the_run_counts_once(
    bench: Bench, spans: tuple[tuple[int, int], ...], told: list[tuple[str, str]]
) -> None:
    result = run(bench, *spans)
    assert result.outcome is Outcome.COMPLETED
    assert eased(result) == told
    assert result.record().judge_again().agrees


def test_a_press_while_nothing_was_heard_is_seen_once_when_samples_come_again(bench: Bench) -> None:
    result = run(bench, (400, 430), lost=(399, 404))
    assert eased(result) == [ONCE]


def test_on_the_way_down_it_is_ignored_as_the_key_is(bench: Bench) -> None:
    requests = Requests([(5.0, "stop")])
    seen: list[int] = []

    def pressed(_: int, said: Telemetry) -> Telemetry:
        if said.state == codes.STATE_RELEASING:
            seen.append(said.seq)
        return said._replace(inputs=PRESSED) if len(seen) > 3 else said

    result = bench.script(pressed, requests=requests)
    assert result.outcome is Outcome.STOPPED
    assert eased(result) == [("ignored", "ease while RELEASING, by the patient")]
