"""Switch off all layers of safety but one, and see what that one holds alone.

    python -m tests.campaign_matrix.knockout [HAZARD ...] [--jobs 2] [--onset entry middle last] [-o FILE]
                                             [--keep FOLDER] [--whole MATRIX.json]

The product has no switch for this. A copy of the package goes into a temporary folder, the texts that
knockouts.toml names are replaced there, and the matrix of faults runs from that copy, each table in a process
of its own. With ``--keep`` what a table gave stays in a file, and is taken from there as long as the sources
are the same: so a run that was ended goes on. ``--whole`` is a matrix of the package as it is, which need not
be run again then; one of another commit is passed over.

For every hazard of hardware/hazards.toml with faults, each layer that it says holds ``alone`` is asked: does
the true force stay within its bounds? That decides, and that each fault began: it ends with 0 when so it
is, 5 when not, 1 when a text could not be replaced. Beside it stands how soon the layer reacts, and where it
does not react at all to what all layers together react to, though the force stays within its bounds. Plans
that break a limit (provocations.py) are asked the same way. The claims of hazards that no fault brings about
are counted at the end: their tests in docs/hazards.md stand for them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.campaign_matrix.tables import TABLES, Cells, Choice, matrix, whole_matrix
from tests.planting import ROOT, NoSuchText, copied, run_python
from traction.cli.faults_common import emit_folded

PATCHES = Path(__file__).with_name("knockouts.toml")

OFF = {
    "controller": ("proof", "monitor", "guard"),
    "host": ("controller",),
}
"""The layer that is to hold alone -> what is switched off. Mechanics are only asked for: nothing to run."""

PLANS = {"force": "H01", "rate": "H03", "session": "H04", "hold": "H05"}
"""What a plan breaks, and the hazard that this is."""

FORCE = ("I1", "I2", "I4", "I9", "I14")
"""The invariants of the true force; the others are about the layer that has been switched off."""

PHASES = (
    "TAKE_UP",
    "RAMP_UP",
    "HOLD",
    "RAMP_DOWN",
    "REST",
    "PAUSING",
    "PAUSED",
    "RESUMING",
    "RELEASING",
    "STOPPING",
)


@dataclass(frozen=True)
class Patch:
    layer: str
    why: str
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Alone:
    """What a hazard's cells were with one layer alone, against all layers together."""

    hazard: str
    layer: str
    cells: int
    broken: tuple[str, ...]
    silent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    react_ms: int | None = None
    react_ms_of_all: int | None = None
    of: str = "cells"
    ended: str = ""

    @property
    def holds(self) -> bool:
        return self.cells > 0 and not self.broken and not self.empty


def patches(path: Path = PATCHES) -> tuple[Patch, ...]:
    known = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Patch(layer, **one) for layer, ones in known.items() for one in ones)


def blinded(folder: Path, layers: Iterable[str]) -> Path:
    """Copy the package to ``folder`` with these layers switched off; return the folder to import from."""
    return copied(folder, [one for one in patches() if one.layer in set(layers)])


IDLE = "clock-jump"
"""A fault that changes nothing: its cells say when a plan ends by itself."""

BEFORE_MS = 100
"""A reaction comes so long before the end of the plan at least: else it is the end of the plan."""

AS_SLACK_N = 10.0 + 4.0 + 0.5
"""What a host alone may take for slack: slack, the noise that it allows its readings (noise_mn of
SupervisorBounds), and the error of a cell at zero."""

IN_POWER, DOWN = "drive in power in the end", "N on the way down"
TIMES = "ms in RUN"
"""How an escape begins that is about a time of the controller, and not about the force."""


Whole = dict[tuple[str, ...], dict[str, Any]]


def where(cell: dict[str, Any]) -> tuple[str, ...]:
    return tuple(cell[name] for name in ("fault", "phase", "onset", "region", "drive", "transport"))


def judged(hazard: str, layer: str, faults: Iterable[str], alone: Cells, whole: Whole) -> Alone:
    """Hold a hazard's cells with one layer against those with all of them."""
    mine = [cell for cell in alone if cell["fault"] in set(faults) and "absent" not in cell]
    broken, silent, empty, times, usual = [], [], [], [], []
    for cell in mine:
        said = " ".join(where(cell))
        if cell["at_ms"] is None:
            empty.append(said)
            continue
        wrong, before = of_force(cell, layer), whole[where(cell)]
        known = of_force(before, layer)
        if wrong and not known:
            broken.append(f"{said}: {', '.join(wrong)}, {cell['peak_n']:.0f} N, {cell['ended']}")
        plan_ms = whole[(IDLE, *where(cell)[1:])]["react_ms"] or 0
        if before["react_ms"] is not None and before["react_ms"] < plan_ms - BEFORE_MS:
            usual.append(before["react_ms"])
            if cell["react_ms"] is None or cell["react_ms"] > plan_ms - BEFORE_MS:
                silent.append(f"{said}: {cell['ended']}, {before['ended']} with all layers")
            else:
                times.append(cell["react_ms"])
    return Alone(
        hazard,
        layer,
        len(mine),
        tuple(broken),
        tuple(silent),
        tuple(empty),
        max(times, default=None),
        max(usual, default=None),
    )


def of_force(cell: dict[str, Any], layer: str) -> list[str]:
    """Return the invariants of the true force that one layer let break in a cell.

    At the end I14 is also about a drive that is on at slack, which is no force. What is left on the way down
    may be within the noise of a host that stands alone: that much above slack it cannot tell from slack,
    and takes the power when the time of a release is over (E482).
    """
    broken = []
    for one in cell["escapes"]:
        at_slack = one["says"] == IN_POWER
        in_noise = layer == "host" and one["says"] == DOWN and one["found"] <= AS_SLACK_N
        if one["invariant"] in FORCE and not (one["says"].startswith(TIMES) or at_slack or in_noise):
            broken.append(one["invariant"])
    return broken


