"""Who has gone is missed: it is asked every five minutes, any sign answers, and silence releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction.clock import VirtualClock
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.outcome import Outcome
from traction.runner.requests import Request, Requests
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench
    from traction.drivers.base import Telemetry
    from traction.runner.session import SessionResult

PRESSED = codes.INPUTS_HEALTHY | codes.INPUT_EASE_PRESSED
LONG = Profile.of(Ramp(30.0, 60.0, 3.0), Hold(60.0, 365.0), Ramp(60.0, 0.0, 6.0), rest_n=30.0)


class Steady(VirtualClock):
    """A clock that jumps and calls itself real, so that what belongs to real time happens."""

    __slots__ = ()
    realtime = may_sleep = True


def run(bench: Bench, *signs_s: float, attended: bool = True) -> SessionResult:
    """Run six minutes with a sign of a person (an ease) at these times, and a schedule that goes on."""
    table = type(bench)(clock=Steady())
    requests = Requests([(290.0, Request.EASE)])
    ticks = {round(at_s * 50) for at_s in signs_s}

    def pressed(tick: int, said: Telemetry) -> Telemetry:
        if tick in ticks:
            requests.ease("a hand")
        return said

    return table.script(pressed, plan=bench.plan(LONG), requests=requests, attended=attended)


def told(result: SessionResult) -> list[tuple[float, str]]:
    events = result.record().events
    return [(round(one.t_us / 1e6), one.name) for one in events if one.name in ("attendance", "present")]


def test_silence_is_asked_about_after_five_minutes_and_releases_half_a_minute_later(bench: Bench) -> None:
    result = run(bench)
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E489")
    assert told(result) == [(300, "attendance")]
    assert abs(result.causes[0].t_us - 330_000_000) <= 40_000
    record = result.record()
    assert record.samples["force_mn"][-1] < 12_000
    assert record.judge_again().agrees


def test_any_sign_is_an_answer_and_nobody_is_asked_where_nobody_attends(bench: Bench) -> None:
    answered = run(bench, 20.0, 330.0)
    assert (answered.outcome, told(answered)) == (Outcome.COMPLETED, [(320, "attendance"), (330, "present")])
    assert told(run(bench, attended=False)) == []


def test_the_patient_s_button_to_ease_off_is_no_sign_of_the_operator(bench: Bench) -> None:
    def pressed(tick: int, said: Telemetry) -> Telemetry:
        return said._replace(inputs=PRESSED) if 14_000 <= tick < 14_030 else said

    table = type(bench)(clock=Steady())
    result = table.script(pressed, plan=bench.plan(LONG), requests=Requests(), attended=True)
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E489")
    assert told(result) == [(300, "attendance")]
