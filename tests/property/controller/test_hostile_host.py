"""Whatever a host says and whatever the sensors show, its promises hold after every single tick."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from traction.controller import limits as order
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.wire import codes

POWERED = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)
LIMITS = {
    codes.REGION_LUMBAR: (
        *(900_000, 50_000, 100_000, 1_260_000, 20_000, 3_600_000, 120_000, 200_000, 300_000, 5000, 10_000),
    ),
    codes.REGION_CERVICAL: (
        *(200_000, 15_000, 40_000, 1_260_000, 8_000, 2_100_000, 60_000, 50_000, 100_000, 5000, 10_000),
    ),
}
ODD = st.sampled_from([None, True, 0.5, float("nan"), float("inf"), "7", -1, 1 << 40, -(1 << 40)])


class World:
    """A controller, a spring, and a notebook of what must never be seen."""

    def __init__(self, region: int, k: int, preload_mn: int) -> None:
        self.c = Controller(ControllerConfig(region, 3, codes.DRIVE_SELF_LOCKING))
        self.limits = LIMITS[region]
        self.k = k
        self.nm = preload_mn // k * 1000
        self.velocity = 0
        self.offset = (0, 0)
        self.odd: tuple[Any, Any, Any] = ((), (), ())  # a cell, the other, travel: () = honest
        self.inputs: Any = codes.INPUTS_HEALTHY
        self.jam = False
        self.went = False  # a GO was accepted since the last time the drive was off
        self.first_fault = 0
        self.blind_ticks = 0
        self.state = codes.STATE_BOOT

    def tick(self, count: int) -> None:
        for _ in range(count):
            c = self.c
            self.velocity = (self.velocity + (c.velocity_um_per_s - self.velocity) // 3) if c.enabled else 0
            if not self.jam:
                self.nm += self.velocity * 10
            if c.dump:
                self.nm = min(self.nm, 0)
            force = max(0, self.nm // 1000 * self.k)
            readings = (force + self.offset[0], force + self.offset[1], self.nm // 1000)
            a, b, travel = (real if odd == () else odd for real, odd in zip(readings, self.odd, strict=True))
            usable = any(type(value) is int and abs(value) < 1_600_000 for value in (a, b))
            self.blind_ticks = 0 if usable else self.blind_ticks + 1
            c.tick(a, b, travel, self.inputs)
            self.check(ticked=True)

    def keep(self, ticks: int, target: int, mode: int) -> None:
        """Be a good host for a while."""
        for _ in range(ticks):
            if self.c.state == codes.STATE_RUN:
                self.c.setpoint(target, self.limits[1], mode, 250, self.c.seq)
                self.check()
            self.tick(1)

    def start(self) -> None:
        c = self.c
        c.hello(11)
        c.load_limits(self.limits)
        c.arm()
        self.go(c.nonce)
        self.check()

    def go(self, nonce: Any) -> None:
        if self.c.go(nonce) == codes.RESULT_OK:
            self.went = True

    def check(self, ticked: bool = False) -> None:
        c = self.c
        state, fault = c.state, c.fault
        for value in (
            *(c.velocity_um_per_s, c.enabled, c.dump, state, fault, c.seq, c.now_ms, c.inputs),
            *(c.force_mn, c.force_b_mn, c.travel_um, c.own_target_mn, c.nonce, *c.limits),
        ):
            assert type(value) is int
        assert c.enabled == (state in POWERED)
        assert c.enabled or c.velocity_um_per_s == 0
        assert c.dump == (state == codes.STATE_DUMPED)
        config = c.config
        assert -config.fast_unload_um_per_s <= c.velocity_um_per_s <= config.pull_um_per_s
        if state == codes.STATE_RUN:
            assert self.went
            assert fault == 0
            assert c.now_ms <= c.lease_end_ms
            assert not order.looser(c.limits, order.own_caps(config))
            assert c.own_target_mn <= max(c.limits[order.MAX_FORCE], c.cells.high_mn)
            if ticked:
                assert c.inputs == codes.INPUTS_HEALTHY
        else:
            self.went = False
        if ticked and self.blind_ticks >= 3:
            assert state not in POWERED
        if self.first_fault:
            assert fault == self.first_fault
        self.first_fault = fault
        if self.state == codes.STATE_DUMPED:
            assert state == codes.STATE_DUMPED
        if self.state == codes.STATE_FAST_RELEASING:
            assert state != codes.STATE_RELEASING
        self.state = state

    def reset(self, fault: Any) -> None:
        before = self.c.state
        if self.c.reset(fault) == codes.RESULT_OK:
            assert before in (codes.STATE_UNLOAD_ONLY, codes.STATE_FAULT_LATCHED, codes.STATE_DUMPED)
            assert self.c.latch.healthy_ms == 0
            assert self.c.state in (codes.STATE_BOOT, codes.STATE_IDENTIFIED)
            assert self.c.cells.slack(10_000)
            assert self.c.inputs == codes.INPUTS_HEALTHY
            self.first_fault = 0
            self.state = self.c.state

    def load(self, values: Any) -> None:
        before = self.c.session.ceiling
        if self.c.load_limits(values) == codes.RESULT_OK:
            assert self.c.limits == values
            assert before is None or not order.looser(values, before)


def apply(world: World, step: tuple[str, Any]) -> None:
    """Play one step of a script."""
    verb, value = step
    c = world.c
    if verb == "tick":
        world.tick(value)
    elif verb == "keep":
        world.keep(*value)
    elif verb == "start":
        world.start()
    elif verb == "hello":
        c.hello(value)
    elif verb == "load":
        index, share = value
        limits = list(world.limits)
        if index is not None:
            limits[index] = limits[index] * share // 100 if type(share) is int else share
        world.load(tuple(limits))
    elif verb == "arm":
        c.arm()
    elif verb == "go":
        world.go(c.nonce if value is None else value)
    elif verb == "setpoint":
        target, rate, mode, lease, age = value
        c.setpoint(target, rate, mode, lease, c.seq - age if type(age) is int else age)
    elif verb == "stop":
        before = c.state
        c.stop(value)
        assert c.state != codes.STATE_RUN or before != codes.STATE_RUN
    elif verb == "reset":
        world.reset(c.fault if value is None else value)
    else:
        setattr(world, verb, value)
    world.check()


MODES = st.sampled_from([codes.MODE_FORCE, codes.MODE_POSITION])
MN = st.integers(-10_000, 950_000)
STEPS = st.one_of(
    st.tuples(st.just("tick"), st.sampled_from([1, 2, 3, 10, 26, 60, 120, 600])),
    st.tuples(st.just("keep"), st.tuples(st.sampled_from([5, 50, 400]), st.integers(0, 200_000), MODES)),
    st.tuples(st.just("start"), st.none()),
    st.tuples(st.just("hello"), st.one_of(st.integers(1, 9), ODD)),
    st.tuples(
        st.just("load"),
        st.tuples(st.one_of(st.none(), st.integers(0, 10)), st.one_of(st.integers(0, 120), ODD)),
    ),
    st.tuples(st.just("arm"), st.none()),
    st.tuples(st.just("go"), st.one_of(st.none(), st.integers(0, 1 << 20), ODD)),
    st.tuples(
        st.just("setpoint"),
        st.tuples(
            st.one_of(MN, ODD),
            st.one_of(st.integers(-1, 110_000), ODD),
            st.one_of(MODES, ODD),
            st.one_of(st.integers(-1, 260), ODD),
            st.one_of(st.integers(-2, 30), ODD),
        ),
    ),
    st.tuples(st.just("stop"), st.one_of(st.sampled_from([1, 2, 3]), ODD)),
    st.tuples(st.just("reset"), st.one_of(st.none(), st.sampled_from([0, *codes.FAULT_NAMES]), ODD)),
    st.tuples(st.just("inputs"), st.one_of(st.sampled_from([3, 3, 3, 0, 1, 2, 255]), ODD)),
    st.tuples(st.just("jam"), st.booleans()),
    st.tuples(st.just("offset"), st.tuples(st.integers(-60_000, 60_000), st.integers(-60_000, 60_000))),
    st.tuples(
        st.just("odd"),
        st.tuples(*[st.one_of(st.just(()), st.just(()), st.integers(-90_000, 900_000), ODD)] * 3),
    ),
    st.tuples(st.just("odd"), st.just(((), (), ()))),
)


@settings(max_examples=300, deadline=None)
@given(
    region=st.sampled_from([codes.REGION_LUMBAR, codes.REGION_CERVICAL]),
    k=st.sampled_from([4, 10, 60]),
    preload=st.sampled_from([0, 0, 0, 9_000, 150_000]),
    begun=st.booleans(),
    steps=st.lists(STEPS, max_size=30),
)
def test_no_script_breaks_a_promise(
    region: int, k: int, preload: int, begun: bool, steps: list[tuple[str, Any]]
) -> None:
    world = World(region, k, preload)
    world.tick(2)
    if begun:
        world.start()
        world.keep(600, 60_000, codes.MODE_FORCE)
    for step in steps:
        apply(world, step)


@settings(max_examples=100, deadline=None)
@given(
    region=st.sampled_from([codes.REGION_LUMBAR, codes.REGION_CERVICAL]),
    k=st.sampled_from([10, 30, 60]),
    target=st.integers(20_000, 190_000),
    steps=st.lists(STEPS, max_size=12),
)
def test_left_alone_the_force_always_comes_down(
    region: int, k: int, target: int, steps: list[tuple[str, Any]]
) -> None:
    world = World(region, k, 0)
    world.tick(2)
    world.start()
    world.keep(1500, target, codes.MODE_FORCE)
    for step in steps:
        apply(world, step)
    # The host is gone; whatever the sensors show now, within lease + release time the drive is off, and where
    # both cells can be believed the table is slack or its power-less release is open.
    world.tick(560)
    assert world.c.state not in POWERED
    if world.odd == ((), (), ()) and world.offset == (0, 0) and world.c.state != codes.STATE_UNLOAD_ONLY:
        assert world.c.dump or world.nm // 1000 * world.k <= 10_000


@settings(max_examples=50, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_the_same_script_gives_the_same_trace(steps: list[tuple[str, Any]]) -> None:
    def trace() -> list[tuple[int, ...]]:
        world = World(codes.REGION_LUMBAR, 20, 0)
        world.tick(2)
        world.start()
        rows = []
        for step in steps:
            apply(world, step)
            c = world.c
            rows.append((c.seq, c.state, c.fault, c.velocity_um_per_s, c.enabled, c.dump, world.nm))
        return rows

    assert trace() == trace()
