"""``traction faults matrix``: every fault in every phase of a session, on every kind of table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit_json
from traction.cli.errors import print_problems
from traction.cli.faults_common import EXIT_BROKEN, EXIT_STOPPED, emit_folded
from traction.cli.outputs import folder_of, require_folders, write_file
from traction.cli.progress import progress
from traction.errors import Problem, TractionError, UsageError

if TYPE_CHECKING:
    from traction.campaign.matrix import Matrix
    from traction.report.hazard_figures import About


@click.command(
    "matrix",
    cls=RichCommand,
    short_help="Try every fault in every phase of a session.",
    epilog="Example: traction faults matrix --fault cell-a-stuck --phase HOLD",
)
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault; may be repeated.")
@click.option("--phase", "phases", multiple=True, metavar="NAME", help="Only this phase; may be repeated.")
@click.option(
    "--onset", "onsets", multiple=True, metavar="entry", help="Only at the entry, middle or last tick."
)
@click.option("--region", "regions", multiple=True, metavar="lumbar", help="Only this region.")
@click.option("--drive", "drives", multiple=True, metavar="self-locking", help="Only this drive.")
@click.option("--transport", "transports", multiple=True, metavar="wire", help="Only direct, or only wire.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="So many processes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every cell.")
@click.option(
    "-o", "--report", "page", type=click.Path(path_type=Path), metavar="FILE.html", help="Also write a page."
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.png", help="Also draw it.")
@debug_option
def command(
    faults: tuple[str, ...],
    phases: tuple[str, ...],
    onsets: tuple[str, ...],
    regions: tuple[str, ...],
    drives: tuple[str, ...],
    transports: tuple[str, ...],
    jobs: int,
    as_json: bool,
    page: Path | None,
    plot: Path | None,
) -> int:
    """Run one simulated session for each fault of the list at the entry, middle and last tick of each phase.

    On both drives, for both regions, as a driver and over the wire. An oracle judges each by the true force.
    The whole matrix is some 18 000 sessions: minutes. Ends with 0 when all cells are held, 5 when an
    invariant broke in one or nothing is known of one, 2 for a name that does not exist or a choice in which
    no cell can be, 4 after Ctrl-C, with the cells that were run by then.
    """
    from traction.campaign.matrix import Choice, fill
    from traction.report.hazard_about import about
    from traction.report.matrix_row import matrix_lines, matrix_row
    from traction.report.plot import check_suffix

    whole = Choice()
    choice = Choice(
        _chosen("fault", faults, whole.faults),
        _chosen("phase", phases, whole.phases),
        _chosen("onset", onsets, whole.onsets),
        _chosen("region", regions, whole.regions),
        _chosen("drive", drives, whole.drives),
        _chosen("transport", transports, whole.transports),
    )
    require_folders(folder_of(page), folder_of(plot))
    if plot is not None:
        check_suffix(plot)
    with progress("running") as told:
        matrix = fill(choice, jobs, told)
    made = about(_command(choice, whole))
    try:  # what was found is told first: no file that cannot be written may hide it
        if as_json:
            emit_json(matrix_row(matrix, made))
        else:
            emit_folded(matrix_lines(matrix))
        _write(matrix, made, page, plot)
    except TractionError as error:
        if not matrix.broken:
            raise
        print_problems(error.problems)
    if matrix.broken:
        return EXIT_BROKEN
    if matrix.missing:
        return EXIT_STOPPED
    return _nothing_ran(matrix) if not matrix.runs else 0


def _nothing_ran(matrix: Matrix) -> NoReturn:
    """Raise UsageError E195: a choice in which nothing can be is no choice that was held."""
    from traction.campaign.matrix import REASONS

    reasons = "; ".join(sorted({REASONS[one.absent] for one in matrix.found}))
    raise UsageError(Problem("E195", reasons, "a choice with a cell that can be run"))


def _write(matrix: Matrix, made: About, page: Path | None, plot: Path | None) -> None:
    if page is not None:
        from traction.report.matrix_page import matrix_page

        write_file(page, matrix_page(matrix, made))
    if plot is not None:
        from traction.report.matrix_plot import draw

        draw(matrix, plot)


def _chosen(what: str, asked: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is asked for in the order of what there is. Raises UsageError E194 for an unknown name."""
    unknown = [name for name in asked if name not in known]
    if unknown:
        expected = f"one of {', '.join(known)}"
        raise UsageError(Problem("E194", f"the {what} {unknown[0]!r}", expected, field=f"--{what}"))
    return tuple(name for name in known if name in asked) if asked else known


def _command(choice: object, whole: object) -> str:
    """Return the command that makes this matrix again."""
    words = ["traction faults matrix"]
    for option in ("fault", "phase", "onset", "region", "drive", "transport"):
        names = getattr(choice, f"{option}s")
        if names != getattr(whole, f"{option}s"):
            words += [f"--{option} {name}" for name in names]
    return " ".join(words)