def hazards() -> dict[str, Any]:
    text = (ROOT / "hardware" / "hazards.toml").read_text(encoding="utf-8")
    return {name: one for name, one in tomllib.loads(text).items() if name != "no_hazard" and one["faults"]}


def asked(names: Iterable[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (hazard, layer, faults) for every layer that is said to hold a hazard alone."""
    wanted = set(names)
    for name, one in hazards().items():
        for layer in one["alone"]:
            if layer in OFF and (not wanted or name in wanted):
                yield name, layer, tuple(one["faults"])


def knock_out(names: Iterable[str], choice: Choice, whole: Path | None = None) -> list[Alone]:
    """Return what each layer held alone, hazard by hazard; ``whole`` has a matrix of all layers together."""
    wanted = set(names)
    rows = list(asked(wanted))
    found: list[Alone] = []
    faults = {IDLE, *(fault for _, _, each in rows for fault in each)}
    cells = (whole_matrix(whole) or matrix(ROOT, faults, choice)) if rows else []
    together = {where(cell): cell for cell in cells}
    for layer, off in OFF.items():
        mine = [row for row in rows if row[1] == layer]
        if not mine and not wanted & {*PLANS.values()}:
            continue
        with tempfile.TemporaryDirectory(prefix="knockout-") as folder:
            root = blinded(Path(folder), off)
            asked_of = {fault for _, _, each in mine for fault in each}
            alone = matrix(root, asked_of, choice) if asked_of else []
            plans = provoked(root)
        found += [judged(name, layer, each, alone, together) for name, _, each in mine]
        found += [one for one in plans_held(layer, plans) if not wanted or one.hazard in wanted]
    return sorted(found, key=lambda one: (one.hazard, one.layer))


def provoked(root: Path) -> dict[str, Any]:
    """Return what the package at ``root`` does with each plan that breaks a limit."""
    done = run_python(root, str(Path(__file__).with_name("provocations.py")))
    if done.returncode != 0:
        raise RuntimeError(f"the plans did not run:\n{done.stderr}")
    plans: dict[str, Any] = json.loads(done.stdout)
    return plans


def plans_held(layer: str, plans: dict[str, Any]) -> Iterator[Alone]:
    """Yield what one layer alone made of the plans, by the hazard that each stands for."""
    for plan, hazard in PLANS.items():
        one = plans[plan]
        ended = f"{one['ended']}, {one['peak_n']:.0f} N at most"
        if "out_s" in one:  # else it was refused, and nothing moved
            ended += f", out of RUN {one['out_s']:.2f} s after the start, {one['measured']}"
            ended += f", margin {100 * one['margin']:.0f} %"
        of = f"plan that breaks the limit of {plan}"
        yield Alone(hazard, layer, 1, () if one["holds"] else (f"a {of}: {ended}",), of=of, ended=ended)


def by_tests_only(found: Iterable[Alone]) -> list[str]:
    """Return the claims that no cell and no plan has shown, as the hazard and its layer."""
    text = (ROOT / "hardware" / "hazards.toml").read_text(encoding="utf-8")
    known = {name: one for name, one in tomllib.loads(text).items() if name != "no_hazard"}
    shown = {(one.hazard, one.layer) for one in found}
    said = [(name, layer) for name, one in known.items() for layer in one["alone"] if layer in OFF]
    return [" ".join(one) for one in said if one not in shown]


def told(one: Alone) -> Iterator[str]:
    word = "holds" if one.holds else "DOES NOT HOLD"
    times = "" if one.react_ms is None else f", reacts within {one.react_ms} ms"
    times += "" if one.react_ms_of_all is None else f", all layers within {one.react_ms_of_all} ms"
    ended = f": {one.ended}" if one.ended else ""
    yield f"{one.hazard} {one.layer} alone {word}: {one.cells} {one.of}{times}{ended}"
    for what, said in (("force", one.broken), ("it never began", one.empty), ("no reaction", one.silent)):
        for text in said[:5]:
            yield f"  {what}: {text}"
        if len(said) > 5:
            yield f"  ... and {len(said) - 5} more"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Switch off all layers of safety but one.")
    parser.add_argument("hazards", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--onset", nargs="*", default=["middle"])
    parser.add_argument("--phase", nargs="*", default=PHASES)
    for name in ("region", "drive", "transport"):
        parser.add_argument(f"--{name}", nargs="*", default=[])
    parser.add_argument("-o", dest="report", type=Path)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--whole", type=Path, metavar="MATRIX.json")
    asked_for = parser.parse_args(arguments)
    options = {name: tuple(getattr(asked_for, name)) for name in ("onset", "phase", *TABLES)}
    choice = Choice(options, asked_for.jobs, asked_for.keep)
    try:
        found = knock_out(asked_for.hazards, choice, asked_for.whole)
    except (NoSuchText, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for one in found:
        emit_folded(told(one))
    if asked_for.report is not None:
        rows = [{**asdict(one), "holds": one.holds} for one in found]
        asked_for.report.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    held = sum(one.holds for one in found)
    silent = sum(bool(one.silent) for one in found)
    rest = by_tests_only(found)
    if not asked_for.hazards:
        print(f"{len(rest)} claims are of hazards that no fault brings about: {', '.join(rest)}")
    print(f"{silent} of them do not react to everything that all layers together react to")
    print(f"{len(found)} layers asked to hold alone: {held} held, {len(found) - held} did not")
    return 0 if found and held == len(found) else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
