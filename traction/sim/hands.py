"""What hands do at an emulated table, told in words: press its stops, hang weights on its cord."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction import units
from traction.errors import UsageError
from traction.sim import buttons, enabling
from traction.sim.table import INPUTS

if TYPE_CHECKING:
    from traction.sim.emulator import EmulatedTable

MOST_N: Final = 2000.0
"""More nobody hangs on a cord, and no cell reads."""

HELP: Final = (
    "hang 5kg (or 50N; hang nothing takes it off)",
    *(f"press {name}, let go {name}" for name in INPUTS),
    f"press {enabling.NAME}, let go {enabling.NAME} (with hold_to_run)",
    f"press {buttons.NAME}, let go {buttons.NAME} (with ease_button)",
)


def obey(table: EmulatedTable, line: str) -> str:
    """Do at ``table`` what a line of words says; return what to tell its writer, "" for an empty line."""
    words = line.split()
    if not words:
        return ""
    if words[0] == "hang" and len(words) > 1:
        return _hang(table, " ".join(words[1:]))
    if words[0] == "press" and len(words) == 2 and words[1] in buttons.BUTTONS:
        table.press(words[1])
        return f"{words[1]}: held"
    if words[:2] == ["let", "go"] and len(words) == 3 and words[2] in buttons.BUTTONS:
        table.let_go(words[2])
        return f"{words[2]}: let go"
    if words[0] == "press" and len(words) == 2 and words[1] in INPUTS:
        table.press(words[1])
        return f"{words[1]}: open"
    if words[:2] == ["let", "go"] and len(words) == 3 and words[2] in INPUTS:
        table.let_go(words[2])
        return f"{words[2]}: closed"
    return "hands know: " + "; ".join(HELP)


def _hang(table: EmulatedTable, text: str) -> str:
    force_n = 0.0 if text in ("0", "nothing") else force_of(text)
    if force_n is None or force_n > MOST_N:
        return f"nothing is hung: a weight such as 5kg or 50N, at most {MOST_N:g} N"
    table.hang(force_n)
    return f"{force_n:.1f} N hang on the cord" if force_n else "nothing hangs on the cord"


def force_of(text: str) -> float | None:
    """Return the force of a weight such as 5kg or 50N in N, None for what is none."""
    for kind, newtons in (("mass", units.STANDARD_GRAVITY), ("force", 1.0)):
        try:
            value = units.parse(text, kind) * newtons  # type: ignore[arg-type]
        except UsageError:
            continue
        return value if value > 0 else None
    return None
