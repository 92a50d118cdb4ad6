"""What happens at the table besides frames that arrive, played on the rig."""

from __future__ import annotations

from typing import Final

from traction.campaign.explore_rig import (
    ARMED_TICKS,
    BLINDS,
    IDLE_TICKS,
    JAM_TICKS,
    OVER_MN,
    POWERED,
    RELEASE_TICKS,
    SLACK_MN,
    STEP_TICKS,
    Rig,
)
from traction.wire import codes, messages

TIME = 0
ESTOP = 1
PATIENT_STOP = 2
LET_GO = 3
OVER_FORCE = 4
BLIND = 5
JAM = 6
DAMAGED = 7
PANIC = 8
REBOOT = 9
WORLD: Final = (
    "time passes",
    "the emergency stop is pressed",
    "the patient's stop is pressed",
    "both stops are let go",
    "the patient pulls: the force is above the cap",
    "neither load cell reads anything",
    "the drive jams",
    "a damaged frame arrives",
    "a stop of eight bytes arrives",
    "the controller is switched off and on",
)

Told = tuple[int, int, int, int, int]
"""Of a state: the controller's state, its latched fault, the power-up, the inputs, and how many defects."""


def allowed(told: Told, event: int, last_boot: int) -> bool:
    """Say whether this event of the world can make a difference in such a state."""
    state, _, boot, inputs, defects = told
    if event == JAM:
        return state in POWERED and not defects  # a table breaks once in a power-up
    if event == BLIND:
        return (state in POWERED or state == codes.STATE_ARMED) and not defects
    if event in (DAMAGED, OVER_FORCE):
        return state == codes.STATE_RUN
    if event == ESTOP:
        return inputs == codes.INPUTS_HEALTHY
    if event == PATIENT_STOP:
        return inputs == codes.INPUTS_HEALTHY and state in (codes.STATE_ARMED, codes.STATE_RUN)
    if event == LET_GO:
        return inputs != codes.INPUTS_HEALTHY and state not in POWERED
    return boot < last_boot if event == REBOOT else True


def happen(rig: Rig, event: int, state: int) -> bool:
    """Let something happen at the table; return whether it is a safety event by itself."""
    inputs = rig.controller.inputs
    if event == TIME:
        return _pass_time(rig, state)
    if event == ESTOP:
        _press(rig, inputs & ~codes.INPUT_ESTOP_CLOSED, state)
    elif event == PATIENT_STOP:
        _press(rig, inputs & ~codes.INPUT_PATIENT_STOP_CLOSED, state)
    elif event == LET_GO:
        _press(rig, codes.INPUTS_HEALTHY, state)
        return False
    elif event == DAMAGED:
        rig.receive(b"$1S,11,1,0,0,0,0,240,9*00000000\n")
        return False
    elif event == PANIC:
        rig.receive(bytes([messages.PANIC_BYTE]) * messages.PANIC_COUNT)
    elif event == REBOOT:
        rig.power_up()
    elif event == JAM:
        _live(rig, state, JAM_TICKS, jam=True)
    else:
        for _ in range(BLINDS):
            rig.tick(inputs, read_mn=_SHOWN[event])
    return True


_SHOWN: Final[dict[int, int | None]] = {OVER_FORCE: OVER_MN, BLIND: None}


def _press(rig: Rig, inputs: int, state: int) -> None:
    """Change the stop inputs; with the drive off a second passes before anything else happens."""
    for _ in range(1 if state in POWERED else IDLE_TICKS):
        rig.tick(inputs)


def _pass_time(rig: Rig, state: int) -> bool:
    """Let as much time pass as makes a difference in ``state``; the arming of half a minute ago is over."""
    ticks = IDLE_TICKS
    if state == codes.STATE_RUN:
        ticks = STEP_TICKS
    elif state in POWERED:
        ticks = RELEASE_TICKS
    elif state == codes.STATE_ARMED:
        ticks = ARMED_TICKS
    _live(rig, state, ticks)
    return state == codes.STATE_ARMED


def _live(rig: Rig, state: int, ticks: int, jam: bool = False) -> None:
    """Live until the state is another one, in a release or a jam until the drive is off; or for so long."""
    controller = rig.controller
    to_the_end = jam or state in POWERED[1:]
    for _ in range(ticks):
        rig.tick(controller.inputs, jam=jam)
        if not controller.motion.enabled if to_the_end else controller.state != state:
            return


def settle(rig: Rig, was_powered: bool) -> None:
    """Let the strap come back to where it just touches, and a second pass once the drive is off."""
    controller = rig.controller
    if controller.motion.enabled:
        return
    for _ in range(IDLE_TICKS if was_powered else 0):
        rig.tick(controller.inputs)
    if rig.nm and (rig.force_mn() <= SLACK_MN or controller.motion.dump):
        rig.nm = 0
        rig.tick(controller.inputs)
