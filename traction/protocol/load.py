"""Read a protocol: every error of a file at once, each with its place, or one frozen Protocol."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from traction.errors import Problem, ProtocolError
from traction.protocol import library
from traction.protocol.file_text import read_bytes, text_of
from traction.protocol.model import Document
from traction.protocol.partly_read import partly_read
from traction.protocol.places import MAX_DEPTH, MAX_KEYS, Places, scan
from traction.protocol.problems import MAX_PROBLEMS, Fault, from_pydantic, placed
from traction.protocol.protocol import Protocol, Source, TakeUp, field_path
from traction.protocol.rules import check
from traction.protocol.template_blanks import blanks_as_faults, without

_LIMITS: Final = MappingProxyType(
    {
        "max_force": "max_force_n",
        "max_rate_up": "max_rate_up_n_per_s",
        "max_rate_down": "max_rate_down_n_per_s",
        "max_hold": "max_hold_s",
        "max_session": "max_session_s",
        "max_impulse": "max_impulse_n_s",
        "max_travel": "max_travel_mm",
        "max_release": "max_release_s",
    }
)

_LONG: Final = re.compile(r"[-+]?[0-9][0-9A-Fa-f_box]{999,}")
_ORDINARY: Final = "a number of ordinary size"


def load_protocol(name_or_path: str | Path) -> Protocol:
    """Return the protocol of a library name or a file.

    Raises UsageError E130 (neither a name nor a file), E131 (cannot be read) and ProtocolError with every
    error of the file.
    """
    path = library.find(name_or_path)
    return parse_protocol(read_bytes(path), file=str(path))


def parse_protocol(source: str | bytes, *, file: str = "<text>") -> Protocol:
    """Return the protocol that ``source`` spells; ``file`` names it in errors. Raises ProtocolError."""
    try:
        content = source.encode("utf-8") if isinstance(source, str) else source
    except UnicodeEncodeError as error:
        raise ProtocolError(
            Problem("E202", "half a surrogate pair", "plain UTF-8 text", file=file)
        ) from error
    text = text_of(content, file)
    places = scan(text)
    data = _parse(text, places, file)
    document = _validate(data, places, file)
    return _protocol(document, places, text, hashlib.sha256(content).hexdigest(), file)


def _parse(text: str, places: Places, file: str) -> dict[str, Any]:
    if places.too_deep is not None:
        line, column = places.position(places.too_deep)
        found, expected = "tables or lists inside each other", f"at most {MAX_DEPTH} levels"
        raise ProtocolError(Problem("E205", found, expected, file, line, column))
    if places.too_many is not None:
        line, column = places.position(places.too_many)
        raise ProtocolError(Problem("E206", f"more than {MAX_KEYS} values", "fewer", file, line, column))
    long = list(_long_numbers(places))
    if long:
        raise ProtocolError(*placed(long, places, file))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), places, file) from error
    except ValueError as error:  # a long number where the scan did not see one
        found = "a number of thousands of digits"
        raise ProtocolError(Problem("E213", found, _ORDINARY, file, 1)) from error
    except RecursionError as error:  # the scan stops deep nesting first; this is the second net
        raise ProtocolError(Problem("E205", "very deep nesting", "a plain TOML file", file)) from error


def _long_numbers(places: Places) -> Iterator[Fault]:
    """Yield every number too long to be read or written out; the reader would stop at it without a place."""
    for path, offset in places.offsets.items():
        if match := _LONG.match(places.text, offset):
            yield Fault(path, "E213", f"a number of {len(match[0])} digits", _ORDINARY)


def _syntax_error(message: str, places: Places, file: str) -> ProtocolError:
    match = re.search(r" \(at line (\d+), column (\d+)\)", message)
    line, column = (int(match[1]), int(match[2])) if match else (places.text.count("\n") + 1, None)
    said = message[: match.start()] if match else message.removesuffix(" (at end of document)")
    words = ("overwrite", "twice", "Duplicate", "mutate")
    if not any(word in said for word in words):
        return ProtocolError(Problem("E203", said, "correct TOML", file, line, column))
    problems = []
    for path, offset in places.twice[:MAX_PROBLEMS]:
        first, _, _ = places.find(path)
        at, col = places.position(offset)
        found, expected = f"written again, first on line {first}", "each key and each table once"
        problems.append(Problem("E204", found, expected, file, at, col, field_path(path)))
    return ProtocolError(*problems or [Problem("E204", said, "each key once", file, line, column)])


def _validate(data: dict[str, Any], places: Places, file: str) -> Document:
    asked = blanks_as_faults(data)
    faults: list[Fault] = []
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = from_pydantic(found, data)
        document = partly_read(data)
    faults += check(document)
    faults = asked + without(asked, faults)
    if faults:
        raise ProtocolError(*placed(faults, places, file))
    return document


def _protocol(document: Document, places: Places, text: str, digest: str, file: str) -> Protocol:
    source, take_up = document.source, document.take_up
    limits = {} if document.limits is None else document.limits.model_dump(exclude_none=True)
    return Protocol(
        name=document.name,
        title=document.title,
        region=document.region,
        source=Source(
            citation=source.citation,
            url=source.url,
            evidence=source.evidence,
            confirmed=source.confirmed,
            caution=source.caution,
            assumed=tuple(source.assumed),
            course=source.course,
            conflicts=source.conflicts,
        ),
        document=document,
        text=text,
        digest=digest,
        path=file,
        take_up=None if take_up is None else TakeUp(take_up.force, take_up.timeout),
        limits=MappingProxyType({_LIMITS[key]: value for key, value in limits.items()}),
        places=places,
    )
