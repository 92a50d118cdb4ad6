"""Rules on the amount of a protocol: how often, for how long, how many spans; and on its variation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from traction.protocol.force import Force, Levels
from traction.protocol.model import Document
from traction.protocol.places import Path
from traction.protocol.problems import Fault

MAX_SPANS: Final = 20_000
SPANS_PER_CYCLE: Final = 6
"""Two for a rise with a knee, the hold, the fall, the rest, and a rest drawn out at the end of the clock."""


def check_amount(document: Document) -> Iterator[Fault]:
    """Yield what is wrong with repeats and times: E234 both or neither, E240 too much."""
    total = 2 * SPANS_PER_CYCLE
    too_many = False
    phases: list[Any] = list(document.phase)
    for index, phase in enumerate(phases):
        kind = getattr(phase, "type", None)
        path: Path = ("phase", index)
        if kind == "static":
            yield from _either(phase, path, "hold", phase.hold)
        elif kind in ("intermittent", "cyclic"):
            yield from _either(phase, path, "repeat", phase.repeat)
        spans = _spans(document, phase, kind)
        if spans > MAX_SPANS:
            too_many = True
            key = "for" if isinstance(phase.for_, float) else "repeat"
            finite = math.isfinite(spans)
            found = f"up to {spans:.0f} spans" if finite else "cycles that never use up their time"
            yield Fault((*path, key), "E240", found, f"at most {MAX_SPANS} spans in a protocol")
        total += 0 if math.isinf(spans) else int(spans)
    if total > MAX_SPANS and not too_many:
        yield Fault(("phase",), "E240", f"up to {total} spans", f"at most {MAX_SPANS}")


def _either(phase: Any, path: Path, key: str, value: object) -> Iterator[Fault]:
    if value is not None and phase.for_ is not None:
        yield Fault((*path, key), "E234", f"both {key} and for", f"either {key} or for")
    if value is None and phase.for_ is None:
        yield Fault((*path, key), "E234", f"neither {key} nor for", f"either {key} or for", whole_table=True)


def _spans(document: Document, phase: Any, kind: str | None) -> float:
    """Return an upper bound of the spans a phase compiles to; infinite where its clock may never run."""
    if kind in ("progressive", "regressive"):
        return SPANS_PER_CYCLE * phase.steps if isinstance(phase.steps, int) else 0.0
    if kind not in ("intermittent", "cyclic"):
        return SPANS_PER_CYCLE
    if isinstance(phase.repeat, int):
        return SPANS_PER_CYCLE * (phase.repeat + 1.0)
    if not isinstance(phase.for_, float):
        return 0.0
    period_s = _shortest_period(document, phase, kind)
    if period_s is None:
        return 0.0
    return SPANS_PER_CYCLE * (math.ceil(phase.for_ / period_s) + 1.0) if period_s > 0.0 else math.inf


def _shortest_period(document: Document, phase: Any, kind: str) -> float | None:
    if not isinstance(phase.hold, float) or not isinstance(phase.rest, float):
        return None
    hold, rest = (_spread(phase, key) for key in ("hold", "rest"))
    period_s = phase.hold * (1.0 - hold) + phase.rest * (1.0 - rest)
    count = phase.count or getattr(document.session, "count", None)
    if kind == "cyclic" and count == "always":
        for ramp in (phase.ramp_up, phase.ramp_down):
            period_s += ramp if isinstance(ramp, float) else 0.0
    return float(period_s)


def _spread(phase: Any, key: str) -> float:
    value = getattr(phase.variation, key, None)
    return value if isinstance(value, float) else 0.0


def check_variation(phase: Any, path: Path) -> Iterator[Fault]:
    """Yield E237 for a variation that varies nothing, has no cap, or lets the levels meet."""
    variation = getattr(phase, "variation", None)
    if variation is None or not hasattr(variation, "cap"):
        return
    here: Path = (*path, "variation")
    keys = [key for key in ("high", "low", "hold", "rest") if getattr(variation, key) is not None]
    if not keys:
        yield Fault(here, "E237", "a variation of nothing", "a spread of high, low, hold or rest")
    if variation.high is not None and variation.cap is None:
        expected = "cap, the force no cycle exceeds"
        yield Fault((*here, "cap"), "E237", "a varying high level without a cap", expected, whole_table=True)
    if variation.cap is not None and variation.high is None:
        yield Fault((*here, "cap"), "E237", "a cap where high does not vary", "a spread of high, or no cap")
    for key in ("hold", "rest"):
        if key in keys and getattr(phase, key) == 0.0:
            yield Fault((*here, key), "E237", f"a spread of a {key} of 0 s", f"a {key} above zero")
    yield from _room(phase, variation, here)


def _room(phase: Any, variation: Any, here: Path) -> Iterator[Fault]:
    high, low, cap = phase.high, phase.low, variation.cap
    if not isinstance(high, Force) or high.needs_mass or high.counts:
        return
    high_n = high.newtons(Levels())
    if isinstance(cap, Force) and not (cap.needs_mass or cap.counts) and cap.newtons(Levels()) < high_n:
        yield Fault((*here, "cap"), "E237", f"a cap of {cap.text!r}", f"one not below high = {high.text!r}")
    if not isinstance(low, Force) or low.needs_mass or low.counts:
        return
    lowest_high_n = high_n * (1.0 - _spread(phase, "high"))
    low_n = low.newtons(Levels(None, lowest_high_n, 0.0)) * (1.0 + _spread(phase, "low"))
    if low_n >= lowest_high_n:
        found = f"a low level of up to {low_n:g} N and a high level from {lowest_high_n:g} N"
        yield Fault(here, "E237", found, "spreads that keep low below high")
