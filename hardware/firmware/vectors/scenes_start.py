"""Start-up, hello, limits, arming."""

from scene import BOOT, DEFINITION, HASH, HEALTHY, LIMITS, OTHER, TOKEN, Scene, scene

from traction.wire import codes, frame, messages

# ---- start-up and hello -----------------------------------------------------------------------------


@scene(
    "start-up",
    "TELEMETRY every 20 ms from the first tick, IDENTITY once a second until a hello; nothing is owed",
)
def _(s: Scene) -> None:
    s.tick(2)
    s.tick(98)
    s.tick(2)


@scene("boot-without-readings", "no hello before both load cells read")
def _(s: Scene) -> None:
    s.tick(2, force=None)
    s.say("H", 0, DEFINITION)
    s.tick(2, force=None)
    s.tick(2)
    s.say("H", 0, DEFINITION)
    s.tick(2)


@scene("boot-under-load", "a load at power-up latches 404: no limits, no reset under load; a stop unloads")
def _(s: Scene) -> None:
    s.force_mn = 50_000
    s.tick(2)
    s.say("H", 0, DEFINITION)
    s.tick(2)
    s.say("L", *LIMITS)
    s.tick(2)
    s.reset(codes.FAULT_LOADED_AT_BOOT)
    s.tick(2)
    s.say("X", codes.STOP_RELEASE)
    s.tick(2)


@scene("boot-under-load-reset", "once the load has been gone for a second a reset leads to IDENTIFIED")
def _(s: Scene) -> None:
    s.tick(2, force=50_000)
    s.say("H", 0, DEFINITION)
    s.tick(99)
    s.reset(codes.FAULT_LOADED_AT_BOOT)
    s.tick(51)
    s.reset(codes.FAULT_LOADED_AT_BOOT)
    s.tick(2)


@scene("hello", "a session begins under the host's token; IDENTITY carries it")
def _(s: Scene) -> None:
    s.hello()


@scene("hello-again", "a new hello outside a run begins a new session and forgets the limits")
def _(s: Scene) -> None:
    s.load()
    s.say("H", 0, DEFINITION, token=OTHER, number=1)
    s.tick(2)
    s.say("A", HASH, token=OTHER, number=2)
    s.tick(2)
    s.say("A", HASH)  # the old session's frame is nobody's now
    s.tick(2)


@scene("hello-token-zero", "token 0 is no session")
def _(s: Scene) -> None:
    s.tick(2)
    s.say("H", 0, DEFINITION, token=0)
    s.tick(2)


@scene("hello-other-definition", "another table of messages is refused with result 21")
def _(s: Scene) -> None:
    s.tick(2)
    s.say("H", 0, DEFINITION ^ 1)
    s.tick(2)


@scene("hello-other-major", "another major version is refused with result 21 in this one, and counted as bad")
def _(s: Scene) -> None:
    s.tick(2)
    body = b"$2H,%d,3,0,0,0" % TOKEN
    s.hear(body + b"*%08X\n" % frame.check_sum(body))
    s.tick(2)


@scene("hello-newer-minor", "another minor version is no reason to refuse")
def _(s: Scene) -> None:
    s.tick(2)
    s.say("H", 65535, DEFINITION)
    s.tick(2)


@scene("busy", "a second host is told BUSY under its own token while one is armed or running")
def _(s: Scene) -> None:
    start = s.arm()
    s.say("H", 0, DEFINITION, token=OTHER, number=9)
    s.tick(2)
    s.say("G", *start)
    s.tick(2)
    s.say("H", 0, DEFINITION, token=OTHER, number=10)
    s.setpoint()
    s.tick(2)


# ---- limits -----------------------------------------------------------------------------------------


@scene("limits", "stored limits are read back by value and hash, and committed by their hash")
def _(s: Scene) -> None:
    s.load()


def _limits(name: str, about: str, index: int, value: int) -> None:
    @scene(name, about)
    def _(s: Scene) -> None:
        s.hello()
        s.say("L", *LIMITS[:index], value, *LIMITS[index + 1 :])
        s.tick(2)


