"""A host of the wire in plain Python, by ``hardware/WIRE.md``; needs nothing of traction.

It pulls to one force, holds it, and lets go; where the profile and the limits of a real session belong, a
comment says so. Like ``controller.py`` beside it, it takes the messages from ``wire.json``. By itself it
answers the runner of the vectors: ``run.py --host -- python host.py``.
"""

import sys
import zlib

from controller import DEFINITION, FIELDS, TABLE, Splitter, decode, encode

TO_HOST = {one["letter"] for one in TABLE["messages"] if one["direction"] == "controller to host"}
TELEMETRY = [field["name"] for field in FIELDS["T"]]
KNOWN_BITS = 1 | 2 | 4 | 16 | 32
RUN, RELEASING, FAST, DONE = 4, 5, 6, 8


class Ear:
    """What a host makes of what it hears, sections 3, 5 and 12."""

    def __init__(self, token):
        self.token, self.splitter = token, Splitter()
        self.last, self.bad, self.refused, self.asked = 0, 0, 0, 1
        self.identity, self.sample, self.heard_ms, self.reply, self.over = None, None, 0, None, ""
        self.near, self.hour = [], []

    def hear(self, now, data):
        """Take bytes that came at ``now`` ms."""
        noise = self.splitter.noise
        lines = list(self.splitter.feed(data))
        for _ in range(self.splitter.noise - noise):
            self.count(now)
        for line in lines:
            found = decode(line, TO_HOST)
            if not found or found[2] != 1:
                self.count(now)
            elif found[1][0] != self.token:
                if found[0] == "T" and self.identity:
                    self.over = "the controller has restarted, or has another host"
            elif found[1][1] <= self.last:
                self.count(now)
            else:
                self.last = found[1][1]
                self.take(now, found[0], found[1])

    def count(self, now):
        """Count a bad frame; the third in a second of a run, or the fifth in an hour, ends it."""
        self.bad += 1
        if self.sample and self.sample["state"] == RUN:
            self.near = [one for one in self.near if now - one <= 1000] + [now]
            self.hour = [one for one in self.hour if now - one <= 3_600_000] + [now]
            if len(self.near) >= 3 or len(self.hour) >= 5:
                self.over = "too many bad frames"

    def take(self, now, letter, values):
        """Take a frame of this session."""
        if letter == "T":
            sample = dict(zip(TELEMETRY, values, strict=True))
            before = self.sample
            if before and not (sample["sample"] > before["sample"] and values[2] > before["time"]):
                self.over = "time or sample goes back or stands still"
            self.sample, self.heard_ms = sample, now
        elif letter == "I":
            self.identity = values
        elif letter == "K" and values[3] != self.asked:
            if values[4] and self.identity:
                self.refused = values[4]
        elif letter in "KBN":
            self.reply = letter, values[3:]


