"""Whether who lies on the table weighs what was stated; only where the table has a sensor for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from traction.errors import Problem

if TYPE_CHECKING:
    from traction.drivers.base import Identity, Telemetry
    from traction.runner.plan import SessionPlan

CHANNEL: Final = "weight_mn"
"""The channel by which a table says the weight of whoever lies on it."""

SHARE: Final = 0.1
"""So far the reading may be from the stated mass: clothes, cushions and a sensor that is not for trade, and
less than the 2.2 by which pounds differ from kilograms. Assumed: no source states a figure."""

_MN_PER_KG: Final = 9806.65


def weight_problems(plan: SessionPlan, identity: Identity, telemetry: Telemetry) -> Iterator[Problem]:
    """Yield E356 where the table weighs something else than was stated; nothing where either is not known."""
    if plan.mass_kg is None or CHANNEL not in identity.channels:
        return
    weighed_kg = telemetry.channels[identity.channels.index(CHANNEL)] / _MN_PER_KG
    if not abs(weighed_kg - plan.mass_kg) <= SHARE * plan.mass_kg:
        expected = f"{plan.mass_kg:g} kg as stated, within {100 * SHARE:g} %"
        yield Problem("E356", f"the table weighs {weighed_kg:.1f} kg", expected, field="mass_kg")
