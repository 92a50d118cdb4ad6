"""What the place we write to can show: its width, its characters, and whether it has colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["good", "bad", "warn", "strong", "dim", "title"]

_SGR = {"good": "32", "bad": "1;31", "warn": "33", "strong": "1", "dim": "2", "title": "1;36"}


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
        return f"\x1b[{_SGR[role]}m{text}\x1b[0m" if self.colour and text else text

    def pick(self, fancy: str, plain: str) -> str:
        """Return the first text where it can be shown, else the second (ASCII)."""
        return fancy if self.unicode else plain
