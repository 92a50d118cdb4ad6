"""What must not change, or only one way, with the units, tighter limits, faults, or the wall clock."""

from dataclasses import replace
from decimal import Decimal

import pytest

from traction.campaign.case import Case
from traction.campaign.draw import draw
from traction.campaign.oracle import judge
from traction.campaign.plans import plan_for
from traction.campaign.world import run
from traction.errors import RefusedError
from traction.protocol.compile import compile_protocol
from traction.protocol.load import parse_protocol
from traction.safety.limits import LIMIT_NAMES
from traction.sim.faults import FAULTS, HOST, TABLE, read_faults

TEXT = """\
format = 1
name = "units"
title = "Units"
region = "lumbar"
source = {{ citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }}
session = {{ count = "always", hold_by = "force" }}
rates = {{ up = "20 N/s", down = "30 N/s" }}
take_up = {{ force = "20 N", timeout = "60 s" }}
end = {{ rate = "30 N/s", residual = "0 N" }}
[[phase]]
name = "hold"
type = "static"
force = "{force}"
for = "{time}"
"""
NEWTONS = {"kgf": Decimal("9.80665"), "lbf": Decimal("4.4482216152605"), "kN": Decimal(1000)}


def compiled(force: str, time: str = "60 s") -> str:
    return compile_protocol(parse_protocol(TEXT.format(force=force, time=time))).digest()


@pytest.mark.parametrize("unit", NEWTONS)
@pytest.mark.parametrize("number", ["0.1", "0.25", "0.3331", "0.57"])
def test_a_force_in_any_unit_is_the_same_force(unit: str, number: str) -> None:
    scaled = Decimal(number) * (1 if unit == "kN" else 100)
    newtons = scaled * NEWTONS[unit]
    assert compiled(f"{scaled} {unit}") == compiled(f"{newtons:f} N")


@pytest.mark.parametrize("time", ["1 min", "60000 ms"])
def test_a_time_in_any_unit_is_the_same_time(time: str) -> None:
    assert compiled("100 N", time) == compiled("100 N", "60 s")


def quiet(seed: int) -> Case:
    return draw(seed, faults=0)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["max_force_n", "max_travel_mm", "max_session_s", "max_rate_up_n_per_s"])
def test_a_tighter_limit_never_raises_the_force(seed: int, name: str) -> None:
    """A limit is brought to just what the plan needs, so that it may end the pull, but never add to it."""
    case = quiet(seed)
    assert name in LIMIT_NAMES
    free = run(case)
    limits = plan_for(case.rig, case.plan, case.limits).limits
    for share in (0.99, 0.8, 0.6):
        values = dict(case.limits) | {name: getattr(limits, name) * share}
        try:
            tight = run(replace(case, limits=tuple(values.items())))
        except RefusedError:
            continue
        # a trip that comes sooner unloads: it adds nothing but the noise of another path
        assert max(tight.force_mn) <= max(free.force_mn) + 2000


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.side == TABLE][::5])
def test_a_fault_never_pulls_further_than_its_budget(seed: int, name: str) -> None:
    case = replace(quiet(seed), injections=read_faults([f"{name}@3s"], (TABLE,)))
    assert [one for one in judge(case, run(case)).escapes if one.invariant == "I1"] == []


@pytest.mark.parametrize("seed", range(3))
def test_setting_the_wall_clock_changes_nothing(seed: int) -> None:
    case = quiet(seed)
    set_back = replace(case, injections=read_faults(["clock-jump:24h@2s"], (HOST,)))
    one, two = run(case), run(set_back)
    assert one.force_mn == two.force_mn
    assert one.marks == two.marks
    assert one.result is not None
    assert two.result is not None
    assert one.result.outcome == two.result.outcome
