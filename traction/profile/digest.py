"""The fingerprint of a profile: equal numbers and labels, equal digest; anything else, another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields

from traction.profile.oscillation import Oscillation
from traction.profile.segment import Segment
from traction.profile.spans import Span

FORMAT = "traction-profile-1"
"""Changes whenever the text that is hashed changes, so that two formats never agree by accident."""


def digest_of(spans: Iterable[Span], rest_n: float, seed: int) -> str:
    """Return the SHA-256, in hex, over the spans, the rest force and the seed; floats as exact hex floats."""
    texts: dict[Segment, str] = {}
    lines = [json.dumps([FORMAT, rest_n.hex(), int(seed)])]
    for span in spans:
        segment = span.segment
        text = texts.get(segment)
        if text is None:
            text = texts[segment] = json.dumps(_parts(segment))
        labels = [span.kind, span.phase, span.phase_name, span.cycle, span.counts]
        lines.append(f"{text} {float(span.start_s).hex()} {json.dumps(labels)}")
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()


def _parts(piece: Segment | Oscillation) -> list[object]:
    """Return the type of a segment and its fields in order, floats as hex, a wave as a nested list."""
    parts: list[object] = [type(piece).__name__]
    for entry in fields(piece):  # type: ignore[arg-type]  # every segment is a dataclass
        value = getattr(piece, entry.name)
        if isinstance(value, float):
            value = value.hex()
        elif isinstance(value, Oscillation):
            value = _parts(value)
        parts.append(value)
    return parts
