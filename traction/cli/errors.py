"""From any error to words on stderr and an exit code: the one place where a command ends."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from traction.cli import EXIT_STOPPED, EXIT_UNEXPECTED, EXIT_USAGE, INTERRUPTED
from traction.cli.common import note, silence, style_of
from traction.errors import Problem, TractionError
from traction.report.layout import wrap
from traction.report.style import Style


def run(arguments: Sequence[str]) -> int:
    """Run the command line ``arguments`` and return the exit code; no error leaves as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a character the terminal lacks becomes "?", never an error
    code = _guarded(arguments)
    try:
        sys.stdout.flush()
    except OSError:
        silence(sys.stdout)
    return code


def _guarded(arguments: Sequence[str]) -> int:
    from traction.cli.app import app

    try:
        result = app.main(list(arguments), prog_name="traction", standalone_mode=False)
    except click.ClickException as error:
        return _usage(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        note(INTERRUPTED)
        return EXIT_STOPPED
    except TractionError as error:
        print_problems(error.problems)
        _not_run(arguments, error.problems)
        return error.exit_code
    except Exception as error:
        return _unexpected(error, debug="--debug" in arguments)
    return result if isinstance(result, int) else 0


def print_problems(problems: Sequence[Problem]) -> None:
    """Write every problem to stderr: code and message, the place, and once for each code the advice."""
    style = style_of(sys.stderr)
    advised: set[str] = set()
    for problem in problems:
        note(*problem_lines(problem, style, advice=problem.code not in advised))
        advised.add(problem.code)
    if len(problems) > 1:
        note(f"{len(problems)} errors")


def problem_lines(problem: Problem, style: Style, *, advice: bool = True) -> list[str]:
    """Return the lines that show one problem."""
    label = f"error {problem.code}:"
    first, *rest = wrap(f"{label} {problem.message}", style, hanging="  ")
    lines = [style.paint(label, "bad") + first.removeprefix(label), *rest]
    if problem.where:
        lines += wrap(f"where: {problem.where}", style, indent="  ", hanging="    ")
    if advice and problem.advice:
        lines += wrap(f"advice: {problem.advice}", style, indent="  ", hanging="    ")
    return lines


def _not_run(arguments: Sequence[str], problems: Sequence[Problem]) -> None:
    """Say of a ``run`` whose command line was not understood that nothing moved, to programs as well."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    if words[:1] != ["run"]:
        return
    note("REFUSED: nothing moved")
    if "--json" in arguments:
        from traction.cli.common import emit_json
        from traction.cli.wishes import misunderstood
        from traction.report.summary import summary_row

        emit_json(summary_row(misunderstood(problems)))


def _usage(error: click.ClickException, arguments: Sequence[str]) -> int:
    problems = [Problem("E100", error.format_message().rstrip("."))]
    print_problems(problems)
    context = getattr(error, "ctx", None)
    if context is not None:
        note(f"  help: {context.command_path} --help")
    _not_run(arguments, problems)
    return EXIT_USAGE


def _unexpected(error: Exception, *, debug: bool) -> int:
    if debug:
        note(*"".join(traceback.format_exception(error)).splitlines())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" (at {Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    # written out here: whatever is broken, this line must come
    note(f"error E900: an unexpected error: {said}{place}")
    note("  advice: this is a defect of the program; run it again with --debug and report what it prints")
    return EXIT_UNEXPECTED
