"""The reference controller behind the runner of the golden vectors; runs under CPython and MicroPython.

    python hardware/firmware/vectors/run.py -- python hardware/firmware/vectors/answer.py

One line in, one line out; what the lines are stands in ``hardware/WIRE.md``. A controller of your own takes
the place of this program: write its like around it, and give the runner the command that starts it.
"""

import sys
from binascii import hexlify, unhexlify

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.wire import frame, messages


class Bench:
    """One controller from power-up on, its readings given, its line in our hands."""

    def __init__(
        self,
        region: int,
        drive: int,
        boot: int,
        model: int,
        serial: int,
        firmware: int,
        hold: int = 0,
        ease: int = 0,
    ) -> None:
        config = ControllerConfig(region, boot, drive)
        config.hold_to_run = hold
        config.ease_button = ease
        self.controller = Controller(config)
        self.link = Link(self.controller, model, serial, firmware, 0)

    def hear(self, data: bytes) -> None:
        """Take bytes from the line."""
        self.link.receive(data)

    def tick(
        self, count: int, force_a: int | None, force_b: int | None, travel: int | None, inputs: int
    ) -> bytes:
        """Live ``count`` ticks with the same readings; return everything that was sent."""
        sent = []
        for _ in range(count):
            self.controller.tick(force_a, force_b, travel, inputs)
            self.link.tick()
            sent.append(self.link.take())
        return b"".join(sent)

    def standing(self) -> tuple:
        """Return state, fault, enabled, dump and velocity."""
        it = self.controller
        return it.state, it.fault, it.enabled, it.dump, it.velocity_um_per_s


class Answers:
    """Answers the lines of the runner."""

    def __init__(self) -> None:
        self.bench = None

    def line(self, text: str) -> str:
        """Return the answer to one line."""
        words = text.split()
        word = words[0]
        if word == "frame":
            return judge(int(words[1]), unhexlify(words[2]))
        if word == "power":
            self.bench = Bench(*[int(one) for one in words[1:]])
            return "ok"
        if word == "hear":
            self.bench.hear(unhexlify(words[1]))
            return "ok"
        readings = [None if one == "-" else int(one) for one in words[1:]]
        sent = self.bench.tick(*readings)
        return "%d %d %d %d %d " % self.bench.standing() + (hexlify(sent).decode() or "-")


def judge(direction: int, line: bytes) -> str:
    """Return what a receiver in this direction (0 controller, 1 host) makes of a line by itself."""
    if frame.problem(line):
        return "bad"
    found = frame.decode(line)
    if found is None or not messages.fits(found[0], found[1], direction):
        return "bad"
    return found[0] + " " + ",".join(["%d" % value for value in found[1]])


def main(lines) -> None:
    """Answer every line of ``lines``."""
    answers = Answers()
    for line in lines:
        print(answers.line(line.strip()))


if __name__ == "__main__":
    main(sys.stdin)
