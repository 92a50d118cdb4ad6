"""The alert at the end: only where somebody can notice, until somebody has, and all of it in the record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from traction.clock import VirtualClock
from traction.protocol.declared import Alerts, Declared
from traction.runner.requests import Requests

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench


class Steady(VirtualClock):
    """A clock that jumps and calls itself real, so that what belongs to real time happens."""

    __slots__ = ()
    realtime = True


class Watch:
    """Looks at a session, hears every bell, and presses a key at the given look after the end."""

    can_acknowledge = True

    def __init__(self, at_look: int = 0) -> None:
        self.at_look, self.looks, self.rings, self.said = at_look, 0, 0, list[str]()

    def look(self, *_now: object) -> None:
        pass

    def ended(self) -> None:
        pass

    def ring(self) -> None:
        self.rings += 1

    def notice(self, text: str) -> None:
        self.said.append(text)

    def acknowledges(self) -> bool:
        self.looks += 1
        return self.looks == self.at_look


@pytest.mark.parametrize(
    ("at_look", "can", "rings", "by"),
    [(0, True, 3, []), (1, True, 1, ["by a key"]), (12, True, 2, ["by a key"]), (0, False, 0, [])],
    ids=["nobody", "at once", "later", "no keys"],
)
def test_it_rings_as_stated_until_a_key_is_pressed(
    bench: Bench, at_look: int, can: bool, rings: int, by: list[str]
) -> None:
    bench.clock = Steady()
    watch = Watch(at_look)
    watch.can_acknowledge = can
    plan = replace(bench.plan(), declared=Declared(alerts=Alerts(2.0, 3)))
    record = bench.script(plan=plan, viewer=watch).record()
    assert (watch.rings, len(watch.said)) == (rings, rings)
    events = [(event.name, event.text) for event in record.events]
    assert [text for name, text in events if name == "acknowledged"] == by
    assert sum(name == "alert" for name, _ in events) == rings
    assert record.outcome is not None
    assert record.outcome["outcome"] == "COMPLETED"


def test_a_keyboard_interrupt_ends_it_and_changes_nothing_else(bench: Bench) -> None:
    bench.clock = Steady()

    class Interrupted(Watch):
        def acknowledges(self) -> bool:
            raise KeyboardInterrupt  # of a handler that somebody else has installed

    plan = replace(bench.plan(), declared=Declared(alerts=Alerts(2.0, 3)))
    watch = Interrupted()
    result = bench.script(plan=plan, viewer=watch)
    assert (result.outcome, result.defect, watch.rings) == ("COMPLETED", None, 1)
    assert result.record().complete


@pytest.mark.parametrize("what", ["a call", "a stop"])
def test_a_call_and_a_stop_end_it_too_and_change_nothing_else(bench: Bench, what: str) -> None:
    bench.clock = Steady()
    requests = Requests()

    class Late(Watch):
        def ring(self) -> None:
            requests.stop("SIGINT") if what == "a stop" else requests.acknowledge()

    plan = replace(bench.plan(), declared=Declared(alerts=Alerts(2.0, 3)))
    result = bench.script(plan=plan, viewer=Late(), requests=requests)
    assert result.outcome == "COMPLETED"
    told = [event.text for event in result.record().events if event.name == "acknowledged"]
    assert told == ["by SIGINT" if what == "a stop" else "by a call"]
