"""Rules 1 to 5: what a driver owes to whoever uses it."""

from __future__ import annotations

import gc
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from traction.drivers.base import StopKind, Telemetry
from traction.errors import TableError
from traction.testing.rules import Rules
from traction.testing.table import TICK_US, TableUnderTest, point
from traction.wire import codes

VERBS = {"open", "load_limits", "arm", "go", "setpoint", "poll", "stop", "reset", "close"}
FIELDS = ("target_mn", "rate_mn_per_s", "mode", "lease_ms", "echo_seq")
WAITS: tuple[tuple[Any, str], ...] = (
    (time, "sleep"),
    (socket, "create_connection"),
    (subprocess, "Popen"),
    (threading.Event, "wait"),
    (threading.Thread, "join"),
)
WAYS = ("close", "with", "exception", "garbage")


def forbid_waiting(patch: pytest.MonkeyPatch) -> None:
    """Make every call by which a program waits an error, as long as ``patch`` lasts."""

    def wait(*_values: object, **_names: object) -> None:
        raise AssertionError("a verb waited")

    for module, name in WAITS:
        patch.setattr(module, name, wait)
    asks = select.select

    def look(*values: Any) -> Any:
        assert values[3:] == (0,) or values[3:] == (0.0,), "a verb waited"
        return asks(*values)

    patch.setattr(select, "select", look)


def leave(table: TableUnderTest, way: str) -> None:
    """Be done with a table in one of the ways that there are."""
    if way == "close":
        table.guard.close()
    elif way == "with":
        with table.guard:
            pass
    elif way == "exception":
        with suppress(ZeroDivisionError), table.guard:
            raise ZeroDivisionError
    else:
        del table.guard
        gc.collect()


