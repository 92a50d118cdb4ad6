"""A simulated table with the patient's button to ease off, in the same process and over the wire."""

from __future__ import annotations

from functools import partial

import pytest

from tests.unit.sim.buttoned import Make, in_process, on_the_wire, session
from traction.drivers.base import CAPABILITIES, EASE_BUTTON, HOLD_TO_RUN, TableSetup
from traction.drivers.url import parse_url
from traction.errors import UsageError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.outcome import Outcome
from traction.runner.session import SessionResult
from traction.sim.buttons import NAME
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.hands import obey
from traction.sim.options import read_options
from traction.testing.session import plan_of
from traction.wire import codes

PLAN = plan_of(Profile.of(Ramp(0.0, 100.0, 5.0), Hold(100.0, 6.0), Ramp(100.0, 0.0, 3.0)))


def eased(result: SessionResult) -> list[str]:
    return [one.text.partition(";")[0] for one in result.record().events if one.name == "ease"]


ONCE = "80 % of the force from here on, by the patient"


@pytest.mark.parametrize("make", [in_process, on_the_wire])
def test_pressed_in_a_session_the_force_goes_to_four_fifths_and_the_record_says_who(make: Make) -> None:
    result, guard = session(make, "ease_button=7s", PLAN)
    assert result.outcome is Outcome.COMPLETED
    assert eased(result) == [ONCE]
    rows = result.record().samples
    pressed = rows["inputs"] & codes.INPUT_EASE_PRESSED > 0
    first_ms = rows["t_us"][pressed.argmax()] / 1000
    assert 7_020 <= first_ms <= 7_020 + 20 + 20 + 20
    assert rows["target_mn"].max() == 100_000
    held = (rows["t_us"] > 9_500_000) & (rows["t_us"] < 10_500_000)
    assert (rows["target_mn"][held] == 80_000).all()
    assert abs(rows["force_mn"][held] - 80_000).max() < 4_000
    assert not pressed[-1]
    assert guard.identity.capabilities == (*CAPABILITIES, EASE_BUTTON)
    assert result.record().judge_again().agrees


@pytest.mark.parametrize("make", [in_process, on_the_wire])
def test_one_that_is_stuck_or_not_pressed_changes_nothing(make: Make) -> None:
    stuck, _ = session(make, "hold_to_run=yes&ease_button=stuck", PLAN)
    without, _ = session(make, "ease_button=no", PLAN)
    untouched, guard = session(make, "hold_to_run=yes&ease_button=yes", PLAN)
    assert eased(stuck) == eased(untouched) == []
    for one in (stuck, untouched):
        assert (one.record().samples["force_mn"] == without.record().samples["force_mn"]).all()
    assert [one.name for one in stuck.record().events].count("ignored") == 1
    assert guard.identity.capabilities == (*CAPABILITIES, HOLD_TO_RUN, EASE_BUTTON)


class Pressed(MemoryLine):
    """A line of which nothing comes through for a while, in which somebody presses shortly."""

    __slots__ = ("powered",)

    def tick(self, now_us: int) -> None:
        self.powered = getattr(self, "powered", 0) + self.table.controller.enabled
        if self.powered == 702:
            self.table.press(NAME)
        elif self.powered == 706:
            self.table.let_go(NAME)
        super().tick(now_us)

    def to_host(self, data: bytes) -> bytes:
        return b"" if 700 <= getattr(self, "powered", 0) < 710 else data


def test_a_short_press_in_a_gap_of_the_line_is_seen_when_samples_come_again() -> None:
    result, _ = session(partial(on_the_wire, line=Pressed), "ease_button=yes", PLAN)
    assert (result.outcome, eased(result)) == (Outcome.COMPLETED, [ONCE])


def test_hands_press_it_and_let_it_go() -> None:
    table = make_emulated(read_options(parse_url("sim:?ease_button=yes"), TableSetup()))
    told = []
    for words, ticks in (("press ease-button", 3), ("let go ease-button", 30)):
        said = obey(table, words)
        for _ in range(ticks):
            table.tick()
        told.append((said, table.controller.easing.bit))
    assert told == [("ease-button: held", codes.INPUT_EASE_PRESSED), ("ease-button: let go", 0)]
    without = make_emulated(read_options(parse_url("sim:"), TableSetup()))
    obey(without, "press ease-button")
    without.tick()
    assert without.controller.given_inputs == codes.INPUTS_HEALTHY


def test_a_restart_keeps_it() -> None:
    url = parse_url("sim:?ease_button=yes&fault=controller-reboot@on")
    table = make_emulated(read_options(url, TableSetup()))
    for _ in range(60):
        table.tick()
    assert table.controller.config.ease_button == 1


@pytest.mark.parametrize("wrong", ["5", "maybe", "-1s"])
def test_what_is_no_time_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="ease_button"):
        read_options(parse_url(f"sim:?ease_button={wrong}"), TableSetup())
