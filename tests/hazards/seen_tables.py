"""Hazards that a controller meets, whoever its host is."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.hazards.seen_one import LIMITS, Shown
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import NONCE_BITS, Link
from traction.testing import session
from traction.wire import codes, frame, messages

ROOT: Final = Path(__file__).resolve().parents[2]
BOARD: Final = {
    "traction/wire": "/traction/wire",
    "traction/controller": "/traction/controller",
    "hardware/firmware/micropython": "/",
    "tests/firmware/board": "/",
}


def replayed() -> Shown:
    """H30: all that a host has sent up to its start is sent again, in its session and in a new one."""
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE))
    link = Link(controller, 1, 42, 1_002_003, 0)
    sent: list[bytes] = []

    def tick(count: int = 1) -> None:
        for _ in range(count):
            noise = controller.seq % 2  # no cell repeats itself for ever
            controller.tick(noise, noise, noise, codes.INPUTS_HEALTHY)
            link.tick()

    def say(letter: str, *values: int, token: int = 99) -> None:
        sent.append(frame.encode(letter, (token, len(sent) + 1, 0, *values)))
        link.receive(sent[-1])

    tick(10)
    digest = messages.limits_hash(LIMITS)
    say("H", 0, messages.definition())
    say("L", *LIMITS)
    say("M", digest)
    say("A", digest)
    say("G", controller.nonce >> NONCE_BITS, controller.nonce & messages.U16)
    started = controller.state == codes.STATE_RUN
    say("X", codes.STOP_RELEASE)
    tick(10)
    states = []
    for token in (99, 77):
        link.receive(frame.encode("H", (token, 1, 0, 0, messages.definition())))
        for data in sent:
            link.receive(data)
            tick()
            states.append(controller.state)
    return Shown(
        f"{len(sent)} recorded frames, from the hello to the start, are sent again in two sessions",
        f"dropped: {states.count(codes.STATE_RUN)} of {len(states)} led to a run, the first time one did",
        held=started and codes.STATE_RUN not in states,
        when="never",
    )


def loaded() -> Shown:
    """H56: a controller is switched on with 400 N on a spring of 20 N/mm, and a host tries to start it."""
    spring = Spring(400_000)
    spring.tick()
    controller = spring.controller
    loaded_from = controller.state
    tried = (controller.hello(1), controller.load_limits(LIMITS), controller.arm(), controller.go(1))
    controller.stop(codes.STOP_RELEASE)
    forces, fastest = [spring.force_mn], 0
    for _ in range(700):
        spring.tick()
        forces.append(spring.force_mn)
        fastest = max(fastest, controller.velocity_um_per_s)
    name = codes.STATE_NAMES[loaded_from]
    down_s = next(at for at, one in enumerate(forces) if one < 1000 * session.SLACK_N) / 100
    return Shown(
        "a controller is switched on with 400 N on its rope, and a host loads limits, arms and starts",
        f"{name}: refused, {codes.RESULT_NAMES[tried[2]]}; it only ever unloads, to slack in {down_s:.1f} s",
        str(codes.FAULT_LOADED_AT_BOOT),
        force_n=max(forces) / 1000,
        most_n=1.05 * 900.0 + 5.0,
        when="in the first tick",
        held=max(forces) <= 400_000
        and loaded_from == codes.STATE_UNLOAD_ONLY
        and fastest <= 0
        and codes.RESULT_OK not in tried[1:],
    )


def other_axes() -> Shown:
    """H48: whether another axis may move, in every tick of a pull."""
    spring = Spring(0)
    spring.tick()
    before, controller = spring.controller.others_may_move, spring.controller
    controller.hello(1)
    controller.load_limits(LIMITS)
    controller.arm()
    controller.go(controller.nonce)
    under_n, late = [0], 0
    for tick in range(1200):
        if tick < 900 and tick % 2 == 0:
            controller.setpoint(100_000, 15_000, codes.MODE_FORCE, 250, controller.seq)
        spring.tick()
        if controller.others_may_move and (spring.force_mn > 10_000 or controller.enabled):
            under_n.append(spring.force_mn)
            late += 1
    return Shown(
        f"another axis is asked for in each tick of a pull to {spring.highest / 1000:.0f} N and after it",
        f"it has power in {late} ticks in which the rope pulls or the drive is on, and again at slack",
        after_ms=10.0 * late,
        force_n=max(under_n) / 1000,
        held=bool(before and controller.others_may_move) and spring.highest > 90_000,
    )


def alarm() -> Shown:
    """H54: the host of a board falls silent at force, and nobody comes."""
    vm = ROOT / "tests" / "firmware" / "vm"
    node = shutil.which("node")
    if node is None or not (vm / "node_modules").is_dir():
        return Shown(
            "a board whose host falls silent",
            "not shown: install Node, then run: npm ci --prefix tests/firmware/vm",
            held=False,
        )
    folders = [f"{ROOT / ours}={theirs}" for ours, theirs in BOARD.items()]
    words = [node, str(vm / "run.mjs"), *folders, "--", "scenes"]
    said = subprocess.run(words, input="host-silent", capture_output=True, text=True, check=True).stdout
    scene = ast.literal_eval(said)
    return Shown(
        f"a board in a MicroPython machine pulls {scene['peak_mn'] / 1000:.0f} N, and its host falls silent",
        f"released by itself to {scene['force_mn'] / 1000:.1f} N, power off; "
        f"it sounds {scene['sounds']} times in the two seconds",
        force_n=scene["peak_mn"] / 1000,
        most_n=1.05 * LIMITS[0] / 1000 + 5.0,
        when="once a second for as long as a fault is latched",
        held=scene["sounds"] >= 1 and scene["enable"] == 0 and scene["force_mn"] < 10_000,
    )


class Spring:
    """A controller on a spring of 20 N/mm."""

    def __init__(self, force_mn: int) -> None:
        self.controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE))
        self.at_nm, self.velocity, self.highest = force_mn * 50, 0, force_mn

    @property
    def force_mn(self) -> int:
        return max(0, self.at_nm // 50)

    def tick(self) -> None:
        it = self.controller
        self.velocity += (it.velocity_um_per_s * it.enabled - self.velocity) // (3 if it.enabled else 1)
        self.at_nm = min(self.at_nm + self.velocity * 10, 0 if it.dump else self.at_nm + self.velocity * 10)
        force = self.force_mn
        self.highest = max(self.highest, force)
        it.tick(force, force, self.at_nm // 1000, codes.INPUTS_HEALTHY)


SHOWS: Final[Mapping[str, Callable[[], Shown]]] = MappingProxyType(
    {"H30": replayed, "H48": other_axes, "H54": alarm, "H56": loaded}
)
