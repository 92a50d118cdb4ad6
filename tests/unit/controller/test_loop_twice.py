"""The force loop written down a second time, in the words of its promises: both must say the same.

What is fed to both is drawn, mostly from where a comparison of the second writing stands.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from traction.controller import limits as order
from traction.controller.config import ControllerConfig
from traction.controller.loop import ForceLoop
from traction.wire import codes

TICK_MS = 10


def between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


class Plain:
    """One loop. Forces in mN, travel in um, the own target in uN, the integral in 1024ths of um/s."""

    def __init__(self, config: ControllerConfig) -> None:
        self.config = config
        self.velocity = 0

    def start(self, force: int, travel: int, values: tuple[int, ...]) -> None:
        c = self.config
        self.unload = c.unload_um_per_s
        self.up, self.down = values[order.MAX_RATE_UP], values[order.MAX_RATE_DOWN]
        self.contact = values[order.SLACK_FORCE] // 2
        # half the noise tolerance (mN in 100 ms) away from the rate trip on the stiffest body
        self.slack_velocity = (self.up + 5 * c.rate_tolerance_mn) * 1000 // c.stiffness_max_mn_per_mm
        self.goal = self.up_step = self.down_step = self.integral = self.rate = 0
        self.mode = codes.MODE_FORCE
        self.begin_at(force)
        self.open_window(force, travel)
        self.sample = 0
        self.believe(c.stiffness_max_mn_per_mm)

    def begin_at(self, force: int) -> None:
        self.target, self.slope, self.mode = 1000 * max(force, 0), 0, codes.MODE_FORCE

    def believe(self, stiffness: int) -> None:
        self.stiffness = stiffness
        self.fastest = min(self.up * 1100 // stiffness, self.config.pull_um_per_s)
        self.slowest = -min(self.down * 1100 // stiffness, self.unload)

    def aim(self, target: int, rate: int, mode: int) -> None:
        self.goal, self.mode = 1000 * target, mode
        if rate != self.rate:
            self.rate = rate
            self.up_step, self.down_step = TICK_MS * min(rate, self.up), TICK_MS * min(rate, self.down)

    def aim_release(self, force: int, rate: int, unload: int) -> None:
        self.unload, self.up, self.down = unload, 0, rate
        self.slack_velocity = self.goal = self.up_step = self.integral = 0
        self.down_step, self.rate = TICK_MS * rate, -1
        self.begin_at(force)
        self.believe(self.stiffness)

    def open_window(self, force: int, travel: int) -> None:
        width = self.config.learn_mn
        low = force - width
        self.low = low if low >= self.contact else self.contact - 1
        self.high = force + width
        self.window_force, self.window_travel, self.window_ms = force, travel, 0

    def learn(self, force: int, travel: int) -> None:
        """From a step of force well above the noise, over at least 50 um and at most 3 s, with contact."""
        c, moved = self.config, travel - self.window_travel
        if self.low < force < self.high and self.window_ms <= 3000:
            self.window_ms += TICK_MS
            return
        if force >= self.contact and self.window_ms <= 3000:
            if abs(moved) < 50:
                self.window_ms += TICK_MS
                return
            sample = (force - self.window_force) * 1000 // moved
            if sample > 0:
                sample = between(c.stiffness_min_mn_per_mm, sample, c.stiffness_max_mn_per_mm)
                before, self.sample = self.sample, sample
                self.believe(max(sample, before))
        self.open_window(force, travel)

    def step(self, force: int, travel: int) -> int:
        c = self.config
        self.learn(force, travel)
        top = min(self.fastest, self.slack_velocity) if force < self.contact else self.fastest
        if self.mode == codes.MODE_POSITION:
            return self.stand(force)
        gap = between(-self.down_step, self.goal - self.target, self.up_step)
        self.target += gap
        self.slope += (gap - self.slope) // 4
        if self.target == 0 and force <= self.contact:
            self.integral = 0
            return self.slew(0)
        push = (self.target // 1000 - force) * (1_000_000 // c.tau_ms) // self.stiffness
        wanted = push + self.integral // 1024
        if self.slope:
            wanted += self.slope * (1000 // TICK_MS) // self.stiffness
        if not self.slowest <= wanted <= top:  # at a bound nothing is added up
            return self.slew(top if wanted > top else self.slowest)
        added = self.integral + push * (1024 * TICK_MS // c.integral_ms)
        if abs(added) < 512 * c.pull_um_per_s:
            self.integral = added
        return self.slew(wanted)

    def stand(self, force: int) -> int:
        self.target, self.slope, self.integral = 1000 * max(force, 0), 0, 0
        return self.slew(0)

    def unwind(self) -> int:
        return self.slew(self.slowest)

    def unwind_fully(self) -> int:
        return self.slew(-self.unload)

    def slew(self, wanted: int) -> int:
        most = self.config.accel_um_per_s2 * TICK_MS // 1000
        self.velocity = between(self.velocity - most, wanted, self.velocity + most)
        return self.velocity


STATE = {
    "target_un": "target",
    "slope": "slope",
    "integral": "integral",
    "velocity": "velocity",
    "stiffness_mn_per_mm": "stiffness",
    "max_velocity": "fastest",
    "min_velocity": "slowest",
    "window_low_mn": "low",
    "window_high_mn": "high",
    "window_ms": "window_ms",
    "contact_mn": "contact",
    "slack_velocity": "slack_velocity",
    "up_step": "up_step",
    "down_step": "down_step",
}


class Both:
    def __init__(self, region: int) -> None:
        config = ControllerConfig(region, 7, codes.DRIVE_BACK_DRIVABLE)
        self.caps = order.own_caps(config)
        self.loop, self.plain = ForceLoop(config), Plain(config)
        self.plain.start(0, 0, self.caps)
        self.same("built")

    def same(self, after: Any) -> None:
        mine = {name: getattr(self.loop, name) for name in STATE}
        assert mine == {name: getattr(self.plain, other) for name, other in STATE.items()}, after

    def ask(self, verb: str, *values: Any) -> None:
        assert getattr(self.loop, verb)(*values) == getattr(self.plain, verb)(*values), (verb, values)
        self.same((verb, values))


def drawn(chance: random.Random, plain: Plain, force: int, travel: int) -> tuple[int, int]:
    """Return the next force and travel: near those before, at an edge, or as the carriage would have it."""
    edges = [plain.low, plain.high, plain.contact, plain.target // 1000, 0]
    kind = chance.random()
    if kind < 0.35:
        return chance.choice(edges) + chance.randint(-1, 1), plain.window_travel + chance.choice(NEAR)
    if kind < 0.45:
        return force, travel
    moved = plain.velocity * TICK_MS // 1000 + chance.randint(-3, 3)
    return max(
        force + moved * chance.choice((3, 12, 20, 70)) + chance.randint(-400, 400), -2000
    ), travel + moved


NEAR = (0, 1, 49, 50, 51, -49, -50, -51, 300)


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_whatever_comes_both_loops_say_the_same(region: int) -> None:
    chance, both = random.Random(region), Both(region)
    for _ in range(80):
        values = list(both.caps)
        for index, least in ((order.MAX_RATE_UP, 1), (order.MAX_RATE_DOWN, 1), (order.SLACK_FORCE, 2)):
            values[index] = chance.choice((values[index], chance.randint(least, values[index])))
        force = chance.choice((-1, 0, 1, 2, chance.randint(0, 200_000)))
        travel = chance.choice((0, 1, -1, chance.randint(-5000, 60_000)))
        both.ask("start", force, travel, tuple(values))
        for tick in range(300):
            if tick in (0, 120) or chance.random() < 0.02:
                rate = chance.choice((0, 1, values[order.MAX_RATE_UP], chance.randint(1, 120_000)))
                mode = codes.MODE_FORCE if chance.random() < 0.8 else codes.MODE_POSITION
                both.ask("aim", chance.choice((0, 1, chance.randint(0, 300_000))), rate, mode)
            if tick == 250:
                both.ask("aim_release", force, chance.randint(1, 300_000), chance.choice((8000, 50_000)))
            force, travel = drawn(chance, both.plain, force, travel)
            both.ask("step", force, travel)
            if chance.random() < 0.02:
                both.ask(*chance.choice((("stand", force), ("unwind",), ("unwind_fully",))))


@pytest.mark.parametrize("still_ms", [2980, 2990, 3000, 3010, 3030])
def test_a_step_of_force_counts_for_three_seconds_and_then_from_anew(still_ms: int) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.ask("start", 100_000, 0, both.caps)
    for _ in range(still_ms // TICK_MS):
        both.ask("step", 100_000, 0)
    both.ask("step", 104_000, 200)
    assert (both.loop.stiffness_mn_per_mm == 20_000) is (still_ms != 3010)
    both.ask("step", 110_000, 400)
    both.ask("step", 120_000, 800)
    both.ask("step", 120_000, 801)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_what_is_added_up_stays_below_half_the_pull_speed(sign: int, beside: int) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.ask("start", 300_000, 0, both.caps)
    both.loop._learn(6_000)
    both.plain.believe(6_000)
    both.ask("aim", 300_000, 0, codes.MODE_FORCE)
    push = sign * 1_200 * 5_000 // 6_000
    both.loop.integral = both.plain.integral = sign * (5_000 * 512 + beside) - 5 * push
    both.ask("step", 300_000 - sign * 1_200, 0)
    assert (abs(both.loop.integral) == 5_000 * 512 + beside) is (beside < 0)
