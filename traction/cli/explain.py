"""``traction explain``: what a code means and what to do about it."""

from __future__ import annotations

import difflib
import sys

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, style_of
from traction.cli.names import CODE
from traction.errors import CodeEntry, Problem, UsageError, catalogue
from traction.report.layout import facts, table, wrap
from traction.report.style import Style


@click.command(
    "explain", cls=RichCommand, short_help="Explain an error code.", epilog="Example: traction explain E310"
)
@click.argument("code", required=False, type=CODE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, or an array without CODE.")
@debug_option
def command(code: str | None, as_json: bool) -> None:
    """Explain CODE: why it is said and what to do; without CODE, list all codes."""
    style = style_of(sys.stdout)
    if code is None:
        entries = list(catalogue().values())
        if as_json:
            emit_json([_row(entry) for entry in entries])
        else:
            emit(table(("code", "means"), [(entry.code, entry.title) for entry in entries], style))
        return
    entry = _find(code)
    if as_json:
        emit_json(_row(entry))
    else:
        emit(_text(entry, style))


def _find(code: str) -> CodeEntry:
    known = catalogue()
    wanted = code.strip().upper()
    wanted = f"E{wanted}" if wanted.isdigit() else wanted
    if wanted in known:
        return known[wanted]
    same_start = [code for code in known if code[:3] == wanted[:3]]
    near = same_start[:3] or difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise UsageError(Problem("E160", f"there is no code {code!r}{hint}"))


def _text(entry: CodeEntry, style: Style) -> list[str]:
    title = wrap(f"{entry.code}  {entry.title}", style, hanging="  ")
    said = facts([("why", entry.why), ("advice", entry.advice)], style)
    return [*(style.paint(line, "strong") for line in title), *said]


def _row(entry: CodeEntry) -> dict[str, str]:
    return {"code": entry.code, "title": entry.title, "why": entry.why, "advice": entry.advice}
