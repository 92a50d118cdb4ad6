"""Live fields: what may be set while a phase runs, read as the file would read it and held to its bounds."""

from __future__ import annotations

from typing import Final

from traction.errors import Problem, RefusedError
from traction.protocol.declared import LiveField
from traction.protocol.fields import MAX_TIME_S, MIN_TIME_S, Expression, Quantity
from traction.protocol.force import Force
from traction.protocol.happened import Edited
from traction.protocol.levels import ForPatient
from traction.protocol.phases import Holding
from traction.protocol.protocol import Protocol
from traction.units import format_time

FIELDS: Final = ("force", "high", "low", "hold", "rest", "for")
FORCES: Final = ("force", "high", "low")


def live_fields(protocol: Protocol) -> tuple[LiveField, ...]:
    """Return every field of a protocol that may be set during the run, in the order of the file."""
    found = []
    for index, phase in enumerate(protocol.document.phase):
        for key in FIELDS:
            pair = _pair(phase, key)
            if pair is not None:
                value, lowest, highest = (_text(one) for one in (getattr(phase, _name(key)), *pair))
                found.append(LiveField(index, phase.name, key, value, lowest, highest))
    return tuple(found)


def check_edits(patient: ForPatient) -> None:
    """Raise RefusedError E336 for each edit of what is not live, or that cannot be read."""
    phases = patient.protocol.document.phase
    for edit in patient.edits:
        phase = phases[edit.phase] if 0 <= edit.phase < len(phases) else None
        if phase is None or _pair(phase, edit.field) is None:
            fields = ", ".join(f"{one.name}.{one.field}" for one in live_fields(patient.protocol))
            name = f"phase {edit.phase + 1}" if phase is None else phase.name
            raise _refuse(patient, edit, f"an edit of {name}.{edit.field}", fields or "no edit at all")
        _read(patient, edit)


def phase_in(patient: ForPatient, phase: Holding, index: int, cycle: int) -> Holding:
    """Return ``phase`` as it is in one cycle, every edit up to it made.

    Raises RefusedError E336 where a value is outside its bounds for this patient, session and cycle.
    """
    made: dict[str, Force | float] = {}
    for edit in patient.edits:
        if edit.phase == index and edit.cycle <= cycle:
            made[edit.field] = _read(patient, edit)
    if not made:
        return phase
    changed = phase.model_copy(update={_name(key): value for key, value in made.items()})
    for edit in patient.edits:
        if edit.phase == index and made.get(edit.field) is not None:
            _within(patient, edit, changed, made[edit.field], cycle)
    return changed


def _within(patient: ForPatient, edit: Edited, phase: Holding, value: Force | float, cycle: int) -> None:
    pair = _pair(phase, edit.field)
    if pair is None:  # judged by check_edits
        return
    numbers = [_number(patient, edit, phase, one, cycle) for one in (pair[0], value, pair[1])]
    if not numbers[0] <= numbers[1] <= numbers[2]:
        unit = "N" if isinstance(value, Force) else "s"
        low, found, high = (f"{number:g} {unit}" for number in numbers)
        raise _refuse(patient, edit, f"{edit.field} of {found} in {phase.name!a}", f"{low} to {high}")


def _number(patient: ForPatient, edit: Edited, phase: Holding, value: object, cycle: int) -> float:
    if not isinstance(value, Force):
        return float(value)  # type: ignore[arg-type]  # a time in s, as the model read it
    path = ("phase", edit.phase, "live", edit.field)
    high = getattr(phase, "high", None)
    high_n = None
    if edit.field == "low" and isinstance(high, Force):
        high_n = patient.newtons(high, path, cycle=cycle)
    return patient.newtons(value, path, high_n, cycle)


def _read(patient: ForPatient, edit: Edited) -> Force | float:
    """Return the value of an edit as the file would have it. Raises RefusedError E336."""
    kind: Expression | Quantity = Quantity(
        "time", MIN_TIME_S, MAX_TIME_S, zero=edit.field in ("hold", "rest")
    )
    if edit.field in FORCES:
        kind = Expression(low=edit.field == "low")
    try:
        return kind.read(edit.value)
    except ValueError as error:
        context = getattr(error, "context", None) or {}
        found = f"{edit.field} = {edit.value!a}: {context.get('found', error)}"
        raise _refuse(patient, edit, found, str(context.get("expected", kind.expected))) from error


def _refuse(patient: ForPatient, edit: Edited, found: str, expected: str) -> RefusedError:
    phases = patient.protocol.document.phase
    path: tuple[str | int, ...] = ("phase",)
    if 0 <= edit.phase < len(phases):
        path = ("phase", edit.phase, "live", edit.field)
    problem: Problem = patient.protocol.problem("E336", found, expected, path)
    return RefusedError(problem)


def _name(key: str) -> str:
    return "for_" if key == "for" else key


def _pair(phase: object, key: str) -> tuple[object, object] | None:
    live = getattr(phase, "live", None)
    pair = getattr(live, _name(key), None) if key in FIELDS else None
    return pair if isinstance(pair, tuple) else None


def _text(value: object) -> str:
    if isinstance(value, Force):
        return value.text
    return format_time(value) if isinstance(value, float) else ""
