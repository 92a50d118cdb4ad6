"""Whatever people, hosts and faults do in whatever order: the promises hold in every tick, by the true force.

The real guard, wire driver, link, controller and physics on virtual time; a second host, unplugging, stops,
restarts and faults of the table in between. ``--hypothesis-profile=prove`` tries far more.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from traction.campaign.explore_parts import load_parts
from traction.campaign.explore_variants import VARIANTS
from traction.clock import VirtualClock
from traction.controller import limits as order
from traction.drivers.base import ControllerLimits, SetPoint, StopKind
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.errors import TractionError
from traction.sim import emulator
from traction.sim.emulator import EmulatedTable, MemoryLine
from traction.sim.faults import FAULTS, LINK, TABLE, Injection
from traction.sim.patient import make_patient
from traction.wire import codes, frame, messages

POWERED = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)
TICK_US = 20_000
CAP_MN = 200_000
LIMITS = (CAP_MN, 50_000, 100_000, 60_000, 20_000, 120_000, 120_000, 200_000, 300_000, 5000, 10_000)
# The trip stands at 5 % and 5 N above the cap. What runs away at 20 mm/s against 30 N/mm comes 60 N further
# in the 100 ms in which three samples, the drive's power and its brake have to do their part.
MOST_MN = CAP_MN * 105 // 100 + 5000 + 60_000
STARTABLE = (codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_DONE)
REST_TICKS = 2000  # a lease, a release, and the fall through to power off; and the restart of a controller
HOLDS_FOR_EVER = {"motor-jammed", "release-jammed"}  # with these at once nothing lets go but a hand
EVENTS = ("unplug", "press_both", "connect", "reset", "arm", "go", "chatter")


class Watched(EmulatedTable):
    """A table that is looked at in every tick."""

    __slots__ = ("broken", "most_mn", "started", "was")

    def __init__(self, *args, **options) -> None:
        self.broken: list[str] = []
        self.most_mn = 0
        self.started = False  # a host asked for a start, and nothing has ended it since
        self.was: tuple[object, int, int, int, tuple[int, ...] | None, int] | None = None
        super().__init__(*args, **options)

    def tick(self) -> None:
        before = self.controller
        seq = before.seq
        super().tick()
        controller = self.controller
        self.most_mn = max(self.most_mn, self.truths[0])
        if self.dead or (controller is before and controller.seq == seq):
            self.started = (
                self.started and not self.dead
            )  # a short hang ends no run, its watchdog or lease does
            self.was = None
            return
        self.look(controller)

    def look(self, controller) -> None:
        state, fault, session = controller.state, controller.latch.fault, controller.session
        if bool(controller.motion.enabled) != (state in POWERED):
            self.broken.append(f"power in {codes.STATE_NAMES[state]}")
        if state == codes.STATE_RUN:
            if fault or controller.now_ms > controller.lease_end_ms:
                self.broken.append("a run with a fault, or without a lease")
            if controller.inputs != codes.INPUTS_HEALTHY:
                self.broken.append("a run with a stop input open")
            if order.looser(session.limits, order.own_caps(controller.config)):
                self.broken.append("a run with limits looser than the caps")
            if not self.started:
                self.broken.append("a run that nobody asked for")
        else:
            self.started = self.started and state == codes.STATE_ARMED
        if self.was is not None and self.was[0] is controller:
            _, _, before_fault, resets, ceiling, token = self.was
            if before_fault and fault != before_fault and resets == self.resets():
                self.broken.append(f"fault {before_fault} is gone by itself")
            same = token == session.token and ceiling is not None
            if same and (session.ceiling is None or order.looser(session.ceiling, ceiling)):
                self.broken.append("limits got looser within a session")
        self.was = (controller, state, fault, self.resets(), session.ceiling, session.token)

    def resets(self) -> int:
        """Return when a reset was last asked for, on the controller's clock."""
        return self.controller.latch.pressed_ms


