"""``traction validate``: hold the model against published cases, and say which it meets."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note, style_of
from traction.cli.names import NEW_PICTURE
from traction.cli.progress import progress

EXIT_OUTSIDE = 5


@click.command(
    "validate",
    cls=RichCommand,
    short_help="Hold the model against published cases.",
    epilog="Example: traction validate my-cases.toml --plot agreement.png",
)
@click.argument("files", type=click.Path(path_type=Path), metavar="[FILE.toml]...", nargs=-1)
@click.option("--plot", type=NEW_PICTURE, metavar="FILE.png", help="Also draw it (.png, .svg or .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: cases, passed, failed.")
@debug_option
def command(files: tuple[Path, ...], plot: Path | None, as_json: bool) -> int:
    """Simulate the published cases in each FILE, or the shipped ones, and judge the model by them.

    Ends with 0 when every scored case lies inside its band, 5 when one does not, 2 when a file is not right.
    Cases that are not scored are reported only. docs/evidence.md has the format of the files.
    """
    from traction.evidence.ensemble import members
    from traction.evidence.library import load_library
    from traction.evidence.model import simulate_case
    from traction.evidence.run import run_cases
    from traction.report.validate_row import counts, validate_row

    library = load_library(files)
    sets = members()
    with progress("simulating") as told:
        verdicts = run_cases(library, sets, simulate=simulate_case, progress=told)
    if as_json:
        emit_json(validate_row(verdicts))
    else:
        from traction.report.validate_text import validate_lines

        emit(validate_lines(verdicts, style_of(sys.stdout), members=len(sets)))
    if plot is not None:
        from traction.evidence.curves import curves_of
        from traction.report.validate_plot import draw

        draw(curves_of(verdicts, sets, simulate_case), plot)
        note(f"picture: {plot}")
    return EXIT_OUTSIDE if counts(verdicts)[1] else 0
