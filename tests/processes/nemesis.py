"""What is done to the two sides of a round, each by a function of its name; and what must come of it.

Each takes a ``Scene`` and a random generator, waits for its moment, and returns what it found wrong in how
things ended: an empty list where they ended as they must. What holds of every round is checked elsewhere.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes.sides import Cable, Emulator, Host, Process, limit_record
from traction.clock import machine_us
from traction.wire import frame, messages

BESIDES_S = 2.8
"""So long the table is in RUN besides its hold; a moment is drawn from that, a little before and after."""
LEASE_S = 0.25
LATE_US = 3_000_000
"""A driver that opens waits so long for an answer."""
TOO_BUSY = ("E402", "E404", "E408")
"""How a session ends whose host or controller was kept from working by others for longer than a lease."""


@dataclass
class Scene:
    """Who takes part; ``struck_us`` is when it happened, ``stalled_us`` for how long the controller stood."""

    folder: Path
    emulator: Emulator
    url: str
    hold_s: float
    hosts: list[Host] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    struck_us: int = 0
    stalled_us: int = 0
    detail: str = ""

    @property
    def host(self) -> Host:
        """Return the host whose session it is."""
        return self.hosts[0]

    def begin(self, name: str = "host", *, full_disk: bool = False) -> Host:
        """Start a host."""
        one = Host(self.folder, name, self.url, self.hold_s, full_disk=full_disk)
        self.hosts.append(one)
        return one

    def moment(self, chance: random.Random) -> None:
        """Wait for the host to have its recorder, and then for a moment of its session."""
        self.host.said("recorder")
        time.sleep(chance.uniform(0.0, self.hold_s + BESIDES_S))
        self.strike()

    def strike(self) -> None:
        """Say that it happens now."""
        self.struck_us = machine_us()

    def ended(self, limit_s: float = 40.0) -> tuple[str, str]:
        """Wait for the host's end; return outcome and code, empty where it never said."""
        self.host.wait(limit_s)
        return self.told(self.host)

    def told(self, host: Host) -> tuple[str, str]:
        """Return what a host said at its end."""
        return next(((line["outcome"], line["code"]) for line in host.lines("end")), ("", ""))

    def ran(self) -> bool:
        """Say whether the table was running when it happened, and with a force worth the name."""
        last = self.emulator.last()
        return bool(last["state"] == "RUN" and last.get("true_force_mn", 0) > 0)

    def recorder(self) -> int:
        """Return the process id of the host's recorder, 0 without one."""
        return next((line["pid"] for line in self.host.lines("recorder")), 0)


Nemesis = Callable[[Scene, random.Random], list[str]]


def wrong(true: bool, what: str) -> list[str]:
    """Return ``what`` where something is not true."""
    return [] if true else [what]


def nothing(scene: Scene, chance: random.Random) -> list[str]:
    """Nothing happens to them."""
    del chance
    scene.begin()
    outcome, code = scene.ended()
    if code in TOO_BUSY:  # of this machine, not of the program; the report counts them
        scene.detail = "too busy"
        return []
    return wrong(outcome == "COMPLETED", f"undisturbed, it ended {outcome} {code}")


def host_killed(scene: Scene, chance: random.Random) -> list[str]:
    """The host is killed at a random moment."""
    scene.begin()
    scene.moment(chance)
    scene.host.kill()
    scene.host.wait(5)
    return []


def all_killed(scene: Scene, chance: random.Random) -> list[str]:
    """The host and its recorder are killed at once."""
    scene.begin()
    scene.moment(chance)
    with suppress(ProcessLookupError):
        os.kill(scene.recorder(), signal.SIGKILL)
    scene.host.kill()
    scene.host.wait(5)
    return []


def recorder_killed(scene: Scene, chance: random.Random) -> list[str]:
    """The recorder is killed: the host must notice, and end."""
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    with suppress(ProcessLookupError):
        os.kill(scene.recorder(), signal.SIGKILL)
    outcome, code = scene.ended()
    return wrong(not ran or outcome == "FAULTED", f"without a recorder it ended {outcome} {code}")


