"""Every fault of the closed list, through the engine: how the session ends, and the true force with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.sim import layout
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.faults import FAULTS, LINK, TABLE, read_faults
from traction.sim.options import read_options
from traction.wire import codes

DRIVES = {"back-drivable": "sim", "self-locking": "sim-self-locking"}
FORCE_N = {"lumbar": 300.0, "cervical": 80.0}
RATE = {"lumbar": 10.0, "cervical": 8.0}
AT_S = {"lumbar": 15.0, "cervical": 5.0}
"""In the middle of the way up, where every sensor has something to show."""
SLACK_N = 11.0
RELEASE_S = 5.0


@dataclass(frozen=True)
class End:
    """How a session with a fault ends: outcome, codes, and at most how long and how much until it is seen."""

    outcome: str
    codes: tuple[str, ...]
    seen_s: float
    rise_n: float
    at_s: float | None = None


@cache
def plan(region: str, drive: str) -> SessionPlan:
    """Pull up, hold for twenty seconds, let go to half of it, and come down."""
    facts, force_n = load_table(DRIVES[drive]), FORCE_N[region]
    limits = session_limits(region, facts)
    profile = Profile.of(
        Ramp(0.0, force_n, force_n / RATE[region]),
        Hold(force_n, 20.0),
        Ramp(force_n, force_n / 2, 5.0),
        Hold(force_n / 2, 5.0),
        Ramp(force_n / 2, 0.0, 5.0),
    )
    return SessionPlan(
        protocol_name="faults",
        protocol_text="# faults",
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts),
        region=region,
        mass_kg=None,
        seed=3,
        take_up_force_n=0.0,
        take_up_timeout_s=0.0,
        table=facts,
        table_url="sim:",
    )


def url(region: str, drive: str, *faults: str) -> str:
    asked = f"&fault={','.join(faults)}" if faults else ""
    return f"sim:?seed=3&slack_mm=0&region={region}&drive={drive}{asked}"


class Seen:
    """A session that is over, and the true force from the fault on, also after the end."""

    def __init__(self, result: SessionResult, at_s: float, later: list[tuple[float, float]]) -> None:
        samples = result.record().samples
        force_mn = samples["true_force_mn"] if "true_force_mn" in samples else np.zeros(0)  # nobody answered
        seconds, force_n = samples["t_us"] / 1e6 - at_s, force_mn / 1000.0
        self.result = result
        self.causes = [cause for cause in result.causes if cause.code]
        self.seconds = np.append(seconds, [at - at_s for at, _ in later])
        self.force_n = np.append(force_n, [force for _, force in later])
        self.highest_n = float(self.force_n[self.seconds >= 0].max())
        self.first_n = float(self.force_n[np.searchsorted(self.seconds, 0.0)])  # where it began
        self.latched_s, self.fault = np.inf, 0  # when the controller knew, from the fault on
        self.locked = False  # no reset is accepted until the next power-up

    @property
    def seen_s(self) -> float:
        """When the host first knew, from the fault on."""
        return self.causes[0].t_us / 1e6 + self.seconds[0] if self.causes else np.inf

    def slack_s(self, seen_s: float) -> float:
        """How long it then took until the strap was slack, for good."""
        pulled = self.seconds[self.force_n > SLACK_N]
        return float(pulled.max() - seen_s) if len(pulled) else 0.0


def session(region: str, drive: str, *faults: str, at_s: float = 0.0) -> Seen:
    clock = VirtualClock()
    guard = open_driver(url(region, drive, *faults), clock=clock, setup=TableSetup())
    table: Any = guard._driver
    result = run_session(plan(region, drive), guard, clock, record_to_memory())
    guard.close()
    seen = Seen(result, at_s, afterwards(clock, table.true_force_n, result))
    latch, bench = table._controller.latch, table._faults
    seen.locked, seen.fault = latch.locked, latch.fault
    if bench is not None:
        started_ms = table._controller.now_ms - bench.ms
        seen.latched_s = (latch.time_ms - started_ms) / 1000 - at_s
    return seen


def afterwards(clock: VirtualClock, true_force_n: Any, result: SessionResult) -> list[tuple[float, float]]:
    """Let the table live on by itself; return (seconds of the session, N)."""
    times_us = result.record().samples["t_us"]  # none where nothing was started
    end_s = float(times_us[-1]) / 1e6 if len(times_us) else 0.0
    later = []
    for tick in range(1, 800):
        clock.wait_until_us(clock.now_us() + 10_000)
        later.append((end_s + tick / 100, true_force_n()))
    return later


CELL_CODES = {
    # what it is called; which codes; until it is seen
    "stuck": (("E414",), 0.3, 4),  # against the other cell; both at once over 1 mm of travel, see below
    "inverted": (("E413", "E415", "E416"), 0.1, 2),
    "open": (("E416",), 0.1, 2),
    "saturated": (("E411", "E416"), 0.1, 2),
    "intermittent": (("E416",), 0.2, 2),
}
ENDS: dict[str, End] = {
    **{
        f"{cell}-{name}": End("TRIPPED", found, seen_s, rise_n)
        for cell in ("cell-a", "cell-b", "cells")
        for name, (found, seen_s, rise_n) in CELL_CODES.items()
    },
    "cells-stuck": End("TRIPPED", ("E414",), 0.85, 12),
    # one that drifts away from the other is seen when they are 27 N (15 N) and half a second apart; the force
    # is steered by their mean, so that it is then wrong by half of that
    **{
        f"{cell}-{name}": End("TRIPPED", ("E413",), 15.0, 20, at_s=AT_S["lumbar"] + 16)
        for cell in ("cell-a", "cell-b")
        for name in ("drifting", "sagging")
    },
    "travel-inverted": End("FAULTED", ("E408",), 0.1, 2),
    "travel-open": End("FAULTED", ("E408",), 0.1, 2),
    "harness-slip": End("TRIPPED", ("E424", "E441", "E443"), 3.0, 2),
    "strap-break": End("TRIPPED", ("E415",), 0.1, 0.1),
    # seen by the travel alone, 0.35 mm (0.2 mm) from where the drive was told to be
    "motor-runaway": End("FAULTED", ("E408",), 0.1, 4.5),
    "motor-runaway:5mm/s": End("FAULTED", ("E408",), 0.15, 4.5),
    "motor-runaway:2mm/s": End("FAULTED", ("E408",), 0.45, 6),
    "motor-reversed": End("FAULTED", ("E408",), 0.2, 0.5),
    "motor-jammed": End("FAULTED", ("E408",), 0.3, 0.5),
    "travel-stuck": End("FAULTED", ("E408",), 0.6, 4),
    "brown-out": End("TRIPPED", ("E436",), 0.05, 1),
    "supply-sagging": End("TRIPPED", ("E436",), 0.05, 1),
    "end-switch-open": End("TRIPPED", ("E435",), 0.05, 1),
    "estop-b-broken": End("STOPPED", ("E452",), 0.05, 2),
    "controller-reboot": End("FAULTED", ("E402", "E407"), 0.25, 2),
    "controller-hang": End("FAULTED", ("E402", "E407"), 0.25, 3),
    "estop-pressed": End("STOPPED", ("E452",), 0.05, 2),
    "estop-broken": End("STOPPED", ("E452",), 0.05, 2),
    "estop-bouncing": End("STOPPED", ("E452",), 0.05, 2),
    "patient-stop-pressed": End("STOPPED", ("E451",), 0.05, 2),
    "patient-stop-broken": End("STOPPED", ("E451",), 0.05, 2),
    "patient-stop-bouncing": End("STOPPED", ("E451",), 0.05, 2),
}
SIGNS = ("cell-a-inverted", "cell-b-inverted", "motor-reversed", "travel-inverted")
LATENT = ("release-jammed", "estop-shorted", "patient-stop-shorted", "estop-a-shorted", "estop-b-shorted")
"""What takes away a way out, and changes nothing as long as nobody needs it."""
BOTH_CELLS_ASTRAY = ("cells-drifting", "cells-sagging")
"""Two faults at once, that agree with each other: nothing on the table can tell."""

CASES = [
    *((name, region, drive) for name in ENDS for region in FORCE_N for drive in DRIVES),
]


@pytest.mark.parametrize(("name", "region", "drive"), CASES)
def test_a_fault_on_the_way_up_ends_the_session_with_the_force_down(
    name: str, region: str, drive: str
) -> None:
    end = ENDS[name]
    at_s = AT_S[region] if end.at_s is None else FORCE_N[region] / RATE[region] + 1
    seen = session(region, drive, f"{name}@{at_s:g}s", at_s=at_s)
    assert str(seen.result.outcome) == end.outcome
    assert seen.causes[0].code in end.codes
    assert 0.0 <= seen.seen_s <= end.seen_s
    assert seen.highest_n <= seen.first_n + end.rise_n
    assert seen.slack_s(seen.seen_s) <= RELEASE_S
    assert not seen.result.defect


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("region", FORCE_N)
def test_a_drive_that_runs_away_at_its_full_speed_has_lost_its_power_within_70_ms(
    region: str, drive: str
) -> None:
    seen = session(region, drive, f"motor-runaway@{AT_S[region]:g}s", at_s=AT_S[region])
    assert seen.fault == codes.FAULT_FOLLOWING
    assert seen.latched_s <= 0.07


@pytest.mark.parametrize("wrong", [wrong for count in range(1, 5) for wrong in combinations(SIGNS, count)])
@pytest.mark.parametrize("region", FORCE_N)
def test_whatever_signs_are_wrong_it_ends_before_there_is_a_force_to_speak_of(
    region: str, wrong: tuple[str, ...]
) -> None:
    seen = session(region, "self-locking", *(f"{name}@on" for name in wrong))
    assert str(seen.result.outcome) in ("TRIPPED", "FAULTED")
    assert seen.force_n.max() <= SLACK_N
    assert seen.seen_s <= 11


def test_with_no_sign_wrong_it_completes() -> None:
    assert str(session("cervical", "self-locking").result.outcome) == "COMPLETED"


def test_every_fault_of_a_table_is_tested_here() -> None:
    tested = {*(name.partition(":")[0] for name in ENDS), *LATENT, *BOTH_CELLS_ASTRAY}
    assert tested == {name for name, fault in FAULTS.items() if fault.side == TABLE}


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("name", LATENT)
def test_what_only_takes_away_a_way_out_changes_nothing_by_itself(name: str, drive: str) -> None:
    seen, healthy = session("lumbar", drive, f"{name}@on"), session("lumbar", drive)
    assert str(seen.result.outcome) == "COMPLETED"
    assert np.array_equal(seen.force_n, healthy.force_n)


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("name", BOTH_CELLS_ASTRAY)
def test_of_two_cells_astray_together_the_force_is_as_wrong_as_they_are_and_no_more(
    name: str, drive: str
) -> None:
    at_s, per_s = 31.0, 0.5
    seen = session("lumbar", drive, f"{name}:{per_s}N/s@{at_s:g}s", at_s=at_s)
    astray_n = per_s * (50.0 - at_s)
    wrong_n = seen.highest_n - FORCE_N["lumbar"]
    assert (wrong_n > astray_n / 2) == (name == "cells-sagging")
    assert wrong_n < astray_n + 3
    assert seen.force_n[-1] <= SLACK_N  # and in the end it is down all the same


@pytest.mark.parametrize("region", FORCE_N)
@pytest.mark.parametrize("drive", DRIVES)
def test_two_cells_that_stick_at_slack_do_not_hide_the_force(region: str, drive: str) -> None:
    """Found by their silence over 5 mm (3 mm) of pulling, or before that as a force that does not arrive."""
    seen = session(region, drive, "cells-stuck@0.1s", at_s=0.1)
    assert seen.causes[0].code in ("E414", "E441")
    assert seen.highest_n <= {"lumbar": 45, "cervical": 25}[region]
    assert seen.slack_s(seen.seen_s) <= RELEASE_S
    assert seen.force_n[-1] < 1


@pytest.mark.parametrize("stop", ["patient-stop", "estop"])
@pytest.mark.parametrize("region", FORCE_N)
@pytest.mark.parametrize("drive", DRIVES)
def test_a_stop_is_believed_only_where_the_run_began_while_the_cells_show_nothing(
    region: str, drive: str, stop: str
) -> None:
    seen = session(region, drive, "cells-stuck@0.1s", f"{stop}-pressed@4s", at_s=4.0)
    assert seen.first_n > SLACK_N  # which no cell shows
    assert (str(seen.result.outcome), seen.causes[0].code) == (
        "STOPPED",
        {"patient-stop": "E451", "estop": "E452"}[stop],
    )
    assert seen.highest_n <= seen.first_n + 2
    assert seen.slack_s(0.0) <= 1
    assert seen.force_n[-1] < 1


@pytest.mark.parametrize("region", FORCE_N)
@pytest.mark.parametrize("drive", DRIVES)
def test_without_a_fault_no_trip_fires_whatever_the_noise(region: str, drive: str) -> None:
    """Sixteen of each, sixty-four in all; ``make prove`` has a thousand."""
    for seed in range(200, 216):
        text = url(region, drive).replace("seed=3", f"seed={seed}")
        clock = VirtualClock()
        with open_driver(text, clock=clock, setup=TableSetup()) as guard:
            result = run_session(plan(region, drive), guard, clock, record_to_memory())
        assert str(result.outcome) == "COMPLETED", (seed, result.causes)


@pytest.mark.parametrize(("drive", "trapped"), [("back-drivable", False), ("self-locking", True)])
def test_a_release_that_does_not_open_traps_the_force_only_where_the_drive_keeps_it(
    drive: str, trapped: bool
) -> None:
    seen = session("lumbar", drive, "release-jammed@on", "travel-open@15s", at_s=15.0)
    assert str(seen.result.outcome) == "FAULTED"
    assert (seen.force_n[-1] > 50) == trapped
    if trapped:  # and it is said, loudly: only a hand can help now
        assert {cause.code for cause in seen.causes} & {"E463", "E485"}


def test_a_stop_whose_wire_is_shorted_is_not_seen() -> None:
    """Why the emergency stop must cut the power by itself, and why stops are tried before a session."""
    seen = session("lumbar", "back-drivable", "estop-shorted@on", "estop-pressed@15s")
    assert str(seen.result.outcome) == "COMPLETED"


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("channel", ["a", "b"])
def test_a_stop_of_which_one_channel_is_welded_still_acts_and_locks(channel: str, drive: str) -> None:
    seen = session("lumbar", drive, f"estop-{channel}-shorted@on", "estop-pressed@15s", at_s=15.0)
    assert (str(seen.result.outcome), seen.causes[0].code) == ("STOPPED", "E452")
    assert seen.seen_s <= 0.05
    assert seen.highest_n <= seen.first_n + 2
    assert seen.slack_s(seen.seen_s) <= RELEASE_S
    assert seen.locked


class JerkedPlant:
    """A body that draws itself together, and the strap with it, in an instant of the hold."""

    def __init__(self, plant: Any, jerk_mm: float, from_n: float) -> None:
        self._plant, self._jerk_mm, self._from_n = plant, jerk_mm, from_n
        self.forces_n: list[float] = []  # from the jerk on, once a tick

    def tick(self, velocity: int, powered: int, dump: int) -> Any:
        if not self.forces_n and self._plant.output(layout.TENSION) > self._from_n:
            self._plant.buffer[layout.SLIP] -= self._jerk_mm
            self.forces_n.append(self._plant.output(layout.TENSION))
        seen = self._plant.tick(velocity, powered, dump)
        if self.forces_n:
            self.forces_n.append(self._plant.output(layout.TENSION))
        return seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plant, name)


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("region", FORCE_N)
def test_a_jerk_of_the_body_has_its_answer_within_50_ms_and_makes_no_more_than_itself(
    region: str, drive: str
) -> None:
    clock = VirtualClock()
    guard = open_driver(url(region, drive), clock=clock, setup=TableSetup())
    table: Any = guard._driver
    plant = table._plant = JerkedPlant(table._plant, 4.0, 0.995 * FORCE_N[region])
    result = run_session(plan(region, drive), guard, clock, record_to_memory())
    afterwards(clock, table.true_force_n, result)
    assert str(result.outcome) == "TRIPPED"
    assert table._controller.fault in (codes.FAULT_OVER_RATE, codes.FAULT_OVER_FORCE)
    top = int(np.argmax(plant.forces_n))
    assert plant.forces_n[top] - plant.forces_n[0] > 20.0  # faster than anything could answer
    assert top <= 5  # ticks: the force goes down from there on, and by itself to slack
    assert (np.diff(plant.forces_n[6:]) <= 1.0).all()  # the body itself swings a little
    assert plant.forces_n[505] <= SLACK_N


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("region", FORCE_N)
def test_a_controller_that_restarts_lets_go_at_once(region: str, drive: str) -> None:
    """Long before it is back, and before a host can know: nothing that needs power holds the force."""
    at_s = AT_S[region]
    seen = session(region, drive, f"controller-reboot@{at_s:g}s", at_s=at_s)
    after = seen.force_n[seen.seconds >= 0.0]
    fallen = seen.force_n[(seen.seconds >= 0.1) & (seen.seconds < 0.3)]
    assert after.max() == after[0]
    assert fallen.max() < after[0] - 5.0
    assert seen.slack_s(0.0) <= RELEASE_S


def test_a_stop_of_which_both_channels_act_does_not_lock() -> None:
    assert not session("lumbar", "back-drivable", "estop-pressed@15s", at_s=15.0).locked


@pytest.mark.parametrize(
    "name",
    [
        *("estop-pressed", "patient-stop-broken", "cell-b-open", "cell-a-saturated"),
        *("end-switch-open", "supply-sagging", "estop-b-broken"),
    ],
)
def test_a_fault_from_power_up_is_found_before_anything_moves(name: str) -> None:
    seen = session("lumbar", "back-drivable", f"{name}@on")
    assert str(seen.result.outcome) in ("REFUSED", "FAULTED")
    assert seen.highest_n <= 1


@pytest.mark.parametrize("span", ["10ms", "20ms"])
def test_two_readings_that_are_missing_are_bridged(span: str) -> None:
    seen = session("lumbar", "back-drivable", f"cells-open@15s+{span}", at_s=15.0)
    assert str(seen.result.outcome) in ("COMPLETED", "TRIPPED")  # by where in the host's beat they fall
    assert seen.highest_n <= FORCE_N["lumbar"] * 1.02


def test_a_hang_shorter_than_the_watchdog_passes() -> None:
    assert str(session("lumbar", "back-drivable", "controller-hang@15s+60ms").result.outcome) == "COMPLETED"


def test_several_faults_are_several() -> None:
    seen = session("lumbar", "back-drivable", "cell-a-open@15s", "motor-jammed@15s", at_s=15.0)
    assert str(seen.result.outcome) == "TRIPPED"
    assert seen.slack_s(seen.seen_s) <= RELEASE_S


def test_the_same_fault_gives_the_same_session() -> None:
    one, two = (session("lumbar", "back-drivable", "cell-a-drifting@15s") for _ in range(2))
    assert np.array_equal(one.force_n, two.force_n)


@pytest.mark.parametrize("name", [name for name in FAULTS if FAULTS[name].side == TABLE])
def test_no_fault_touches_a_limit(name: str) -> None:
    clock = VirtualClock()
    tables: list[Any] = [
        open_driver(text, clock=clock, setup=TableSetup())._driver
        for text in (url("lumbar", "back-drivable"), url("lumbar", "back-drivable", f"{name}@on"))
    ]
    clock.wait_until_us(1_000_000)
    for table in tables:
        table._live()
    configs = [table._controller.config for table in tables]
    differing = {
        each for each in configs[0].__slots__ if getattr(configs[0], each) != getattr(configs[1], each)
    }
    assert differing <= {"boot_id"}
    assert tables[0]._controller.session.in_force() == tables[1]._controller.session.in_force()


# ---- the same over the wire --------------------------------------------------------------------------------


def wired(region: str, drive: str, *faults: str, at_s: float) -> Seen:
    clock = VirtualClock()
    options = read_options(parse_url(url(region, drive)), TableSetup())
    wanted = read_faults(faults, (TABLE, LINK))
    line = MemoryLine(make_emulated(options, faults=wanted), clock)
    trace: list[tuple[float, float]] = []

    class Looked(MemoryLine):
        """Notes the true force in every tick: where a line is cut, the record knows nothing of it."""

        started_us: int | None = None

        def tick(self, now_us: int) -> None:
            super().tick(now_us)
            if self.started_us is None and self.table.controller.state == codes.STATE_RUN:
                self.started_us = now_us
            if self.started_us is not None:
                trace.append(((now_us - self.started_us) / 1e6, self.table.true_force_n()))

    line = Looked(line.table, clock)
    with GuardedDriver(WireDriver(lambda: line, clock, 4711), clock) as guard:
        result = run_session(plan(region, drive), guard, clock, record_to_memory())
    for _ in range(800):
        clock.wait_until_us(clock.now_us() + 10_000)
        line.live()
    seen = Seen(result, at_s, [])
    seen.seconds = np.array([when - at_s for when, _ in trace])
    seen.force_n = np.array([force for _, force in trace])
    seen.highest_n = float(seen.force_n.max())
    return seen


LINK_ENDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], float]] = {
    "link-cut": (("FAULTED", "TRIPPED"), ("E402", "E538"), 0.30),
    "link-cut-to-table": (("FAULTED", "TRIPPED"), ("E408",), 0.35),
    "link-cut-to-host": (("FAULTED", "TRIPPED"), ("E402", "E503"), 0.30),
    "link-delayed": (("FAULTED", "TRIPPED"), ("E402", "E408", "E503"), 0.35),
    "link-duplicated": (("FAULTED", "TRIPPED"), ("E408", "E539"), 0.30),
    "link-reordered": (("FAULTED", "TRIPPED"), ("E402", "E408", "E539", "E520"), 0.5),
    "link-corrupted": (("FAULTED", "TRIPPED"), ("E408", "E539"), 1.0),
}


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("name", LINK_ENDS)
def test_a_fault_of_the_line_ends_the_session_with_the_force_down(name: str, drive: str) -> None:
    outcomes, found, seen_s = LINK_ENDS[name]
    seen = wired("lumbar", drive, f"{name}@15s", at_s=15.0)
    assert str(seen.result.outcome) in outcomes
    assert seen.causes[0].code in found
    assert seen.highest_n <= 150 + 6
    assert seen.slack_s(seen_s) <= RELEASE_S


def test_every_fault_of_a_line_is_tested_here() -> None:
    assert set(LINK_ENDS) == {name for name, fault in FAULTS.items() if fault.side == LINK}


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize(
    "name", ["cell-a-stuck", "cells-open", "motor-runaway", "brown-out", "estop-pressed", "strap-break"]
)
def test_over_the_wire_a_fault_of_the_table_ends_alike(name: str, drive: str) -> None:
    end = ENDS[name]
    seen = wired("lumbar", drive, f"{name}@15s", at_s=15.0)
    assert str(seen.result.outcome) == end.outcome
    assert seen.causes[0].code in end.codes
    assert seen.highest_n <= 150 + end.rise_n + 3
    assert seen.slack_s(end.seen_s + 0.1) <= RELEASE_S


@pytest.mark.parametrize("name", ["controller-reboot", "controller-hang"])
def test_a_controller_that_restarts_over_the_wire_is_not_gone_on_with(name: str) -> None:
    seen = wired("lumbar", "self-locking", f"{name}@15s", at_s=15.0)
    assert str(seen.result.outcome) == "FAULTED"
    assert seen.causes[0].code in ("E402", "E503", "E537", "E538")
    assert seen.slack_s(0.25) <= RELEASE_S
