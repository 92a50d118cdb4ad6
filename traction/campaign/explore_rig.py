"""The real controller and its end of the wire, taken apart into states and transitions.

``Rig`` holds the controller's own ``Link`` and ``Controller`` in front of a stiff spring. It can be put into
any state seen before, made to live one event, and asked for its new state. Nothing is modelled but the
spring: every transition is the controller's code, run once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from traction.campaign.explore_parts import Parts
from traction.controller import limits as order
from traction.wire import codes, messages

BASE_MS: Final = 1_000_000_000
"""The controller's clock in every state that is kept: only differences of times say anything."""
BASE_SEQ: Final = 1_000_000
NM_PER_UM_TICK: Final = 10  # um/s, in a tick of 10 ms
MN_PER_UM: Final = 60  # of the spring: the stiffest body
NONCES: Final = 2  # a controller in here has been armed so often that so many start numbers are left
NONCE_COUNT: Final = 65535

FORCE_LIMITS: Final = ((20_000, 400), (18_000, 390))
"""Two sets of limits, mN and ms of a session; the second is the tighter one. A run is short."""
LIMITS: Final = tuple(
    (force, 50_000, 100_000, 400, 20_000, session, 120_000, 200_000, 300_000, 5000, 2000)
    for force, session in FORCE_LIMITS
)
SLACK_MN: Final = LIMITS[0][order.SLACK_FORCE]
OVER_MN: Final = 27_000  # above the trip of both sets, and gone again without looking like a strap that broke

STEP_TICKS: Final = 12  # of a time step with the drive on: a lease of 250 ms is over in the third
RELEASE_TICKS: Final = 700  # more than any release may take
JAM_TICKS: Final = 700
IDLE_TICKS: Final = 101  # the cause of a fault has been gone for a second
ARMED_TICKS: Final = codes.ARM_VALID_MS // 10
BLINDS: Final = 3  # ticks without a reading, or with one above the cap, that trip

POWERED: Final = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)

Snapshot = tuple[Any, ...]

TIME_LIKE: Final = range(BASE_MS - 100_000_000, BASE_MS + 100_000_000)
"""A number of the powered drive in this range is a time of its clock: nothing else there is so large."""

# Times of the controller's clock that matter while the drive is off.
_TIMES: Final = {
    "controller": ("lease_end_ms",),
    "controller.latch": ("pressed_ms", "time_ms"),
    "controller.session": ("armed_ms",),
    "link": ("telemetry_ms", "greeted_ms"),
}
# What is always the same, what nothing that follows depends on, and what the key says in its own way.
_UNSAID: Final = {
    "controller": ("tick_ms", "now_ms", "seq", "lease_end_ms"),
    "controller.cells": ("kept_a_mn", "kept_b_mn"),
    "controller.latch": ("force_mn", "time_ms", "state", "later", "defects", "healthy_ms", "pressed_ms"),
    "controller.session": ("caps", "tick_ms", "armed_ms", "last_echo"),
    "controller.motion": ("loose_end_ms",),
    "controller.motion.trips": ("ring", "ring_index"),
    "link": (
        *("model", "serial", "firmware", "has_channels", "definition", "bad", "foreign", "number"),
        *("telemetry_ms", "greeted_ms", "told_fault", "waiting", "bad_ms"),
    ),
}
_POWERED: Final = "controller.motion"  # with all below it: begun anew whenever the drive is powered
_SHARED: Final = ("controller.motion.cells",)
_RELEASING: Final = (_POWERED, _POWERED + ".release")  # of that, begun anew by each release


@dataclass(frozen=True, slots=True)
class _Part:
    """One object of the controller: where it is, its fields, and how to read all or what the key says."""

    path: str
    one: Any
    names: tuple[str, ...]
    lists: tuple[int, ...]
    everything: Callable[[Any], Any]
    said: Callable[[Any], Any]
    of_motion: bool


def _parts_of(path: str, one: Any) -> list[_Part]:
    """Return the parts of ``one`` and of all it holds, found by their slots."""
    names: list[str] = []
    lists: list[int] = []
    found: list[_Part] = []
    for name in sorted({name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())}):
        value = getattr(one, name)
        if not hasattr(type(value), "__slots__"):
            if type(value) is list:
                lists.append(len(names))
            names.append(name)
        elif name not in ("config", "splitter", "controller") and f"{path}.{name}" not in _SHARED:
            found += _parts_of(f"{path}.{name}", value)
    said = [name for name in names if name not in _UNSAID.get(path, ())]
    everything, key = attrgetter(*names), attrgetter(*said)
    part = _Part(path, one, tuple(names), tuple(lists), everything, key, path.startswith(_POWERED))
    return [part, *found]


