"""The board's main loop in a MicroPython machine, against a model of the hardware around its pins."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from traction.wire import codes

# all scenes are played once, which takes half a minute: in one worker
pytestmark = pytest.mark.xdist_group("board")

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "hardware" / "firmware" / "micropython"
BOARD = Path(__file__).resolve().parent / "board"
NAMES = [
    *(
        "pull",
        "patient-shorted",
        "host-silent",
        "estop-cut",
        "patient-cut",
        "patient-tied",
        "adaptor-swapped",
    ),
    *("estop-b-cut", "estop-b-tied", "pull-end-cut", "slack-end-tied", "supply-low"),
    *("cell-dead", "cell-at-rail", "cell-inverted", "cells-inverted", "motor-inverted"),
    *(
        "late-25-ms",
        "late-50-ms",
        "hangs",
        "fails",
        "loaded",
        "twice",
        "switched-on",
        "no-watchdog",
        "held",
        "eased",
        "damaged",
        "uncalibrated",
        "no-adaptor",
        "counted",
    ),
]
TARGET_MN = 60_000
PRESSED = codes.INPUTS_HEALTHY | codes.INPUT_EASE_PRESSED
BEATS = 500  # of a scene of 7 s, of which 2 s are before the first beat
RUN = [codes.STATE_BOOT, codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_RUN]


@pytest.fixture(scope="module")
def played(micropython: Callable[..., str]) -> dict[str, dict[str, Any]]:
    text = micropython("scenes", f"{FIRMWARE}=/", f"{BOARD}=/", text="\n".join(NAMES))
    found = [ast.literal_eval(line) for line in text.splitlines()]
    return {one["scene"]: one for one in found}


def test_it_pulls_to_the_target_and_every_beat_feeds_both_watchdogs(played) -> None:
    it = played["pull"]
    assert it["states"] == RUN
    assert it["pins"][:2] == (1, 1)
    assert abs(it["pins"][2] - TARGET_MN) < 1000
    assert it["peak_mn"] < TARGET_MN + 1500
    assert BEATS - 1 <= it["feeds"] <= BEATS
    assert it["alive"] == it["feeds"]
    assert it["samples"] == BEATS // 2


def test_nothing_starts_before_each_stop_was_seen_to_open(played) -> None:
    it = played["patient-shorted"]
    assert it["answers"] == [codes.RESULT_OK, codes.RESULT_STOPS_UNTRIED]
    assert it["states"] == RUN[:-1]
    assert it["pins"][0] == 0


@pytest.mark.parametrize(
    ("scene", "fault", "way"),
    [
        ("estop-cut", codes.FAULT_ESTOP, codes.STATE_FAST_RELEASING),
        ("patient-cut", codes.FAULT_PATIENT_STOP, codes.STATE_RELEASING),
        ("patient-tied", codes.FAULT_PATIENT_STOP, codes.STATE_RELEASING),
        ("estop-b-cut", codes.FAULT_ESTOP, codes.STATE_FAST_RELEASING),
        ("estop-b-tied", codes.FAULT_ESTOP, codes.STATE_FAST_RELEASING),
        ("adaptor-swapped", codes.FAULT_ESTOP, codes.STATE_FAST_RELEASING),
        ("cell-dead", codes.FAULT_CELL_RANGE, codes.STATE_RELEASING),
        ("cell-at-rail", codes.FAULT_CELL_RANGE, codes.STATE_RELEASING),
    ],
)
def test_what_breaks_in_a_run_releases_to_slack(played, scene: str, fault: int, way: int) -> None:
    it = played[scene]
    assert it["states"] == [*RUN, way, codes.STATE_FAULT_LATCHED]
    assert it["fault"] == fault
    assert it["pins"] == (0, 1, 0)


@pytest.mark.parametrize(
    ("scene", "fault"),
    [
        ("pull-end-cut", codes.FAULT_END_SWITCH),
        ("slack-end-tied", codes.FAULT_END_SWITCH),
        ("supply-low", codes.FAULT_SUPPLY),
    ],
)
def test_an_end_of_the_way_or_a_supply_that_sags_takes_the_power(played, scene: str, fault: int) -> None:
    it = played[scene]
    assert it["states"] == [*RUN, codes.STATE_DUMPED]
    assert it["fault"] == fault
    assert it["pins"] == (0, 0, 0)


@pytest.mark.parametrize("scene", ["switch-let-go", "switch-tied"])
def test_an_enabling_switch_that_is_let_go_or_touches_the_supply_releases(played, scene: str) -> None:
    it = played[scene]
    assert it["states"] == [*RUN, codes.STATE_RELEASING, codes.STATE_FAULT_LATCHED]
    assert it["fault"] == codes.FAULT_SWITCH_LET_GO
    assert it["pins"] == (0, 1, 0)
    assert it["sounds"] >= 1


def test_an_enabling_switch_that_was_never_open_starts_nothing(played) -> None:
    it = played["switch-stuck"]
    assert it["answers"] == [codes.RESULT_OK, codes.RESULT_SWITCH_STUCK]
    assert it["states"] == RUN[:-1]


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        ("ease-none", [codes.INPUTS_HEALTHY]),
        ("ease-pressed", [codes.INPUTS_HEALTHY, PRESSED, codes.INPUTS_HEALTHY]),
        ("ease-tied", [codes.INPUTS_HEALTHY]),
    ],
)
def test_a_button_to_ease_off_is_told_where_its_pin_is_named_and_nothing_else_follows(
    played, scene: str, told: list[int]
) -> None:
    it = played[scene]
    assert it["states"] == RUN
    assert (it["fault"], abs(it["pins"][2] - TARGET_MN) < 1000) == (codes.FAULT_NONE, True)
    assert it["inputs"][-len(told) :] == told
    assert it["inputs"].count(PRESSED) == told.count(PRESSED)


def test_a_latched_fault_sounds_whoever_is_there(played) -> None:
    assert played["pull"]["sounds"] == 0
    assert played["loaded"]["sounds"] >= 1
    for scene in ("host-silent", "estop-cut", "cell-dead"):
        assert 1 <= played[scene]["sounds"] <= 3, "once a second for two seconds"


def test_other_axes_have_no_power_while_the_rope_pulls(played) -> None:
    assert played["pull"]["others"] == 0
    assert played["host-silent"]["others"] == 1, "slack, and the drive is off"
    assert played["loaded"]["others"] == 0
    for it in played.values():
        assert it.get("others_under_load", 0) == 0, it["scene"]


def test_a_silent_host_is_not_waited_for(played) -> None:
    assert played["host-silent"]["pins"] == (0, 1, 0)
    assert BEATS - 1 <= played["host-silent"]["feeds"] <= BEATS


@pytest.mark.parametrize(
    ("scene", "fault"),
    [
        ("cell-inverted", codes.FAULT_NEGATIVE_FORCE),
        ("cells-inverted", codes.FAULT_NEGATIVE_FORCE),
        ("motor-inverted", codes.FAULT_FOLLOWING),
    ],
)
def test_crossed_wires_end_before_there_is_a_force_to_speak_of(played, scene: str, fault: int) -> None:
    it = played[scene]
    assert it["fault"] == fault
    assert it["states"] == [*RUN, codes.STATE_DUMPED]
    assert it["pins"] == (0, 0, 0)
    assert it["peak_mn"] < 10_000


def test_a_beat_may_come_25_ms_late_and_its_time_is_caught_up(played) -> None:
    assert played["late-25-ms"]["ended"] == "end"
    assert BEATS - 1 <= played["late-25-ms"]["feeds"] <= BEATS


@pytest.mark.parametrize(
    ("scene", "ended"), [("late-50-ms", "stopped"), ("hangs", "restart"), ("fails", "error")]
)
def test_a_loop_that_is_not_in_order_is_off_and_feeds_no_more(played, scene: str, ended: str) -> None:
    it = played[scene]
    assert it["ended"] == ended
    assert (it["enable"], it["force_mn"]) == (0, 0)
    assert it["feeds"] < BEATS - 150


def test_a_power_up_is_told_from_the_one_before_and_does_not_pull_again(played) -> None:
    first, second = played["first"], played["second"]
    assert first["boot"] & 0xFFFF == (second["boot"] & 0xFFFF) - 1
    assert first["boot"] != second["boot"]
    assert first["serial"] == second["serial"] != 0
    assert first["force_mn"] == 0, "the release has opened"
    assert second["states"] == RUN, "slack, so a new session may begin"


def test_each_power_up_begins_with_a_bite_of_the_watchdog(played) -> None:
    first, second = played["switched-on"], played["bitten"]
    assert (first["ended"], first["states"], first["feeds"]) == ("restart", [], 0)
    assert (first["enable"], first["force_mn"]) == (0, 0)
    assert second["states"] == RUN


def test_where_the_watchdog_does_not_bite_nothing_is_alive(played) -> None:
    it = played["no-watchdog"]
    assert (it["ended"], it["states"], it["alive"]) == ("error", [], 0)
    assert (it["enable"], it["force_mn"]) == (0, 0)


def test_a_release_that_is_jammed_leaves_only_unloading(played) -> None:
    it = played["loaded"]
    assert it["states"] == [codes.STATE_UNLOAD_ONLY]
    assert it["fault"] == codes.FAULT_LOADED_AT_BOOT
    assert it["pins"][:2] == (0, 0)


def test_the_counts_are_what_zero_and_span_are_found_by(played) -> None:
    (zero_a, zero_b), (load_a, load_b), nothing = played["counted"]["counts"]
    newtons = played["counted"]["force_mn"] / 1000
    assert newtons > 20
    for zero, load in ((zero_a, load_a), (zero_b, load_b)):
        assert abs(zero + 20_000) < 200
        assert abs((load - zero) / newtons - 1500) < 10
    assert nothing == (None, None), "each reading is given once"
    assert played["counted"]["enable"] == 0


def test_the_settings_as_shipped_let_no_session_begin(played) -> None:
    assert set(played["uncalibrated"]["answers"]) == {codes.RESULT_NO_FORCE_SIGNAL}
    assert played["uncalibrated"]["states"] == [codes.STATE_BOOT]


def test_settings_that_do_not_fit_their_check_sum_let_no_session_begin(played) -> None:
    assert set(played["damaged"]["answers"]) == {codes.RESULT_NO_FORCE_SIGNAL}
    assert played["damaged"]["states"] == [codes.STATE_BOOT]
    assert played["damaged-bits"]["settings"] > 30
    assert played["damaged-bits"]["unseen"] == 0


@pytest.mark.parametrize("scene", ["no-adaptor", "both-adaptors"])
def test_without_exactly_one_adaptor_nothing_is_alive(played, scene: str) -> None:
    it = played[scene]
    assert (it["feeds"], it["samples"], it["pins"]) == (0, 0, (0, 0, 0))
