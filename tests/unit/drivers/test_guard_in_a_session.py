"""A whole session through the guard on the simulated table: refusals are watched, stalls are no refusals."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import traction
from traction.clock import Clock, VirtualClock
from traction.drivers.base import SetPoint, TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.url import parse_url
from traction.errors import Problem, TableError
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import SessionResult, run_session
from traction.runner.states import State
from traction.sim.table import SimTable, open_sim
from traction.wire import codes

PROTOCOL = """
format = 1
name = "steep"
title = "As steep as the limits allow"
region = "lumbar"
[source]
citation = "none; made for a test"
evidence = "engineering"
confirmed = true
caution = "a load for a test"
assumed = []
[session]
count = "always"
hold_by = "force"
[rates]
up = "30 N/s"
down = "30 N/s"
{take_up}
[[phase]]
name = "cycles"
type = "intermittent"
high = "400 N"
low = "100 N"
hold = "2 s"
rest = "2 s"
for = "30 s"
[end]
rate = "30 N/s"
residual = "0 N"
"""
SIM = Path(__file__).resolve().parents[3] / "hardware" / "tables" / "sim.toml"
TAKE_UP = '[take_up]\nforce = "20 N"\ntimeout = "90 s"'

Plan = Callable[[str], traction.Proof]


@pytest.fixture
def prove(tmp_path: Path) -> Plan:
    def proof(take_up: str = TAKE_UP) -> traction.Proof:
        path = tmp_path / "steep.toml"
        path.write_text(PROTOCOL.format(take_up=take_up), encoding="utf-8")
        table = "sim"
        if not take_up:  # a harness that is tight from the beginning needs none
            text = SIM.read_text(encoding="utf-8").replace('slack_travel = "20 mm"', 'slack_travel = "0 mm"')
            file = tmp_path / "tight.toml"
            file.write_text(text.replace('url = "sim:"', 'url = "sim:?slack_mm=0"'), encoding="utf-8")
            table = str(file)
        return traction.verify(path, seed=3, table=table)

    return proof


def run(
    proof: traction.Proof,
    clock: Clock,
    guarded: type[GuardedDriver] = GuardedDriver,
    beneath: Callable[[SimTable, Clock], Any] = lambda table, _: table,
    requests: Requests | None = None,
) -> tuple[SessionResult, SimTable]:
    table = open_sim(parse_url(proof.table.url), clock, TableSetup("lumbar", None, 3))
    with guarded(beneath(table, clock), clock) as driver:
        result = run_session(proof.session_plan(), driver, clock, record_to_memory(), requests=requests)
    return result, table


class Erring(GuardedDriver):
    """A guard that gets a set-point with a target that nobody may ask for."""

    __slots__ = ()

    def setpoint(self, setpoint: SetPoint) -> None:
        super().setpoint(setpoint._replace(target_mn=10**7) if setpoint.target_mn > 300_000 else setpoint)


class Wrapped:
    """A simulated table with something of its own."""

    def __init__(self, table: SimTable, clock: Clock) -> None:
        self._table = table
        self.clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


class Stubborn(Wrapped):
    """Its controller says no to a set-point, as it does where it has just tripped by itself."""

    def setpoint(self, setpoint: SetPoint) -> None:
        if setpoint.target_mn > 300_000:
            raise TableError(Problem("E520", "set-point: not in this state", "answer 0, done"))
        self._table.setpoint(setpoint)


def assert_watched_to_slack(result: SessionResult, table: SimTable, code: str) -> None:
    assert (result.outcome, result.code) == (Outcome.FAULTED, code)
    assert [cause.code for cause in result.causes] == [code]
    record = result.record()
    states = [event.text for event in record.events if event.name == "state"]
    assert states[-2:] == ["RELEASING", "ENDED"]
    down = record.samples["session_state"] == State.RELEASING
    assert record.samples["force_mn"][down][0] > 100_000
    assert record.samples["force_mn"][down][-1] < 12_000
    assert record.samples["state"][-1] == codes.STATE_DONE
    assert 0.5 < down.sum() / 50 < 4.0  # at its rate, and not by waiting until the power is taken
    assert table.true_force_n() < 12


def test_what_the_guard_refuses_in_a_session_is_released_under_observation(prove: Plan) -> None:
    result, table = run(prove(TAKE_UP), VirtualClock(), guarded=Erring)
    assert_watched_to_slack(result, table, "E503")


def test_what_the_controller_refuses_in_a_session_is_released_under_observation(prove: Plan) -> None:
    result, table = run(prove(TAKE_UP), VirtualClock(), beneath=Stubborn)
    assert_watched_to_slack(result, table, "E520")


class Jerky(VirtualClock):
    """A machine that holds the program up for 6 to 30 ms now and then, wherever it reads the time."""

    __slots__ = ("_random", "stalls")

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.stalls = 0

    def now_us(self) -> int:
        if self._random.random() < 0.03:
            self.stalls += 1
            self._now_us += self._random.randrange(6_000, 30_000)
        return super().now_us()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("take_up", [TAKE_UP, ""], ids=["take-up", "from GO"])
def test_a_stall_anywhere_in_a_tick_is_no_refusal(prove: Plan, take_up: str, seed: int) -> None:
    clock = Jerky(seed)
    requests = Requests([(20.0, Request.PAUSE), (32.0, Request.RESUME)])
    result, _ = run(prove(take_up), clock, requests=requests)
    assert clock.stalls > 50
    assert [(cause.code, cause.detail) for cause in result.causes] == [("", "the profile ran to its end")]


@pytest.mark.parametrize("stall_us", [6_000, 19_000, 30_000, 90_000])
def test_a_slow_answer_to_go_is_no_refusal(prove: Plan, stall_us: int) -> None:
    class Slow(Wrapped):
        def go(self, nonce: int) -> None:
            self._table.go(nonce)
            self.clock.wait_until_us(self.clock.now_us() + stall_us)

    result, _ = run(prove(""), VirtualClock(), beneath=Slow)
    assert (result.outcome, result.detail) == (Outcome.COMPLETED, "the profile ran to its end")
