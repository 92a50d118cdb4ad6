"""What a record says while it grows: where the session stands as a frame, and what has happened since."""

from __future__ import annotations

import json
import math
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from traction.errors import Problem, RecordError
from traction.protocol.questions import QUESTION_KINDS
from traction.report.chart import clock_text
from traction.report.delivered import CHANGED
from traction.report.frame import Frame
from traction.report.frames import PRESSURE, RELEASE, TAKE_UP, TRACE_S, stops_text
from traction.report.phases import END, LEAD_IN
from traction.report.said import Said
from traction.report.screen import Session
from traction.report.table_name import table_name
from traction.runner.follow import PAUSE_US
from traction.runner.record.layout import COLUMNS
from traction.runner.states import UNDER_WAY, State
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traction.runner.reader import Event
    from traction.runner.record.growing import Growing

STATE: Final = "state"
ANSWERED: Final = ("answer", "no answer")
ENDS: Final = ("completed", "stopped", "tripped", "faulted", "refused")
CALLS: Final = (*QUESTION_KINDS, *ENDS, "no answer", "stop", "pause", "alert", "warning")
"""What somebody who looks away wants to hear of."""

MODELLED: Final = ("true_force_mn", "disc_pressure_pa", "disc_load_mn", "elongation_um")
"""What a simulated table says of its body and no table can know: not readings of a sensor."""

READ_ONLY: Final = "read only: Ctrl-C leaves, the session goes on without it"
ELSEWHERE: Final = "answered where the session runs"


class Happening(NamedTuple):
    """One event of a session, ``calls`` where a bell should ring for it."""

    t_us: int
    name: str
    code: str
    text: str

    @property
    def calls(self) -> bool:
        """Say whether it is a question, a stop, a trip, a fault or the end."""
        return bool(self.code) or self.name in CALLS

    @property
    def line(self) -> str:
        """Return it as one line for people."""
        code = f" {self.code}" if self.code else ""
        text = self.text.lower().replace("_", " ") if self.name == STATE else self.text
        return f"{clock_text(self.t_us / 1e6)}  {self.name}{code}: {text}"


class _Span(NamedTuple):
    """One span of the profile as the record has it."""

    start_s: float
    end_s: float
    start_n: float
    end_n: float
    kind: str
    phase: int
    name: str
    cycle: int


class _Phase(NamedTuple):
    """What a screen shows of the phase that runs."""

    name: str
    end_s: float
    low_n: float
    high_n: float
    cycles: int


