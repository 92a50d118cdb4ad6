"""From a file of cases to its plain TOML data and where each value stands in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from traction.errors import Problem, ProtocolError, UsageError
from traction.protocol.file_text import MAX_BYTES, read_bytes, text_of
from traction.protocol.places import MAX_DEPTH, MAX_KEYS, Places, scan
from traction.protocol.protocol import field_path

_LONG: Final = re.compile(r"[-+]?[0-9][0-9A-Fa-f_box]{999,}")
_CASES: Final = "file of cases"
_TWICE: Final = ("overwrite", "twice", "Duplicate", "mutate")
_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)")


def read_toml(path: Path) -> tuple[dict[str, Any], Places]:
    """Return the data of a TOML file and its places.

    Raises UsageError: E131 (no such file), E701 (too large), E702 (no plain text), E703 (no TOML, or nested
    too deeply, or with too many values), E704 (a key twice).
    """
    try:
        content = read_bytes(path)
    except UsageError as error:  # worded for protocols
        said = (
            replace(each, expected=each.expected.replace("protocol file", _CASES)) for each in error.problems
        )
        raise UsageError(*said) from error
    return parse_toml(content, str(path))


def parse_toml(content: bytes, file: str) -> tuple[dict[str, Any], Places]:
    """Return the data of the bytes of a TOML file, as ``read_toml`` does; ``file`` names it in errors."""
    if len(content) > MAX_BYTES:
        raise _error("E701", f"more than {MAX_BYTES // 1024} KiB", "a smaller file", file)
    try:
        text = text_of(content, file)
    except ProtocolError as error:
        found = error.problems[0]
        raise _error("E702", found.found, found.expected, file, found.line, found.column) from error
    places = scan(text)
    _guard(places, file)
    try:
        return tomllib.loads(text), places
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error), places, file) from error
    except (ValueError, RecursionError) as error:  # what the guard did not see
        raise _error("E703", "a number too long or nesting too deep", "a plain TOML file", file) from error


def _error(
    code: str, found: str, expected: str, file: str, line: int | None = None, column: int | None = None
) -> UsageError:
    return UsageError(Problem(code, found, expected, file, line, column))


def _guard(places: Places, file: str) -> None:
    """Refuse what would take the reader too long, before it is asked."""
    if places.too_deep is not None:
        found, expected = "tables or lists inside each other", f"at most {MAX_DEPTH} levels"
        raise _error("E703", found, expected, file, *places.position(places.too_deep))
    if places.too_many is not None:
        found = f"more than {MAX_KEYS} values"
        raise _error("E703", found, "fewer", file, *places.position(places.too_many))
    for path, offset in places.offsets.items():
        if match := _LONG.match(places.text, offset):
            line, column = places.position(offset)
            found, expected = f"a number of {len(match[0])} digits", "a number of ordinary size"
            raise UsageError(Problem("E703", found, expected, file, line, column, field_path(path)))


def _syntax(message: str, places: Places, file: str) -> UsageError:
    match = _PLACE.search(message)
    line, column = (int(match[1]), int(match[2])) if match else (places.text.count("\n") + 1, None)
    said = message[: match.start()] if match else message.removesuffix(" (at end of document)")
    if not any(word in said for word in _TWICE):
        return _error("E703", said, "correct TOML", file, line, column)
    if not places.twice:
        return _error("E704", said, "each key once", file, line, column)
    path, offset = places.twice[0]
    first, _, _ = places.find(path)
    found, expected = f"written again, first on line {first}", "each key and each table once"
    return UsageError(Problem("E704", found, expected, file, *places.position(offset), field_path(path)))
