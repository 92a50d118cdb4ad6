"""``traction bench span``: the load cells against known weights, going up and coming down."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import click
from rich_click import RichCommand

from traction import units
from traction.cli.bench_common import Opened, is_terminal, open_table, operator_option, signals_interrupt
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.options import table_option
from traction.errors import Problem, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traction.bench.calibration import Calibration
    from traction.drivers.guarded import GuardedDriver

EXIT_FAILED: Final = 5
OVER: Final = 1.2
"""A cell may read so much above the heaviest weight; more is no reading of these weights."""

WEIGHT_HELP = "A known weight, as a mass or a force; at least three of them, in any order."


@click.command(
    "span",
    cls=RichCommand,
    short_help="Hold the load cells against known weights.",
    epilog="Example: traction bench span --table sim: --weight 5kg --weight 10kg --weight 20kg",
)
@table_option
@operator_option
@click.option("--weight", "weights", multiple=True, metavar="5kg", help=WEIGHT_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(table: str, operator: str, weights: tuple[str, ...], as_json: bool) -> int:
    """Read both load cells under known weights, up and down again, and fit a line to each cell.

    Begins without a load. The checks and their report use what is kept; the controller's own readings are not
    altered. Ends with 0 when the cells are good, 5 when a figure is beyond its limit (kept all the same).
    """
    from traction.bench import kept
    from traction.bench.calibration import LEAST_WEIGHTS, span
    from traction.clock import wall_label

    forces_n = sorted({force_of(text) for text in weights})
    if len(forces_n) < LEAST_WEIGHTS:
        found = f"{len(forces_n)} different weights"
        raise UsageError(Problem("E553", found, f"at least {LEAST_WEIGHTS}", field="--weight"))
    with signals_interrupt():
        opened = open_table(table, virtual=True)
        if forces_n[-1] > opened.limits.max_force_n:
            found = f"a weight of {forces_n[-1]:.0f} N"
            expected = f"at most {opened.limits.max_force_n:g} N, the limit of the table"
            raise UsageError(Problem("E553", found, expected, field="--weight"))
        known = kept.load(opened.identity.serial_number)
        with opened.connector.make().guard as guard:
            guard.open()
            order = [*forces_n, *reversed(forces_n)]
            readings = _read_all(opened, guard, order)
    found_now = span(order, readings, date=wall_label(), operator=operator)
    path = kept.save(replace(known, span=found_now))
    if as_json:
        emit_json(_row(known.serial_number, known.calibration, found_now))
    else:
        _show(known.calibration, found_now)
    note_folded(f"kept in {path}; the controller's own readings are not altered")
    return 0 if found_now.passed else EXIT_FAILED


def force_of(text: str) -> float:
    """Return the force of a weight such as 5kg or 50N, in N. Raises UsageError E553."""
    from traction.sim.hands import force_of as force_n_of

    force_n = force_n_of(text)
    if force_n is not None:
        return force_n
    raise UsageError(Problem("E553", f"the weight {text!a:.40}", "such as 5kg or 50N", field="--weight"))


def _read_all(opened: Opened, guard: GuardedDriver, order: Sequence[float]) -> list[tuple[float, float]]:
    """Read without a load first, and then under each weight as somebody hangs it."""
    from traction.bench.cells import still_n

    puller = opened.connector.puller
    if puller is None and not is_terminal():
        raise RefusedError(Problem("E554", "nobody is there to hang the weights", "a terminal"))
    facts, clock = opened.table.facts, opened.clock
    still_n(guard, clock, facts, opened.limits.slack_n)
    readings = []
    try:
        for force_n in order:
            if puller is not None:
                puller.hang(force_n)
                clock.wait_until_us(clock.now_us() + 100_000)
            else:
                _have_hung(guard, force_n)
            readings.append(still_n(guard, clock, facts, OVER * max(order) + opened.limits.slack_n))
    finally:
        if puller is not None:
            puller.hang(0.0)
        else:
            note_folded("take the weight off the cord again")
    return readings


def _have_hung(guard: GuardedDriver, force_n: float) -> None:
    mass_kg = force_n / units.STANDARD_GRAVITY
    question = f"Hang {mass_kg:.3f} kg ({force_n:.1f} N) on the cord, let it come to rest, and press Enter"
    try:
        click.prompt(question, default="", show_default=False, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None
    guard.poll()  # what came meanwhile


def _row(serial_number: str, before: Calibration | None, now: Calibration) -> dict[str, object]:
    return {
        "serial_number": serial_number,
        "before": None if before is None else asdict(before),
        "after": asdict(now),
        "passed": now.passed,
        "wrong": list(now.wrong),
    }


def _show(before: Calibration | None, now: Calibration) -> None:
    from traction.report.layout import table as lines_of
    from traction.report.layout import wrap

    style = style_of(sys.stdout)
    rows = [
        (f"{weight:.2f} N", f"{a:.2f} N", f"{b:.2f} N")
        for weight, (a, b) in zip(now.weights_n, now.readings_n, strict=True)
    ]
    lines = [*lines_of(("weight", "cell A", "cell B"), rows, style, right=(0, 1, 2)), ""]
    header = ("cell", "", "slope", "zero", "residual", "hysteresis")
    fits = []
    for name, at in (("A", 0), ("B", 1)):
        for when, one in (("before", before), ("now", now)):
            if one is not None:
                fit = one.fits[at]
                figures = (f"{fit.offset_n:.2f} N", f"{fit.residual_n:.2f} N", f"{fit.hysteresis_n:.2f} N")
                fits.append((name, when, f"{fit.gain:.4f}", *figures))
    lines += lines_of(header, fits, style, right=(2, 3, 4, 5))
    limits = f"slope 0.95 to 1.05; residual and hysteresis at most {now.limit_n:.2f} N"
    verdict = style.paint("FAILED", "bad") if now.wrong else style.paint("good", "good")
    lines += ["", *wrap(limits, style), verdict]
    for text in now.wrong:
        lines += wrap(text, style, indent="  ", hanging="    ")
    emit(lines)
