"""How far the source of a protocol goes, in words: a badge that never says whether the settings work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traction.protocol.protocol import Source


def badge(source: Source) -> str:
    """Return the kind of source and whether the settings were read at the source itself."""
    kind = source.evidence.replace("-", " ")
    return f"[{kind}; {'confirmed' if source.confirmed else 'NOT CONFIRMED'} at the source]"