def injections() -> st.SearchStrategy[list[Injection]]:
    """Draw up to two faults of the table or of its line."""
    names = [name for name, one in FAULTS.items() if one.side in (TABLE, LINK)]

    @st.composite
    def one(draw) -> Injection:
        fault = FAULTS[draw(st.sampled_from(names))]
        span = -1 if fault.at_once else draw(st.sampled_from([-1, 50, 400, 400, 3000]))
        value = None if fault.value is None else fault.value.usual
        return Injection(fault, draw(st.sampled_from([0, 10, 300, 900, 2000, 4000])), span, value)

    return st.just([]) | st.lists(one(), min_size=1, max_size=1) | st.lists(one(), max_size=2)


class AnyOrder(RuleBasedStateMachine):
    """One table, its people, and one host after another."""

    @initialize(
        faults=injections(), drive=st.sampled_from(["back-drivable", "self-locking"]), seed=st.integers(0, 50)
    )
    def switch_on(self, faults: list[Injection], drive: str, seed: int) -> None:
        self.clock = VirtualClock()
        patient = make_patient(
            "lumbar", couch="split", disc="healthy", mass_kg=80.0, values={"slack_mm": 0.0}
        )
        self.faults = {one.fault.name for one in faults}
        self.table = Watched(patient, drive=drive, seed=seed, faults=tuple(faults))
        self.line = MemoryLine(self.table, self.clock)
        self.driver: GuardedDriver | None = None
        self.token = 100
        self.target_mn = 0
        self.nonce = 0

    def ask(self, what) -> bool:
        """Do something through the driver; say whether it was done. A driver that failed is thrown away."""
        if self.driver is None:
            return False
        try:
            what(self.driver)
        except TractionError:
            self.driver.close()
            self.driver = None
            return False
        return True

    def live(self, ticks: int) -> None:
        self.clock.wait_until_us(self.clock.now_us() + 10_000 * ticks)
        self.line.live()

    @rule()
    def connect(self) -> None:
        if self.driver is not None:
            self.driver.close()
        self.token += 1
        self.driver = GuardedDriver(WireDriver(lambda: self.line, self.clock, self.token), self.clock)
        self.ask(lambda driver: driver.open())

    @precondition(lambda self: self.driver is not None)
    @rule(share=st.sampled_from([50, 90, 100, 110]))
    def load(self, share: int) -> None:
        values = (CAP_MN * share // 100, *LIMITS[1:])
        self.ask(lambda driver: driver.load_limits(ControllerLimits(*values)))

    @rule()
    def arm(self) -> None:
        self.ask(lambda driver: setattr(self, "nonce", driver.arm()))

    @rule()
    def go(self) -> None:
        if self.driver is None:
            return
        self.table.started = True
        self.target_mn = 0
        self.ask(lambda driver: driver.go(self.nonce))

    @rule(goal=st.sampled_from([20_000, 100_000, CAP_MN]), ticks=st.sampled_from([50, 250, 600]))
    def start_over(self, goal: int, ticks: int) -> None:
        """Do what an operator does to get a pull going: else the table would spend its time idle."""
        self.let_go()
        self.plug_in()
        if self.table.controller.state != codes.STATE_RUN:
            self.connect()
            if self.table.controller.state not in STARTABLE:
                self.stop(StopKind.RELEASE)
                self.live(700)
                self.reset()
            self.ask(lambda driver: driver.load_limits(ControllerLimits(*LIMITS)))
            self.arm()
            self.go()
        self.pull(goal, ticks, codes.MODE_FORCE)

    def _set(self, driver: GuardedDriver, goal_mn: int, mode: int) -> None:
        sample = driver.poll()
        step = min(max(goal_mn - self.target_mn, -1500), 900)
        target = self.target_mn + step
        driver.setpoint(SetPoint(target, 50_000, mode, 250, sample.seq))
        self.target_mn = target

    @rule(
        goal=st.sampled_from([0, 20_000, 100_000, CAP_MN]),
        ticks=st.sampled_from([1, 10, 100, 250]),
        mode=st.sampled_from([codes.MODE_FORCE, codes.MODE_FORCE, codes.MODE_POSITION]),
    )
    def pull(self, goal: int, ticks: int, mode: int) -> None:
        """Be a good host: pull, hold, pause, go down."""
        for _ in range(ticks):
            if not self.ask(lambda driver: self._set(driver, goal, mode)):
                return
            self.clock.wait_until_us(self.clock.now_us() + TICK_US)
            self.line.live()

    @rule(goal=st.sampled_from([0, 100_000, CAP_MN]), event=st.sampled_from(EVENTS))
    def pull_until(self, goal: int, event: str) -> None:
        """Pull, and in the middle of it something happens."""
        self.start_over(goal, 100)
        getattr(self, event)()
        self.pull(goal, 10, codes.MODE_FORCE)

    @rule(kind=st.sampled_from(list(StopKind)))
    def stop(self, kind: StopKind) -> None:
        if self.driver is not None:
            self.driver.stop(kind)

    @rule()
    def reset(self) -> None:
        self.ask(lambda driver: driver.reset(self.table.controller.latch.fault))

    @rule(name=st.sampled_from(["emergency-stop", "patient-stop"]))
    def press(self, name: str) -> None:
        self.table.press(name)

    def press_both(self) -> None:
        self.press("emergency-stop")
        self.press("patient-stop")

    def chatter(self) -> None:
        for number, letter in enumerate("HLMA"):
            self.second_host(letter, 901, number + 1)

    @rule()
    def let_go(self) -> None:
        self.table.let_go("emergency-stop")
        self.table.let_go("patient-stop")

    @rule()
    def unplug(self) -> None:
        self.line.cut = True

    @rule()
    def plug_in(self) -> None:
        self.line.cut = False

    @rule(ticks=st.sampled_from([1, 2, 3, 26, 60, 120, 700]))
    def wait(self, ticks: int) -> None:
        self.live(ticks)

    @rule(letter=st.sampled_from("HLMAXR"), token=st.sampled_from([900, 901]), number=st.integers(1, 6))
    def second_host(self, letter: str, token: int, number: int) -> None:
        """Somebody else sends on the same line, everything but a GO."""
        values = {
            "H": (messages.MINOR, messages.definition()),
            "L": LIMITS,
            "M": (messages.limits_hash(LIMITS),),
            "A": (messages.limits_hash(LIMITS),),
            "X": (1,),
            "R": (self.table.controller.latch.fault,),
        }[letter]
        self.table.receive(frame.encode(letter, (token, number, 0, *values)))

    @rule(data=st.binary(max_size=40))
    def noise(self, data: bytes) -> None:
        self.table.receive(data)

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "table"):
            assert self.table.broken == []
            assert self.table.most_mn <= MOST_MN

    def teardown(self) -> None:
        """The hosts are gone for good: within seconds nothing has power, and nothing pulls."""
        if not hasattr(self, "table"):
            return
        self.driver = None
        self.line.cut = True
        self.live(REST_TICKS)
        self.every_promise_holds()
        motion, state = self.table.controller.motion, self.table.controller.state
        assert not motion.enabled
        if not self.faults & HOLDS_FOR_EVER and state != codes.STATE_UNLOAD_ONLY:
            assert self.table.truths[0] <= 15_000, (codes.STATE_NAMES[state], self.table.truths[0])


PROVING = settings.get_current_profile_name() == "prove"
AnyOrder.TestCase.settings = settings(
    max_examples=settings().max_examples if PROVING else 15,
    stateful_step_count=60 if PROVING else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyOrder = pytest.mark.timeout(3600)(AnyOrder.TestCase) if PROVING else AnyOrder.TestCase


@pytest.mark.parametrize("name", ["no-lease", "hello-clears", "endless-release"])
def test_a_weaker_controller_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the promises above: what was weakened on purpose breaks one of them."""
    monkeypatch.setattr(emulator, "Controller", load_parts(VARIANTS[name].patches).controller)
    few = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(AnyOrder, settings=few)
