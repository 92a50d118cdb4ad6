"""An enabling switch, of controllers that have one."""

from scene import HASH, HEALTHY, LIMITS, Scene, scene

from traction.wire import codes

HELD = HEALTHY | codes.INPUT_SWITCH_HELD


def ready(s: Scene) -> None:
    """Come as far as READY with the switch open, and take hold of it for as long as it has to be held."""
    s.load()
    s.inputs = HELD
    s.tick(6)


def run(s: Scene) -> None:
    """Come as far as RUN, holding it."""
    ready(s)
    s.say("A", HASH)
    s.tick(2)
    s.say("G", *s.start_number())
    s.tick(2)


def pull(s: Scene) -> None:
    """Come to 12 N, which is above slack, no faster than the limit lets it."""
    for force_mn in (6_000, 12_000):
        s.force_mn = force_mn
        s.setpoint(12_000)
        s.tick(12)


@scene("switch-open", "ARM is refused while the switch is open; IDENTITY says that there is one", "switch")
def _(s: Scene) -> None:
    s.load()
    s.say("A", HASH)
    s.tick(2)


@scene("switch-just-closed", "held is held for six ticks: not after five", "switch")
def _(s: Scene) -> None:
    s.load()
    s.inputs = HELD
    s.tick(5)
    s.say("A", HASH)
    s.tick(1)
    s.say("A", HASH)
    s.tick(2)


@scene("switch-stuck", "one that was never seen open looks like one that is tied: ARM is refused", "switch")
def _(s: Scene) -> None:
    s.inputs = HELD
    s.load()
    s.say("A", HASH)
    s.tick(2)


@scene("switch-tied-later", "it has to be seen open again after each start", "switch")
def _(s: Scene) -> None:
    run(s)
    s.say("X", codes.STOP_RELEASE)
    s.tick(6)
    s.say("L", *LIMITS)
    s.tick(2)
    s.say("M", HASH)
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


@scene("switch-opens-armed", "let go between ARM and GO: the GO is refused", "switch")
def _(s: Scene) -> None:
    ready(s)
    s.say("A", HASH)
    s.tick(2)
    s.inputs = HEALTHY
    s.tick(2)
    s.say("G", *s.start_number())
    s.tick(2)


@scene("switch-let-go", "let go in RUN: fault 406 in the third tick, and a release", "switch")
def _(s: Scene) -> None:
    run(s)
    pull(s)
    s.inputs = HEALTHY
    s.tick(2)
    s.tick(1)
    s.force_mn = 0
    s.tick(6)
    s.reset(codes.FAULT_SWITCH_LET_GO)
    s.tick(120)
    s.reset(codes.FAULT_SWITCH_LET_GO)
    s.tick(2)


@scene("switch-flickers", "a contact that is open every other tick is not held", "switch")
def _(s: Scene) -> None:
    run(s)
    s.setpoint()
    for _ in range(5):
        s.tick(1, inputs=HEALTHY)
        s.tick(1)


@scene("switch-blinks", "two open ticks pass", "switch")
def _(s: Scene) -> None:
    run(s)
    s.setpoint()
    s.tick(2, inputs=HEALTHY)
    s.tick(6)
    s.tick(2, inputs=HEALTHY)
    s.tick(6)


@scene("switch-in-a-release", "who lets go while it releases anyway has done nothing wrong", "switch")
def _(s: Scene) -> None:
    run(s)
    pull(s)
    s.say("X", codes.STOP_RELEASE)
    s.tick(2)
    s.inputs = HEALTHY
    s.tick(6)
    s.force_mn = 0
    s.tick(6)
