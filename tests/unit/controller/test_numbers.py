"""Every number that the controller's code names, as the documents and the bounds of the campaign have it."""

from __future__ import annotations

from types import ModuleType

import pytest

from traction.controller import (
    cells,
    config,
    core,
    easing,
    enabling,
    latch,
    link,
    loop,
    motion,
    release,
    session,
    stuck,
    trips,
)
from traction.wire import codes, messages

NUMBERS = {
    cells: {"BAD_STEP": 3, "BAD_TRIP": 9, "DISAGREE_MS": 500},
    config: {"HOLD_CAP_MS": 1_260_000},
    core: {"TRAVEL_BAD_SAMPLES": 3, "CHANNELS_MS": 100},
    easing: {"PRESSED_TICKS": 3, "LET_GO_TICKS": 30},
    enabling: {"OPEN_STEP": 2, "LET_GO": 6},
    latch: {"GONE_MS": 1000, "FRESH_PRESS_MS": 500, "MOST_DEFECTS": 3, "DEFECTS_MS": 600_000},
    link: {"TELEMETRY_MS": 20, "GREETING_MS": 1000, "MOST_WAITING": 16, "BURST": 3, "BURST_MS": 1000}
    | {"MOST_BAD": 5, "MOST_BAD_MS": 3_600_000, "LONG_AGO_MS": -3_600_001, "MUST_KNOW": 7},
    loop: {"WINDOW_MS": 3000, "WINDOW_TRAVEL_UM": 50},
    motion: {"SLACK_SAMPLES": 3, "LOOSEN_MS": 800, "BACK_MS": 500, "GOING": 0, "SLACK": 1, "LATE": 2},
    release: {"LAG_MS": 500, "RISING_MS": 100, "RISING_MN": 5000},
    session: {"NONCE_BITS": 16, "NONCE_COUNT": 65_535, "LATEST_ARM_MS": 2**32 - 1 - 7_200_000},
    stuck: {"CHANCE": 5, "WINDOW_MS": 1950, "REPEATS_MS": 200, "MOVES": 10, "SPREAD_MN": 1500},
    trips: {"RATE_WINDOW_MS": 100, "FAST_MS": 3000, "OVER_FORCE_SAMPLES": 3, "NEGATIVE_SAMPLES": 3}
    | {"HOLD_LAG_MS": 500, "LOST_FLOOR_MN": 30_000, "LOST_MARGIN_MN": 10_000},
}


@pytest.mark.parametrize("module", NUMBERS, ids=lambda module: module.__name__.split(".")[-1])
def test_a_number_is_what_is_promised(module: ModuleType) -> None:
    assert {name: vars(module)[name] for name in NUMBERS[module]} == NUMBERS[module]


def test_what_is_looked_up_is_complete() -> None:
    assert core.UNLOADABLE == (codes.STATE_UNLOAD_ONLY, codes.STATE_DONE, codes.STATE_FAULT_LATCHED)
    assert core.RESETTABLE == (codes.STATE_UNLOAD_ONLY, codes.STATE_FAULT_LATCHED, codes.STATE_DUMPED)
    assert [fault for _, fault in core.INPUT_FAULTS] == [
        codes.FAULT_ESTOP,
        codes.FAULT_PATIENT_STOP,
        codes.FAULT_END_SWITCH,
        codes.FAULT_SUPPLY,
    ]
    assert link.SAMPLES == (messages.TELEMETRY, messages.CHANNELS)
    assert set(trips.RUN_FAULTS) == {
        codes.FAULT_OVER_RATE,
        codes.FAULT_HOLD_TOO_LONG,
        codes.FAULT_SESSION_TOO_LONG,
        codes.FAULT_OVER_TRAVEL,
        codes.FAULT_NO_TENSION,
    }


def test_what_is_built_knows_of_nothing_yet() -> None:
    built = config.ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE)
    one = core.Controller(built)
    assert (one.seq, one.now_ms, one.inputs, one.travel_um, one.own_target_mn) == (0, 0, 0, 0, 0)
    assert (one.lease_end_ms, one.travel_bad, one.apart_ms, one.given_inputs) == (0, 0, 0, None)
    drive = one.motion
    assert (drive.loose_end_ms, drive.unshown, drive.loop.window_travel_um) == (0, False, 0)
    line = drive.release
    assert (line.force_mn, line.line_mn_per_s, line.start_ms, line.whole_start_ms) == (0, 0, 0, 0)
    assert line.softest_mn_per_s == 200_000
    watch = drive.trips
    assert (watch.last_travel_um, watch.hold_since_ms, watch.stuck.a_seen_ms, watch.stuck.b_seen_ms) == (
        0,
        0,
        0,
        0,
    )
    for cell in (watch.stuck.a, watch.stuck.b):
        assert [getattr(cell, name) for name in cell.__slots__] == [0] * len(cell.__slots__)
    drive.power(0, 0, 0, one.session.caps, True)
    assert not drive.unshown
    drive.loop.target_un = 123_456_789
    assert one.own_target_mn == 123_456
