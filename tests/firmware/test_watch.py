"""The board's watchdog is fed by nothing but a whole beat in order and in time, and after a fault never."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WATCH = runpy.run_path(str(ROOT / "hardware" / "firmware" / "micropython" / "watch.py"))
TASKS = range(WATCH["TASKS"])


class Fed:
    def __init__(self) -> None:
        self.count = 0
        self.watch: Any = WATCH["Watch"](self.feed)

    def feed(self) -> None:
        self.count += 1

    def beat(self, tasks: Any = TASKS, late_us: int = 0) -> bool:
        self.watch.begin(late_us)
        for task in tasks:
            self.watch.check_in(task)
        return bool(self.watch.end())


def test_each_whole_beat_feeds_once() -> None:
    fed = Fed()
    assert all(fed.beat(late_us=late) for late in (0, 1, 500, WATCH["LATEST_US"]))
    assert fed.count == 4


@pytest.mark.parametrize("left_out", TASKS)
def test_a_task_that_hangs_starves_it(left_out: int) -> None:
    fed = Fed()
    assert not fed.beat([task for task in TASKS if task != left_out])
    assert fed.count == 0


@pytest.mark.parametrize("first", range(len(TASKS) - 1))
def test_so_do_tasks_in_another_order(first: int) -> None:
    fed, tasks = Fed(), list(TASKS)
    tasks[first], tasks[first + 1] = tasks[first + 1], tasks[first]
    assert not fed.beat(tasks)
    assert fed.count == 0


@pytest.mark.parametrize("tasks", [[], [0], [0, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 4], [0, 1, 2, 3, 4, 5]])
def test_and_a_task_too_few_or_too_many(tasks: list[int]) -> None:
    fed = Fed()
    assert not fed.beat(tasks)
    assert fed.count == 0


@pytest.mark.parametrize("late_us", [-1, -5000, WATCH["LATEST_US"] + 1, 1_000_000])
def test_a_beat_too_early_or_too_late_starves_it_for_good(late_us: int) -> None:
    fed = Fed()
    assert fed.beat()
    assert not fed.beat(late_us=late_us)
    assert not any(fed.beat() for _ in range(100))
    assert fed.count == 1
