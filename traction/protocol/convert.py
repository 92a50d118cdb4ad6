"""Go through a protocol and find what another table would round of it, and what it cannot do."""

from __future__ import annotations

from types import MappingProxyType

from traction import units
from traction.profile.profile import Profile
from traction.protocol.capability import Capability
from traction.protocol.convert_sheet import Found, Sheet
from traction.protocol.edit_file import replaced
from traction.protocol.force import Levels
from traction.protocol.phases import Cycling, Holding, Phase, Progressive, Ramp, Static, Stepping
from traction.protocol.places import Path
from traction.protocol.protocol import Protocol
from traction.protocol.question_phases import QuestionBase


def convert(
    protocol: Protocol, profile: Profile, table: Capability, *, mass_kg: float | None, session: int = 1
) -> Found:
    """Return what ``table`` would make of a protocol and the profile it has for one patient."""
    sheet = Sheet(protocol, table, Levels(mass_kg=mass_kg, session=session))
    _whole(sheet, profile)
    for index, phase in enumerate(protocol.phases):
        _phase(sheet, phase, ("phase", index))
    if table.rates.one:
        _one_rate(sheet)
    changes = tuple(sorted(sheet.changes, key=lambda one: one.line))
    cannot = tuple(sorted(sheet.cannot, key=lambda one: one.line))
    return Found(changes, cannot, tuple(_notes(sheet)), MappingProxyType(sheet.values))


def rounded_text(protocol: Protocol, found: Found) -> str:
    """Return the file with every rounding made and nothing else changed."""
    return replaced(protocol.text, found.values)


def _whole(sheet: Sheet, profile: Profile) -> None:
    document, can, time = sheet.protocol.document, sheet.table.can, sheet.table.time
    if document.tare is not None and can.tare is not True:
        sheet.refuse(("tare",), "a tare", "it does not take off the weight of the head", "can.tare")
    phases = len(document.phase)
    if can.phases is not None and phases > can.phases:
        found = f"{phases} phases"
        sheet.refuse(("phase", can.phases), found, f"at most {can.phases} in one programme", "can.phases")
    clock_s = sum(span.segment.duration_s for span in profile.spans if span.counts)
    shown = f"{units.format_time(round(clock_s))} in all"
    if time.most_session is not None and clock_s > time.most_session + 1.0:
        sheet.refuse(("session",), shown, f"at most {units.format_time(time.most_session)}")
    if time.least_session is not None and clock_s < time.least_session - 1.0:
        sheet.refuse(("session",), shown, f"at least {units.format_time(time.least_session)}")
    if document.take_up is not None:
        sheet.plain(("take_up", "force"), document.take_up.force)
    if document.pretension is not None:
        sheet.level(("pretension", "force"), document.pretension.force)
    if document.end.residual > 0.0:
        sheet.plain(("end", "residual"), document.end.residual)
    shapes = can.shapes
    if shapes is not None and document.end.shape not in shapes:
        sheet.refuse(("end", "shape"), document.end.shape, f"only {', '.join(shapes)}", "can.shapes")


def _phase(sheet: Sheet, phase: Phase | QuestionBase, path: Path) -> None:
    can = sheet.table.can
    kind = str(getattr(phase, "type", ""))
    if can.types is not None and kind not in can.types:
        sheet.refuse((*path, "type"), kind, f"only {', '.join(can.types)}", "can.types")
        return
    if isinstance(phase, QuestionBase):
        sheet.refuse((*path, "type"), kind, "it asks nothing of anybody")
        return
    if can.shapes is not None and phase.shape not in can.shapes:
        sheet.refuse((*path, "shape"), phase.shape, f"only {', '.join(can.shapes)}", "can.shapes")
    if isinstance(phase, Holding):
        _hold(sheet, phase, path)
    if isinstance(phase, Static):
        sheet.level((*path, "force"), phase.force)
        _total(sheet, path, phase.hold, phase.for_)
    elif isinstance(phase, Cycling):
        _cycles(sheet, phase, path)
    elif isinstance(phase, Stepping):
        _steps(sheet, phase, path)
    elif isinstance(phase, Ramp):
        sheet.level((*path, "to"), phase.to)


def _hold(sheet: Sheet, phase: Holding, path: Path) -> None:
    can, session = sheet.table.can, sheet.protocol.document.session
    hold_by = phase.hold_by or session.hold_by
    if can.hold_by is not None and hold_by not in can.hold_by:
        where = (*path, "hold_by") if phase.hold_by else ("session", "hold_by")
        sheet.refuse(
            where, f"holds by {hold_by}", f"it holds by {', '.join(can.hold_by)} only", "can.hold_by"
        )
    if phase.oscillation is not None and can.waves is not True:
        wave = f"a {phase.oscillation.wave} over the holds"
        sheet.refuse((*path, "oscillation"), wave, "it has no waves", "can.waves")
    variation = phase.variation if isinstance(phase, Cycling) else None
    if variation is not None and can.variation is not True:
        sheet.refuse((*path, "variation"), "cycles that vary", "its cycles are all alike", "can.variation")


def _total(sheet: Sheet, path: Path, hold_s: float | None, for_s: float | None) -> None:
    key, value_s = ("hold", hold_s) if hold_s is not None else ("for", for_s)
    if value_s is not None:
        sheet.time((*path, key), value_s, sheet.table.time.session_step)


