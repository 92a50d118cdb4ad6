"""``traction show`` of a file that still asks for values: what it states, and what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from traction.cli import EXIT_REFUSED
from traction.cli.common import emit, emit_json, note_folded, style_of
from traction.errors import ProtocolError

if TYPE_CHECKING:
    from traction.protocol.protocol import Protocol
    from traction.protocol.template import Template


def load_or_template(name: str) -> Protocol | Template:
    """Return a protocol, or a template where values are all that is missing. Raises what loading raises."""
    from traction.protocol import library
    from traction.protocol.load import load_protocol
    from traction.protocol.template import read_template
    from traction.protocol.template_blanks import CODE

    try:
        return load_protocol(name)
    except ProtocolError as error:
        if any(problem.code != CODE for problem in error.problems):
            raise
        return read_template(library.find(name))


def show_template(template: Template, plot: Path | None, *, as_json: bool) -> int:
    """Print a template; 0, or 3 where a picture was asked for that nobody can draw."""
    from traction.report.protocol_text import section
    from traction.report.template_text import missing_lines, template_lines, template_show_row

    if as_json:
        emit_json(template_show_row(template))
    else:
        style = style_of(sys.stdout)
        lines = template_lines(template, style)
        emit(lines + section("What is missing", missing_lines(template, style), style))
    many = len(template.asked)
    values = "1 value is" if many == 1 else f"{many} values are"
    note_folded(f"a template: {values} to be filled in before it can be checked or run")
    if plot is not None:
        note_folded("no picture was drawn")
    return 0 if plot is None else EXIT_REFUSED
