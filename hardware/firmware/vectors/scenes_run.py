"""Set-points, stops, resets: what happens in a run and after it."""

from scene import BOOT, DEFINITION, HASH, HEALTHY, LIMITS, OTHER, TOKEN, Scene, scene

from traction.wire import codes

# ---- set-points and leases --------------------------------------------------------------------------


@scene("set-points", "each renews the lease and is not answered")
def _(s: Scene) -> None:
    s.start()
    for _ in range(10):
        s.setpoint()
        s.tick(2)


@scene("set-points-before-go", "result 1, and nothing moves")
def _(s: Scene) -> None:
    s.load()
    s.setpoint(100_000)
    s.tick(2)


@scene(
    "lease-expires", "250 ms without a set-point: fault 101, a release, and the fault stays latched at slack"
)
def _(s: Scene) -> None:
    s.start()
    s.tick(23)  # 250 ms after GO the lease still holds
    s.tick(1)
    s.tick(3)
    s.tick(2)


@scene("lease-short", "a lease of 20 ms ends after 20 ms")
def _(s: Scene) -> None:
    s.start()
    s.setpoint(lease_ms=20)
    s.tick(2)
    s.tick(1)


@scene("echo-200-ms", "the oldest sample that a set-point may echo")
def _(s: Scene) -> None:
    s.start()
    s.tick(18)
    s.setpoint(age=20)
    s.tick(2)


@scene("echo-stale", "an echo older than 200 ms ends the run: result 13, fault 102")
def _(s: Scene) -> None:
    s.start()
    s.tick(19)
    s.setpoint(age=21)
    s.tick(2)


@scene("echo-of-the-future", "an echo of a sample that was not sent yet is as stale")
def _(s: Scene) -> None:
    s.start()
    s.setpoint(age=-1)
    s.tick(2)


@scene(
    "echo-out-of-order",
    "an older echo after a newer one is only dropped: result 20; the lease is not renewed",
)
def _(s: Scene) -> None:
    s.start()
    s.tick(4)
    s.setpoint()
    s.setpoint(age=2)
    s.tick(2)


@scene("set-point-outside-limits", "above the loaded force limit: result 16, fault 103")
def _(s: Scene) -> None:
    s.start()
    s.setpoint(LIMITS[0] + 1)
    s.tick(2)


@scene("set-point-rate-outside-limits", "a rate above both loaded ones: result 16, fault 103")
def _(s: Scene) -> None:
    s.start()
    s.say("S", 0, LIMITS[2] + 1, 0, 250, s.controller.seq)
    s.tick(2)


@scene("set-point-lease-too-long", "a lease above 250 ms does not fit the message: a bad frame")
def _(s: Scene) -> None:
    s.start()
    s.setpoint(lease_ms=251)
    s.tick(2)


# ---- stop, panic, inputs, reset ---------------------------------------------------------------------


def _stop(name: str, about: str, kind: int, token: int) -> None:
    @scene(name, about)
    def _(s: Scene) -> None:
        s.start()
        s.say("X", kind, token=token, number=1)
        s.tick(1)
        s.tick(2)
        s.tick(2)


_stop(
    "stop-stranger",
    "a stop is taken from anybody, under any token, and answered to it",
    codes.STOP_RELEASE,
    OTHER,
)
_stop("stop-token-zero", "and under token 0", codes.STOP_FAST, 0)
_stop("stop-power-off", "power off opens the release that needs no power", codes.STOP_OFF, TOKEN)
_stop("stop-old-number", "a stop counts even with a number that was used", codes.STOP_RELEASE, TOKEN)


@scene("stop-while-armed", "disarms")
def _(s: Scene) -> None:
    start = s.arm()
    s.say("X", codes.STOP_RELEASE)
    s.tick(2)
    s.say("G", *start)
    s.tick(2)


@scene("stop-never-milder", "a milder stop does not soften a more severe one")
def _(s: Scene) -> None:
    s.start()
    s.say("X", codes.STOP_OFF)
    s.tick(1)
    s.say("X", codes.STOP_RELEASE)
    s.tick(2)


@scene("panic-bytes", "eight bytes of 24 in a row are a stop, in any pieces")
def _(s: Scene) -> None:
    s.start()
    s.hear(b"\x18" * 5)
    s.tick(1)
    s.hear(b"\x18" * 3)
    s.tick(1)
    s.tick(2)


@scene("panic-bytes-seven", "seven and another byte are noise")
def _(s: Scene) -> None:
    s.start()
    s.hear(b"\x18" * 7 + b"x" + b"\x18" * 7)
    s.tick(2)


@scene("panic-bytes-in-a-frame", "inside a broken frame they stop all the same")
def _(s: Scene) -> None:
    s.start()
    s.hear(b"$1S,28823" + b"\x18" * 8)
    s.tick(2)