def _cycles(sheet: Sheet, phase: Cycling, path: Path) -> None:
    high = sheet.level((*path, "high"), phase.high)
    fixed_n = sheet.table.force.low
    low_n = 0.0 if phase.low.uses("cycle") else sheet.newtons(phase.low, high[0])
    if fixed_n is None:
        _low(sheet, phase, path, high)
    elif low_n < fixed_n:
        sheet.refuse((*path, "low"), phase.low.text, f"its low level is {fixed_n:g} N")
    elif low_n > fixed_n:
        why = "the one low level it has"
        sheet.change((*path, "low"), phase.low.text, f"{fixed_n:g} N", (low_n, fixed_n), "N", why)
    _times(sheet, path, phase.hold, phase.rest)
    if phase.repeat is not None and sheet.table.can.repeat is False:
        sheet.refuse((*path, "repeat"), f"{phase.repeat} cycles", "it takes a time, which cycles fill")
    if phase.for_ is not None:
        sheet.time((*path, "for"), phase.for_, sheet.table.time.session_step)


def _low(sheet: Sheet, phase: Cycling, path: Path, high: tuple[float, float]) -> None:
    """Round the low level; it has to stay below the high one as that is rounded."""
    _, now_n = sheet.level((*path, "low"), phase.low, high)
    if now_n >= high[1] and not sheet.cannot:
        sheet.refuse((*path, "low"), phase.low.text, "rounded, it is not below the high level any more")


def _times(sheet: Sheet, path: Path, hold_s: float, rest_s: float | None) -> None:
    time = sheet.table.time
    for key, value_s in (("hold", hold_s), ("rest", rest_s)):
        if value_s is None:
            continue
        if time.most_hold is not None and value_s > time.most_hold:
            shown, most = units.format_time(value_s), units.format_time(time.most_hold)
            sheet.refuse((*path, key), shown, f"at most {most}", "time.most_hold")
        else:
            sheet.time((*path, key), value_s, time.step, up=key == "rest")


def _steps(sheet: Sheet, phase: Stepping, path: Path) -> None:
    steps = sheet.table.steps
    if steps.most is not None and phase.steps > steps.most:
        sheet.refuse((*path, "steps"), f"{phase.steps} steps", f"at most {steps.most}", "steps.most")
    if phase.low is not None and steps.rest is not None and phase.low.text != steps.rest:
        sheet.refuse((*path, "low"), phase.low.text, f"it rests at {steps.rest} within steps")
    elif phase.low is not None and steps.rest is None:
        sheet.level((*path, "low"), phase.low, (sheet.newtons(phase.to), sheet.newtons(phase.to)))
    _times(sheet, path, phase.hold, phase.rest)
    was_n, now_n = sheet.level((*path, "from"), phase.from_)
    to_n = sheet.newtons(phase.to)
    each_n = abs(to_n - was_n) / phase.steps
    up = isinstance(phase, Progressive)
    step_n = sheet.step_n
    if step_n is not None:
        each_n = sheet.whole(each_n, up=not up)
    target_n = now_n + phase.steps * each_n if up else now_n - phase.steps * each_n
    if each_n <= 0.0 or target_n < 0.0:
        sheet.refuse(
            (*path, "steps"), f"{phase.steps} steps", f"the steps are smaller than {sheet.table.force.step}"
        )
        return
    sheet.level_at((*path, "to"), phase.to, to_n, target_n)


def _one_rate(sheet: Sheet) -> None:
    """Make every rate the slowest of them: the table has one speed."""
    document = sheet.protocol.document
    rates: dict[Path, float] = {("end", "rate"): document.end.rate}
    if document.rates is not None:
        rates |= {("rates", "up"): document.rates.up, ("rates", "down"): document.rates.down}
    if document.pretension is not None and document.pretension.rate is not None:
        rates[("pretension", "rate")] = document.pretension.rate
    for index, phase in enumerate(sheet.protocol.phases):
        for key in ("rate_up", "rate_down"):
            value = getattr(phase, key, None)
            if value is not None:
                rates[("phase", index, key)] = value
    slowest = min(rates.values())
    for path, rate in rates.items():
        if rate != slowest:
            pair = (rate, slowest)
            sheet.change(path, f"{rate:g} N/s", f"{slowest:g} N/s", pair, "N/s", "one speed, used both ways")


def _notes(sheet: Sheet) -> list[str]:
    table, document = sheet.table, sheet.protocol.document
    notes = []
    if table.unconfirmed:
        notes.append(f"told of such tables and not read at a source: {', '.join(table.unconfirmed)}")
    unknown = table.unknown()
    if unknown:
        notes.append(f"not known of this table, so not looked at: {', '.join(unknown)}")
    if sheet.alone:
        notes.append(f"a number now, for this patient and session only: {', '.join(sheet.alone)}")
    least_n = table.force.least
    if least_n is not None and document.end.residual < least_n:
        notes.append(f"at the end it still pulls with {least_n:g} N, where the protocol ends at less")
    declared = [name for name in ("stops", "sham", "position") if getattr(document, name) is not None]
    live = any(getattr(phase, "live", None) is not None for phase in sheet.protocol.phases)
    declared += ["live"] if live else []
    if declared:
        notes.append(f"left to the table and its operator: {', '.join(declared)}")
    return notes
