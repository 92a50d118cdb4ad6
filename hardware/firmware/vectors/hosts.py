"""What a host makes of what it hears: frames of the reference controller, whole, damaged and strange."""

from collections.abc import Callable

from scene import BOOT, OTHER, TOKEN, Scene

from traction.drivers.host import HostLink
from traction.wire import codes, frame

FIELDS = ("known", "sample", "state", "fault", "bad", "refused", "over")


def standing(link: HostLink) -> tuple[int, ...]:
    """Return what a host knows, as a vector says it."""
    sample = link.sample
    seen = (0, 0, 0) if sample is None else (sample[4], sample[5], sample[6])
    over = link.degraded or link.restarted is not None or link.replaced is not None
    return (int(link.identity is not None), *seen, link.bad, link.refused, int(over))


class Heard:
    """A host that hears, and what it makes of it."""

    def __init__(self, name: str, about: str) -> None:
        self.link = HostLink(TOKEN)
        self.link.hello(0)
        self.vector = {"name": "host-" + name, "kind": "host", "about": about, "token": TOKEN, "steps": []}
        self.scene = Scene("", "", "")
        self.ms = 0

    def hear(self, data: bytes, ms: int = 20) -> None:
        """Bring bytes, so many ms after those before."""
        self.ms += ms
        self.link.receive(data, self.ms * 1000)
        told = dict(zip(FIELDS, standing(self.link), strict=True))
        self.vector["steps"].append({"at": self.ms, "hear": data.decode("latin-1")} | told)

    def started(self) -> None:
        """Hear a session up to RUN."""
        self.scene.start()
        self.hear("".join(step.get("sent", "") for step in self.scene.steps).encode("latin-1"))

    def beat(self) -> bytes:
        """Return what the controller says in 20 ms of a run, under a fresh set-point."""
        self.scene.setpoint()
        return self.scene.tick(2)


def vectors() -> list[dict]:
    """Return the vectors of kind ``host``."""
    scenes = (opening, strange, order, damage, burst, hour, restart, replaced, refusal, fault, version)
    return [play(scene) for scene in scenes]


def play(scene: Callable[[Callable[[str, str], Heard]], Heard]) -> dict:
    """Return the vector of one scene."""
    return scene(Heard).vector


def opening(new: Callable[[str, str], Heard]) -> Heard:
    """Return what a host hears while a session begins."""
    it = new("opening", "nothing counts before the IDENTITY that carries the host's own token")
    it.hear(it.scene.tick(2))
    it.scene.hello()
    it.hear("".join(step.get("sent", "") for step in it.scene.steps[1:]).encode("latin-1"))
    return it


def strange(new: Callable[[str, str], Heard]) -> Heard:
    """Return frames that are none of this host's business."""
    it = new("strange", "sound frames of another session, and messages to the controller")
    it.started()
    it.hear(frame.encode("K", (OTHER, 500, 0, 3, codes.RESULT_BUSY)))
    it.hear(frame.encode("X", (TOKEN, 500, 0, 1)))
    return it


def order(new: Callable[[str, str], Heard]) -> Heard:
    """Return frames twice and out of order."""
    it = new("order", "a copy and an overtaken frame are dropped and counted")
    it.started()
    first, second = it.beat(), it.beat()
    it.hear(second)
    it.hear(first)
    it.hear(second)
    return it


def damage(new: Callable[[str, str], Heard]) -> Heard:
    """Return frames in pieces, and damaged ones."""
    it = new("damage", "a frame in pieces is whole; a bit, a lost and a strange byte each cost one frame")
    it.started()
    whole = it.beat()
    it.hear(whole[:30])
    it.hear(whole[30:])
    whole = it.beat()
    it.hear(whole[:30] + bytes([whole[30] ^ 1]) + whole[31:], 1200)
    whole = it.beat()
    it.hear(whole[:30] + whole[31:], 1200)
    it.hear(b"\0\0\0" + it.beat(), 1200)
    return it


def burst(new: Callable[[str, str], Heard]) -> Heard:
    """Return three bad frames within a second."""
    it = new("burst", "the third bad frame within a second of a run ends it")
    it.started()
    for _ in range(3):
        it.hear(b"$1T,spoiled*00000000\n" + it.beat(), 400)
    return it


def hour(new: Callable[[str, str], Heard]) -> Heard:
    """Return five bad frames within an hour."""
    it = new("hour", "so does the fifth within an hour")
    it.started()
    for _ in range(5):
        it.hear(b"$1T,spoiled*00000000\n" + it.beat(), 60000)
    return it


def restart(new: Callable[[str, str], Heard]) -> Heard:
    """Return what a controller says that has restarted."""
    it = new("restart", "samples of another boot id: this session is over for good")
    it.started()
    it.hear(frame.encode("T", (0, 1, 10, BOOT + 1, 1, 0, 0, 3, 0, 0, 0, 0)))
    return it


def replaced(new: Callable[[str, str], Heard]) -> Heard:
    """Return what a controller says to somebody else."""
    it = new("replaced", "samples under another token: another host has taken over")
    it.started()
    it.hear(frame.encode("T", (OTHER, 900, 900, BOOT, 90, 1, 0, 3, 0, 0, 0, 0)))
    return it


def refusal(new: Callable[[str, str], Heard]) -> Heard:
    """Return the answer to a set-point."""
    it = new("refusal", "a set-point is answered only when it is refused")
    it.started()
    it.scene.setpoint(500_000)
    it.hear(it.scene.tick(2))
    return it


def fault(new: Callable[[str, str], Heard]) -> Heard:
    """Return what is heard when the lease ends."""
    it = new("fault", "a latched fault stands in every sample")
    it.started()
    it.hear(it.scene.tick(26), 260)
    return it


def version(new: Callable[[str, str], Heard]) -> Heard:
    """Return a frame of another major version."""
    it = new("version", "a frame of another major version is bad")
    body = b"$2I,0,1,10"
    it.hear(body + b"*%08X\n" % frame.check_sum(body))
    return it
