"""What a machine looks at for the preflight list: the table that answers, and what is kept of its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from traction.drivers.base import Identity, Telemetry


def look_at(text: str, region: str) -> tuple[bool, dict[str, tuple[Problem, ...]]]:
    """Open a table, look, and let go of it: whether it is simulated, and each thing's objections.

    Nothing moves. Raises what finding and opening a table raise.
    """
    from traction.bench import kept
    from traction.bench.connect import connector_for
    from traction.clock import VirtualClock, WallClock
    from traction.drivers.base import TableSetup
    from traction.runner.plan import milli
    from traction.runner.preflight import slack_problems
    from traction.safety.hardware import load_region
    from traction.tables import find_table

    table = find_table(text)
    clock = VirtualClock() if table.simulated else WallClock()
    with connector_for(table.url, clock, TableSetup(region=region)).make().guard as guard:
        identity = guard.open()
        telemetry = guard.poll()
    slack_mn = milli(load_region(region).slack_n)
    return identity.simulated, {
        "checks": kept.objections(identity, table.facts.check_every_s),
        "region": tuple(_region(identity, region)),
        "slack": tuple(slack_problems(telemetry, slack_mn)),
        "stops": tuple(_inputs(telemetry, supply=False)),
        "supply": tuple(_inputs(telemetry, supply=True)),
        "controller": tuple(_controller(telemetry)),
    }


def _region(identity: Identity, region: str) -> Iterator[Problem]:
    if identity.region != region:
        yield Problem("E341", f"the table is fitted for the {identity.region} region", region, field="region")


def _inputs(telemetry: Telemetry, *, supply: bool) -> Iterator[Problem]:
    from traction.runner.preflight import INPUTS
    from traction.wire import codes

    for bits, found, expected in INPUTS:
        if telemetry.inputs & bits != bits and (bits == codes.INPUT_SUPPLY_GOOD) is supply:
            yield Problem("E346", found, expected)


def _controller(telemetry: Telemetry) -> Iterator[Problem]:
    from traction.runner.preflight import STARTABLE
    from traction.wire import codes

    if telemetry.fault != codes.FAULT_NONE or telemetry.state not in STARTABLE:
        name = codes.FAULT_NAMES.get(telemetry.fault, str(telemetry.fault))
        yield Problem("E345", f"a controller with the latched fault: {name}", "a controller at rest")