@scene(
    "emergency-stop",
    "the loop opens: fault 402, fast release; reset only after it is closed and slack for 1 s",
)
def _(s: Scene) -> None:
    s.start()
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_ESTOP_CLOSED)
    s.tick(4, inputs=HEALTHY & ~codes.INPUT_ESTOP_CLOSED)
    s.reset(codes.FAULT_ESTOP)
    s.tick(100)
    s.reset(codes.FAULT_ESTOP)
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


@scene("patient-stop", "the loop opens: fault 403, release")
def _(s: Scene) -> None:
    s.start()
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
    s.tick(4)


@scene(
    "emergency-stop-one-channel",
    "one channel opens, the other does not: fault 402; after more than 0.1 s no reset but power-up: 24",
)
def _(s: Scene) -> None:
    s.start()
    s.tick(10, inputs=HEALTHY & ~codes.INPUT_ESTOP_B_CLOSED)
    s.tick(2, inputs=HEALTHY & ~codes.INPUT_ESTOP_B_CLOSED)
    s.tick(120)
    s.reset(codes.FAULT_ESTOP)
    s.tick(2)


@scene("channels-apart-at-rest", "the same at rest, where nothing moves: fault 405, locked")
def _(s: Scene) -> None:
    s.load()
    s.tick(10, inputs=HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED)
    s.tick(1)
    s.tick(10, inputs=HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED)
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED)
    s.tick(120)
    s.reset(codes.FAULT_ESTOP_CHANNELS)
    s.tick(2)


@scene("end-switch", "an end switch opens: fault 306, the power goes off")
def _(s: Scene) -> None:
    s.start()
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_PULL_END_CLOSED)
    s.tick(3)


@scene("supply-too-low", "for one tick: fault 307, the power goes off and does not come back")
def _(s: Scene) -> None:
    s.start()
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_SUPPLY_GOOD)
    s.tick(3)


@scene("reset-wrong-fault", "a reset names the fault it clears: result 17; too soon: 18; twice in 0.5 s: 19")
def _(s: Scene) -> None:
    s.start()
    s.tick(2, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
    s.tick(4)
    s.reset(codes.FAULT_ESTOP)
    s.tick(60)
    s.reset(codes.FAULT_PATIENT_STOP)
    s.tick(40)
    s.reset(codes.FAULT_PATIENT_STOP)
    s.tick(60)
    s.reset(codes.FAULT_PATIENT_STOP)
    s.tick(2)


@scene("reset-echo-edge", "a reset may echo a sample of 200 ms ago; one tick more: result 13, and no press")
def _(s: Scene) -> None:
    s.start()
    s.tick(2, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
    s.tick(102)
    s.reset(codes.FAULT_PATIENT_STOP, age=21)
    s.reset(codes.FAULT_PATIENT_STOP, age=-1)
    s.tick(2)
    s.reset(codes.FAULT_PATIENT_STOP, age=20)
    s.tick(2)


@scene("reset-of-another-power-up", "result 13, whatever it echoes; these boot ids differ in one bit")
def _(s: Scene) -> None:
    s.start()
    s.tick(2, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
    s.tick(102)
    s.say("R", BOOT | 1 << 31, codes.FAULT_PATIENT_STOP, s.controller.seq)
    s.tick(2)


@scene("reset-recorded", "the reset of a fault does not clear a later fault of the same number: result 13")
def _(s: Scene) -> None:
    s.start()
    for _ in range(2):
        s.tick(2, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
        s.tick(102)
        s.reset(codes.FAULT_PATIENT_STOP)
        kept = s.steps[-1]["hear"].encode("latin-1")
        s.tick(2)
        s.say("L", *LIMITS)
        s.say("M", HASH)
        s.say("A", HASH)
        s.tick(2)
        s.say("G", BOOT, s.controller.nonce & 0xFFFF)
        s.tick(2)
    s.tick(2, inputs=HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
    s.tick(102)
    s.say("H", 0, DEFINITION, token=OTHER, number=1)
    s.tick(2)
    s.say("H", 0, DEFINITION, number=1)
    s.hear(kept)
    s.tick(2)


@scene("reset-power-off", "after a power-off by a person, without a fault, the fault to name is 0")
def _(s: Scene) -> None:
    s.start()
    s.say("X", codes.STOP_OFF)
    s.tick(101)
    s.reset(codes.FAULT_NONE)
    s.tick(2)


@scene("reset-locked-out", "the third like defect in ten minutes locks until the next power-up: result 24")
def _(s: Scene) -> None:
    s.start()
    for attempt in range(3):
        s.tick(3, force_b=None)
        s.tick(3)
        s.tick(100)
        s.reset(codes.FAULT_CELL_RANGE)
        s.tick(2)
        if attempt < 2:
            s.say("L", *LIMITS)
            s.say("M", HASH)
            s.say("A", HASH)
            s.tick(2)
            s.say("G", BOOT, s.controller.nonce & 0xFFFF)
            s.tick(2)


@scene("reset-nothing", "there is nothing to reset in this state: result 1")
def _(s: Scene) -> None:
    s.hello()
    s.reset(codes.FAULT_ESTOP)
    s.tick(2)
