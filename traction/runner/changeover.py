"""Whether the loop may go over to another plan, and what the record says of the profile it then follows."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from traction.profile.agree import agree_until_us
from traction.protocol.happened import TICK_US
from traction.runner.header import profile_row

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.protocol.declared import LiveField
    from traction.protocol.happened import Happened
    from traction.runner.plan import SessionPlan

SAME: Final = (
    "limits",
    "table",
    "table_url",
    "region",
    "mass_kg",
    "seed",
    "session",
    "protocol_digest",
    "take_up_force_n",
    "take_up_timeout_s",
)
"""What two plans of one session must share: everything that the controller and the supervisor were told."""

LONGEST_TEXT: Final = 300_000
"""Above this many characters only the spans from the present one on are written: the rest are as before."""


def objection(old: SessionPlan, new: SessionPlan, profile_us: int) -> str:
    """Return why a session may not go over from ``old`` to ``new`` at ``profile_us``; empty where it may."""
    changed = [name for name in SAME if getattr(old, name) != getattr(new, name)]
    if changed:
        return f"a plan with another {changed[0]}"
    if old.profile.rest_n != new.profile.rest_n:
        return "a plan with another rest force"
    until_us = agree_until_us(old.profile, new.profile)
    if not profile_us <= until_us:
        return f"a profile that differs from {until_us / 1e6:.2f} s on, and it is {profile_us / 1e6:.2f} s"
    return ""


def first_at_us(profile_us: int) -> int:
    """Return the first instant on the grid of answers that is not before ``profile_us``."""
    return -(-profile_us // TICK_US) * TICK_US


def next_cycle(profile: Profile, phase: int, from_us: int) -> int | None:
    """Return the first cycle of ``phase`` that begins at ``from_us`` or later, None where none does.

    0 is a phase without cycles; where there are some, what is of none of them begins nothing.
    """
    begins_us: dict[int, int] = {}
    for span in profile.spans:
        if span.phase == phase:
            begins_us.setdefault(span.cycle, round(span.start_s * 1e6))
    counted = {cycle: at_us for cycle, at_us in begins_us.items() if cycle > 0} or begins_us
    return min((cycle for cycle, at_us in counted.items() if at_us >= from_us), default=None)


def edited(live: tuple[LiveField, ...], happened: Happened) -> tuple[LiveField, ...]:
    """Return the fields that may be edited, each with the value that it was given last."""
    now = {(one.phase, one.field): one.value for one in happened.edits}
    return tuple(replace(one, value=now.get((one.phase, one.field), one.value)) for one in live)


def profile_text(plan: SessionPlan, span_index: int) -> str:
    """Return profile and margins of a plan as compact JSON, as they stand in the header of a record."""
    margins = [asdict(margin) for margin in plan.verification.margins]
    row = {**profile_row(plan.profile), "margins": margins}
    text = json.dumps(row, separators=(",", ":"))
    if len(text) > LONGEST_TEXT:
        first = max(span_index, 0)
        row = {**row, "from": first, "spans": row["spans"][first:]}
        text = json.dumps(row, separators=(",", ":"))
    return text
