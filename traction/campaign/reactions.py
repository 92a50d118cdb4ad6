"""How soon a reaction has to begin: a stop is pressed, a host is gone, a reading is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign.case import WIRE
from traction.campaign.effects import CELL_A, CELL_B, LEASE_MS, TRAVEL, WATCHDOG_MS, effect_of
from traction.campaign.history import TICK_MS
from traction.campaign.seen import Escape, Seen
from traction.sim.faults import FOR_EVER, Injection

HOST_TICK_MS: Final = 20
SILENT: Final = ("host-stall", "host-suspend")
READ: Final = frozenset({CELL_A, CELL_B, TRAVEL})
CUT: Final = ("link-cut", "link-cut-to-table")
SHORTS: Final = {
    "estop": ("estop-shorted",),
    "patient-stop": ("patient-stop-shorted",),
    "estop-b": ("estop-shorted", "estop-b-shorted"),
}
"""Which faults hide the opening of a stop from the controller."""


def i4_reactions(seen: Seen) -> Iterator[Escape]:
    """I4: where a cause is plain, the controller has left RUN within the time that its hazard allows."""
    for index, within_ms, says in deadlines(seen):
        last = index + -(-within_ms // TICK_MS)
        if last >= seen.run.size or not seen.run[index : last + 1].all():
            continue  # it was not in RUN when it began, or has left it in time
        stayed = np.flatnonzero(~seen.run[index:])
        took_ms = float(stayed[0]) * TICK_MS if stayed.size else float((seen.run.size - index) * TICK_MS)
        yield seen.escape("I4", index, took_ms, float(within_ms), f"ms in RUN after {says}")


def deadlines(seen: Seen) -> Iterator[tuple[int, int, str]]:
    """Yield (tick at which something plain begins, ms to leave RUN, what it is)."""
    names = {one.fault.name for one in seen.case.injections}
    late_ms = WATCHDOG_MS + HOST_TICK_MS if "controller-hang" in names else 0
    for one, onset in zip(seen.case.injections, seen.history.onsets, strict=True):
        within_ms = None if onset is None else _within_ms(seen, one, names)
        if onset is not None and within_ms is not None:
            yield onset, within_ms + late_ms, one.fault.name


def _within_ms(seen: Seen, one: Injection, names: set[str]) -> int | None:
    """Return the time to react to a fault, None where it does not show by itself or not for long enough."""
    name = one.fault.name
    flight_ms = 2 * seen.case.latency_us // 1000 + TICK_MS if seen.case.transport == WIRE else 0
    within_ms: int | None
    if name in SILENT or name == "host-crash" or name in CUT:
        within_ms = LEASE_MS + HOST_TICK_MS + flight_ms
        lasts_ms = round(1000 * one.value) if name in SILENT and one.value is not None else one.span_ms
    else:
        within_ms, lasts_ms = effect_of(name).seen_ms, one.span_ms
        within_ms = None if within_ms is None else within_ms + TICK_MS
        if any(short in names for short in SHORTS.get(_stop_of(name), ())) or _is_covered(name, names):
            return None
    if within_ms is None or (lasts_ms != FOR_EVER and lasts_ms <= within_ms and not one.fault.at_once):
        return None
    if name in SILENT and lasts_ms <= within_ms:
        return None
    return within_ms


def _is_covered(name: str, names: set[str]) -> bool:
    """Say whether another fault of the same cell or scale may make a reading of what this one makes none."""
    takes = {*effect_of(name).takes} & READ
    return any(takes & {*effect_of(other).takes} for other in names if other != name)


def _stop_of(name: str) -> str:
    for ending in ("-pressed", "-broken", "-bouncing"):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return ""
