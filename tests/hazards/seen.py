"""``python -m tests.hazards.seen H30``: shows a hazard that no fault of the list brings about.

What is done wrong, what answers, after which time, and what is left of the force and of the time that are
allowed. Everything but what is done wrong is the product's own code, on tables that are simulated. Ends with
0 when each hazard asked for was held, 5 when one was not; without a name it shows all that it can.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tests.hazards import seen_runs, seen_starts, seen_tables
from tests.hazards.seen_one import Shown
from traction.cli.faults_common import emit_folded
from traction.hazards.load import load_hazards
from traction.hazards.model import MOMENTS, Hazard

EXIT_BROKEN: Final = 5
_UNITS: Final = {"ms": 1.0, "s": 1000.0}

SHOWS: Final[Mapping[str, Callable[[], Shown]]] = MappingProxyType(
    dict(sorted({**seen_starts.SHOWS, **seen_runs.SHOWS, **seen_tables.SHOWS}.items()))
)
"""Hazard -> what brings it about and tells what came of it."""


def allowed_ms(hazard: Hazard) -> float | None:
    """Return the time within which it must be answered; None where a time would say nothing."""
    if hazard.within in MOMENTS:
        return None
    number, unit = re.fullmatch(r"([0-9.]+) (m?s)", hazard.within).groups()
    return float(number) * _UNITS[unit]


def wrong(hazard: Hazard, shown: Shown) -> list[str]:
    """Return what is wrong with what was shown; nothing where the hazard was held."""
    found, within_ms = [], allowed_ms(hazard)
    if shown.code and shown.code not in {str(one) for one in hazard.checks}:
        found.append(f"{shown.code} is no answer to {hazard.name}")
    if not shown.held:
        found.append("it was not answered")
    if shown.force_n is not None and not shown.force_n <= shown.most_n:
        found.append(f"{shown.force_n:.1f} N, where {shown.most_n:.1f} N are allowed")
    if within_ms is not None and shown.after_ms is not None and not shown.after_ms <= within_ms:
        found.append(f"after {shown.after_ms:.0f} ms, where {within_ms:.0f} ms are allowed")
    return found


def lines(hazard: Hazard, shown: Shown) -> list[str]:
    """Return what a reader sees: fault, reaction, time, margin."""
    within_ms = allowed_ms(hazard)
    time, force, margins = "before anything moves", "nothing moved", []
    if shown.force_n is not None:
        time = "nothing of it is ever acted on"
        force = f"{shown.force_n:.1f} N at most, {shown.most_n:.1f} N are allowed"
        margins.append(f"{100 * (1 - shown.force_n / shown.most_n):.0f} % of the force")
    time = shown.when or time
    if shown.after_ms is not None:
        time = f"after {shown.after_ms:.0f} ms"
        if within_ms is not None:
            time += f", {within_ms:.0f} ms are allowed"
            margins.append(f"{100 * (1 - shown.after_ms / within_ms):.0f} % of the time")
    bad = wrong(hazard, shown)
    return [
        f"{hazard.name} {hazard.title}",
        f"  fault:    {shown.fault}",
        f"  reaction: {' '.join(filter(None, (shown.code, shown.reaction)))}",
        f"  time:     {time}",
        f"  force:    {force}",
        f"  margin:   {', '.join(margins) or 'all of it'}",
        f"  {'not held: ' + '; '.join(bad) if bad else 'held'}",
    ]


def main() -> int:
    """Show the hazards that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.hazards.seen")
    parser.add_argument("names", nargs="*", metavar="H30", help="Only these hazards.")
    wanted = parser.parse_args().names or list(SHOWS)
    unknown = [name for name in wanted if name not in SHOWS]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(SHOWS)}; the others have faults of the list")
    known = {one.name: one for one in load_hazards().hazards}
    broken = False
    for name in wanted:
        shown = SHOWS[name]()
        emit_folded(lines(known[name], shown))
        broken = broken or bool(wrong(known[name], shown))
    return EXIT_BROKEN if broken else 0


if __name__ == "__main__":
    sys.exit(main())
