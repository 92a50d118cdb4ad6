"""Which table is meant: a URL, the name of a file in ``hardware/tables``, or a table file of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from traction.drivers.base import TableSetup
from traction.drivers.url import TableUrl, names_a_file, parse_url
from traction.errors import Problem, RefusedError, UsageError
from traction.safety.facts import TableFacts
from traction.safety.hardware import load_table, table_names
from traction.sim.options import read_options

SIMULATED_SCHEME: Final = "sim"
WIRE_SCHEMES: Final = ("serial", "tcp", "socket", "rfc2217")
"""Of these a URL may name the facts itself: a port says nothing of what is behind it."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table's file says, and the URL that opens it."""

    facts: TableFacts
    url: str

    @property
    def simulated(self) -> bool:
        """Say whether the URL opens the simulated table (what answers is asked again once it is open)."""
        return parse_url(self.url).scheme == SIMULATED_SCHEME


def find_table(text: str) -> Table:
    """Return the table that ``text`` means: a shipped name, a path ending in .toml, or a URL.

    A URL of the wire takes the facts it names, as in ``tcp://127.0.0.1:5000?facts=sim``, by name or file;
    any other, those of the shipped table with the same scheme and place whose options are all among its
    own; of several the one with most options. Raises UsageError E192 for what is no name or none that is
    known and E120-E124 for a bad URL, RefusedError E309 where no file describes the table (nothing could be
    proved), and ProtocolError for a bad file.
    """
    _check_name(text)
    if names_a_file(text) or ":" not in text:
        facts = load_table(Path(text) if names_a_file(text) else text)
        return Table(facts, facts.url)
    url = parse_url(text)
    if url.scheme == SIMULATED_SCHEME:
        read_options(url, TableSetup())  # the same words as when it is opened, but before anything is proved
    named = url.option("facts") if url.scheme in WIRE_SCHEMES else None
    if named is not None:
        return Table(load_table(Path(named) if named.endswith(".toml") else named), text)
    fitting = [facts for facts in map(load_table, table_names()) if _describes(parse_url(facts.url), url)]
    if not fitting:
        raise RefusedError(Problem("E309", f"no table file describes {text!r}", _described(url, text)))
    return Table(max(fitting, key=lambda facts: len(parse_url(facts.url).options)), text)


def _check_name(text: object) -> None:
    if not isinstance(text, str):
        raise UsageError(
            Problem("E192", f"a table given as {type(text).__name__}", "a name, a path or a URL")
        )
    # surrogates stand for bytes that are no text: neither a line nor a record can hold them
    if any(one == "\0" or "\ud800" <= one <= "\udfff" for one in text):
        raise UsageError(Problem("E192", f"the table {text!a}", "a name that a file can have"))


def _described(url: TableUrl, text: str) -> str:
    """Return what would do in the place of ``text``, a URL that no table file describes."""
    names = ", ".join(table_names())
    if url.scheme in WIRE_SCHEMES:
        whole = f"{text}{'&' if '?' in text else '?'}facts=NAME"
        return f"{whole!r}, where NAME is the table behind it: one of {names}, or a table file"
    return f"a URL that one of these describes: {names}; or a table file"


def _describes(known: TableUrl, url: TableUrl) -> bool:
    same_place = (known.scheme, known.path) == (url.scheme, url.path)
    return same_place and set(known.options) <= set(url.options)
