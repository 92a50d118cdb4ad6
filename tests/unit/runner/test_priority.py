"""A loop in real time asks for a place before other programs, says whether it has it, and gives it back."""

from __future__ import annotations

import os
from typing import Any

import pytest

from traction.clock import VirtualClock, WallClock
from traction.runner.journal import Journal
from traction.runner.priority import real_time_priority
from traction.runner.record.direct import record_to_memory


def journal() -> tuple[Journal, list[Any]]:
    one: Journal = Journal(record_to_memory())
    assert one._early is not None
    return one, one._early


@pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="this system has no such call")
def test_it_has_it_and_gives_it_back_or_says_that_it_has_not() -> None:
    before = os.sched_getscheduler(0)
    one, events = journal()
    with real_time_priority(WallClock(), one):
        granted = os.sched_getscheduler(0) & os.SCHED_FIFO == os.SCHED_FIFO
        assert events[0][1:2] == ("priority",)
        assert (events[0][3] == "real-time") == granted
    assert os.sched_getscheduler(0) == before


def test_where_it_is_not_granted_the_record_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse, raising=False)
    one, events = journal()
    with real_time_priority(WallClock(), one):
        assert events[0][3].startswith("ordinary")


def test_where_the_system_has_no_such_thing_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getscheduler", raising=False)
    one, events = journal()
    with real_time_priority(WallClock(), one):
        assert events[0][3].startswith("ordinary")


def test_on_a_virtual_clock_nobody_asks() -> None:
    one, events = journal()
    with real_time_priority(VirtualClock(), one):
        assert events == []
