"""A second host that tries to start in the middle of a session, and shares nothing with the first."""

from __future__ import annotations

from typing import Final

from traction.controller.core import Controller
from traction.drivers.host import HostLink
from traction.sim.emulator import EmulatedTable
from traction.wire import codes, messages

INTRUDER: Final = 815
"""Its token."""


def intrude_direct(controller: Controller) -> str:
    """Try to start as a second host that shares nothing with the first; return how it was answered."""
    if controller.state < codes.STATE_ARMED or controller.state > codes.STATE_FAST_RELEASING:
        return "double-start: nobody there to disturb"
    session = controller.session
    answers = [controller.hello(INTRUDER), controller.load_limits(session.limits), controller.arm()]
    answers += [controller.go(nonce) for nonce in (0, 1, session.nonces_made)]
    return f"double-start: {' '.join(codes.RESULT_NAMES[one] for one in answers)}"


def intrude_wire(table: EmulatedTable, now_us: int) -> str:
    """Try to start by frames on the line; the answers go where they go."""
    controller = table.controller
    if controller.state < codes.STATE_ARMED or controller.state > codes.STATE_FAST_RELEASING:
        return "double-start: nobody there to disturb"
    second = HostLink(INTRUDER)
    limits = controller.session.limits
    for data in (
        second.hello(now_us),
        second.make(messages.LIMITS, limits, now_us),
        second.make(messages.ARM, (messages.limits_hash(limits),), now_us),
        second.make(messages.GO, (1,), now_us),
    ):
        table.receive(data)
    return "double-start: said"
