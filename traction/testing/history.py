"""What a host and a controller each wrote down of the same minutes, held against each other.

The controller's side is what ``traction emulate --log FILE`` writes (``sim.noted``), the host's what
``Noted`` writes of every verb of a driver, and the record of the session. All stand on the machine's clock.
``check`` returns a ``Finding`` for each rule that does not hold:

start: RUN follows a GO that a host has sent after the last safety event, and each start number works once.
set-point: none is taken outside a run, and none that no host has sent.
slack: whatever happened, in the end the true force is gone and the drive is off, soon after the last run.
peak: the true force stays under what was asked for.
belief: nobody goes on steering by a state that the controller left more than 200 ms ago.
acknowledged: what a host was told to be done was done, by that controller, at that time.
record: a row of the record is a sample the driver gave, and the controller's own reading, to the last mN.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from traction.clock import machine_us
from traction.drivers.base import Telemetry
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Line = dict[str, Any]

BELIEF_US: Final = 200_000
SLOP_US: Final = 30_000
"""A log says when its line was written: a little after what it tells, and later on a busy machine."""
POWERED: Final = ("RUN", "RELEASING", "FAST_RELEASING")
ANSWERED: Final = {"open": "HELLO", "load_limits": "LIMITS", "arm": "ARM", "go": "GO", "reset": "RESET"}
"""The verbs that end with an answer, and the message each of them is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that did not hold, when (us on the machine's clock), and what was found."""

    rule: str
    us: int
    what: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the true force of a run must keep to: slack (mN), time to it (us), and the highest force (mN)."""

    slack_mn: int = 11_000
    slack_us: int = 6_000_000
    peak_mn: int = 1 << 31


class Noted:
    """A driver whose every verb is written down: before it goes out, and when it has come back."""

    def __init__(
        self, driver: Any, write: Callable[[str], object], now_us: Callable[[], int] = machine_us
    ) -> None:
        self._driver = driver
        self._write = write
        self._now_us = now_us

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            self._note("call", verb, values=[_plain(value) for value in values])
            try:
                gave = getattr(self._driver, verb)(*values)
            except BaseException as error:
                self._note("failed", verb, error=str(error))
                raise
            self._note("done", verb, gave=_plain(gave))
            return gave

        return call

    def poll(self) -> Telemetry:
        """Return the newest sample, written down; it is asked for too often for two lines."""
        seen: Telemetry = self._driver.poll()
        self._note("poll", "poll", sample=list(seen[:9]))
        return seen

    def _note(self, kind: str, verb: str, **what: Any) -> None:
        line = {"us": self._now_us(), "is": kind, "verb": verb, **what}
        self._write(json.dumps(line, separators=(",", ":")) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, int) else None


def read_lines(path: Path) -> list[Line]:
    """Return the whole lines of a log; one that was being written when its writer died is not there."""
    text = path.read_text(encoding="ascii") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


class History:
    """The lines of one controller, and those of each host by its token."""

    def __init__(self, controller: Sequence[Line], hosts: Mapping[int, Sequence[Line]]) -> None:
        self.controller = controller
        self.hosts = hosts
        self.ticks = [line for line in controller if line["is"] == "tick"]

    def left_run_us(self, after_us: int) -> int | None:
        """Return when it was first seen out of RUN, at or after ``after_us``."""
        return next(
            (one["us"] for one in self.ticks if one["us"] >= after_us and one["state"] != "RUN"), None
        )

    def slack_us(self, after_us: int, bounds: Bounds) -> int | None:
        """Return when the true force had gone for good, at or after ``after_us``; None where it has not."""
        found: int | None = None
        for one in reversed(self.ticks):
            if one["us"] < after_us or not _is_slack(one, bounds):
                break
            found = one["us"]
        return found


def _is_slack(tick: Line, bounds: Bounds) -> bool:
    return tick["true_force_mn"] <= bounds.slack_mn and tick["state"] not in POWERED


def check(history: History, bounds: Bounds) -> list[Finding]:
    """Return what does not hold; of the record see ``check_record``."""
    return [
        *_starts(history),
        *_setpoints(history),
        *_force(history, bounds),
        *(finding for token in history.hosts for finding in _belief(history, token)),
        *(finding for token in history.hosts for finding in _acknowledged(history, token)),
    ]


def _starts(history: History) -> Iterable[Finding]:
    state, event_us, used = "", 0, set()
    for line in history.controller:
        before, state = state, line["state"]
        if before == "RUN" and state != "RUN":
            event_us = line["us"]
        if state != "RUN" or before == "RUN":
            continue
        if line["is"] != "verb" or line["verb"] != "GO" or line["result"] != codes.RESULT_OK:
            yield Finding("start", line["us"], f"RUN after {before} without a GO")
            continue
        boot, number = line["values"]
        nonce = boot << 16 | number
        if (line["boot"], nonce) in used:
            yield Finding("start", line["us"], f"start number {nonce} worked twice")
        used.add((line["boot"], nonce))
        sent = [
            one["us"]
            for one in history.hosts.get(line["token"], ())
            if one["is"] == "call" and one["verb"] == "go" and one["values"] == [nonce]
        ]
        if not any(event_us < us <= line["us"] for us in sent):
            yield Finding("start", line["us"], f"no host has sent GO {nonce} since the last safety event")


def _setpoints(history: History) -> Iterable[Finding]:
    sent = {
        token: iter([one["values"][0] for one in lines if one["is"] == "call" and one["verb"] == "setpoint"])
        for token, lines in history.hosts.items()
    }
    state = ""
    for line in history.controller:
        before, state = state, line["state"]
        if line["is"] != "verb" or line["verb"] != "SETPOINT" or line["result"] != codes.RESULT_OK:
            continue
        if before != "RUN":
            yield Finding("set-point", line["us"], f"one was taken in {before}")
        # in the order in which they were sent, each once: what is not found any more was never sent
        if line["values"] not in sent.get(line["token"], iter(())):
            yield Finding("set-point", line["us"], f"{line['values']} was taken, and nobody has sent it")


def _force(history: History, bounds: Bounds) -> Iterable[Finding]:
    ticks = history.ticks
    if not ticks:
        yield Finding("slack", 0, "the controller wrote nothing down")
        return
    highest = max(ticks, key=lambda one: one["true_force_mn"])
    if highest["true_force_mn"] > bounds.peak_mn:
        yield Finding("peak", highest["us"], f"{highest['true_force_mn']} mN of at most {bounds.peak_mn} mN")
    if not _is_slack(ticks[-1], bounds):
        last = ticks[-1]
        yield Finding("slack", last["us"], f"in the end {last['true_force_mn']} mN in {last['state']}")
        return
    ran = [one["us"] for one in ticks if one["state"] == "RUN"]
    slack_us = history.slack_us(ran[-1], bounds) if ran else None
    if slack_us is not None and slack_us - ran[-1] > bounds.slack_us:
        yield Finding("slack", slack_us, f"only {(slack_us - ran[-1]) // 1000} ms after the last run")


def _belief(history: History, token: int) -> Iterable[Finding]:
    """Find two set-points in a row that were sent by a state that was no more.

    One alone may be the host's own: it may be stopped between its look at the clock and its sending, and then
    the controller drops what it sent.
    """
    changes = [(line["us"], line["state"]) for line in history.controller]
    changes = [one for i, one in enumerate(changes) if i == 0 or one[1] != changes[i - 1][1]]
    times = [us for us, _ in changes]
    wrong, believed = 0, None
    for line in history.hosts[token]:
        if line["is"] == "poll":
            believed = line["sample"][3]
        elif line["is"] == "call" and line["verb"] == "setpoint" and believed is not None:
            first = max(0, bisect.bisect_right(times, line["us"] - BELIEF_US - SLOP_US) - 1)
            last = bisect.bisect_right(times, line["us"] + SLOP_US)
            true = {state for _, state in changes[first:last]}
            wrong = 0 if codes.STATE_NAMES[believed] in true else wrong + 1
            if wrong == 2:
                told = f"believed {codes.STATE_NAMES[believed]}, it was {' or '.join(sorted(true))}"
                yield Finding("belief", line["us"], told)


def _acknowledged(history: History, token: int) -> Iterable[Finding]:
    verbs = [
        line
        for line in history.controller
        if line["is"] == "verb" and line["token"] == token and line["result"] == codes.RESULT_OK
    ]
    called: Line = {}
    for line in history.hosts[token]:
        if line["is"] == "call":
            called = line
        elif line["is"] == "done" and line["verb"] in ANSWERED:
            name = ANSWERED[line["verb"]]
            done = any(
                one["verb"] == name and called["us"] <= one["us"] <= line["us"] + SLOP_US for one in verbs
            )
            if not done:
                yield Finding("acknowledged", line["us"], f"{name} is done for the host only")


def check_record(
    history: History, token: int, samples: Mapping[str, NDArray[np.int64]], lsb_mn: int = 1
) -> list[Finding]:
    """Return each row of a record that is not what the driver gave, or not what the controller read."""
    polled = {tuple(one["sample"][:3]): one for one in history.hosts[token] if one["is"] == "poll"}
    read = {(one["boot"], one["seq"]): one for one in history.ticks}
    names = ("seq", "controller_ms", "boot_id", "state", "fault", "inputs", "force_mn", "force_b_mn")
    found = []
    for row in zip(*(samples[name].tolist() for name in names), strict=True):
        gave = polled.get(row[:3])
        if gave is None or list(row[3:6]) != gave["sample"][3:6] or not _near(row, gave["sample"], lsb_mn):
            found.append(Finding("record", 0, f"sample {row[0]} is not what the driver gave"))
        true = read.get((row[2], row[0]))
        own = None if true is None else (*row[:6], true["force_a_mn"], true["force_b_mn"])
        if own is None or not _near(row, own, lsb_mn):
            found.append(Finding("record", 0, f"sample {row[0]} is not what the controller read"))
    return found


def _near(row: Sequence[int], other: Sequence[int], lsb_mn: int) -> bool:
    return all(abs(row[i] - other[i]) <= lsb_mn for i in (6, 7))
