"""What every page of the proving has in common: its claim, and where it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from traction.report.hazard_figures import About
from traction.report.html import STYLE, code, document, facts, table, text

__all__ = ["CLAIM", "STYLE", "code", "facts", "page", "table", "text"]

CLAIM: Final = (
    "This is bench evidence, and no claim of conformity to any standard. It says what this software did on "
    "simulated tables. No real table was driven for it, and nobody may be in the harness."
)


def page(title: str, body: Iterable[str], about: About, *, style: str = "") -> str:
    """Return a whole page: title, claim, ``body`` (HTML lines) and where it was made."""
    return document(title, CLAIM, body, _foot(about), style=style)


def _foot(about: About) -> Iterator[str]:
    yield "<footer>"
    yield "<h2>Where this was made</h2>"
    yield from facts(
        (
            ("command", about.command),
            ("made", about.made),
            ("traction", about.version),
            ("commit", about.commit or "no checkout"),
            ("interpreter", about.python),
            ("system", about.system),
            ("packages", ", ".join(f"{name} {version}" for name, version in about.packages)),
        )
    )
    yield "</footer>"
