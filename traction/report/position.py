"""How a patient is placed, as a protocol states it: posture, legs, pull, couch and level, and it in words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from traction import units
from traction.errors import UsageError

SUPINE, PRONE, SEATED, STANDING = "on the back", "face down", "sitting", "standing"
STRAIGHT, BENT, SQUARE = "straight", "bent", "square"
_WORDS: Final = (
    (PRONE, r"\b(prone|face down|on the (front|belly|stomach))\b"),
    (SEATED, r"\b(sit|sits|sitting|seated)\b"),
    (STANDING, r"\b(stand|stands|standing|upright)\b"),
    (SUPINE, r"\b(supine|face up|on the back|hook-?lying)\b"),
)
_LEGS: Final = (
    (SQUARE, r"\b90\b|right angle"),
    (BENT, r"\b(bent|flexed|hook-?lying)\b"),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """What a protocol states of a position: ``body`` and ``legs`` as understood, ``posture`` as written.

    ``angle_deg`` is None where none is stated; ``downward``: the pull slopes down, away from the body.
    """

    region: str
    body: str
    legs: str
    posture: str
    angle_deg: float | None = None
    downward: bool = False
    couch: str = ""
    level: str = ""
    side: str = ""

    @property
    def lies(self) -> bool:
        """Say whether there is a couch under the body."""
        return self.body in (SUPINE, PRONE)

    @property
    def pulled(self) -> bool:
        """Say whether it is known where the pull goes."""
        return self.region == "cervical" or (self.region == "lumbar" and self.lies)


def placed_of(written: str) -> Placed | None:
    """Return what the text of a protocol states; None where it states no posture that can be drawn."""
    try:
        document = tomllib.loads(written)
    except (ValueError, RecursionError):
        return None
    stated = {**_table(document, "setup"), **_table(document, "position")}
    posture = _text(stated.get("posture"))
    said = posture.lower()
    body = next((name for name, words in _WORDS if re.search(words, said)), "")
    if not body:
        return None
    legs = next((name for name, words in _LEGS if re.search(words, said)), STRAIGHT)
    tare = _table(document, "tare")
    angle = _angle(stated.get("angle"))
    return Placed(
        region=_text(document.get("region")),
        body=body,
        legs=legs if body == SUPINE else STRAIGHT,
        posture=posture,
        angle_deg=_angle(tare.get("angle")) if angle is None else angle,
        downward=tare.get("pull") == "downward",
        couch=_text(stated.get("couch")),
        level=_text(stated.get("level")),
        side=_text(stated.get("side")),
    )


def words_of(placed: Placed) -> str:
    """Say in one sentence what the picture shows, for whoever does not see it."""
    legs = {BENT: ", knees bent", SQUARE: ", hips and knees at right angles on a rest"}.get(placed.legs, "")
    parts = [
        f"A person {'sits' if placed.body == SEATED else 'stands' if placed.body == STANDING else 'lies'}"
    ]
    parts[0] += f" {placed.body}{legs}" if placed.lies else ""
    parts[0] += f" on a {placed.couch} couch" if placed.couch and placed.lies else ""
    parts.append(_pull_words(placed))
    if placed.level:
        parts.append(f"{placed.level} is marked")
    if placed.side:
        parts.append(f"side: {placed.side}")
    return "; ".join(part for part in parts if part) + ". Schematic, not to scale."


def small_print(placed: Placed) -> str:
    """Say what the picture is not."""
    parts = ["schematic, not to scale"]
    if placed.angle_deg is not None:
        parts.append("the angle is of the pull or of the neck, as the source means it")
    if not placed.pulled:
        parts.append("where the pull goes is not drawn")
    if placed.side:
        parts.append(f"side: {placed.side}")
    return "; ".join(parts)


def _pull_words(placed: Placed) -> str:
    if not placed.pulled:
        return f"region {placed.region}; where its pull goes is not drawn"
    cervical = placed.region == "cervical"
    said = "the pull is at the head" if cervical else "the pull is at the pelvis, towards the feet"
    if placed.angle_deg is None:
        return f"{said}, no angle is stated"
    slope = " downwards" if placed.downward else ""
    return f"{said}, {units.format_quantity(placed.angle_deg, 'angle', 'deg')}{slope}"


def _table(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value[:80] if isinstance(value, str) else ""


def _angle(value: Any) -> float | None:
    with suppress(UsageError):
        angle = units.parse(value, "angle")
        return angle if 0.0 <= angle <= 90.0 else None
    return None
