"""A simulated table with an enabling switch, in the same process and over the wire: whole sessions."""

from __future__ import annotations

import pytest

from tests.unit.sim.buttoned import Make, in_process, on_the_wire, session
from traction.clock import VirtualClock
from traction.drivers.base import CAPABILITIES, HOLD_TO_RUN, TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.url import parse_url
from traction.errors import TableError, UsageError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.outcome import Outcome
from traction.runner.plan import controller_limits
from traction.runner.record.direct import record_to_memory
from traction.runner.session import run_session
from traction.sim.emulator import make_emulated
from traction.sim.hands import obey
from traction.sim.options import read_options
from traction.testing.session import plan_of
from traction.wire import codes

PLAN = plan_of(Profile.of(Ramp(0.0, 60.0, 3.0), Hold(60.0, 2.0), Ramp(60.0, 0.0, 1.0)))


@pytest.mark.parametrize("make", [in_process, on_the_wire])
def test_let_go_in_a_session_it_ends_stopped_with_the_force_down(make: Make) -> None:
    result, guard = session(make, "hold_to_run=4s", PLAN)
    assert (result.outcome, result.code, result.exit_code) == (Outcome.STOPPED, "E454", 4)
    rows = result.record().samples
    latched = rows["fault"] == codes.FAULT_SWITCH_LET_GO
    assert 4_000 <= rows["t_us"][latched.argmax()] / 1000 <= 4_000 + 30 + 20 + 20
    assert latched[-1]
    assert max(abs(rows["force_mn"][-1]), abs(rows["force_b_mn"][-1])) < PLAN.limits.slack_n * 1000
    assert not rows["inputs"][-1] & codes.INPUT_SWITCH_HELD
    assert rows["inputs"][0] == codes.INPUTS_HEALTHY | codes.INPUT_SWITCH_HELD
    assert guard.identity.capabilities == (*CAPABILITIES, HOLD_TO_RUN)


@pytest.mark.parametrize("make", [in_process, on_the_wire])
def test_a_contact_that_is_stuck_refuses_and_nothing_moves(make: Make) -> None:
    result, _ = session(make, "hold_to_run=stuck", PLAN)
    assert (result.outcome, result.code, result.exit_code) == (Outcome.REFUSED, "E522", 3)
    assert "let go of the enabling switch" in result.detail
    assert result.stats.rows == 0


@pytest.mark.parametrize("make", [in_process, on_the_wire])
def test_held_it_runs_to_the_end_and_as_on_a_table_without_one(make: Make) -> None:
    result, guard = session(make, "hold_to_run=yes", PLAN)
    without, bare = session(make, "hold_to_run=no", PLAN)
    assert result.outcome == without.outcome == Outcome.COMPLETED
    one, other = result.record().samples, without.record().samples
    assert (one["force_mn"] == other["force_mn"]).all()
    assert (one["inputs"] & codes.INPUTS_HEALTHY == other["inputs"]).all()
    assert bare.identity.capabilities == CAPABILITIES
    guard.close()


def test_after_a_run_the_next_session_may_start_for_the_hand_has_let_go() -> None:
    clock = VirtualClock()
    guard = GuardedDriver(in_process("hold_to_run=yes", clock), clock)
    for _ in range(2):
        result = run_session(PLAN, guard, clock, record_to_memory())
        assert result.outcome == Outcome.COMPLETED


def test_hands_take_hold_of_it_and_let_it_go() -> None:
    table = make_emulated(read_options(parse_url("sim:?hold_to_run=yes"), TableSetup()))
    assert table.controller.enabling.may_start() == codes.RESULT_OK
    assert obey(table, "let go enabling-switch") == "enabling-switch: let go"
    table.tick()
    assert table.controller.enabling.may_start() == codes.RESULT_SWITCH_OPEN
    assert obey(table, "press enabling-switch") == "enabling-switch: held"
    for _ in range(6):
        table.tick()
    assert table.controller.enabling.may_start() == codes.RESULT_OK


def test_a_restart_asks_for_it_again_and_the_hand_knows() -> None:
    url = parse_url("sim:?hold_to_run=yes&fault=controller-reboot@on")
    table = make_emulated(read_options(url, TableSetup()))
    for _ in range(60):
        table.tick()
    assert table.controller.config.hold_to_run == 1
    assert table.controller.enabling.may_start() == codes.RESULT_OK


@pytest.mark.parametrize("wrong", ["5", "maybe", "-1s"])
def test_what_is_no_time_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        read_options(parse_url(f"sim:?hold_to_run={wrong}"), TableSetup())


def test_a_refused_start_leaves_the_link_alive() -> None:
    clock = VirtualClock()
    guard = GuardedDriver(on_the_wire("hold_to_run=stuck", clock), clock)
    guard.open()
    guard.load_limits(controller_limits(PLAN.limits))
    with pytest.raises(TableError) as caught:
        guard.arm()
    assert caught.value.code == "E522"
    assert guard.poll().state == codes.STATE_READY
