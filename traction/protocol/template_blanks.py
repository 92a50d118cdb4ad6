"""Values a template asks for: the source does not give them, and nothing is made up in their place.

Any value of a file may be written as ``"ask: what it is"``. Such a file is refused with one E258 for each of
them, at its place; ``traction new --from`` fills them in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from traction.protocol.places import Path
from traction.protocol.problems import Fault

PREFIX: Final = "ask:"
CODE: Final = "E258"
MAX_SHOWN: Final = 300


def blanks_as_faults(data: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each value that ``data``, as read by a TOML parser, still asks for."""
    return [
        Fault(path, CODE, f"not stated: {meaning}", "a value in place of the question")
        for path, meaning in blanks(data)
        if _is_value(path)
    ]


def _is_value(path: Path) -> bool:
    """Say whether a value, and not a whole table or phase, is asked for: a shape cannot be left open."""
    return len(path) > 2 or (len(path) == 2 and path[0] != "phase")


def blanks(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the place and the meaning of each value still to be filled in, in the order of the file."""
    if isinstance(value, str) and value.startswith(PREFIX):
        words = " ".join(value.removeprefix(PREFIX).split())
        yield path, ascii(words[:MAX_SHOWN])[1:-1] or "what it is was not said"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from blanks(inner, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from blanks(inner, (*path, index))


def without(asked: Sequence[Fault], faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that are not about a place which is asked for, or about a table around it alone."""
    places = {fault.path for fault in asked}
    return [fault for fault in faults if fault.path not in places]
