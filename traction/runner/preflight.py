"""The last look before anything moves: the right table, listening, healthy and slack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from traction.drivers.base import CAPABILITIES, ControllerLimits, Identity, Telemetry
from traction.errors import Problem, RefusedError, TableError
from traction.runner.plan import SessionPlan, controller_limits
from traction.runner.weighing import weight_problems
from traction.wire import codes

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.guarded import GuardedDriver

Objections = Callable[[Identity], Iterable[Problem]]
"""What is known against a session on the table that answers, such as acceptance checks that are overdue."""

FRESH_US: Final = 100_000
BETWEEN_SAMPLES_US: Final = 50_000
"""Two samples this far apart show that the controller is alive: its tick is at most 20 ms."""

TRAVEL_MARGIN_UM: Final = 2_000
"""The carriage stands at 0 when the table is opened; further away than this somebody has moved it."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the preflight found: who answered, and the limits the controller holds."""

    identity: Identity
    limits: ControllerLimits


def identify(driver: GuardedDriver) -> Identity:
    """Return who answers, opening the driver unless the caller has. Raises TableError."""
    try:
        return driver.identity
    except TableError:
        return driver.open()


def nothing_against(_identity: Identity) -> tuple[Problem, ...]:
    """Object to no table: for the checks themselves, which a table must be able to pass."""
    return ()


def preflight(
    plan: SessionPlan, driver: GuardedDriver, clock: Clock, objections: Objections = nothing_against
) -> Ready:
    """Check everything a session needs and load the controller's limits; nothing moves.

    Raises RefusedError with every reason at once (E341 to E346, E349, E351, E352, E356, and ``objections``),
    TableError when the table fails.
    """
    identity = identify(driver)
    problems = [*_identity_problems(plan, identity), *objections(identity)]
    if not identity.simulated and not clock.realtime:  # as it says itself, whatever its URL promised
        problems.append(
            Problem("E349", "the table says that it is real, and the clock is virtual", "the wall clock")
        )
    before = driver.poll()
    clock.wait_until_us(clock.now_us() + BETWEEN_SAMPLES_US)
    telemetry = driver.poll()
    age_us = clock.now_us() - telemetry.received_us
    problems += _link_problems(identity, before, telemetry, age_us)
    problems += _condition_problems(plan, telemetry)
    problems += weight_problems(plan, identity, telemetry)
    if problems:
        raise RefusedError(*problems)
    wanted = controller_limits(plan.limits)
    return Ready(identity, driver.load_limits(wanted))  # the guard refuses a table that stores others


def _identity_problems(plan: SessionPlan, identity: Identity) -> Iterator[Problem]:
    if not identity.region == plan.region == plan.limits.region:
        found = f"the table is fitted for the {identity.region} region"
        yield Problem("E341", found, f"{plan.region}, as the protocol says", field="region")
    if identity.drive != plan.table.drive:
        found = f"the table's drive is {identity.drive}"
        yield Problem("E342", found, f"{plan.table.drive}, as its file says", field="drive")
    missing = [name for name in CAPABILITIES if name not in identity.capabilities]
    if missing:  # the host never stands in for what a controller lacks
        found = f"the table does not promise {', '.join(missing)}"
        yield Problem("E352", found, "all of " + ", ".join(CAPABILITIES), field="capabilities")


def _link_problems(identity: Identity, before: Telemetry, after: Telemetry, age_us: int) -> Iterator[Problem]:
    if not 0 <= age_us <= FRESH_US:
        yield Problem("E343", f"the newest sample is {age_us / 1000:.0f} ms old", "at most 100 ms")
    if not (after.seq > before.seq and after.controller_ms > before.controller_ms):
        yield Problem("E343", "the controller sends the same sample again", "a new one")
    if not identity.boot_id == before.boot_id == after.boot_id:
        yield Problem("E343", "the controller has restarted just now", "one that stays on")


def slack_problems(telemetry: Telemetry, slack_mn: int) -> Iterator[Problem]:
    """Yield E344 for each load cell that does not read slack, or gives no reading."""
    for cell, force_mn in (("A", telemetry.force_mn), ("B", telemetry.force_b_mn)):
        if not -slack_mn <= force_mn <= slack_mn:
            reads = f"reads {force_mn / 1000:.1f} N"
            said = "gives no reading" if force_mn == codes.FORCE_INVALID_MN else reads
            yield Problem("E344", f"load cell {cell} {said}", f"slack, at most {slack_mn / 1000:g} N")


def _condition_problems(plan: SessionPlan, telemetry: Telemetry) -> Iterator[Problem]:
    limits = controller_limits(plan.limits)
    yield from slack_problems(telemetry, limits.slack_force_mn)
    if telemetry.fault != codes.FAULT_NONE or telemetry.state not in STARTABLE:
        name = codes.FAULT_NAMES.get(telemetry.fault, str(telemetry.fault))
        state = codes.STATE_NAMES[telemetry.state] if 0 <= telemetry.state < len(codes.STATE_NAMES) else "?"
        yield Problem("E345", f"controller in state {state}, latched fault: {name}", "a controller at rest")
    for bits, found, expected in INPUTS:
        if telemetry.inputs & bits != bits:
            yield Problem("E346", found, expected)
    if not -TRAVEL_MARGIN_UM <= telemetry.travel_um <= TRAVEL_MARGIN_UM:
        yield Problem("E351", f"the carriage stands at {telemetry.travel_um / 1000:.1f} mm", "0 mm")


INPUTS: Final = (
    (codes.INPUT_ESTOP_CLOSED, "the emergency stop is open", "both of its channels closed"),
    (codes.INPUT_PATIENT_STOP_CLOSED, "the patient stop is open", "closed"),
    (codes.INPUT_ENDS_CLOSED, "an end switch is open", "the carriage between its ends"),
    (codes.INPUT_SUPPLY_GOOD, "the supply is too low", "above 0.9 of its nominal voltage"),
)
"""What each input that is not healthy means, in the words of E346."""

STARTABLE: Final = frozenset((codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_DONE))
"""Controller states in which limits can be loaded and a session armed."""
