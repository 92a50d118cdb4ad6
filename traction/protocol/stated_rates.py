"""The rates a file states hold for everything in a phase: stated times and waves are held to them as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from traction.errors import Problem, RefusedError
from traction.profile.hold import Hold
from traction.profile.segment import Segment
from traction.protocol.levels import ForPatient
from traction.protocol.phases import Cyclic
from traction.protocol.places import Path

_ROUNDING: Final = 1.0 + 1e-9
"""A way of a stated time may exceed its rate by the rounding of one division."""


def check_rates(
    patient: ForPatient, index: int, rates: tuple[float, float], segments: Iterable[Segment]
) -> None:
    """Raise RefusedError E334 where a segment of phase ``index`` is steeper than ``rates`` (up, down; N/s).

    NaN is a rate the file does not state, which only a ramp with a time of its own may leave out.
    """
    steepest: dict[tuple[bool, str], float] = {}
    for segment in set(segments):
        for way, rate in (("up", segment.rate_up_n_per_s), ("down", segment.rate_down_n_per_s)):
            key = (isinstance(segment, Hold), way)
            steepest[key] = max(steepest.get(key, 0.0), rate)
    problems = []
    for (in_wave, way), rate in sorted(steepest.items()):
        stated = rates[0] if way == "up" else rates[1]
        if rate > stated * _ROUNDING:
            problems.append(_problem(patient, index, in_wave, way, rate, stated))
    if problems:
        raise RefusedError(*problems)


def _problem(patient: ForPatient, index: int, in_wave: bool, way: str, rate: float, stated: float) -> Problem:
    phase = patient.protocol.document.phase[index]
    what = "rise" if way == "up" else "fall"
    found = f"a {'wave' if in_wave else 'way'} whose steepest {what} is {rate:.6g} N/s"
    moving = f"ramp_{way}" if isinstance(phase, Cyclic) else "over"
    path: Path = ("phase", index, "oscillation" if in_wave else moving)
    return patient.refuse(path, found, f"at most the stated {stated:g} N/s", "E334").problems[0]
