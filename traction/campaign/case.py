"""A case: everything one seed gives, as plain frozen data that can be written down and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from traction.errors import Problem, UsageError
from traction.runner.requests import Request
from traction.sim.faults import FAULTS, Injection

FORMAT: Final = 1
"""Of the JSON of a case; another one is refused."""

DIRECT: Final = "direct"
"""The simulated table as a driver of its own."""
WIRE: Final = "wire"
"""The wire driver, the codec and the controller's end of the link, on a line in memory."""
TRANSPORTS: Final = (DIRECT, WIRE)

RAMP: Final = "ramp"
S_CURVE: Final = "s-curve"
LOG_RISE: Final = "log-rise"
HOLD: Final = "hold"
SHAPES: Final = (RAMP, S_CURVE, LOG_RISE, HOLD)


@dataclass(frozen=True, slots=True)
class Wave:
    """A small wave over a hold: its shape, N from centre to crest, and Hz."""

    shape: str
    amplitude_n: float
    frequency_hz: float


@dataclass(frozen=True, slots=True)
class Leg:
    """One piece of a plan: its shape, the force at its end in N, and how long it takes in s.

    A hold keeps ``to_n``, which is where the leg before it ended; ``by_position`` holds the carriage still.
    """

    shape: str
    to_n: float
    for_s: float
    by_position: bool = False
    wave: Wave | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The force asked for: a take-up to ``take_up_n`` (0: none) and the legs from there."""

    take_up_n: float
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Rig:
    """Who lies on which table: the seed gives noise, zero errors of the load cells, and the boot id."""

    region: str
    drive: str
    couch: str
    disc: str
    mass_kg: float
    slack_mm: float
    seed: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, in ms from the first start."""

    what: Request
    at_ms: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A question after the first hold: how long it stands in s, and what happens where nobody answers."""

    within_s: float
    no_answer: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says, in ms from the first start: an answer, or another value of a named field."""

    at_ms: int
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Case:
    """One session to run: plan, limits, rig, line, what people ask for, and what goes wrong.

    ``limits`` tighten those of the region and of the table, by the names of ``safety.limits.LIMIT_NAMES``.
    ``latency_us`` is how long a byte takes on a line. Times are in ms from the first start of the drive.
    ``lone`` names the layer that stands alone (``lone.LONES``), "" for all together; ``trick`` is what a
    table before a lone host does wrong.
    """

    seed: int
    rig: Rig
    plan: Plan
    limits: tuple[tuple[str, float], ...]
    transport: str
    latency_us: int
    wishes: tuple[Wish, ...] = ()
    injections: tuple[Injection, ...] = ()
    lone: str = ""
    trick: str = ""
    ask: Ask | None = None
    said: tuple[Said, ...] = ()


def to_json(case: Case) -> str:
    """Return the case as a JSON object of one line."""
    return json.dumps(as_row(case), allow_nan=False)


def as_row(case: Case) -> dict[str, Any]:
    """Return the case as what JSON can say."""
    row = asdict(case) | {"format": FORMAT, "limits": dict(case.limits)}
    row["injections"] = [
        {"fault": one.fault.name, "at_ms": one.at_ms, "span_ms": one.span_ms, "value": one.value}
        for one in case.injections
    ]
    return row


def from_json(text: str) -> Case:
    """Return the case that ``to_json`` wrote. Raises UsageError E193 for anything else."""
    try:
        row = json.loads(text)
        if row["format"] != FORMAT:
            raise ValueError(f"format {row['format']!r}")
        return _case(row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = Problem("E193", f"{type(error).__name__}: {error}", "a case of traction faults run")
        raise UsageError(problem) from error


def read_case(path: Path) -> Case:
    """Return the case in the file at ``path``. Raises UsageError E193, also for what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(Problem("E193", str(error), "a file with a case", file=str(path))) from error
    return from_json(text)


def _case(row: Mapping[str, Any]) -> Case:
    if row["transport"] not in TRANSPORTS:
        raise ValueError(f"transport {row['transport']!r}")
    return Case(
        seed=int(row["seed"]),
        rig=Rig(**row["rig"]),
        plan=Plan(float(row["plan"]["take_up_n"]), tuple(_leg(one) for one in row["plan"]["legs"])),
        limits=tuple((str(name), float(value)) for name, value in row["limits"].items()),
        transport=row["transport"],
        latency_us=int(row["latency_us"]),
        wishes=tuple(Wish(Request(one["what"]), int(one["at_ms"])) for one in row["wishes"]),
        injections=tuple(_injection(one) for one in row["injections"]),
        lone=str(row.get("lone", "")),
        trick=str(row.get("trick", "")),
        ask=Ask(**row["ask"]) if row.get("ask") else None,
        said=tuple(Said(**one) for one in row.get("said", ())),
    )


def _leg(row: Mapping[str, Any]) -> Leg:
    if row["shape"] not in SHAPES:
        raise ValueError(f"shape {row['shape']!r}")
    wave = None if row["wave"] is None else Wave(**row["wave"])
    return Leg(row["shape"], float(row["to_n"]), float(row["for_s"]), bool(row["by_position"]), wave)


def _injection(row: Mapping[str, Any]) -> Injection:
    fault, value = FAULTS[row["fault"]], row["value"]
    return Injection(fault, int(row["at_ms"]), int(row["span_ms"]), None if value is None else float(value))
