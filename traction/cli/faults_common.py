"""What the commands of ``traction faults`` share: how they end, and lines that fit a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from traction.cli.common import emit, style_of
from traction.report.layout import wrap

EXIT_STOPPED: Final = 4
"""After Ctrl-C, where nothing that was run by then was broken."""

EXIT_BROKEN: Final = 5


def emit_folded(lines: Iterable[str]) -> None:
    """Write lines to stdout, folded between words to the width of a terminal; in a pipe each stays whole.

    What follows a fold stands two columns further in than the line began.
    """
    style = style_of(sys.stdout)
    if style.whole:
        emit(lines)
        return
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        emit(wrap(line.lstrip(), style, indent=indent, hanging=f"{indent}  "))