class Host:
    """One session: ``at`` is called every few ms with what has come, and returns what to send.

    ``limits`` are the eleven of section 7; ``target_mn`` is held for ``hold_ms`` once the force is there.
    ``ended`` is why the session is over, "" while it is not.
    """

    def __init__(self, token, limits, target_mn, rate, hold_ms):
        self.ear, self.limits, self.goal = Ear(token), list(limits), (target_mn, rate, hold_ms)
        self.number, self.now, self.began, self.step, self.beat = 0, 0, 0, self.hello, 0
        self.held_ms, self.ended, self.highest_mn = None, "", 0

    def at(self, now, data):
        """Hear what has come by ``now`` ms, and return what to send."""
        self.now = now
        self.ear.hear(now, data)
        if self.ended:
            return b""
        if self.ear.over or self.ear.refused:
            return self.end(self.ear.over or f"a set-point was refused: {self.ear.refused}")
        if self.ear.sample:
            self.highest_mn = max(self.highest_mn, self.ear.sample["force_a"])
            if now - self.ear.heard_ms > 200:
                return self.end("no sample for 200 ms")
        return self.step()

    def say(self, letter, *values):
        """Return the next frame."""
        self.number += 1
        return encode(letter, self.ear.token, self.number, self.now % 2**32, *values)

    def ask(self, step, letter, *values):
        """Send a message whose answer ``step`` takes."""
        self.ear.reply, self.ear.asked, self.began, self.step = None, self.number + 1, self.now, step
        return self.say(letter, *values)

    def end(self, why):
        """Give up, with a stop."""
        self.ended = why
        return self.say("X", 1)

    def answered(self, letter):
        """Return whether the answer is there; ends the session where it is another, or comes too late."""
        if self.ear.reply is None:
            if self.now - self.began > 200:
                self.ended = "no answer within 200 ms"
            return False
        if self.ear.reply[0] != letter or (letter == "K" and self.ear.reply[1][1]):
            self.ended = f"the wrong answer: {self.ear.reply}"
        return not self.ended

    # ---- the steps: sections 6 to 10 ---------------------------------------------------------------

    def hello(self):
        """Begin."""
        return self.ask(self.await_identity, "H", 0, DEFINITION)

    def await_identity(self):
        """Refuse whom this host does not understand."""
        if self.ear.reply:
            self.ended = f"the hello was refused: {self.ear.reply}"
        elif self.now - self.began > 3000:
            self.ended = "no controller answers"
        elif self.ear.identity and self.ear.sample:
            named = dict(zip((one["name"] for one in FIELDS["I"]), self.ear.identity, strict=True))
            if named["definition"] == DEFINITION and not named["must_know"] & ~KNOWN_BITS:
                return self.ask(self.await_limits, "L", *self.limits)
            self.ended = "it speaks of what this host does not know"
        return b""

    def await_limits(self):
        """Compare what was read back, by value and by hash."""
        if not self.answered("B"):
            return b""
        text = ",".join(str(value) for value in self.limits)
        if self.ear.reply[1] != [*self.limits, zlib.crc32(text.encode())]:
            self.ended = "the limits came back different"
            return b""
        return self.ask(self.await_commit, "M", self.ear.reply[1][-1])

    def await_commit(self):
        """Arm."""
        if not self.answered("K"):
            return b""
        text = ",".join(str(value) for value in self.limits)
        return self.ask(self.await_nonce, "A", zlib.crc32(text.encode()))

    def await_nonce(self):
        """Start, by the number of this arming."""
        return self.ask(self.await_go, "G", *self.ear.reply[1]) if self.answered("N") else b""

    def await_go(self):
        """Send the first set-point, before the lease that GO began has ended."""
        if not self.answered("K"):
            return b""
        self.step, self.beat = self.run, self.now
        return self.run()

    def run(self):
        """Send a set-point every 20 ms, decided on the newest sample; stop when the hold is over."""
        sample, (target, rate, hold_ms) = self.ear.sample, self.goal
        if self.ear.reply[1][1] == 0 and sample["state"] < RUN:  # no sample yet of after GO
            return b""
        if sample["state"] != RUN:
            self.step = self.released
            return b""
        if self.held_ms is None and sample["force_a"] >= 0.95 * target:
            self.held_ms = self.now
        if self.held_ms is not None and self.now - self.held_ms >= hold_ms:
            self.step = self.released
            return self.say("X", 1)
        if self.now < self.beat:
            return b""
        self.beat += 20 * ((self.now - self.beat) // 20 + 1)  # what is late is left out
        # a real host sends the point of its profile here, and holds every sample against its own limits
        return self.say("S", target, rate, 0, 250, sample["sample"])

    def released(self):
        """Watch the force come down."""
        state = self.ear.sample["state"]
        if state not in (RUN, RELEASING, FAST):
            self.ended = "done" if state == DONE else f"state {state}, fault {self.ear.sample['fault']}"
        return b""


def main():
    """Answer the runner of the vectors."""
    ear = Ear(0)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "host":
            ear = Ear(int(rest[0]))
            print("ok", flush=True)
        else:
            ear.hear(int(rest[0]), bytes.fromhex(rest[1]) if len(rest) > 1 else b"")
            one = ear.sample or {"sample": 0, "state": 0, "fault": 0}
            seen = (one["sample"], one["state"], one["fault"])
            print(int(ear.identity is not None), *seen, ear.bad, ear.refused, int(bool(ear.over)), flush=True)


if __name__ == "__main__":
    main()
