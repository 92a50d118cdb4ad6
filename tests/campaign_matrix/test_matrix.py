"""The matrix of faults and phases: every phase is there, every cell is run or excused, none is lost."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from traction.campaign import matrix
from traction.campaign.case import DIRECT, TRANSPORTS, WIRE
from traction.campaign.interrupts import held_back
from traction.campaign.matrix import NO_HOST, NO_LINE, NOT_YET, Cell, Choice, Found, Matrix, cells, fill, find
from traction.campaign.oracle import Escape
from traction.campaign.phases import ONSETS, PHASES, base_case, onset_ms, spans
from traction.campaign.world import run
from traction.report.matrix_row import matrix_lines
from traction.runner.outcome import Outcome
from traction.sim.faults import FAULTS, HOST, LINK, ON, TABLE
from traction.wire import codes

TABLES = [
    (region, drive, transport)
    for region in codes.REGION_NAMES
    for drive in codes.DRIVE_NAMES
    for transport in TRANSPORTS
]
ONE = Choice(regions=("lumbar",), drives=("self-locking",), transports=(WIRE,))


@pytest.mark.parametrize("table", TABLES, ids="-".join)
def test_every_phase_is_there_in_order_and_takes_time(table: tuple[str, str, str]) -> None:
    for session in set(PHASES.values()):
        found = spans(session, *table)
        assert set(found) == {phase for phase, where in PHASES.items() if where == session}
        assert all(last > first for first, last in found.values())
        starts = [first for first, _ in found.values()]
        assert starts == sorted(starts)
        in_order = list(found.values())
        assert all(before[1] <= after[0] for before, after in pairwise(in_order))


@pytest.mark.parametrize("region", codes.REGION_NAMES)
@pytest.mark.parametrize("session", ["whole", "paused"])
def test_without_a_fault_a_session_completes(session: str, region: str) -> None:
    result = run(base_case(session, region, "back-drivable", DIRECT)).result
    assert result is not None
    assert result.outcome is Outcome.COMPLETED


def test_the_three_onsets_of_a_phase_are_three() -> None:
    for phase in PHASES:
        at_ms = [onset_ms(phase, onset, *TABLES[0]) for onset in ONSETS]
        if phase == "ARMED":  # from power-up, and so backwards
            assert at_ms[0] == ON
            assert at_ms == sorted(at_ms, reverse=True)
        else:
            assert at_ms == sorted(at_ms)
        assert len(set(at_ms)) == len(ONSETS)


def test_the_whole_matrix_has_every_fault_in_every_phase_on_every_table_once() -> None:
    wanted = list(cells(Choice()))
    assert len(wanted) == len(set(wanted)) == len(FAULTS) * len(PHASES) * len(ONSETS) * len(TABLES)


@pytest.mark.parametrize("phase", PHASES)
def test_a_fault_really_begins_where_its_cell_says(phase: str) -> None:
    for onset in ONSETS:
        cell = Cell("cell-a-open", phase, onset, *TABLES[1])
        case = matrix.case_of(cell)
        history = run(case)
        begun = history.onsets[-1]
        assert begun is not None
        at_ms = case.injections[-1].at_ms
        if at_ms > ON:
            assert history.at_ms(begun) == at_ms
        first_ms, last_ms = spans(PHASES[phase], *TABLES[1])[phase]
        if phase != "ARMED":
            assert first_ms <= at_ms <= last_ms


@pytest.mark.parametrize(
    ("fault", "phase", "table", "reason"),
    [
        ("link-cut", "HOLD", ("lumbar", "back-drivable", DIRECT), NO_LINE),
        ("host-stall", "ARMED", ("lumbar", "back-drivable", DIRECT), NOT_YET),
        ("host-crash", "LATCHED", ("lumbar", "back-drivable", WIRE), NO_HOST),
    ],
)
def test_a_fault_that_cannot_be_is_said_and_not_passed_over(
    fault: str, phase: str, table: tuple[str, str, str], reason: str
) -> None:
    found = find(Cell(fault, phase, "last", *table))
    assert found.absent == reason
    assert reason in matrix.REASONS
    assert not found.empty


def test_only_faults_of_host_and_line_are_ever_excused() -> None:
    sides = {FAULTS[cell.fault].side for cell in cells(Choice()) if FAULTS[cell.fault].side != TABLE}
    assert sides == {HOST, LINK}


CELL = Cell("cell-a-open", "HOLD", "entry", *TABLES[0])
RUN = Found(CELL, at_ms=10, ended="TRIPPED E416", margin=0.5, hazard="H14")
ESCAPE = Escape("I1", 1234, 95.0, 90.0, "N of true force")


@pytest.mark.parametrize(
    ("found", "empty"),
    [
        (RUN, False),
        (replace(RUN, at_ms=None), True),
        (replace(RUN, margin=None), True),
        (replace(RUN, margin=None, escapes=(ESCAPE,)), False),
        (Found(CELL, NO_LINE), False),
    ],
)
def test_a_cell_of_which_nothing_is_known_is_empty(found: Found, empty: bool) -> None:
    assert found.empty == empty


def test_an_escape_an_empty_cell_and_no_cell_at_all_fail() -> None:
    assert Matrix((RUN,), 0.0).passed
    assert not Matrix((), 0.0).passed
    assert not Matrix((Found(CELL, NO_LINE),), 0.0).passed
    assert not Matrix((RUN, replace(RUN, margin=None)), 0.0).passed
    assert not Matrix((RUN, replace(RUN, escapes=(ESCAPE,))), 0.0).passed


def test_cells_come_back_in_their_order_whoever_ran_them() -> None:
    choice = replace(ONE, faults=("estop-pressed", "cell-a-open"), phases=("HOLD", "STOPPING"))
    told: list[tuple[int, int]] = []
    found = fill(choice, 1, lambda done, total: told.append((done, total)))
    assert [one.cell for one in found.found] == list(cells(choice))
    assert told == [(done, 12) for done in range(1, 13)]
    assert Counter(one.ended.split()[0] for one in found.runs) == {"STOPPED": 6, "TRIPPED": 6}


def test_ctrl_c_leaves_the_cells_that_were_run_and_passes_none() -> None:
    choice = replace(ONE, faults=("estop-pressed",), phases=("HOLD",))

    def press(done: int, _total: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGINT)

    found = fill(choice, 1, press)
    assert ([one.cell for one in found.found], found.missing) == (list(cells(choice))[:2], 1)
    assert (found.broken, found.passed) == (False, False)
    assert list(matrix_lines(found))[-1].startswith("interrupted, 1 cells were not come to; cells: 2 run")
    assert fill(choice).passed


def test_ctrl_c_ends_the_matrix_between_two_sessions_and_stops_none() -> None:
    choice = replace(ONE, faults=("clock-jump",), phases=("HOLD",), onsets=("entry",))
    (healthy,) = fill(choice).found
    before = signal.getsignal(signal.SIGINT)
    with held_back() as look:
        signal.raise_signal(signal.SIGINT)
        pressed = find(healthy.cell)  # a session within which it would have been a stop
        with pytest.raises(KeyboardInterrupt):
            look()
    assert pressed == healthy
    assert pressed.ended == "COMPLETED"
    assert signal.getsignal(signal.SIGINT) is before


def test_elsewhere_than_in_the_main_thread_nothing_is_touched() -> None:
    seen: list[object] = []

    def within() -> None:
        with held_back() as look:
            look()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=within)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
