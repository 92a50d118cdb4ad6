"""``traction patient new``: a commented file about a patient, with nothing assumed in it."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, note_folded
from traction.cli.names import NewFile
from traction.cli.outputs import write_new
from traction.cli.quantity import MASS, Quantity
from traction.errors import Problem, UsageError

LENGTH = Quantity("length")
SPEAKS_HELP = "Whether the patient can speak up and press a stop; unsaid, the file leaves it open."


@click.command(
    "new",
    cls=RichCommand,
    short_help="Write a new patient file.",
    epilog="Example: traction patient new p-0147.toml --mass 80kg --can-communicate",
)
@click.argument("file", type=NewFile("E134", fresh=True), metavar="FILE.toml")
@click.option("--mass", "mass_kg", type=MASS, required=True, metavar="80kg", help="Body mass, with its unit.")
@click.option("--height", "height_mm", type=LENGTH, metavar="175cm", help="Body height, with its unit.")
@click.option("--age", type=click.IntRange(0, 120), metavar="YEARS", help="Age in years.")
@click.option("--id", "name", metavar="ID", help="The id. [default: the name of the file]")
@click.option("--can-communicate/--cannot-communicate", "speaks", default=None, help=SPEAKS_HELP)
@debug_option
def command(
    file: Path,
    mass_kg: float,
    height_mm: float | None,
    age: int | None,
    name: str | None,
    speaks: bool | None,
) -> int:
    """Write a new patient file; never over another one. The screening is asked by the next command."""
    from traction.patients.patient import parse_patient
    from traction.patients.write import new_text

    height = None if height_mm is None else f"{height_mm / 10:.12g} cm"

    mass, name = repr(mass_kg).removesuffix(".0"), name or file.stem

    def written(said: bool | None) -> str:
        # every digit of the mass stays: --mass 176lb of a run has to be the mass of the file
        return new_text(name, f"{mass} kg", height=height, age=age, speaks=said)

    text = written(speaks)
    # what is left open is no mistake of the command line; all else is looked at as it will be read
    if parse_patient(written(speaks is True).encode("utf-8"), str(file)).id != name:
        raise UsageError(Problem("E100", f"{name!a:.60}", "an id without quotes", field="--id"))
    write_new(file, text)
    note_folded(f"written: {file}; next: traction patient screen {file} --region lumbar")
    return 0
