"""The plan of a stage: pulls of any of the product's shapes, as steep and as high as a region takes them."""

from __future__ import annotations

import math
import random
from typing import Final

from traction.campaign.case import HOLD, LOG_RISE, RAMP, S_CURVE, Leg, Plan, Wave

RATES: Final = {"lumbar": ((8.0, 29.5), (10.0, 80.0)), "cervical": ((4.0, 14.5), (6.0, 35.0))}
"""Region -> how steep a plan rises and falls, N/s."""
PEAKS: Final = {"lumbar": (40.0, 350.0), "cervical": (25.0, 110.0)}


LONGEST_CURVE_S: Final = 20.0
LONGEST_S: Final = 60.0


def draw_plan(chance: random.Random, region: str) -> Plan:
    """Return the plan of a stage: one or two pulls, each with a way up, a hold and a way down."""
    ups, downs = RATES[region]
    start_n = round(chance.uniform(10.0, 25.0), 1)
    legs: list[Leg] = []
    force_n = start_n
    for _ in range(chance.choice((1, 1, 1, 2, 2))):
        low, high = PEAKS[region]
        peak_n = round(chance.uniform(max(low, force_n + 5.0), max(high, force_n + 10.0)), 1)
        legs.append(_slope(chance, force_n, peak_n, chance.uniform(*ups)))
        legs.append(_hold(chance, peak_n, ups, downs))
        force_n = round(chance.uniform(start_n, 0.7 * peak_n), 1) if chance.random() < 0.7 else start_n
        legs.append(_slope(chance, peak_n, force_n, chance.uniform(*downs)))
        if chance.random() < 0.6:
            legs.append(Leg(HOLD, force_n, round(chance.uniform(0.5, 4.0), 2)))
    if force_n > 0.0 and chance.random() < 0.8:
        legs.append(_slope(chance, force_n, 0.0, chance.uniform(*downs)))
    return Plan(start_n, tuple(legs))


def _slope(chance: random.Random, from_n: float, to_n: float, rate: float) -> Leg:
    shape = (
        chance.choice((RAMP, RAMP, S_CURVE, LOG_RISE)) if to_n > from_n else chance.choice((RAMP, S_CURVE))
    )
    longer = {RAMP: 1.0, S_CURVE: math.pi / 2, LOG_RISE: 9.0 / math.log(10.0)}[
        shape
    ]  # at the same steepest rate
    for_s = longer * abs(to_n - from_n) / rate
    if for_s > LONGEST_CURVE_S:
        shape, for_s = RAMP, abs(to_n - from_n) / rate
    return Leg(shape, to_n, max(math.ceil(100 * for_s) / 100, 0.1))


def _hold(chance: random.Random, force_n: float, ups: tuple[float, float], downs: tuple[float, float]) -> Leg:
    for_s = round(min(chance.expovariate(1 / 4.0), 25.0) + 0.3, 2)
    kind = chance.random()
    if kind < 0.15:
        return Leg(HOLD, force_n, for_s + 2.0, by_position=True)
    if kind < 0.35:
        shape = chance.choice(("sine", "triangle", "sawtooth"))
        hertz = round(chance.uniform(0.2, 1.0), 2)
        steepest = {"sine": 2 * math.pi, "triangle": 4.0, "sawtooth": 20.0}[shape] * hertz
        most_n = min(0.3 * force_n, min(ups[1], downs[1]) / steepest)
        return Leg(
            HOLD,
            force_n,
            round(for_s + 2.0 / hertz, 2),
            wave=Wave(shape, round(most_n * chance.uniform(0.3, 0.95), 2), hertz),
        )
    return Leg(HOLD, force_n, for_s)