class RulesOfTheHost(Rules):
    """Rules 1 to 5."""

    @pytest.mark.parametrize("name", FIELDS)
    @pytest.mark.parametrize("value", [None, True, 1.0, float("nan"), "1"])
    def test_rule_1_only_whole_numbers_cross(self, table: TableUnderTest, name: str, value: Any) -> None:
        """Every number that comes is a whole one; none that is not gets through."""
        table.start(self.limits)
        seen = table.guard.poll()
        for field, number in zip(Telemetry._fields, seen, strict=True):
            assert type(number) is (tuple if field == "channels" else int)
        assert all(type(number) is int for number in seen.channels)
        assert len(seen.channels) == len(table.guard.identity.channels)
        with pytest.raises(TableError):
            table.guard.setpoint(point(seen.seq)._replace(**{name: value}))

    def test_rule_2_no_verb_of_the_loop_waits(self, table: TableUnderTest) -> None:
        """Neither on the session's clock, which would not let it, nor on the machine's."""
        last = self.pull(table, seconds=1)
        with pytest.MonkeyPatch.context() as patch:
            forbid_waiting(patch)
            table.guard.setpoint(point(last.seq, table.target_mn))
            table.guard.poll()
            for kind in StopKind:
                table.guard.stop(kind)
        table.pass_time(round(self.settles_s * 1e6))
        with suppress(TableError):
            table.guard.reset(table.guard.poll().fault)
        table.guard.close()
        assert {*table.link.calls} == VERBS

    def test_rule_2_each_set_point_goes_out_once(self, table: TableUnderTest) -> None:
        """And so does one that failed."""
        last = self.pull(table, seconds=1)
        assert table.link.calls.count("setpoint") == 50
        table.link.failing = "setpoint"
        with pytest.raises(TableError):
            table.guard.setpoint(point(last.seq, table.target_mn))
        assert table.link.calls.count("setpoint") == 51

    def test_rule_2_nothing_renews_a_set_point_in_secret(self, table: TableUnderTest) -> None:
        """Samples are read all the time, so that whatever rides on them would keep the lease alive."""
        self.needs_controller(table)
        self.pull(table)
        states = []
        for _ in range(25):
            table.pass_time(TICK_US)
            states.append(table.guard.poll().state)
        assert states[:9] == [codes.STATE_RUN] * 9
        assert codes.STATE_RUN not in states[16:]
        assert table.guard.poll().fault == codes.FAULT_LEASE_EXPIRED

    @pytest.mark.parametrize("kind", StopKind)
    def test_rule_3_stop_never_raises_and_needs_nothing(self, table: TableUnderTest, kind: StopKind) -> None:
        """Before opening, after closing, and again."""
        table.guard.stop(kind)
        with suppress(TableError):
            table.guard.open()
        table.guard.stop(kind)
        table.guard.close()
        table.guard.stop(kind)
        assert table.link.calls.count("stop") >= 3

    def test_rule_3_stop_works_after_a_refusal(self, table: TableUnderTest) -> None:
        """What was refused does not stand in its way."""
        last = self.pull(table)
        with pytest.raises(TableError):
            table.guard.setpoint(point(last.seq, self.limits.max_force_mn + 1000))
        table.guard.stop(StopKind.FAST)
        self.assert_told_to_let_go(table)

    @pytest.mark.parametrize("verb", ["setpoint", "poll"])
    def test_rule_3_stop_works_while_another_verb_fails(self, table: TableUnderTest, verb: str) -> None:
        """What is broken does not, either."""
        last = self.pull(table)
        table.link.failing = verb
        calls: dict[str, Callable[[], object]] = {
            "poll": table.guard.poll,
            "setpoint": lambda: table.guard.setpoint(point(last.seq, self.pull_mn)),
        }
        with pytest.raises(TableError):
            calls[verb]()
        table.guard.stop(StopKind.RELEASE)
        self.assert_told_to_let_go(table)

    @pytest.mark.parametrize("way", WAYS)
    def test_rule_4_every_way_out_stops_the_table(self, table: TableUnderTest, way: str) -> None:
        """Closed, left, thrown out of, or forgotten."""
        self.pull(table)
        assert "stop" not in table.link.calls
        leave(table, way)
        assert table.link.calls[-2:] == ["stop", "close"]
        self.assert_told_to_let_go(table)

    @pytest.mark.parametrize("way", WAYS)
    def test_rule_4_where_the_link_is_gone_every_way_out_is_quiet(
        self, table: TableUnderTest, way: str
    ) -> None:
        """It is tried, and nothing worse happens; the controller lets go by itself."""
        self.pull(table)
        table.link.cut = True
        leave(table, way)
        assert table.link.calls[-2:] == ["stop", "close"]
        self.assert_let_go_by_itself(table)

    def test_rule_4_a_host_that_is_simply_gone_is_let_go_by_the_controller(
        self, table: TableUnderTest
    ) -> None:
        """Nobody says anything any more."""
        self.pull(table)
        self.assert_let_go_by_itself(table)

    def test_rule_5_after_an_error_it_says_whether_the_drive_may_be_powered(
        self, table: TableUnderTest
    ) -> None:
        """As far as anybody has looked; what is not known counts as powered."""
        said = []
        table.guard.open()
        said.append(table.guard.may_be_powered)  # nobody has looked yet
        table.guard.poll()
        said.append(table.guard.may_be_powered)
        table.guard.load_limits(self.limits)
        table.guard.go(table.guard.arm())
        with pytest.raises(TableError) as caught:
            table.guard.arm()
        assert [*said, table.guard.may_be_powered] == [True, False, True]
        assert caught.value.__notes__ == ["The drive may be powered."]

    @pytest.mark.parametrize("verb", ["open", "load_limits", "arm", "go", "setpoint", "poll"])
    def test_rule_5_every_error_of_every_verb_says_so(self, table: TableUnderTest, verb: str) -> None:
        """Whatever failed, and wherever."""
        table.link.failing = verb
        with pytest.raises(TableError) as caught:
            self.pull(table, seconds=1)
        powered = table.guard.may_be_powered
        assert caught.value.__notes__ == [
            "The drive may be powered." if powered else "The drive has no power."
        ]
