"""How an exchange is written down: each scene is played on the reference controller.

A scene gives every reading itself, so any controller that keeps to ``hardware/WIRE.md`` sends the same bytes.
Only scenes of the kind ``loop`` depend on how the force loop is made.
"""

from collections.abc import Callable

from answer import Bench

from traction.wire import codes, frame, messages

TOKEN = 2_882_343_476
OTHER = 77
BOOT = 5
HEALTHY = codes.INPUTS_HEALTHY
DEFINITION = messages.definition()
LIMITS = (400_000, 50_000, 100_000, 600_000, 20_000, 1_800_000, 100_000, 200_000, 300_000, 5000, 10_000)
HASH = messages.limits_hash(LIMITS)
CLAMPED_MN_PER_MM = 20_000

REGISTERED: list[tuple[str, str, str, Callable[["Scene"], None]]] = []


def scene(name: str, about: str, kind: str = "exchange") -> Callable:
    """Register the function below as a scene."""

    def register(play: Callable[["Scene"], None]) -> Callable[["Scene"], None]:
        REGISTERED.append((name, kind, about, play))
        return play

    return register


def play_all() -> list["Scene"]:
    """Play every scene from power-up."""
    played = []
    for name, kind, about, play in REGISTERED:
        one = Scene(name, kind, about)
        play(one)
        played.append(one)
    return played


class Scene:
    """A controller, a host that numbers its frames, and what was said."""

    def __init__(self, name: str, kind: str, about: str) -> None:
        self.name, self.kind, self.about = name, kind, about
        self.steps: list[dict] = []
        self.number = 0
        self.force_mn: int | None = 0
        self.inputs = HEALTHY
        self.travel_um = self.travel_nm = 0
        self.power_up()

    def power_up(self, region: int = codes.REGION_LUMBAR, drive: int = codes.DRIVE_BACK_DRIVABLE) -> None:
        """Begin anew with another adaptor or drive; the kinds ``switch`` and ``ease`` have that button."""
        names = ("region", "drive", "boot", "model", "serial", "firmware")
        self.power = dict(zip(names, (region, drive, BOOT, 1, 42, 1_002_003), strict=True))
        if self.kind == "switch":
            self.power["switch"] = 1
        if self.kind == "ease":
            self.power |= {"switch": 0, "ease": 1}
        self.bench = Bench(*self.power.values())
        self.controller = self.bench.controller

    def hear(self, data: bytes) -> None:
        """Bring bytes to the controller."""
        self.steps.append({"hear": data.decode("latin-1")})
        self.bench.hear(data)

    def tick(self, count: int = 1, **readings: int | None) -> bytes:
        """Live ``count`` ticks; readings not named are those of the scene."""
        both = readings.get("force", self.force_mn)
        given = {
            "force_a": readings.get("force_a", both),
            "force_b": readings.get("force_b", both),
            "travel": readings.get("travel", self.travel_um),
            "inputs": readings.get("inputs", self.inputs),
        }
        sent = self.bench.tick(count, *given.values())
        state, fault, enabled, dump, velocity = self.bench.standing()
        step = {"tick": count} | given
        step |= {
            "sent": sent.decode("latin-1"),
            "state": state,
            "fault": fault,
            "enabled": enabled,
            "dump": dump,
        }
        if self.kind == "loop":
            step["velocity"] = velocity
        self.steps.append(step)
        return sent

    def say(self, letter: str, *values: int, token: int = TOKEN, number: int | None = None) -> None:
        """Bring one message of the host to the controller."""
        if number is None:
            self.number += 1
            number = self.number
        self.hear(frame.encode(letter, (token, number, self.controller.now_ms, *values)))

    def hello(self) -> None:
        """Boot, and begin a session."""
        self.tick(2)
        self.say("H", 0, DEFINITION)
        self.tick(2)

    def load(self) -> None:
        """Come as far as READY, with the limits committed."""
        self.hello()
        self.say("L", *LIMITS)
        self.tick(2)
        self.say("M", HASH)
        self.tick(2)

    def arm(self) -> tuple[int, int]:
        """Come as far as ARMED; return the start number: boot id and count."""
        self.load()
        self.say("A", HASH)
        self.tick(2)
        return self.start_number()

    def start_number(self) -> tuple[int, int]:
        """Return the start number of the present arming: boot id and count."""
        return BOOT, self.controller.nonce & 0xFFFF

    def reset(self, fault: int, age: int = 0) -> None:
        """Send a reset that echoes the sample of ``age`` ticks ago."""
        self.say("R", BOOT, fault, self.controller.seq - age)

    def start(self) -> None:
        """Come as far as RUN."""
        self.say("G", *self.arm())
        self.tick(2)

    def setpoint(
        self, target_mn: int = 0, age: int = 0, lease_ms: int = 250, number: int | None = None
    ) -> None:
        """Send a set-point that echoes the sample of ``age`` ticks ago."""
        echo = self.controller.seq - age
        self.say("S", target_mn, 50_000, 0, lease_ms, echo, number=number)
