"""Calibrate the model: ``python -m traction.evidence.calibrate``, or ``make calibrate``.

Fits the free numbers of ``calibrate.toml`` to the scored shipped cases, and says whether the shipped values
come out again. ``--write`` writes what came out to ``traction/sim/parameters.toml``. docs/calibration.md says
how it is done and what it found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from traction.evidence.calibrate_figures import Bench, scored
from traction.evidence.calibrate_fit import IDENTIFIED, Plan, Problem, load_plan, rounded
from traction.evidence.calibrate_write import with_rows
from traction.evidence.ensemble_draw import as_text, draw
from traction.evidence.library import load_library
from traction.evidence.measure import Floats

TOLERANCE = 0.1
"""Of one standard deviation beforehand: by how much a number may differ and count as reproduced."""

SIM = Path(__file__).resolve().parents[1] / "sim"
ENSEMBLE = Path(__file__).resolve().parent / "ensemble.toml"
FAILED = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 5 when the shipped values are not what the calibration finds."""
    parser = argparse.ArgumentParser(prog="python -m traction.evidence.calibrate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="follow down from the shipped values only")
    parser.add_argument("--ensemble", action="store_true", help="draw the ensemble as well, about 2 minutes")
    parser.add_argument("--write", action="store_true", help="write what came out to the files")
    asked = parser.parse_args(arguments)
    plan, library = load_plan(), load_library()
    problem = Problem(plan, library)
    point = problem.polish(plan.shipped)[0] if asked.quick else problem.fit()
    values = rounded(point.tolist(), plan.digits)
    left = problem.left(np.array(values))
    say(table(plan, values, left))
    same = off(plan, values) <= TOLERANCE
    if not same and not asked.write:
        say("These are not the shipped values; --write writes them.\n")
        return FAILED
    if not same:
        file = SIM / "parameters.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(with_rows(text, changes(plan, values, left)), encoding="utf-8")
        say("Written to parameters.toml. The ensemble belongs to the old values: draw it again.\n")
    elif asked.ensemble:
        bench = Bench(library, scored(library))
        text = as_text(plan, *draw(plan, bench.all_inside, say))
        if asked.write:
            ENSEMBLE.write_text(text, encoding="utf-8")
    else:
        say("The shipped values came out again.\n")
    return 0


def say(text: str) -> None:
    """Write ``text`` to the output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def off(plan: Plan, values: Sequence[float]) -> float:
    """Return by how much values differ from the shipped ones, in standard deviations beforehand, at most."""
    sigma = np.array([one.sigma for one in plan.free])
    return float(np.max(np.abs(np.array(values) - plan.shipped) / sigma))


def how(left: float) -> str:
    """Return how a number was found of which the evidence left so much uncertainty."""
    return "calibrated" if left < IDENTIFIED else "prior"


def changes(plan: Plan, values: Sequence[float], left: Floats) -> dict[str, tuple[float, str]]:
    """Return the rows to write: full name to (value, how)."""
    return {one.name: (value, how(rest)) for one, value, rest in zip(plan.free, values, left, strict=True)}


def table(plan: Plan, values: Sequence[float], left: Floats) -> str:
    """Return what came out as a table of plain text."""
    lines = [f"{'':58}{'shipped':>10}{'found':>10}{'prior':>10}{'left':>7}"]
    for one, value, rest in zip(plan.free, values, left, strict=True):
        shown = f"{one.name:58}{one.row.value:10.4g}{value:10.4g}{one.prior:10.4g}"
        lines.append(f"{shown}{100 * rest:6.0f}%  {how(rest)}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
