"""Change single values of a file and leave everything else, comments included, as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from traction.errors import Problem, UsageError
from traction.protocol.places import Path, Places, scan
from traction.protocol.protocol import field_path

_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE: Final = re.compile(r"[^\s,\]}#\[{\"']+")
_MOST_NAMES: Final = 12

WHOLE_NUMBERS: Final = ("format", "repeat", "steps", "alert_times")
YES_OR_NO: Final = ("confirmed",)


def literal(path: Path, value: str) -> str:
    """Return ``value`` as TOML, as the key at ``path`` is written: a text, or a bare whole number or true."""
    bare = (path[-1] in WHOLE_NUMBERS and value.isdecimal()) or (
        path[-1] in YES_OR_NO and value in ("true", "false")
    )
    return value if bare else json.dumps(value, ensure_ascii=False)


def span_of(places: Places, path: Path) -> tuple[int, int] | None:
    """Return where the single value at ``path`` begins and ends; None for a table, a list, or nothing."""
    start = places.offsets.get(path)
    if start is None:
        return None
    match = _STRING.match(places.text, start) or _BARE.match(places.text, start)
    return None if match is None else match.span()


def replaced(text: str, values: Mapping[Path, str]) -> str:
    """Return ``text`` with the single value at each path replaced by a TOML literal; the rest stays."""
    places = scan(text)
    spans = [(span, new) for path, new in values.items() if (span := span_of(places, path)) is not None]
    for (start, end), new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def first_in_list(text: str, path: Path, item: str) -> str:
    """Return ``text`` with a text as first entry of the list at ``path``; unchanged where there is none."""
    start = scan(text).offsets.get(path)
    if start is None or not text.startswith("[", start):
        return text
    rest = text[start + 1 :]
    end = "\n" if rest.lstrip(" \t").startswith("]") else ""
    return f"{text[: start + 1]}\n    {json.dumps(item, ensure_ascii=False)},{end}{rest}"


def without_schema_line(text: str) -> str:
    """Return ``text`` without the line that tells editors of a schema beside it."""
    first, _, rest = text.partition("\n")
    return rest if first.startswith("#:schema ") else text


def place_of(name: str, text: str, preferred: Iterable[Path] = ()) -> Path:
    """Return the path of the one value called ``name``: a key, or a place such as ``phase[2].hold``.

    Where a key stands more than once, the only one of ``preferred`` is meant, else the only one in a phase.
    Raises UsageError E133 where there is none, or more than one.
    """
    places = scan(text)
    known = {path: field_path(path) for path in places.offsets if span_of(places, path) is not None}
    exact = [path for path, shown in known.items() if shown == name]
    same = exact or [path for path in known if path[-1] == name]
    if len(same) > 1:
        same = [path for path in preferred if path in same] or same
    if len(same) > 1:  # force is also that of the take-up, rate also that of the end
        same = [path for path in same if path[0] == "phase"] or same
    if len(same) == 1:
        return same[0]
    found = f"{len(same)} values called {name!a}" if same else f"no value called {name!a}"
    names = sorted({known[path] for path in same or known})
    more = ", ..." if len(names) > _MOST_NAMES else ""
    raise UsageError(
        Problem("E133", found, f"one of {', '.join(names[:_MOST_NAMES])}{more}", field=f"--set {name}")
    )
