"""One load cell fails in the middle of a hold: it trips for that, and ends slack on the other cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from traction.clock import VirtualClock
from traction.drivers.guarded import GuardedDriver
from traction.profile.profile import Profile
from traction.profile.segments import Hold, Ramp
from traction.runner.outcome import Outcome
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.sim.patient import make_patient
from traction.sim.table import SimTable

TAKE_UP_N = {"lumbar": 20.0, "cervical": 15.0}
HIGH_N = {"lumbar": 300.0, "cervical": 90.0}
RATE_N_PER_S = {"lumbar": 20.0, "cervical": 8.0}
TIMEOUT_S = 95.0


class BentPlant:
    """A plant whose cells a test bends: ``bend(ticks since then, a, b)`` in mN; None is no reading."""

    def __init__(self, plant, bend: Callable[[int, int, int], tuple[int | None, int | None]], force_mn: int):
        self._plant, self._bend, self._from_mn = plant, bend, force_mn
        self.ticks = -1

    def tick(self, velocity, powered, dump):
        a_mn, b_mn, travel_um, truths = self._plant.tick(velocity, powered, dump)
        if self.ticks >= 0 or a_mn > self._from_mn:
            self.ticks += 1
        if self.ticks > 200:  # two seconds into the hold
            a_mn, b_mn = self._bend(self.ticks - 200, a_mn, b_mn)
        return a_mn, b_mn, travel_um, truths

    def __getattr__(self, name):
        return getattr(self._plant, name)


def plan(region: str, table: str) -> SessionPlan:
    facts = load_table(table)
    limits = session_limits(region, facts)
    low, high, rate = TAKE_UP_N[region], HIGH_N[region], RATE_N_PER_S[region]
    climb_s = (high - low) / rate
    parts = (Ramp(low, high, climb_s), Hold(high, 10.0), Ramp(high, low, climb_s), Ramp(low, 0.0, low / rate))
    profile = Profile.of(*parts, rest_n=low)
    return SessionPlan(
        protocol_name="one-bad-cell",
        protocol_text="",
        protocol_digest="",
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts, take_up_timeout_s=TIMEOUT_S),
        region=region,
        mass_kg=80.0,
        seed=3,
        take_up_force_n=low,
        take_up_timeout_s=TIMEOUT_S,
        table=facts,
        table_url=facts.url,
    )


def run(region: str, table: str, bend) -> tuple[SessionResult, SimTable]:
    wanted = plan(region, table)
    clock = VirtualClock()
    sim = SimTable(clock, make_patient(region, mass_kg=80.0), drive=wanted.table.drive, seed=3)
    sim._plant = BentPlant(sim._plant, bend, round(990 * HIGH_N[region]))
    with GuardedDriver(sim, clock) as driver:
        return run_session(wanted, driver, clock, record_to_memory()), sim


def gone(ticks, a_mn, b_mn):
    return None, b_mn


def out_of_range(ticks, a_mn, b_mn):
    return 2_000_000, b_mn


class Stuck:
    """Repeats for ever what the cell showed when it got stuck."""

    def __init__(self) -> None:
        self.shown = None

    def __call__(self, ticks, a_mn, b_mn):
        self.shown = a_mn if self.shown is None else self.shown
        return self.shown, b_mn


FAULTS = {
    "gone": (lambda: gone, "E416"),
    "out of range": (lambda: out_of_range, "E416"),
    "stuck": (Stuck, "E414"),
}


@pytest.mark.parametrize("swapped", [False, True], ids=["A", "B"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("region", "table"), [("lumbar", "sim"), ("lumbar", "sim-self-locking"), ("cervical", "sim")]
)
def test_one_bad_cell_is_a_trip_of_its_own_and_ends_slack(region, table, fault, swapped):
    make, code = FAULTS[fault]
    one = make()

    def other(ticks, a_mn, b_mn):
        return tuple(reversed(one(ticks, b_mn, a_mn)))

    result, sim = run(region, table, other if swapped else one)
    assert (result.outcome, result.code) == (Outcome.TRIPPED, code), result.causes
    # nothing is said of a release that was late, trapped or unseen: it was neither
    assert not {cause.code for cause in result.causes} & {"E461", "E462", "E463", "E464", "E482", "E485"}
    assert sim.true_force_n() <= 10.0
    assert result.stats.peak_force_n < 1.05 * HIGH_N[region]


def test_cells_that_both_lost_the_force_at_once_prove_no_slack():
    """Both leads are cut: what reads zero is not the harness, and nobody is told that it went slack."""
    result, _ = run("lumbar", "sim-self-locking", lambda ticks, a, b: (ticks % 7, ticks % 5))
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E415"), result.causes
    assert result.causes[-1].code == "E485"
