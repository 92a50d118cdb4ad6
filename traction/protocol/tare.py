"""The tare: how much of the head's weight lies along a sloping pull.

A body of mass m on a support, pulled along a line at the angle a to the horizontal, has the part m g sin(a)
of its weight along that line (statics: the rest, m g cos(a), presses on the support). Where the pull runs
upward, away from the body, the weight draws against it: of what the table pulls, m g sin(a) carries the head
and only the rest reaches the neck. Where it runs downward the weight draws with it. Levels of the file are
meant at the neck, so the table pulls m g sin(a) more, or less. Friction on the support is left out; it would
take away from what reaches the neck. Head masses: Clauser, McConville and Young, Weight, volume, and center
of mass of segments of the human body, AMRL-TR-69-70, 1969 (7.3 % of the body's mass); de Leva, J.
Biomechanics 29 (1996) 1223 (6.9 % of men's, 6.7 % of women's).
"""

from __future__ import annotations

import math
from typing import Final

from traction.protocol.parts import Tare
from traction.units import STANDARD_GRAVITY

_DIGITS: Final = 6
"""A tare is kept to the micronewton, so that it is the same whatever library computes a sine."""


def head_mass_kg(tare: Tare, mass_kg: float | None) -> float:
    """Return the mass of the head, in kg; ValueError where it is a share of a mass that is not known."""
    if tare.head_mass is not None:
        return tare.head_mass
    if mass_kg is None or tare.head_share is None:
        raise ValueError("a share of an unknown mass")
    return tare.head_share * mass_kg


def tare_n(tare: Tare, mass_kg: float | None) -> float:
    """Return what the table pulls besides each level, in N: above zero for a pull upward, below it downward.

    ``mass_kg`` is the mass of the body; ValueError where a share of it is stated and it is None.
    """
    along_n = head_mass_kg(tare, mass_kg) * STANDARD_GRAVITY * math.sin(math.radians(tare.angle))
    return round(along_n if tare.pull == "upward" else -along_n, _DIGITS)
