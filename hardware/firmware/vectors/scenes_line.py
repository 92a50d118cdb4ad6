"""Readings that fail, damaged lines, and the force loop of the reference."""

from scene import CLAMPED_MN_PER_MM, DEFINITION, HASH, LIMITS, OTHER, TOKEN, Scene, scene

from traction.wire import codes, frame

# ---- readings ---------------------------------------------------------------------------------------


@scene("over-force", "at once above 1.2 times the limit: fault 201, fast release")
def _(s: Scene) -> None:
    s.start()
    s.tick(1, force=480_001)


@scene("cell-lost", "three missing readings of one load cell: fault 301, a release on the other")
def _(s: Scene) -> None:
    s.start()
    s.tick(2, force_b=None)
    s.tick(1, force_b=None)


@scene("both-cells-lost", "with no load cell left: power off")
def _(s: Scene) -> None:
    s.start()
    s.tick(3, force=None)


# ---- the state of the line --------------------------------------------------------------------------


@scene("repeated-frame", "a copy is dropped and counted")
def _(s: Scene) -> None:
    s.load()
    s.say("A", HASH, number=s.number)
    s.tick(2)


@scene("overtaken-frame", "so is a frame that was overtaken")
def _(s: Scene) -> None:
    s.load()
    s.say("A", HASH, number=1)
    s.tick(2)


@scene("wrong-token", "a frame of another session does nothing but count")
def _(s: Scene) -> None:
    s.start()
    s.say("S", 100_000, 10_000, 0, 250, s.controller.seq, token=OTHER, number=99)
    s.tick(2)


@scene("in-pieces", "a frame may come byte by byte, and several at once")
def _(s: Scene) -> None:
    s.tick(2)
    whole = frame.encode("H", (TOKEN, 1, 0, 0, DEFINITION)) + frame.encode("L", (TOKEN, 2, 0, *LIMITS))
    for index in range(24):
        s.hear(whole[index : index + 1])
    s.hear(whole[24:])
    s.tick(2)


def _damage(name: str, about: str, data: bytes) -> None:
    @scene("noise-" + name, about)
    def _(s: Scene) -> None:
        s.hello()
        s.hear(data)
        s.say("L", *LIMITS)
        s.tick(2)


_damage("outside", "bytes outside a frame are one piece of noise", b"hello world\r\n")
_damage(
    "unfinished", "a start character begins anew; what was unfinished is one piece of noise", b"$1L,28823"
)
_damage("too-long", "after 192 bytes a line is dropped", b"$" + b"1" * 500)
_damage("zeros", "as zeros from a broken line", b"\0" * 64)
_damage("newlines", "an empty line is noise too", b"\n\n\n")
_damage("bad-sum", "a wrong check sum", b"$1X,1,1,0,1*00000000\n")


@scene("monitor-burst", "the third bad frame within a second of a run: fault 105, release")
def _(s: Scene) -> None:
    s.start()
    for _ in range(3):
        s.hear(b"$1S,spoiled*00000000\n")
        s.setpoint()
        s.tick(2)


@scene("monitor-hour", "the fifth bad frame within an hour of a run does the same")
def _(s: Scene) -> None:
    s.start()
    for _ in range(5):
        for _ in range(6):
            s.setpoint()
            s.tick(20)
        s.hear(b"$1S,spoiled*00000000\n")
        s.tick(1)


@scene("monitor-idle", "outside a run bad frames are only counted")
def _(s: Scene) -> None:
    s.load()
    for _ in range(20):
        s.hear(b"$1S,spoiled*00000000\n")
    s.tick(2)


@scene("no-queue", "of two set-points in one tick the newer one counts")
def _(s: Scene) -> None:
    s.start()
    s.setpoint(lease_ms=250)
    s.setpoint(lease_ms=20)
    s.tick(3)


@scene("cervical", "another adaptor has its own caps: 200 N is the most")
def _(s: Scene) -> None:
    s.power_up(codes.REGION_CERVICAL, codes.DRIVE_SELF_LOCKING)
    s.hello()
    s.say("L", *LIMITS)
    s.tick(2)
    s.say("L", 200_000, 15_000, 40_000, 600_000, 8000, 1_200_000, 60_000, 50_000, 100_000, 5000, 10_000)
    s.tick(2)


# ---- with the reference's own force loop ------------------------------------------------------------


def _pull(s: Scene, beats: int, target_mn: int) -> None:
    """Drive a spring of 20 N/mm that lies 1 mm away; the carriage does what it is told."""
    for beat in range(beats):
        s.setpoint(target_mn)
        for _ in range(2):
            s.travel_nm += s.controller.velocity_um_per_s * 10
            s.travel_um = s.travel_nm // 1000
            stretch_um = s.travel_um - 1000
            noise = (beat * 7 + s.controller.seq) % 5 - 2
            s.force_mn = (stretch_um * CLAMPED_MN_PER_MM // 1000 if stretch_um > 0 else 0) + noise
            s.tick(1)


@scene("loop-pull", "to 60 N and down again, each tick's velocity as commanded", "loop")
def _(s: Scene) -> None:
    s.start()
    _pull(s, 150, 60_000)
    _pull(s, 50, 20_000)


@scene("loop-force-lost", "the harness goes slack at once in a pull: fault 304, power off", "loop")
def _(s: Scene) -> None:
    s.start()
    _pull(s, 120, 60_000)
    s.setpoint(60_000)
    s.tick(2, force=1)
