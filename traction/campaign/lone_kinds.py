"""What one layer alone is tried with beside its usual cases: one thing each, named in ``Case.trick``.

They are drawn from a stream of their own among the seeds that would be sessions, so that every other seed
keeps the case that it had.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from traction.campaign.case import DIRECT, HOLD, RAMP, WIRE, Case, Leg, Plan
from traction.sim.faults import FAULTS, FOR_EVER, ON, Injection

CONTROLLER: Final = "controller"
GUARD: Final = "guard"
PROOF: Final = "proof"

SMALL: Final = Plan(0.0, (Leg(RAMP, 16.0, 4.0), Leg(HOLD, 16.0, 0.3), Leg(RAMP, 0.0, 2.0)))
"""What a controller alone is given limits for; nobody follows it."""

KEEPS: Final = "keeps one goal"
SLOWLY: Final = "asks for a slow rate"
NO_NUMBER: Final = "a target that is no number"
LOADED: Final = "a force when it is to start"
OPEN: Final = "a stop open when it is to start"
BLIND: Final = "a cell without a reading when it is to start"
FRACTION: Final = "a reading that is no whole number"
FAR: Final = "a way that ends before the force"
ABOVE: Final = "three samples above the trip"
BELOW: Final = "three samples below zero"
PANIC: Final = "panic bytes"
CONTROLLER_KINDS: Final = (
    *(KEEPS, KEEPS, SLOWLY, NO_NUMBER, LOADED, OPEN, BLIND),
    *(FRACTION, FAR, ABOVE, ABOVE, BELOW, PANIC),
)

JUMP: Final = "a jump after a hold of the position"
NEGATIVE: Final = "a first target below 0"
UNTRUE: Final = "a sample that is made of no numbers"
GUARD_KINDS: Final = (JUMP, NEGATIVE, UNTRUE)

EXTRA: Final = ((CONTROLLER, 0.05, CONTROLLER_KINDS), (GUARD, 0.01, GUARD_KINDS))
"""Of the seeds that would be sessions of all layers: the layer, its share, and what it is tried with."""

BLIND_MS: Final = 150
"""After power-up: the self-test is over, and nobody has started."""

SLOW_SHARE: Final = 0.15
"""Of the rate that the limits allow."""


def extra_of(seed: int) -> tuple[str, str]:
    """Return which layer a seed tries alone and with what, both "" for a session."""
    chance = random.Random(f"what {seed}")
    level = chance.random()
    for lone, share, kinds in EXTRA:
        level -= share
        if level < 0.0:
            return lone, chance.choice(kinds)
    return "", ""


def kind_case(case: Case, lone: str, kind: str) -> Case:
    """Return what becomes of a drawn case without faults where a layer alone is tried with one thing."""
    case = replace(case, latency_us=0, wishes=(), injections=(), lone=lone, trick=kind)
    if lone == GUARD:
        return replace(case, transport=DIRECT)
    chance = random.Random(f"kind {case.seed}")
    lumbar = case.rig.region == "lumbar"
    limits = _limits(chance, lumbar)
    if kind == KEEPS:
        limits["max_hold_s"] = round(chance.uniform(2.4, 2.9), 2)
        limits["max_session_s"] = 40.0
    elif kind == FAR:
        limits["max_force_n"] = round(
            chance.uniform(250.0, 350.0) if lumbar else chance.uniform(120.0, 180.0), 2
        )
        limits["max_travel_mm"] = round(chance.uniform(5.0, 9.0) if lumbar else chance.uniform(4.0, 7.0), 2)
    transport = case.transport
    if kind in (NO_NUMBER, FRACTION):
        transport = DIRECT
    elif kind == PANIC:
        transport = WIRE
    blind = Injection(FAULTS["cell-a-open"], ON - BLIND_MS, FOR_EVER, None)
    return replace(
        case,
        transport=transport,
        rig=replace(case.rig, seed=case.seed),
        plan=SMALL,
        limits=tuple(limits.items()),
        injections=(blind,) if kind == BLIND else (),
    )


def _limits(chance: random.Random, lumbar: bool) -> dict[str, float]:
    """Return limits under which a goal is soon reached, and kept for as long as a session lasts."""
    return {
        "max_force_n": round(chance.uniform(50.0, 120.0) if lumbar else chance.uniform(45.0, 70.0), 2),
        "max_rate_up_n_per_s": round(chance.uniform(40.0, 50.0) if lumbar else chance.uniform(12.0, 15.0), 3),
        "max_rate_down_n_per_s": round(
            chance.uniform(60.0, 90.0) if lumbar else chance.uniform(25.0, 38.0), 3
        ),
        "max_hold_s": 20.0,
        "max_session_s": round(chance.uniform(10.0, 14.0), 2),
    }
