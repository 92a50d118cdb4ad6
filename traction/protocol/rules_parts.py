"""Rules on the tables beside the phases, and on the numbers of cycles where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from traction.protocol.force import Force
from traction.protocol.model import Document
from traction.protocol.places import Path
from traction.protocol.problems import Fault


def check_parts(document: Document) -> Iterator[Fault]:
    """Yield E253 (tare), E254 (said twice), E256 (alerts), E247 (a cycle where there is none)."""
    yield from _tare(document)
    yield from _twice(document)
    yield from _alerts(document)
    yield from _cycle(getattr(document.pretension, "force", None), ("pretension", "force"))
    for index, phase in enumerate(document.phase):
        yield from _cycles(phase, ("phase", index))


def _tare(document: Document) -> Iterator[Fault]:
    tare = document.tare
    if tare is None or not hasattr(tare, "head_share"):
        return
    expected = "either head_mass or head_share"
    if tare.head_mass is None and tare.head_share is None:
        yield Fault(("tare", "head_mass"), "E253", "no mass of the head", expected, whole_table=True)
    elif tare.head_mass is not None and tare.head_share is not None:
        yield Fault(("tare", "head_share"), "E253", "both head_mass and head_share", expected)


def _twice(document: Document) -> Iterator[Fault]:
    for key in ("posture", "angle", "couch"):
        if all(getattr(table, key, None) is not None for table in (document.setup, document.position)):
            found = f"{key} here and in [setup]"
            yield Fault(("position", key), "E254", found, "it in one of the two")


def _alerts(document: Document) -> Iterator[Fault]:
    keys = ("alert_every", "alert_times")
    stated = [key for key in keys if getattr(document.end, key, None) is not None]
    if len(stated) == 1:
        other = keys[1 - keys.index(stated[0])]
        place: Path = ("end", stated[0])
        yield Fault(place, "E256", f"{stated[0]} without {other}", f"{' and '.join(keys)}, or neither")


def _cycles(phase: Any, path: Path) -> Iterator[Fault]:
    """Yield E247 for every force of a phase that counts cycles where none are counted."""
    kind = getattr(phase, "type", None)
    if kind in ("intermittent", "cyclic"):
        return
    low_counts = kind in ("progressive", "regressive")
    for name, key in (("force", "force"), ("from_", "from"), ("to", "to"), ("low", "low")):
        if low_counts and key == "low":
            continue
        yield from _cycle(getattr(phase, name, None), (*path, key))
        for table in ("range", "live"):
            pair = getattr(getattr(phase, table, None), name, None)
            for end in pair if isinstance(pair, tuple) else ():
                yield from _cycle(end, (*path, table, key))


def _cycle(force: object, place: Path) -> Iterator[Fault]:
    if isinstance(force, Force) and force.uses("cycle"):
        expected = "a force that is the same in every cycle, or session"
        yield Fault(place, "E247", f"cycle in {force.text!r}", expected)