class Rig:
    """One controller with its link before a spring; ``parts`` is the code, ``boots`` the ids of power-ups."""

    __slots__ = ("_boot", "_parts", "boots", "controller", "link", "nm", "parts")

    def __init__(self, parts: Parts, boots: tuple[int, ...]) -> None:
        self.parts = parts
        self.boots = boots
        self.nm = 0
        self._boot = -1
        self.controller: Any = None
        self.link: Any = None
        self._parts: list[_Part] = []
        self._switch_on(codes.INPUTS_HEALTHY)

    def power_up(self) -> None:
        """Begin with the next boot id, in the present force; the stop inputs are as they were."""
        self._switch_on(self.controller.inputs)

    def _switch_on(self, inputs: int) -> None:
        self._boot += 1
        config = self.parts.config(codes.REGION_LUMBAR, self.boots[self._boot], codes.DRIVE_SELF_LOCKING)
        self.controller = controller = self.parts.controller(config)
        controller.session.nonces_made = NONCE_COUNT - NONCES
        self.link = self.parts.link(controller, 1, 1, 1, 0)
        self._parts = [*_parts_of("controller", controller), *_parts_of("link", self.link)]
        self.tick(inputs)
        self.tick(inputs)
        self._rebase()

    # ---- states -------------------------------------------------------------------------------------

    def save(self) -> Snapshot:
        """Return everything there is, to ``load`` again; brings the clock back to ``BASE_MS`` first."""
        self._rebase()
        return self.copy()

    def copy(self) -> Snapshot:
        """Return everything there is, as it is."""
        rows: list[Any] = [self._boot, self.nm]
        for part in self._parts:
            values = part.everything(part.one)
            if part.lists:
                kept = list(values)
                for index in part.lists:
                    kept[index] = tuple(kept[index])
                values = tuple(kept)
            rows.append(values)
        return tuple(rows)

    def load(self, snapshot: Snapshot) -> None:
        """Be in this state again."""
        self._boot, self.nm = snapshot[:2]
        self.controller.config.boot_id = self.boots[self._boot]
        for part, values in zip(self._parts, snapshot[2:], strict=True):
            one = part.one
            for name, value in zip(part.names, values, strict=True):
                setattr(one, name, value)
            for index in part.lists:
                setattr(one, part.names[index], list(values[index]))

    def key(self) -> tuple[Any, ...]:
        """Return what the future depends on: equal keys behave the same, as tests compare."""
        self._rebase()
        controller, link = self.controller, self.link
        latch, session, state, motion = (
            controller.latch,
            controller.session,
            controller.state,
            controller.motion,
        )
        now, cells, invalid = controller.now_ms, controller.cells, codes.FORCE_INVALID_MN
        running = state == codes.STATE_RUN
        recent = 1001 if running else 0  # before the next run more than a second passes
        rows: list[Any] = [
            *(self._boot, self.nm, min(latch.healthy_ms, 1000)),
            0 if motion.enabled else min(now - latch.pressed_ms, 500),
            tuple([min(now - ms, recent) if now - ms < 3_600_001 else -1 for ms in link.bad_ms]),
            now - session.armed_ms if state == codes.STATE_ARMED else 0,
            (controller.lease_end_ms - now, min(controller.seq - session.last_echo, 21)) if running else 0,
            tuple(sorted([one[0] for one in latch.defects])),
            cells.kept_a_mn if cells.force_a_mn == invalid else 0,
            cells.kept_b_mn if cells.force_b_mn == invalid else 0,
            motion.dump,
            motion.floor_um if running else 0,
            motion.loose_end_ms - now if motion.enabled and motion.loose_um is not None else 0,
        ]
        rows += [part.said(part.one) for part in self._parts if not part.of_motion]
        if motion.enabled:
            trips = motion.trips
            rows += trips.ring[trips.ring_index :] + trips.ring[: trips.ring_index]
            below = [part for part in self._parts if part.of_motion]
            rows += [part.said(part.one) for part in below if not (running and part.path in _RELEASING)]
        return tuple(rows)

    def _rebase(self) -> None:
        controller, link = self.controller, self.link
        shift = BASE_MS - controller.now_ms
        if not shift and controller.seq == BASE_SEQ:
            return
        for part in self._parts:
            one = part.one
            for name in _TIMES.get(part.path, ()):
                setattr(one, name, getattr(one, name) + shift)
            if part.of_motion and controller.motion.enabled:
                for name, value in zip(part.names, part.everything(one), strict=True):
                    if type(value) is int and value in TIME_LIKE:
                        setattr(one, name, value + shift)
        latch = controller.latch
        latch.later = [(fault, ms + shift) for fault, ms in latch.later]
        latch.defects = [(fault, ms + shift) for fault, ms in latch.defects]
        link.bad_ms = [ms + shift for ms in link.bad_ms]
        controller.session.last_echo += BASE_SEQ - controller.seq
        controller.now_ms, controller.seq = BASE_MS, BASE_SEQ

    # ---- life ---------------------------------------------------------------------------------------

    def force_mn(self) -> int:
        """Return the force of the spring."""
        return self.nm * MN_PER_UM // 1000 if self.nm > 0 else 0

    def tick(self, inputs: int, *, read_mn: int | None = -1, jam: bool = False) -> None:
        """Live 10 ms; ``read_mn`` is what both cells show instead of the force (None: nothing)."""
        controller = self.controller
        motion = controller.motion
        if motion.enabled and not jam:
            self.nm += motion.velocity_um_per_s * NM_PER_UM_TICK
        if motion.dump and self.nm > 0:
            self.nm = 0
        force = self.force_mn() if read_mn == -1 else read_mn
        controller.tick(force, force, self.nm // 1000, inputs)

    def receive(self, data: bytes) -> tuple[int, bool]:
        """Bring bytes to the link; return the start number it answers with (or 0), and whether it obeyed."""
        link = self.link
        bad = link.bad
        link.waiting = []
        link.receive(data)
        nonce, obeyed = 0, link.bad == bad
        for letter, _, _, values in link.waiting:
            if letter == messages.NONCE:
                nonce = values[0] << 16 | values[1]
            elif letter == messages.ANSWER and values[1] != codes.RESULT_OK:
                obeyed = False
        link.waiting = []
        return nonce, obeyed
