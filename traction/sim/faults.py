"""The closed list of faults that a simulated or emulated table can have, and how one is asked for.

``NAME@TIME``, ``NAME@TIME+DURATION``, ``NAME:VALUE@TIME+DURATION``: times and values with their unit, as in
``cell-a-drifting:5N/s@12s+500ms``. TIME counts from the first start of the drive; ``@on`` is from power-up.
Without a duration a fault stays. Loads none of the physics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from traction import units
from traction.drivers.url import guess
from traction.errors import Problem, UsageError

TABLE: Final = "table"
"""Between the controller and what is around it: any simulated table can have it."""
LINK: Final = "link"
"""On the line between host and controller: only where there is one."""
HOST: Final = "host"
"""At the host: its program, its machine, its disk and its keys. Only where a whole session is simulated."""

NOT_HERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        LINK: "one of the table: sim: has no line; traction emulate has",
        HOST: "one of the table or of its line: those of the host are for traction faults matrix",
    }
)
"""What to ask for instead of a fault of a side that a table does not have."""

ON: Final = -1
"""In the place of a time: from power-up."""
FOR_EVER: Final = -1
LONGEST_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Value:
    """How much of a fault there is: its kind of unit, what it is unless said, and its range.

    In the unit of the kind (``traction.units``): N, N/s, s, mm/s, or 1 for a fraction. ``usual`` None leaves
    it to the table.
    """

    kind: units.Kind
    usual: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, on which side of the controller it sits, and what it does."""

    name: str
    side: str
    does: str
    value: Value | None = None
    at_once: bool = False  # it happens in an instant: no duration


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault at one time: ms from the first start, for ms (``FOR_EVER``).

    From ``ON`` downwards the time counts from power-up: ``ON - 50`` is 50 ms after it.
    """

    fault: Fault
    at_ms: int
    span_ms: int
    value: float | None

    def told(self) -> str:
        """Return which fault this is and when it begins, as it is asked for: ``cell-a-stuck@12s``."""
        return f"{self.fault.name}@{'on' if self.at_ms <= ON else f'{self.at_ms / 1000:g}s'}"


_CELLS: Final = (
    ("stuck", "repeats its last reading", None),
    ("drifting", "reads ever more beside the force", Value("force_rate", 2.0, 0.001, 1000.0)),
    ("sagging", "reads ever less beside the force", Value("force_rate", 2.0, 0.001, 1000.0)),
    ("inverted", "reads with the wrong sign", None),
    ("open", "gives no reading: a wire is off", None),
    ("saturated", "reads the upper end of its range", Value("force", 2000.0, 1.0, 10_000.0)),
    ("intermittent", "gives a reading only every second time", None),
)
_WHICH: Final = (("cell-a", "load cell A"), ("cell-b", "load cell B"), ("cells", "each of both load cells"))
_STOPS: Final = (("estop", "the emergency stop"), ("patient-stop", "the patient's stop"))

_LIST: Final = (
    *(
        Fault(f"{prefix}-{name}", TABLE, f"{who} {does}", value)
        for prefix, who in _WHICH
        for name, does, value in _CELLS
    ),
    Fault("travel-stuck", TABLE, "the carriage's position repeats its last reading"),
    Fault("travel-inverted", TABLE, "the carriage's position runs the wrong way"),
    Fault("travel-open", TABLE, "the carriage's position gives no reading"),
    Fault("harness-slip", TABLE, "the harness slips over the body", Value("speed", 20.0, 0.1, 200.0)),
    Fault("strap-break", TABLE, "the strap breaks: nothing pulls any more", at_once=True),
    Fault(
        "motor-runaway",
        TABLE,
        "the drive pulls at full speed while it has power, whatever it is told",
        Value("speed", None, 0.1, 50.0),
    ),
    Fault("motor-reversed", TABLE, "the drive runs the wrong way"),
    Fault("motor-jammed", TABLE, "the drive stands still, powered or not"),
    Fault("release-jammed", TABLE, "the release that needs no power does not open"),
    Fault("brown-out", TABLE, "drive, release and load cells are without power; the controller lives on"),
    Fault(
        "controller-reboot",
        TABLE,
        "the controller begins anew after a moment in which nothing has power",
        Value("time", 0.3, 0.01, 10.0),
        at_once=True,
    ),
    Fault("controller-hang", TABLE, "the controller does nothing until its watchdog restarts it"),
    *(Fault(f"{name}-pressed", TABLE, f"{who} is pressed") for name, who in _STOPS),
    *(Fault(f"{name}-broken", TABLE, f"the wire of {who} is broken") for name, who in _STOPS),
    *(
        Fault(f"{name}-shorted", TABLE, f"the wire of {who} is shorted: it cannot act")
        for name, who in _STOPS
    ),
    *(Fault(f"{name}-bouncing", TABLE, f"{who} opens and closes all the time") for name, who in _STOPS),
    *(
        Fault(f"estop-{name}-shorted", TABLE, f"the {which} channel of the emergency stop cannot act")
        for name, which in (("a", "first"), ("b", "second"))
    ),
    Fault("estop-b-broken", TABLE, "the wire of the emergency stop's second channel is broken"),
    Fault("end-switch-open", TABLE, "the switch at the pulling end is open"),
    Fault("supply-sagging", TABLE, "the supply is too low, and everything still lives on it"),
    Fault("link-cut", LINK, "nothing crosses the line"),
    Fault("link-cut-to-table", LINK, "nothing reaches the controller"),
    Fault("link-cut-to-host", LINK, "nothing reaches the host"),
    Fault("link-delayed", LINK, "everything comes late, either way", Value("time", 0.3, 0.01, 10.0)),
    Fault("link-duplicated", LINK, "everything comes twice, either way"),
    Fault("link-reordered", LINK, "of each two pieces the second comes first, either way"),
    Fault(
        "link-corrupted", LINK, "one bit in a share of all pieces is turned", Value("fraction", 0.3, 0.001, 1)
    ),
    Fault(
        "host-stall", HOST, "the host does nothing for so long", Value("time", 0.3, 0.01, 60.0), at_once=True
    ),
    Fault(
        "host-suspend",
        HOST,
        "the host's machine sleeps for so long, and its clock with it",
        Value("time", 2.0, 0.01, 3600.0),
        at_once=True,
    ),
    Fault("host-crash", HOST, "the host's program is killed, in the middle of a write", at_once=True),
    Fault(
        "clock-jump",
        HOST,
        "the host's wall clock is set, forward by so much or back by as much",
        Value("time", 3600.0, 1.0, 86_400.0),
        at_once=True,
    ),
    Fault("disk-full", HOST, "the disk takes nothing more of the record"),
    Fault("disk-slow", HOST, "each write of the record takes so long", Value("time", 0.2, 0.01, 10.0)),
    Fault("double-start", HOST, "a second host tries to start the table that runs", at_once=True),
    Fault("ghost-keys", HOST, "keys that nobody presses: pause, resume and stop at random"),
)

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType({fault.name: fault for fault in _LIST})
"""Every fault by its name."""


def read_faults(texts: Iterable[str], sides: Iterable[str], field: str = "fault") -> tuple[Injection, ...]:
    """Return what ``texts`` ask for, of a table that has these ``sides``.

    Raises UsageError: E126 for what is not written as a fault or names none, E127 for one that this table
    cannot have, E110 to E114 for a time or value.
    """
    found = [_read(text, field) for text in texts]
    has = tuple(sides)
    problems = [
        Problem(
            "E127",
            f"{one.fault.name} is a fault of the {one.fault.side}",
            NOT_HERE[one.fault.side],
            field=field,
        )
        for one in found
        if one.fault.side not in has
    ]
    if problems:
        raise UsageError(*problems)
    return tuple(found)


def _read(text: str, field: str) -> Injection:
    what, at, when = text.partition("@")
    name, colon, amount = what.partition(":")
    fault = FAULTS.get(name)
    if fault is None:
        expected = f"a name of the list{guess(name, FAULTS)}"
        raise _wrong(f"{name!r} is no fault", expected, field)
    if not at or not when:
        raise _wrong(f"{text!r} does not say when", f"{name}@12s, or {name}@on", field)
    start, plus, span = when.partition("+")
    if plus and fault.at_once:
        raise _wrong(f"{text!r} says how long", f"only when: {name} happens in an instant", field)
    at_ms = ON if start == "on" else _ms(start, f"the time of {name}")
    span_ms = _ms(span, f"the duration of {name}") if plus else FOR_EVER
    if span_ms == 0:
        raise _wrong(f"{text!r} lasts for nothing", "a duration above 0 s", field)
    return Injection(fault, at_ms, span_ms, _value(fault, amount if colon else None, field))


def _ms(text: str, what: str) -> int:
    seconds = units.parse(text, "time", what=what)
    if seconds > LONGEST_S:
        raise _wrong(f"{what} is {text!r}", "at most a day", "fault")
    return round(seconds * 1000)


def _value(fault: Fault, text: str | None, field: str) -> float | None:
    value = fault.value
    if text is None:
        return None if value is None else value.usual
    if value is None:
        raise _wrong(f"{fault.name}:{text} has a value", f"{fault.name} alone: it has none", field)
    number = units.parse(text, value.kind, what=f"the value of {fault.name}")
    if not value.low <= number <= value.high:
        unit = next(iter(units.UNITS[value.kind])) if value.kind != "fraction" else "(of 1)"
        raise _wrong(f"{fault.name}:{text}", f"from {value.low:g} to {value.high:g} {unit}", field)
    return number


def _wrong(found: str, expected: str, field: str) -> UsageError:
    return UsageError(Problem("E126", found, expected, field=field))
