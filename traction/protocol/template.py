"""Files that still ask for values: what they state, what they ask for, and both as plain data.

A template cannot be a Protocol, for nothing is made up in place of what is missing; it is read as far as
lists and ``traction new`` need it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traction.errors import ProtocolError
from traction.protocol.file_text import read_bytes, text_of
from traction.protocol.load import parse_protocol
from traction.protocol.places import Path as FieldPath
from traction.protocol.places import Places, scan
from traction.protocol.protocol import field_path
from traction.protocol.template_blanks import CODE, blanks


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that is missing: where it belongs, as a path and as people read it, and what it is."""

    path: FieldPath
    field: str
    meaning: str
    line: int


@dataclass(frozen=True, slots=True)
class Template:
    """Hold a file that asks: its text, what it says as plain data, and what it asks for, in file order."""

    path: str
    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    asked: tuple[Asked, ...]
    places: Places = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Return the name in the file."""
        return str(self.data["name"])

    @property
    def phases(self) -> tuple[Mapping[str, Any], ...]:
        """Return the phases as plain data."""
        return tuple(self.data["phase"])

    @property
    def mode(self) -> str:
        """Return the type all phases (but plain ramps) share, or "mixed"."""
        types = {str(phase["type"]) for phase in self.phases}
        types = types - {"ramp"} or types
        return types.pop() if len(types) == 1 else "mixed"


def read_template(path: str | Path) -> Template:
    """Return the template in a file that asks for values and is sound but for that.

    Raises ProtocolError with every other error of the file, and UsageError where it cannot be read. A file
    that asks for nothing gives a template without questions.
    """
    content, name = read_bytes(Path(path)), str(path)
    try:
        parse_protocol(content, file=name)
    except ProtocolError as error:
        others = [problem for problem in error.problems if problem.code != CODE]
        if others:
            raise ProtocolError(*others) from error
    text = text_of(content, name)
    data, places = tomllib.loads(text), scan(text)
    asked = tuple(
        Asked(where, field_path(where), meaning, places.find(where)[0]) for where, meaning in blanks(data)
    )
    return Template(name, text, data, asked, places)
