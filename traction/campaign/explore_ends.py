"""No dead end: whatever has happened, somebody who does the right things gets to a run again."""

from __future__ import annotations

from traction.campaign.explore_frames import make_frame
from traction.campaign.explore_moves import Relation
from traction.campaign.explore_rig import IDLE_TICKS, LIMITS, RELEASE_TICKS, Rig
from traction.wire import codes, messages

DEAD_END = "from every state an operator gets going again, at the worst by switching off and on"
HELPER = 1
TOKEN = 1000
"""Whoever helps begins a session of his own."""


def dead_end(relation: Relation) -> str | None:
    """Return what kind of state nobody gets out of, None when there is none; one of each kind is tried."""
    kinds: dict[tuple[object, ...], int] = {}
    for number, told in enumerate(relation.states):
        rig = relation.rig_at(number)
        controller = rig.controller
        session, cells = controller.session, controller.cells
        kind = (*told, controller.latch.healthy_ms, cells.trust_a, cells.trust_b, session.nonces_made)
        kinds.setdefault((*kind, controller.latch.locked, session.limits), number)
    for number in kinds.values():
        rig = relation.rig_at(number)
        name = codes.STATE_NAMES[rig.controller.state]
        fault = codes.FAULT_NAMES[rig.controller.latch.fault]
        if not _gets_going(rig):
            return f"in {name} ({fault}) nothing that an operator does leads to a run"
    return None


def _gets_going(rig: Rig) -> bool:
    """Do what an operator does after trouble: close the stops, release, reset, and start anew."""
    controller = rig.controller
    for _ in range(RELEASE_TICKS):
        rig.tick(codes.INPUTS_HEALTHY)
    controller.stop(codes.STOP_RELEASE)
    for _ in range(RELEASE_TICKS + IDLE_TICKS):
        rig.tick(codes.INPUTS_HEALTHY)
    rig.nm = 0
    for _ in range(2 * IDLE_TICKS):
        rig.tick(codes.INPUTS_HEALTHY)
    controller.session.nonces_made = 0  # as in a controller that was not armed tens of thousands of times
    if controller.latch.locked:
        return True  # that is what locks are for
    script = (
        (messages.HELLO, 0),
        (messages.RESET, controller.latch.fault),
        (messages.LIMITS, 0),
        (messages.COMMIT, 0),
        (messages.ARM, 0),
    )
    nonce = 0
    for number, (letter, content) in enumerate(script, 1):
        now = {"seq": controller.seq, "boot": controller.boot_id}
        nonce, _ = rig.receive(make_frame(HELPER, number, letter, content, token=TOKEN, **now).data)
    rig.receive(make_frame(HELPER, len(script) + 1, messages.GO, nonce, token=TOKEN).data)
    return bool(controller.state == codes.STATE_RUN and controller.limits == LIMITS[0])