_limits("limits-missing", "a limit of 0 is missing: result 4", 3, 0)
_limits("limits-above-cap", "looser than the controller's own cap: result 5", 0, 900_001)
_limits("limits-band-below-cap", "a narrower hold band is looser: result 5", 4, 19_999)
_limits("limits-release-too-slow", "400 N cannot come to slack in 5 s at 79 N/s: result 7", 7, 79_000)
_limits("limits-slack-above-force", "a slack force that is not below the force limit: result 3", 0, 10_000)


@scene("limits-tighter-then-looser", "within a session limits only tighten: result 6; what was stored stays")
def _(s: Scene) -> None:
    s.load()
    s.say("L", 300_000, *LIMITS[1:])
    s.tick(2)
    s.say("L", *LIMITS)
    s.tick(2)
    s.say("M", messages.limits_hash((300_000, *LIMITS[1:])))
    s.tick(2)


@scene("limits-before-hello", "without a session a frame is foreign: dropped and counted")
def _(s: Scene) -> None:
    s.tick(2)
    s.say("L", *LIMITS)
    s.tick(2)


@scene("commit-wrong-hash", "another hash commits nothing, and takes back what was committed: result 22")
def _(s: Scene) -> None:
    s.load()
    s.say("M", HASH ^ 1)
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


# ---- arm and go -------------------------------------------------------------------------------------


@scene("arm-uncommitted", "limits that were only read back do not arm: result 22")
def _(s: Scene) -> None:
    s.hello()
    s.say("L", *LIMITS)
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


@scene("arm-with-a-stop-open", "result 10")
def _(s: Scene) -> None:
    s.load()
    s.inputs = HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


@scene("arm-at-an-end", "result 10 as well")
def _(s: Scene) -> None:
    s.load()
    s.inputs = HEALTHY & ~codes.INPUT_SLACK_END_CLOSED
    s.tick(2)
    s.say("A", HASH)
    s.tick(2)


@scene("armed-and-the-supply-sags", "disarmed, fault 307, the power-less release open")
def _(s: Scene) -> None:
    s.load()
    s.say("A", HASH)
    s.tick(1)
    s.tick(1, inputs=HEALTHY & ~codes.INPUT_SUPPLY_GOOD)
    s.tick(2)


@scene("arm-not-slack", "result 9")
def _(s: Scene) -> None:
    s.load()
    s.tick(2, force=10_001)
    s.say("A", HASH)
    s.tick(2)


@scene(
    "arm-below-zero", "result 9 below -5 N, which would end a run at once: a zero that has drifted, or a sign"
)
def _(s: Scene) -> None:
    s.load()
    s.tick(2, force_a=-5001)
    s.say("A", HASH)
    s.tick(2, force=-5000)
    s.say("A", HASH)
    s.tick(2, force=-5000)


@scene("arm-one-cell", "result 8: both load cells are needed to start")
def _(s: Scene) -> None:
    s.load()
    s.tick(1, force_b=None)
    s.say("A", HASH)
    s.tick(1)


@scene("go", "RUN with the drive on, holding 0 N, under a first lease of 250 ms")
def _(s: Scene) -> None:
    s.start()


@scene("go-wrong-nonce", "result 11; the arming stays")
def _(s: Scene) -> None:
    boot, number = s.arm()
    s.say("G", boot, number + 1)
    s.tick(2)
    s.say("G", boot, 0)
    s.tick(2)
    s.say("G", boot | 1 << 31, number)
    s.tick(2)
    s.say("G", boot | 1 << 16, number)
    s.tick(2)
    s.say("G", boot, number)
    s.tick(2)


@scene("go-twice", "a nonce works once: result 1")
def _(s: Scene) -> None:
    s.start()
    s.say("G", BOOT, 1)
    s.tick(2)


@scene("go-late", "30 s after ARM the arming is over: result 1")
def _(s: Scene) -> None:
    start = s.arm()
    s.tick(2997)
    s.tick(1)
    s.say("G", *start)
    s.tick(2)


@scene("go-recorded", "a recorded start starts nothing, in its own session and in a later one")
def _(s: Scene) -> None:
    s.start()
    sent = [step["hear"] for step in s.steps if "hear" in step]
    s.say("X", codes.STOP_RELEASE)
    s.tick(5)
    for text in sent:
        s.hear(text.encode("latin-1"))
    s.tick(2)
    s.say("H", 0, DEFINITION, token=OTHER, number=1)
    for text in sent:
        s.hear(text.encode("latin-1"))
        s.tick(1)
