"""Keep what files say from commanding the terminal: titles, names and details are shown, never obeyed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from traction.report.style import COLOUR_OFF, COLOUR_ON

_JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible, but without them some scripts are misspelt; they move nothing."""

_BLANKS: Final = "Zs"
"""The Unicode category of every blank that is no line end, such as the one that ties figure and unit."""

_COLOURS: Final = re.compile(f"({'|'.join(map(re.escape, (*COLOUR_ON.values(), COLOUR_OFF)))})")


def clean(line: str, *, colour: bool = False) -> str:
    r"""Return one line for a terminal, with everything in it that is no visible character written out.

    Control characters (every escape sequence begins with one), line ends, and marks that turn the direction
    of a text become ``\x1b``, ``\n``, ``\u202e`` and so on. With ``colour`` the colours of a Style stay, and
    end with the line.
    """
    if line.isprintable():
        return line
    if not colour:
        return _visible(line)
    parts = _COLOURS.split(line)  # texts at even places, colours between them
    parts[::2] = map(_visible, parts[::2])
    left_on = len(parts) > 1 and parts[-2] != COLOUR_OFF
    return "".join(parts) + (COLOUR_OFF if left_on else "")


def _visible(text: str) -> str:
    return "".join(one if _shows(one) else one.encode("unicode_escape").decode("ascii") for one in text)


def _shows(one: str) -> bool:
    return one.isprintable() or one in _JOINERS or unicodedata.category(one) == _BLANKS
