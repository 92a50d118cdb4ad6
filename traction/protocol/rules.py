"""Rules between fields: what each field alone cannot show to be wrong.

Each rule takes a document as far as it could be read and judges only what it finds there, so that these
errors come together with all others. A level that depends on the body mass is judged here only where it is
wrong at every plausible mass; the rest is judged when the protocol is compiled for a patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from traction.protocol.force import Force, Levels
from traction.protocol.model import Document
from traction.protocol.places import Path
from traction.protocol.problems import Fault
from traction.protocol.questions import QUESTION_KINDS
from traction.protocol.rules_cases import at_high, cases
from traction.protocol.rules_cycles import check_amount, check_variation
from traction.protocol.rules_holds import check_holds
from traction.protocol.rules_live import check_live
from traction.protocol.rules_parts import check_parts
from traction.protocol.rules_questions import check_asks
from traction.protocol.rules_ranges import check_ranges


def check(document: Document) -> Iterator[Fault]:
    """Yield every rule the document breaks."""
    yield from _pretension(document)
    yield from _end(document)
    yield from _names(document)
    yield from check_amount(document)
    yield from check_parts(document)
    yield from check_asks(document)
    for index, phase in enumerate(document.phase):
        path: Path = ("phase", index)
        kind = getattr(phase, "type", None)
        if kind is None or kind in QUESTION_KINDS:
            continue
        yield from _rates(document, phase, path)
        yield from _shape(phase, path)
        yield from _levels(phase, path, kind)
        yield from _oscillation(document, phase, path)
        yield from check_holds(document, phase, path)
        yield from check_variation(phase, path)
        yield from check_ranges(phase, path)
        yield from check_live(phase, path)


def newtons(force: object, high_n: float | None = None, residual_n: float | None = None) -> float | None:
    """Return the force where it depends on no mass, session or cycle, nor on a level that is not known."""
    if not isinstance(force, Force) or force.needs_mass or force.counts:
        return None
    try:
        return force.newtons(Levels(None, high_n, residual_n))
    except LookupError:
        return None


def _rates(document: Document, phase: Any, path: Path) -> Iterator[Fault]:
    if getattr(phase, "over", None) is not None:
        return
    for way in ("up", "down"):
        if getattr(phase, f"rate_{way}", None) is None and document.rates is None:
            expected = f'rate_{way} in the phase, or [rates] with {way} = "50 N/s" or the like'
            yield Fault((*path, f"rate_{way}"), "E235", f"no rate {way}", expected, whole_table=True)


def _pretension(document: Document) -> Iterator[Fault]:
    pretension, take_up = document.pretension, document.take_up
    if pretension is None:
        return
    path: Path = ("pretension",)
    if getattr(pretension, "rate", None) is None and document.rates is None:
        expected = "rate in [pretension], or [rates] with up"
        yield Fault((*path, "rate"), "E235", "no rate up", expected, whole_table=True)
    force_n = newtons(getattr(pretension, "force", None))
    slack_n = getattr(take_up, "force", None)
    if force_n is not None and isinstance(slack_n, float) and force_n < slack_n:
        found = f"a pre-tension of {force_n:g} N under a take-up of {slack_n:g} N"
        yield Fault((*path, "force"), "E242", found, "a pre-tension not below the take-up")


def _end(document: Document) -> Iterator[Fault]:
    residual_n = getattr(document.end, "residual", None)
    if not isinstance(residual_n, float) or not document.phase:
        return
    last_n = _last_level(document.phase[-1], residual_n)
    if last_n is not None and 0.0 <= last_n < residual_n:
        found = f"a residual of {residual_n:g} N above the {last_n:g} N the last phase ends at"
        yield Fault(("end", "residual"), "E243", found, "a residual not above the last level")


def _last_level(phase: Any, residual_n: float) -> float | None:
    kind = getattr(phase, "type", None)
    if kind in ("intermittent", "cyclic"):
        return newtons(phase.low, newtons(phase.high), residual_n)
    if kind in ("progressive", "regressive"):
        return newtons(phase.to) if phase.low is None else newtons(phase.low, newtons(phase.to), residual_n)
    return newtons(phase.force if kind == "static" else getattr(phase, "to", None))


def _names(document: Document) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, phase in enumerate(document.phase):
        name = getattr(phase, "name", None)
        if not isinstance(name, str):
            continue
        if name in first:
            found = f"{name!a}, the name of phase {first[name] + 1}"
            yield Fault(("phase", index, "name"), "E245", found, "a name of its own")
        first.setdefault(name, index)


def _shape(phase: Any, path: Path) -> Iterator[Fault]:
    if phase.shape == "log" and phase.knee is None:
        expected = 'knee, the part of the rise before the logarithm, such as "50 %"'
        yield Fault((*path, "knee"), "E236", "the shape log without a knee", expected, whole_table=True)
    if phase.shape in ("linear", "s-curve") and phase.knee is not None:
        yield Fault(
            (*path, "knee"), "E236", f"a knee with the shape {phase.shape}", 'shape = "log", or no knee'
        )


def _levels(phase: Any, path: Path, kind: str) -> Iterator[Fault]:
    if kind == "static":
        yield from _pull(phase.force, (*path, "force"))
    elif kind in ("intermittent", "cyclic"):
        yield from _pull(phase.high, (*path, "high"))
        yield from _below(phase.low, phase.high, (*path, "low"))
    elif kind in ("progressive", "regressive"):
        yield from _direction(phase, path, kind)
        yield from _step_rest(phase, path)


def _pull(force: object, path: Path) -> Iterator[Fault]:
    if isinstance(force, Force) and not any(force.newtons(levels) > 0.0 for levels in cases(force)):
        yield Fault(path, "E231", f"{force.text!r}, which is no pull", "a force above zero")


def _below(low: object, high: object, path: Path) -> Iterator[Fault]:
    """Judge a low level against its high one; ``residual`` counts as 0 N here."""
    if not isinstance(low, Force) or not isinstance(high, Force):
        return
    pairs = []
    for levels in cases(low, high):
        high_n = high.newtons(levels)
        pairs.append((low.newtons(at_high(levels, high_n)), high_n))
    if all(low_n >= high_n for low_n, high_n in pairs):
        yield Fault(
            path, "E230", f"{low.text!r} at a high level of {high.text!r}", "a low level below the high"
        )
    elif all(low_n < 0.0 for low_n, _ in pairs):
        yield Fault(path, "E230", f"{low.text!r}, which is below zero", "a low level of zero or more")


def _direction(phase: Any, path: Path, kind: str) -> Iterator[Fault]:
    if not isinstance(phase.from_, Force) or not isinstance(phase.to, Force):
        return
    both = (phase.to, phase.from_)
    rises = [phase.to.newtons(one) - phase.from_.newtons(one) for one in cases(*both)]
    if kind == "progressive" and all(rise <= 0.0 for rise in rises):
        found = f"steps up from {phase.from_.text!r} to {phase.to.text!r}"
        yield Fault((*path, "to"), "E238", found, "a level above where the steps start")
    if kind == "regressive" and all(rise >= 0.0 for rise in rises):
        found = f"steps down from {phase.from_.text!r} to {phase.to.text!r}"
        yield Fault((*path, "to"), "E238", found, "a level below where the steps start")


def _step_rest(phase: Any, path: Path) -> Iterator[Fault]:
    if (phase.low is None) != (phase.rest is None):
        lone, other = ("low", "rest") if phase.rest is None else ("rest", "low")
        yield Fault((*path, lone), "E239", f"{lone} without {other}", f"{lone} and {other}, or neither")
    lowest = phase.from_ if phase.type == "progressive" else phase.to
    if isinstance(phase.low, Force) and isinstance(lowest, Force):
        top = phase.to if phase.type == "progressive" else phase.from_
        yield from _below(phase.low, top, (*path, "low"))


def _oscillation(document: Document, phase: Any, path: Path) -> Iterator[Fault]:
    wave = getattr(phase, "oscillation", None)
    if wave is None or not hasattr(wave, "amplitude"):
        return
    here: Path = (*path, "oscillation")
    hold_by = phase.hold_by or getattr(document.session, "hold_by", None)
    if hold_by == "position":
        yield Fault(here, "E233", "a wave on a hold by position", 'hold_by = "force", or no wave')
    yield from _amplitude(phase, wave, here)


def _amplitude(phase: Any, wave: Any, here: Path) -> Iterator[Fault]:
    amplitude_n = wave.amplitude
    if not isinstance(amplitude_n, float):
        return
    if amplitude_n == 0.0:
        yield Fault((*here, "amplitude"), "E232", "a wave of 0 N", "an amplitude above zero, or no wave")
    kind = phase.type
    level_n = newtons(phase.force if kind == "static" else getattr(phase, "high", None))
    if level_n is None:
        return
    low_n = 0.0 if kind == "static" else newtons(phase.low, level_n, 0.0)
    if low_n is not None and amplitude_n > level_n - low_n:
        found = f"a wave of {amplitude_n:g} N on a hold {level_n - low_n:g} N above its low level"
        yield Fault((*here, "amplitude"), "E232", found, "a trough not below the low level")
