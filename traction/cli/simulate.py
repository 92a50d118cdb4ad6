"""``traction simulate``: the model of the patient alone, for a protocol or a case, one patient or many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note, style_of
from traction.cli.names import NEW_PICTURE, PROTOCOL, REGION, NewFile
from traction.cli.options import mass_option, seed_option
from traction.cli.progress import progress
from traction.cli.quantity import DURATION, Quantity

if TYPE_CHECKING:
    from traction.cli.scene import Asked
    from traction.report.simulate_result import Simulated

LENGTH = Quantity("length")
SEXES = click.Choice(["male", "female"])
DISCS = click.Choice(["herniated", "healthy"])
COUCHES = click.Choice(["split", "fixed"])
POSTURES = click.Choice(["prone", "supine", "side", "standing", "sitting", "suspended"])
SHOWN = ("tension_n", "disc_pressure_mmhg", "lumbar_elongation_mm")
"""Quantities of a command line that names none."""

NEW_TABLE = NewFile("E651")


@click.command(
    "simulate",
    cls=RichCommand,
    short_help="Simulate the patient alone, one or many.",
    epilog="Example: traction simulate lumbar-disc-30min --patients 500 --seed 7 --plot spread.png",
)
@click.argument("what", type=PROTOCOL, metavar="PROTOCOL|FILE.toml#CASE")
@click.option("--patients", type=click.IntRange(1), metavar="N", help="Draw so many from the stated spreads.")
@seed_option
@mass_option
@click.option("--height", "height_mm", type=LENGTH, metavar="175cm", help="Body height, with its unit.")
@click.option("--age", "age_years", type=float, metavar="YEARS", help="Age in years.")
@click.option("--sex", type=SEXES, help="Sex.")
@click.option("--grade", metavar="1..5", help="Degeneration of all discs, or one each: 2,2,2,4,3.")
@click.option("--disc", type=DISCS, help="What the disc of --level is.")
@click.option("--level", metavar="L4-L5", help="The disc that the figures of one disc are of.")
@click.option("--posture", type=POSTURES, help="How the patient lies, sits or stands under a protocol.")
@click.option("--couch", type=COUCHES, help="Whether the couch rolls apart under the pull.")
@click.option("--region", type=REGION, help="Body region; it must be that of the protocol or case.")
@click.option("--quantity", "quantities", multiple=True, metavar="NAME", help="What to read off; repeatable.")
@click.option("--every", "every_s", type=DURATION, default="1s", show_default=True, help="How often to read.")
@click.option("-o", "--out", type=NEW_TABLE, metavar="FILE.csv", help="Also write a table (.csv, .parquet).")
@click.option("--plot", type=NEW_PICTURE, metavar="FILE.png", help="Also draw it (.png, .svg or .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all series.")
@debug_option
def command(
    what: str,
    patients: int | None,
    seed: int,
    mass_kg: float | None,
    height_mm: float | None,
    age_years: float | None,
    sex: str | None,
    grade: str | None,
    disc: str | None,
    level: str | None,
    posture: str | None,
    couch: str | None,
    region: str | None,
    quantities: tuple[str, ...],
    every_s: float,
    out: Path | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """Simulate the patient of the model under a protocol or a case: without a table, a controller or limits.

    What is not said is nominal, or drawn with --patients. Nothing is proved safe here, and nothing is
    predicted about a person.
    """
    from traction.cli.scene import Asked, grade_of

    asked = Asked(
        region=region,
        mass_kg=mass_kg,
        height_m=None if height_mm is None else height_mm / 1000.0,
        age_years=age_years,
        sex=sex,
        grade=None if grade is None else grade_of(grade),
        disc=disc,
        couch=couch,
        level=level,
        posture=posture,
        patients=patients,
        seed=seed,
    )
    if out is not None:
        from traction.report.simulate_table import check_table

        check_table(out)
    found = _simulated(what, asked, quantities, every_s)
    _tell(found, as_json=as_json)
    if out is not None:
        from traction.report.simulate_table import write_table

        write_table(found, out)
        note(f"table: {out}")
    if plot is not None:
        from traction.report.simulate_plot import draw

        draw(found, plot)
        note(f"picture: {plot}")
    return 0


def _simulated(what: str, asked: Asked, quantities: tuple[str, ...], every_s: float) -> Simulated:
    from traction.cli.scene import names_of, scene_of
    from traction.report.simulate_result import Simulated
    from traction.sim.measure import measure

    names = names_of(quantities, SHOWN)
    scene = scene_of(what, asked)
    with progress("patients") as told:
        found = measure(scene.patients, scene.timeline, names, every_s=every_s, progress=told)
    seed = asked.seed if asked.patients is not None else None
    return Simulated(scene.name, scene.title, scene.source, scene.patients, seed, found)


def _tell(found: Simulated, *, as_json: bool) -> None:
    if as_json:
        from traction.report.simulate_result import simulate_row

        emit_json(simulate_row(found))
        return
    from traction.report.simulate_text import simulate_lines

    emit(simulate_lines(found, style_of(sys.stdout)))
