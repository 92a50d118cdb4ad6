"""What the place we write to can show: its width, its characters, and whether it has colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Role = Literal["good", "bad", "warn", "strong", "dim", "title"]

COLOUR_ON: Final[Mapping[Role, str]] = MappingProxyType(
    {
        "good": "\x1b[32m",
        "bad": "\x1b[1;31m",
        "warn": "\x1b[33m",
        "strong": "\x1b[1m",
        "dim": "\x1b[2m",
        "title": "\x1b[1;36m",
    }
)
COLOUR_OFF: Final = "\x1b[0m"
"""The only escape sequences that a text may have in it (ECMA-48, 8.3.117)."""


@dataclass(frozen=True, slots=True)
class Style:
    """Columns of the output, whether it takes characters beyond ASCII, and whether colours are wanted.

    ``whole`` says that no text is to be shortened to a line, as where a program reads it.

    Colour never carries meaning alone: every text reads the same without it.
    """

    width: int = 80
    unicode: bool = True
    colour: bool = False
    whole: bool = False

    def paint(self, text: str, role: Role) -> str:
        """Return ``text`` with the colour of its role, or as it is where colours are not wanted."""
        return f"{COLOUR_ON[role]}{text}{COLOUR_OFF}" if self.colour and text else text

    def pick(self, fancy: str, plain: str) -> str:
        """Return the first text where it can be shown, else the second (ASCII)."""
        return fancy if self.unicode else plain
