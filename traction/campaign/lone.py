"""Cases in which one layer stands alone, which the others would hide; and what it is judged by.

controller: the real controller in the hands of a host without sense (``reckless``).
host:       the real host before a table that does what it is told, or does what it should not (``obedient``).
guard:      the real guard of a driver in the hands of a program without sense, before such a table.
proof:      the real proof of a plan that breaks a limit.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from traction.campaign.case import DIRECT, WIRE, Case, Wish
from traction.campaign.lone_kinds import CONTROLLER, GUARD, PROOF, SMALL, extra_of, kind_case
from traction.hazards.load import load_hazards
from traction.runner.requests import Request
from traction.sim.faults import FAULTS, FOR_EVER, TABLE, Injection

if TYPE_CHECKING:
    from traction.campaign.draw import Stage

HOST: Final = "host"
LONES: Final = (CONTROLLER, HOST, GUARD, PROOF)

SHARES: Final = ((CONTROLLER, 0.13), (HOST, 0.08), (GUARD, 0.02), (PROOF, 0.02))
"""Of all cases of a campaign: a quarter has a lone end, and some more are of ``lone_kinds.EXTRA``."""


def lone_of(seed: int) -> str:
    """Return which end of this seed's case stands alone, "" for none."""
    return _share_of(seed) or extra_of(seed)[0]


def _share_of(seed: int) -> str:
    level = random.Random(f"lone {seed}").random()
    for name, share in SHARES:
        level -= share
        if level < 0.0:
            return name
    return ""


@lru_cache(maxsize=2)
def faults_for(layer: str) -> tuple[str, ...]:
    """Return the faults of the table whose every hazard says that this layer holds it alone."""
    known = load_hazards().hazards
    return tuple(
        name
        for name, fault in FAULTS.items()
        if fault.side == TABLE
        and all(layer in one.alone for one in known if name in one.faults)
        and any(name in one.faults for one in known)
    )


def lone_case(case: Case, lone: str, stage: Stage) -> Case:
    """Return what becomes of a drawn case without faults where one end stands alone."""
    if not _share_of(case.seed):
        alone, kind = extra_of(case.seed)
        if alone == lone:
            return kind_case(case, lone, kind)
    chance = random.Random(f"{lone} {case.seed}")
    if lone == CONTROLLER:
        return _controller_alone(case, chance)
    if lone == HOST:
        return _host_alone(case, chance, stage)
    return replace(case, transport=DIRECT, latency_us=0, wishes=(), lone=lone)


def _fault(chance: random.Random) -> Injection:
    """Return one fault of the table, early enough and large enough to matter within a short run."""
    from traction.campaign.draw import injection

    names, kind = faults_for(CONTROLLER), chance.random()
    for share, start in ((0.45, "cell"), (0.6, "motor"), (0.68, "strap")):
        if kind < share:
            names = tuple(name for name in names if name.startswith(start))
            break
    fault = FAULTS[chance.choice(names)]
    one = injection(chance, fault, 10 * chance.randint(100, 600))
    if fault.name.endswith(("drifting", "sagging")) and chance.random() < 0.8:
        return replace(one, span_ms=FOR_EVER, value=round(chance.uniform(15.0, 80.0), 2))
    return one


def _jerk(chance: random.Random) -> Injection:
    """Return a body that draws itself together, and the strap with it: a harness that slips the other way."""
    span_ms = chance.choice((20, 20, 50, 100, 1000))
    return Injection(
        FAULTS["harness-slip"],
        at_ms=10 * chance.randint(200, 700),
        span_ms=span_ms,
        value=-round(1000 * chance.uniform(0.5, 6.0) / span_ms, 2),
    )


def _host_alone(case: Case, chance: random.Random, stage: Stage) -> Case:
    """Return a session before an obedient table with a fault, or one that plays a trick; or a long pause."""
    from traction.campaign.draw import injection
    from traction.campaign.obedient import TRICKS

    case = replace(case, transport=DIRECT, latency_us=0, lone=HOST)
    what, at_ms = chance.random(), 10 * chance.randint(0, max(stage.end_ms // 10, 1))
    if what < 0.62:
        names = tuple(TRICKS)
        return replace(case, trick=f"{chance.choice(names)}@{at_ms}")
    if what < 0.8:
        return _paused(case, chance, at_ms)
    fault = FAULTS[chance.choice((*faults_for(HOST), *SLEEP))]
    return replace(case, injections=(injection(chance, fault, at_ms),))


SLEEP: Final = ("host-suspend", "host-suspend", "clock-jump", "ghost-keys")


def _paused(case: Case, chance: random.Random, at_ms: int) -> Case:
    """Return the case with a pause that nobody ends, and a hold or a session that it makes too long."""
    from traction.campaign import plans

    loose = tuple((name, value) for name, value in case.limits if name not in TIMES)
    proved = plans.plan_for(case.rig, case.plan, loose).verification.margins
    figures = {one.name: one.value for one in proved}
    if chance.random() < 0.5:
        limit = ("max_hold_s", round(1.05 * figures["longest_hold"] + 0.5, 2))
    else:
        limit = ("max_session_s", round(1.001 * figures["session_duration"] + 0.1, 2))
    limits = (*loose, limit)
    if not plans.may_run(case.rig, case.plan, limits):
        limits = loose
    return replace(case, limits=limits, wishes=(Wish(Request.PAUSE, at_ms),))


TIMES: Final = ("max_hold_s", "max_session_s", "max_impulse_n_s")


def _controller_alone(case: Case, chance: random.Random) -> Case:
    chosen = replace(case.rig, seed=case.seed)
    lumbar = chosen.region == "lumbar"
    limits = {
        "max_force_n": round(chance.uniform(40.0, 350.0) if lumbar else chance.uniform(30.0, 180.0), 2),
        "max_rate_up_n_per_s": round(chance.uniform(8.0, 50.0) if lumbar else chance.uniform(5.0, 15.0), 3),
        "max_rate_down_n_per_s": round(
            chance.uniform(10.0, 90.0) if lumbar else chance.uniform(9.0, 38.0), 3
        ),
        "max_hold_s": round(chance.uniform(3.3, 6.5), 2),
        "max_session_s": round(chance.uniform(10.0, 14.0), 2),
    }
    if chance.random() < 0.25:
        limits["max_travel_mm"] = round(chance.uniform(24.0, 32.0), 2)
    injections: tuple[Injection, ...] = ()
    kind = chance.random()
    if "max_travel_mm" in limits and kind < 0.6:  # the carriage goes on and on, and the force stays
        slip = round(chance.uniform(2.0, 4.5) if lumbar else chance.uniform(1.0, 1.9), 2)
        injections = (Injection(FAULTS["harness-slip"], 1500, FOR_EVER, slip),)
        limits |= {"max_hold_s": round(chance.uniform(8.0, 9.5), 2)}
    elif kind < 0.2:
        injections = (_jerk(chance),)
    elif kind < 0.65:
        one = _fault(chance)
        injections = (one,)
        if one.fault.name.startswith(("cell", "motor", "strap")):  # they show while there is force and motion
            limits |= {"max_hold_s": round(chance.uniform(8.0, 9.5), 2)}
    hangs = any(one.fault.name == "controller-hang" for one in injections)
    return replace(
        case,
        transport=WIRE if hangs else case.transport,
        rig=chosen,
        plan=SMALL,
        limits=tuple(limits.items()),
        latency_us=0,
        wishes=(),
        injections=injections,
        lone=CONTROLLER,
    )