class Followed:
    """A session as its growing record tells it; raises RecordError E610 for what no session writes."""

    def __init__(self, growing: Growing) -> None:
        self.growing = growing
        self._file = str(growing.path)
        self._seen = 0  # so many events were looked at
        self._spans: list[_Span] = []
        self._phases: list[_Phase] = []  # one for each span
        self._question = ""
        self._pause_us: int | None = None
        self._ended = ""
        self._trace: deque[int] = deque(maxlen=TRACE_S)
        self.last = ""

    def look(self) -> list[Happening]:
        """Take what has come, and return what has happened since the last look, oldest first."""
        self.growing.look()
        header = self.growing.header
        if header is None:
            return []
        if not self._spans:
            absent = [name for name in COLUMNS if name not in self.growing.parts.samples()]
            if absent:
                found = f"no column {', '.join(absent)}"
                raise RecordError(Problem("E610", found, "a record written by a session", self._file))
            self._take(Said(header, "header", self._file).part("profile"))
        events: Sequence[Event] = self.growing.parts.events[self._seen :]
        self._seen += len(events)
        happened = [self._heard(event) for event in events]
        if happened:
            self.last = happened[-1].line
        return happened

    def session(self) -> Session:
        """Return what stays the same while the session runs; only once its header is there."""
        header = Said(self.growing.header, "header", self._file)
        table = header.part("table")
        simulated = table.has("identity") and table.part("identity").flag("simulated")
        return Session(
            header.part("protocol").text("name"),
            table_name(table.text("url"), table.text("name")),
            simulated,
            header.text("clock"),
            header.whole("seed"),
            READ_ONLY,
        )

    def frame(self) -> Frame | None:
        """Return how the session stands by its newest sample, or None before the first one."""
        row = self.growing.parts.newest()
        if not row:
            return None
        header = Said(self.growing.header, "header", self._file)
        state, profile_s = _state(row["session_state"]), row["profile_us"] * 1e-6
        at = row["span_index"]
        runs = state in UNDER_WAY and 0 <= at < len(self._spans)
        span, phase = (self._spans[at], self._phases[at]) if runs else (None, None)
        take_up, lasts_s = header.part("take_up"), self._spans[-1].end_s if self._spans else 0.0
        pressure, measured_n = row.get(PRESSURE), force_n(row)
        if not math.isnan(measured_n):
            self._trace.append(max(round(measured_n), 0))
        return Frame(
            t_s=row["t_us"] * 1e-6,
            state=state.name,
            phase=phase.name if phase else TAKE_UP if state is State.TAKE_UP else RELEASE,
            kind=span.kind if span else "",
            cycle=span.cycle if span else 0,
            cycles=phase.cycles if phase else 0,
            span_left_s=max(span.end_s - profile_s, 0.0) if span else None,
            phase_left_s=max(phase.end_s - profile_s, 0.0) if phase else None,
            patience_s=self._patience_s(state, row["t_us"], take_up.number("timeout_s")),
            total_left_s=0.0 if state.is_down else max(lasts_s - profile_s, 0.0),
            progress=1.0 if state is State.ENDED else _share(profile_s, lasts_s),
            target_n=row["target_mn"] * 1e-3,
            measured_n=measured_n,
            low_n=phase.low_n if phase else 0.0,
            high_n=phase.high_n if phase else take_up.number("force_n"),
            limit_n=header.part("limits").part("merged").part("max_force_n").number("value"),
            trip_n=header.part("supervisor").number("over_force_mn") * 1e-3,
            travel_mm=row["travel_um"] * 1e-3,
            pressure_kpa=None if pressure is None else pressure * 1e-3,
            question="" if state.is_down else self._question,
            answers=ELSEWHERE,
            no_answer="what its protocol says for that" if span else "",
            question_left_s=max(span.end_s - profile_s, 0.0) if span else None,
            stops=stops_text(row["inputs"]),
            ended=self._ended,
            trace=tuple(self._trace),
        )

    def sensed(self) -> dict[str, int]:
        """Return the newest reading of each channel that this table has and the simulated one has not."""
        return {
            name: value
            for name, value in self.growing.parts.newest().items()
            if name not in COLUMNS and name not in MODELLED
        }

    def _heard(self, event: Event) -> Happening:
        text = event.text
        if event.name == CHANGED:
            self._change(text)
            text = "the session goes on by another profile"
        elif event.name in QUESTION_KINDS:
            self._question = text
        elif event.name in ANSWERED:
            self._question = ""
        elif event.name == STATE:
            pausing = text in (State.PAUSING.name, State.PAUSED.name)
            self._pause_us = (event.t_us if self._pause_us is None else self._pause_us) if pausing else None
        elif event.name in ENDS and not self._ended:
            code = f" {event.code}" if event.code else ""
            self._ended = f"{event.name.upper()}{code} {text} at {clock_text(event.t_us / 1e6)}"
        return Happening(event.t_us, event.name, event.code, text)

    def _change(self, text: str) -> None:
        """Take the profile by which the session goes on after an answer or an edit."""
        try:
            body: Any = json.loads(text)
        except (ValueError, RecursionError):
            body = None
        said = Said(body, "event profile", self._file)
        self._take(said, max(said.whole("from"), 0) if said.has("from") else 0)

    def _take(self, profile: Said, kept: int = 0) -> None:
        self._spans = [*self._spans[:kept], *(_span(one) for one in profile.parts("spans"))]
        self._phases = []
        for _, members in groupby(self._spans, key=lambda span: (span.phase, span.name, span.kind == END)):
            spans = [*members]
            self._phases += [_phase(spans)] * len(spans)

    def _patience_s(self, state: State, t_us: int, take_up_s: float) -> float | None:
        if self._pause_us is not None:
            return max(PAUSE_US - (t_us - self._pause_us), 0) * 1e-6
        return max(take_up_s - t_us * 1e-6, 0.0) if state is State.TAKE_UP else None


def force_n(row: dict[str, int]) -> float:
    """Return the mean of the load cells that give a reading, in N; NaN where none does."""
    read = [row[name] for name in ("force_mn", "force_b_mn") if row[name] != codes.FORCE_INVALID_MN]
    return sum(read) / len(read) * 1e-3 if read else math.nan


def _share(done_s: float, whole_s: float) -> float:
    return min(max(done_s / whole_s, 0.0), 1.0) if whole_s > 0.0 else 0.0


def _state(number: int) -> State:
    return State(number) if number in State._value2member_map_ else State.IDLE


def _span(said: Said) -> _Span:
    return _Span(
        said.number("start_s"),
        said.number("end_s"),
        said.number("start_n"),
        said.number("end_n"),
        said.text("kind"),
        said.whole("phase"),
        said.text("phase_name"),
        said.whole("cycle"),
    )


def _phase(spans: Sequence[_Span]) -> _Phase:
    first, last = spans[0], spans[-1]
    levels = [span for span in spans if not span.kind.startswith("ramp")] or spans
    return _Phase(
        name=first.name or (END if last.kind == END else LEAD_IN if first.phase < 0 else "phase"),
        end_s=last.end_s,
        low_n=min(min(span.start_n, span.end_n) for span in levels),
        high_n=max(max(span.start_n, span.end_n) for span in levels),
        cycles=len({span.cycle for span in spans if span.cycle > 0}),
    )
