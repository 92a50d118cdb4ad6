"""From the plan of a case to that of a session: profile, limits and proof, kept while cases share them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from traction.campaign.case import HOLD, LOG_RISE, S_CURVE, Leg, Plan, Rig
from traction.errors import TractionError
from traction.profile.hold import Hold
from traction.profile.log_rise import LogRise
from traction.profile.oscillation import Oscillation
from traction.profile.profile import Profile
from traction.profile.segment import Segment
from traction.profile.segments import Ramp, SCurve
from traction.runner.plan import SessionPlan
from traction.safety.facts import TableFacts
from traction.safety.hardware import load_region, load_table, session_limits
from traction.safety.limits import Limits, LimitSource
from traction.safety.start import rate_problems, take_up_problems, take_up_s
from traction.safety.verify import verify

TABLES: Final = {"back-drivable": "sim", "self-locking": "sim-self-locking"}
"""Drive -> the file of the simulated table that has it."""

LimitValues = tuple[tuple[str, float], ...]


@lru_cache(maxsize=4)
def table_of(drive: str) -> TableFacts:
    """Return what the file says of the simulated table with this drive."""
    return load_table(TABLES[drive])


@lru_cache(maxsize=2)
def caps_of(region: str) -> Mapping[str, float]:
    """Return the caps of a region by the names of limits."""
    return MappingProxyType(dict(load_region(region).source.values))


@lru_cache(maxsize=64)
def limits_of(region: str, drive: str, mass_kg: float, values: LimitValues) -> Limits:
    """Return the tightest of region, table, patient and ``values``. Raises RefusedError."""
    operator = (LimitSource("operator", "the campaign", dict(values)),) if values else ()
    return session_limits(region, table_of(drive), mass_kg=mass_kg, operator=operator)


def limits_for(rig: Rig, values: LimitValues) -> Limits:
    """Return the limits of a session on a rig, without a proof of what it does. Raises RefusedError."""
    return limits_of(rig.region, rig.drive, rig.mass_kg, values)


@lru_cache(maxsize=64)
def profile_of(plan: Plan) -> Profile:
    """Return the profile of a plan. Raises ProtocolError for legs that no profile can have."""
    segments: list[Segment] = []
    force_n = plan.take_up_n
    for leg in plan.legs:
        segments.append(segment(leg, force_n))
        force_n = leg.to_n
    return Profile.of(*segments, rest_n=plan.take_up_n)


def segment(leg: Leg, from_n: float) -> Segment:
    """Return the segment of a leg that begins at ``from_n``."""
    if leg.shape == HOLD:
        wave = None
        if leg.wave is not None:
            wave = Oscillation(leg.wave.shape, leg.wave.amplitude_n, leg.wave.frequency_hz)
        return Hold(leg.to_n, leg.for_s, wave, "position" if leg.by_position else "force")
    if leg.shape == S_CURVE:
        return SCurve(from_n, leg.to_n, leg.for_s)
    if leg.shape == LOG_RISE:
        return LogRise(from_n, leg.to_n, leg.for_s)
    return Ramp(from_n, leg.to_n, leg.for_s)


@lru_cache(maxsize=64)
def session_plan(region: str, drive: str, mass_kg: float, plan: Plan, values: LimitValues) -> SessionPlan:
    """Return what the engine runs for a case, proved. Raises RefusedError with every reason against it."""
    table, profile = table_of(drive), profile_of(plan)
    limits = limits_of(region, drive, mass_kg, values)
    timeout_s = take_up_timeout_s(plan, profile, limits, table)
    return SessionPlan(
        protocol_name="campaign",
        protocol_text="# drawn",
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, table, take_up_timeout_s=timeout_s),
        region=region,
        mass_kg=mass_kg,
        seed=0,
        take_up_force_n=plan.take_up_n,
        take_up_timeout_s=timeout_s,
        table=table,
        table_url=table.url,
    )


def plan_for(rig: Rig, plan: Plan, values: LimitValues) -> SessionPlan:
    """Return the session's plan on a rig. Raises RefusedError."""
    return session_plan(rig.region, rig.drive, rig.mass_kg, plan, values)


def may_run(rig: Rig, plan: Plan, values: LimitValues) -> bool:
    """Say whether nothing stands against this plan under these limits."""
    try:
        made = plan_for(rig, plan, values)
    except TractionError:
        return False
    rates = made.profile.rate_up_n_per_s, made.profile.rate_down_n_per_s
    against = [*rate_problems(*rates, made.limits, made.table)]
    take_up = made.take_up_force_n, made.take_up_timeout_s, made.take_up_rate_n_per_s
    return not [*against, *take_up_problems(*take_up, made.limits, made.table)]


def take_up_timeout_s(plan: Plan, profile: Profile, limits: Limits, table: TableFacts) -> float:
    """Return how long the take-up may last: what the softest body with the most slack needs."""
    if not plan.take_up_n > 0.0:
        return 0.0
    climb = min(limits.max_rate_up_n_per_s / 2, profile.rate_up_n_per_s or limits.max_rate_up_n_per_s / 10)
    return take_up_s(plan.take_up_n, climb, limits, table) + 1.0