def host_stopped(scene: Scene, chance: random.Random) -> list[str]:
    """The host is stopped for 0.1 s to 10 s, and goes on."""
    stall_s = 10 ** chance.uniform(-1.0, 1.0)
    scene.detail = f"{stall_s:.2f} s"
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    scene.host.stall(stall_s)
    outcome, code = scene.ended()
    over = ran and stall_s > 2 * LEASE_S
    return wrong(not over or outcome != "COMPLETED", f"after {stall_s:.2f} s it ended {outcome} {code}")


def recorder_stopped(scene: Scene, chance: random.Random) -> list[str]:
    """The recorder is stopped for 0.1 s to 10 s: the loop must not wait for it."""
    stall_s = 10 ** chance.uniform(-1.0, 1.0)
    scene.detail = f"{stall_s:.2f} s"
    scene.begin()
    scene.moment(chance)
    pid = scene.recorder()
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(stall_s)
        os.kill(pid, signal.SIGCONT)
    outcome, code = scene.ended()
    return wrong(outcome != "", f"with its recorder stopped it said nothing; code {code}")


def controller_stopped(scene: Scene, chance: random.Random) -> list[str]:
    """The whole table stands still for 0.1 s to 10 s, and goes on."""
    stall_s = 10 ** chance.uniform(-1.0, 1.0)
    scene.detail = f"{stall_s:.2f} s"
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    scene.stalled_us = round(stall_s * 1e6)
    scene.emulator.stall(stall_s)
    outcome, code = scene.ended()
    over = ran and stall_s > 2 * LEASE_S
    return wrong(not over or outcome != "COMPLETED", f"after {stall_s:.2f} s it ended {outcome} {code}")


def pty_moved(scene: Scene, chance: random.Random) -> list[str]:
    """The port vanishes and is there again under another name; a new session must move nothing."""
    scene.cables.append(Cable(scene.emulator.url))
    scene.url = scene.cables[0].url
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    scene.cables[0].pull_out()
    scene.cables.append(Cable(scene.emulator.url))
    outcome, code = scene.ended()
    found = wrong(not ran or (outcome, code) == ("FAULTED", "E538"), f"unplugged, it ended {outcome} {code}")
    if not ran:
        return found
    scene.url = scene.cables[1].url
    again = scene.begin("again")
    again.wait(20)
    outcome, code = scene.told(again)
    return found + wrong(code in ("E345", "E531"), f"the next session ended {outcome} {code}")


def disk_full(scene: Scene, chance: random.Random) -> list[str]:
    """The disk is full from the start: nothing may move."""
    del chance
    scene.strike()
    scene.begin(full_disk=True)
    outcome, code = scene.ended()
    lines = scene.emulator.log.read_text(encoding="ascii")
    return wrong(
        (outcome, code) == ("FAULTED", "E602"), f"with a full disk it ended {outcome} {code}"
    ) + wrong('"state":"RUN"' not in lines or '"true_force_mn":20' not in lines, "it pulled without a record")


def file_limited(scene: Scene, chance: random.Random) -> list[str]:
    """The record may not grow beyond a random size."""
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    size = scene.host.record.stat().st_size + chance.randrange(2000)
    limit_record(scene.recorder(), size)
    outcome, code = scene.ended()
    small = scene.host.record.stat().st_size
    return wrong(
        not ran or (outcome, code) == ("FAULTED", "E602") or small < size,
        f"with {small} of at most {size} bytes it ended {outcome} {code}",
    )


def hogs(scene: Scene, chance: random.Random) -> list[str]:
    """Twice as many busy processes as there are processors, for up to two seconds."""
    hold_s = chance.uniform(0.5, 2.0)
    scene.begin()
    scene.moment(chance)
    end = time.monotonic() + hold_s

    def burn() -> None:
        while time.monotonic() < end:
            pass

    busy = [Process(burn, scene.folder / "hogs.txt") for _ in range(2 * (os.cpu_count() or 1))]
    outcome, code = scene.ended()
    for one in busy:
        one.wait(10)
    return wrong(outcome != "", f"on a busy machine it said nothing; code {code}")


