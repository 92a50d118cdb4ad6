"""What a transition brought, and what the controller promises of each, whatever came before."""

from __future__ import annotations

from dataclasses import dataclass

from traction.campaign.explore_events import JAM, REBOOT, TIME
from traction.campaign.explore_frames import Frame
from traction.campaign.explore_rig import POWERED, Rig
from traction.controller import limits as order
from traction.wire import codes, messages

# What an outcome brought, as bits.
STARTED = 1
TAKEN = 2  # a set-point renewed the lease
EVENT = 4  # a safety event: whoever wanted motion before it has to want it anew
LATCHED = 8
CLEARED = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """What a promise compares before and after one event."""

    state: int
    fault: int
    ceiling: tuple[int, ...] | None
    token: int
    healthy_ms: int


def see(rig: Rig) -> Seen:
    """Return what is to be compared after the event."""
    controller = rig.controller
    session, latch = controller.session, controller.latch
    return Seen(controller.state, latch.fault, session.ceiling, session.token, latch.healthy_ms)


def effects_of(rig: Rig, before: Seen) -> int:
    """Return what the event has brought, as bits."""
    controller = rig.controller
    state, fault = controller.state, controller.latch.fault
    effects = 0
    if state == codes.STATE_RUN and before.state != codes.STATE_RUN:
        effects |= STARTED
    if before.state == codes.STATE_RUN and state != codes.STATE_RUN:
        effects |= EVENT
    if before.state == codes.STATE_ARMED and state not in (codes.STATE_ARMED, codes.STATE_RUN):
        effects |= EVENT
    if fault and fault != before.fault:
        effects |= EVENT | LATCHED
    if before.fault and fault != before.fault:
        effects |= CLEARED
    return effects


def broken_by(rig: Rig, before: Seen, what: int | Frame) -> str:
    """Return what promise about the controller alone this event broke."""
    letter = what.letter if isinstance(what, Frame) else ""
    return (
        _broken_power(rig, before, what, letter)
        or _broken_latch(rig, before, what, letter)
        or _broken_session(rig, before, what, letter)
    )


def _broken_power(rig: Rig, before: Seen, what: int | Frame, letter: str) -> str:
    controller = rig.controller
    state = controller.state
    powered = state in POWERED
    if powered and (what == JAM or (what == TIME and before.state in POWERED[1:])):
        return "every release ends within seven seconds, in a jam too"
    loaded = rig.force_mn() > controller.config.max_slack_force_mn
    if loaded and not powered and not controller.motion.dump and state != codes.STATE_UNLOAD_ONLY:
        return "a drive that is switched off under load has its power-less release open"
    if bool(controller.motion.enabled) != powered:
        return "the drive has power in a run and in a release only"
    if state != codes.STATE_RUN:
        return ""
    if letter == messages.STOP:
        return "a stop ends a run"
    if controller.latch.fault or order.looser(controller.limits, order.own_caps(controller.config)):
        return "a run has no fault and has limits within the controller's caps"
    if controller.lease_end_ms < controller.now_ms:
        return "a run ends with its lease"
    if not letter and controller.inputs != codes.INPUTS_HEALTHY:
        return "a run ends with the opening of a stop input"
    return ""


def _broken_latch(rig: Rig, before: Seen, what: int | Frame, letter: str) -> str:
    controller = rig.controller
    if what == REBOOT or not before.fault or controller.latch.fault == before.fault:
        return ""
    named = isinstance(what, Frame) and letter == messages.RESET and what.content == before.fault
    slack = controller.cells.slack(controller.config.max_slack_force_mn)
    if named and slack and controller.inputs == codes.INPUTS_HEALTHY and before.healthy_ms >= 1000:
        return ""
    return "a latched fault is cleared only by its reset, with its cause gone for a second"


def _broken_session(rig: Rig, before: Seen, what: int | Frame, letter: str) -> str:
    controller = rig.controller
    if controller.state == codes.STATE_ARMED != before.state and not rig.link.committed:
        return "nothing is armed before its limits were read back and committed"
    same = controller.session.token == before.token and letter != messages.HELLO and what != REBOOT
    ceiling = controller.session.ceiling
    if same and before.ceiling is not None and (ceiling is None or order.looser(ceiling, before.ceiling)):
        return "within a session limits only get tighter"
    return ""