def second_host(scene: Scene, chance: random.Random) -> list[str]:
    """A second session is asked for on the same port."""
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    second = scene.begin("second")
    second.wait(40)
    scene.ended()
    outcome, code = scene.told(second)
    # on a busy machine the first may be over before the second has asked
    over_us = max((line["us"] for line in scene.host.lines("end")), default=0)
    asked_us = min((line["us"] for line in second.lines("call")), default=0)
    late = bool(over_us) and asked_us + LATE_US > over_us
    return wrong(not ran or late or code == "E531", f"the second host ended {outcome} {code}")


def rude_host(scene: Scene, chance: random.Random) -> list[str]:
    """Somebody who asks for no lock writes onto the line: noise, and sound frames of another session."""
    scene.begin()
    scene.moment(chance)
    port = scene.url.removeprefix("serial:").partition("?")[0]
    token = chance.randrange(1, 1 << 32)
    try:
        line = os.open(port, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:  # TIOCEXCL keeps out whoever is not root
        scene.detail = f"kept out: {error.strerror}"
        scene.ended()
        return []
    for number in range(1, 1 + chance.randrange(1, 40)):
        letter = chance.choice("HGASR")
        fields = messages.MESSAGES[letter][2]
        values = tuple(chance.randint(low, min(high, low + 1000)) for _, _, low, high in fields)
        noise = chance.randbytes(chance.randrange(200))
        with suppress(OSError):
            os.write(line, chance.choice([noise, frame.encode(letter, (token, number, number, *values))]))
        time.sleep(chance.uniform(0.0, 0.02))
    os.close(line)
    outcome, code = scene.ended()
    return wrong(outcome != "", f"it said nothing; code {code}")


def panicked(scene: Scene, chance: random.Random) -> list[str]:
    """Somebody who can do nothing else sends the bytes that stop: from anyone, at any moment."""
    scene.begin()
    scene.moment(chance)
    ran = scene.ran()
    port = scene.url.removeprefix("serial:").partition("?")[0]
    try:
        line = os.open(port, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:  # TIOCEXCL keeps out whoever is not root
        scene.detail = f"kept out: {error.strerror}"
        scene.ended()
        return []
    scene.strike()
    os.write(line, bytes([messages.PANIC_BYTE]) * messages.PANIC_COUNT)
    os.close(line)
    outcome, code = scene.ended()
    return wrong(not ran or outcome != "COMPLETED", f"told to stop, it ended {outcome} {code}")


def replayed(scene: Scene, chance: random.Random) -> list[str]:
    """All that a host has ever said is said again when two sessions are over: nothing may move."""
    scene.cables.append(Cable(scene.emulator.url))
    scene.url, scene.hold_s = scene.cables[0].url, 0.2
    scene.begin()
    scene.host.wait(40)
    said = scene.cables[0].sent
    if chance.random() < 0.5:  # with and without another session in between
        scene.begin("again").wait(40)
    scene.emulator.rests(20.0, 11_000)
    scene.strike()
    for start in range(0, len(said), 512):
        scene.cables[0].say(said[start : start + 512])
        time.sleep(0.01)
    time.sleep(0.5)
    lines = scene.emulator.lines()
    moved = [one for one in lines if one["us"] > scene.struck_us and one["state"] == "RUN"]
    return wrong(len(said) > 3000, f"only {len(said)} bytes were there to be said again") + wrong(
        not moved, "what was said again has moved it"
    )


NEMESES: dict[str, Nemesis] = {
    one.__name__.replace("_", "-"): one
    for one in (
        nothing,
        host_killed,
        all_killed,
        recorder_killed,
        host_stopped,
        recorder_stopped,
        controller_stopped,
        pty_moved,
        disk_full,
        file_limited,
        hogs,
        second_host,
        rude_host,
        panicked,
        replayed,
    )
}
"""Every one by its name."""

ON_TCP = ("pty-moved", "replayed")
"""Where the emulator is reached through a cable that can be pulled out."""
