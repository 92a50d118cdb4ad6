"""A controller of the wire in plain Python, written from ``hardware/WIRE.md``; needs nothing of traction.

It moves nothing: where a force loop and the watches of a real table belong, a comment says so. The table of
messages comes from ``wire.json`` (``traction wire describe --json``). It answers the runner of the vectors.
"""

import json
import re
import sys
import zlib
from pathlib import Path

TABLE = json.loads(Path("wire.json").read_text())
FIELDS = {one["letter"]: TABLE["header"] + one["fields"] for one in TABLE["messages"]}
TO_ME = {one["letter"] for one in TABLE["messages"] if one["direction"] == "host to controller"}
DEFINITION = int(TABLE["definition"], 16)
FRAME = re.compile(rb"\$(\d)([A-Z])((?:,(?:0|-?[1-9][0-9]{0,9}))*)\*([0-9A-F]{8})\n")


def encode(letter, *values):
    """Return a frame."""
    body = f"$1{letter}," + ",".join(str(value) for value in values)
    return f"{body}*{zlib.crc32(body.encode()):08X}\n".encode()


def decode(line, letters):
    """Return (letter, values, major) of a sound frame, or None; another major version is not sound either."""
    match = FRAME.fullmatch(line) if 13 <= len(line) <= 192 else None
    if not match or zlib.crc32(line[: line.rindex(b"*")]) != int(match[4], 16):
        return None
    major, letter = int(match[1]), match[2].decode()
    values = [int(text) for text in match[3].split(b",")[1:]]
    if major != 1:
        return letter, values, major
    if letter not in letters or len(values) != len(FIELDS[letter]):
        return None
    inside = all(
        field["low"] <= value <= field["high"] for field, value in zip(FIELDS[letter], values, strict=True)
    )
    return (letter, values, major) if inside else None


class Splitter:
    """Cuts the stream into lines and counts the noise between them."""

    def __init__(self):
        self.line, self.noise, self.skipping = b"", 0, False

    def feed(self, data):
        """Yield every complete line."""
        for byte in data:
            if byte == 36:
                self.noise += bool(self.line)
                self.line, self.skipping = b"$", False
            elif self.line:
                self.line += bytes([byte])
                if byte == 10:
                    yield self.line
                    self.line = b""
                elif len(self.line) == 192:
                    self.line, self.skipping = b"", True
                    self.noise += 1
            elif not self.skipping:
                self.skipping = True
                self.noise += 1


BOOT, IDENTIFIED, READY, ARMED, RUN, RELEASING, FAST, DUMPED, DONE, LATCHED, UNLOAD_ONLY = range(11)
CAPS = (
    (900000, 50000, 100000, 1260000, 20000, 3600000, 120000, 200000, 300000, 5000, 10000),
    (200000, 15000, 40000, 1260000, 8000, 2100000, 60000, 50000, 100000, 5000, 10000),
)
CELL_RANGE = ((-100000, 1500000), (-50000, 400000))
MOST_APART = (27000, 15000)
NO_READING = -(2**31)


def limits_hash(values):
    """Return the name of a set of limits."""
    return zlib.crc32(",".join(str(value) for value in values).encode())


def looser(values, other):
    """Say whether one set of limits allows more than another."""
    pairs = list(zip(values, other, strict=True))
    return pairs[4][0] < pairs[4][1] or any(one > two for one, two in pairs[:4] + pairs[5:])


class Controller:
    """One controller from power-up on: ``hear`` bytes, ``tick``, send what ``tick`` returns."""

    def __init__(self, region, drive, boot, model, serial, firmware):
        self.region, self.drive, self.boot = region, drive, boot
        self.who = (model, serial, firmware)
        self.splitter, self.panic, self.bad, self.bad_at = Splitter(), 0, 0, []
        self.state, self.fault, self.fault_values = BOOT, 0, None
        self.sample = self.sent = self.token = self.last = 0
        self.limits = self.tightest = None
        self.committed = False
        self.armings = self.armed_at = 0
        self.lease_end = self.last_echo = 0
        self.goal = (0, 0, 0)
        self.cells, self.full, self.trusted = [None, None], [0, 0], [True, True]
        self.loops, self.travel, self.told_travel, self.slack_ticks = 0, 0, 0, 0
        self.reset_at, self.healthy, self.apart = -500, 0, 0
        self.out, self.untold, self.defects, self.locked = [], False, [], False

    @property
    def now(self):
        """Return the time of the newest tick."""
        return self.sample * 10

    @property
    def moving(self):
        """Say whether the drive has power."""
        return self.state in (RUN, RELEASING, FAST)

    # ---- what is heard -----------------------------------------------------------------------

    def hear(self, data):
        """Take bytes from the line."""
        for byte in data:
            self.panic = self.panic + 1 if byte == 24 else 0
            if self.panic == 8:
                self.panic = 0
                self.stop(1)
        before = self.splitter.noise
        lines = list(self.splitter.feed(data))
        for _ in range(self.splitter.noise - before):
            self.count_bad()
        for line in lines:
            self.judge(line)

    def count_bad(self):
        """Count a bad frame; in a run too many end it."""
        self.bad += 1
        if self.state == RUN:
            self.bad_at.append(self.now)
            near = [at for at in self.bad_at if self.now - at <= 1000]
            hour = [at for at in self.bad_at if self.now - at <= 3600000]
            if len(near) >= 3 or len(hour) >= 5:
                self.trip(105)

    def judge(self, line):
        """Act on one line."""
        found = decode(line, TO_ME)
        if found is None or found[2] != 1:
            if found and found[0] == "H" and len(found[1]) >= 2:
                token, number = found[1][:2]
                if 0 < token < 2**32 and 0 <= number < 2**32:
                    self.answer(token, number, 21)
            self.count_bad()
            return
        letter, (token, number, _, *values), _ = found
        ours = token == self.token
        if letter == "H":
            self.hello(token, number, values[1])
            return
        if letter == "X":
            self.stop(values[0])
            if ours and number <= self.last:
                self.count_bad()
            elif ours:
                self.last = number
            self.answer(token, number, 0)
            return
        if not ours or not token or number <= self.last:
            self.count_bad()
            return
        self.last = number
        verbs = {"L": self.load, "M": self.commit, "A": self.arm, "G": self.go, "S": self.setpoint}
        result = verbs.get(letter, self.reset)(*values)
        if result is not None:
            self.answer(token, number, result)

    def hello(self, token, number, definition):
        """Begin a session, or say why not."""
        if not token or (token == self.token and number <= self.last):
            self.count_bad()
            return
        if token == self.token:
            self.last = number
        if definition != DEFINITION:
            self.answer(token, number, 21)
            return
        if self.state in (ARMED, RUN, RELEASING, FAST):
            self.answer(token, number, 2)
            return
        if self.state == BOOT and not self.agree():
            self.answer(token, number, 8)
            return
        self.token, self.last, self.committed, self.bad_at = token, number, False, []
        self.limits = self.tightest = None
        if self.state in (BOOT, IDENTIFIED, READY, DONE):
            self.state = IDENTIFIED
        self.greet()
        if self.fault:
            self.say("F", *self.fault_values)

    def load(self, *values):
        """Store limits and read them back."""
        self.committed = False
        if self.state == ARMED:
            self.state = READY
        if self.state not in (IDENTIFIED, READY, DONE):
            return 1
        force, rate, fast, time, slack = values[0], values[7], values[8], values[9], values[10]
        if 0 in values:
            return 4
        if looser(values, CAPS[self.region]):
            return 5
        if self.tightest and looser(values, self.tightest):
            return 6
        if fast < rate or force * 1000 > rate * time:
            return 7
        if slack >= force:
            return 3
        self.limits = self.tightest = values
        self.state = READY
        self.say("B", *values, limits_hash(values))
        return None

    def commit(self, told):
        """Commit the stored limits."""
        self.committed = self.limits is not None and told == limits_hash(self.limits)
        return 0 if self.committed else 22

    def arm(self, told):
        """Give a start number."""
        if not self.committed or told != limits_hash(self.limits):
            return 22
        if self.state == ARMED:
            self.state = READY
        if self.state != READY:
            return 1
        result = self.may_start()
        if not result and self.armings == 65535:
            result = 12
        if result:
            return result
        self.armings += 1
        self.armed_at, self.state = self.now, ARMED
        self.say("N", self.boot, self.armings)
        return None

    def may_start(self):
        """Return 0, or why nothing may start."""
        if self.loops & 63 != 63:
            return 10
        if not self.agree() or self.full != [0, 0] or not all(self.trusted) or self.travel is None:
            return 8
        return 0 if self.slack() and min(self.cells) >= -5000 else 9

    def go(self, boot, nonce):
        """Start."""
        if self.state != ARMED:
            return 1
        if (boot, nonce) != (self.boot, self.armings):
            return 11
        self.state = READY
        result = self.may_start()
        if not result:
            self.state, self.lease_end, self.last_echo = RUN, self.now + 250, 0
        return result

    def setpoint(self, target, rate, mode, lease, echo):
        """Take a command."""
        if self.state != RUN:
            return 1
        if not 0 <= (self.sample - echo) * 10 <= 200:
            self.trip(102)
            return 13
        if echo < self.last_echo:
            return 20
        if target > self.limits[0] or rate > max(self.limits[1:3]):
            self.trip(103)
            return 16
        self.last_echo, self.lease_end = echo, self.now + lease
        self.goal = target, rate, mode  # your force loop goes there
        return None

    def reset(self, boot, fault, echo):
        """Clear the latched fault."""
        if boot != self.boot or not 0 <= (self.sample - echo) * 10 <= 200:
            return 13
        soon, self.reset_at = self.now - self.reset_at < 500, self.now
        if self.state not in (DUMPED, LATCHED, UNLOAD_ONLY):
            return 1
        if fault != self.fault:
            return 17
        if self.locked or max([self.defects.count(one) for one in self.defects], default=0) >= 3:
            return 24  # it forgets nothing, so it locks sooner than after ten minutes
        if soon:
            return 19
        if self.healthy < 1000:
            return 18
        self.fault, self.limits, self.committed = 0, None, False
        self.trusted, self.full = [True, True], [0, 0]
        self.state = IDENTIFIED if self.token else BOOT
        return 0

    # ---- stops and faults ------------------------------------------------------------------------

    def stop(self, kind):
        """Let go, in one of three ways."""
        loaded = self.state in (DONE, LATCHED, UNLOAD_ONLY) and not self.slack()
        if kind == 3:
            self.state = DUMPED
        elif self.moving or loaded:
            self.release(kind == 2)
        elif self.state == ARMED:
            self.state = READY

    def release(self, fast):
        """Begin a release, or make it faster."""
        if self.state == FAST or (self.state == RELEASING and not fast):
            return
        self.state, self.slack_ticks = FAST if fast else RELEASING, 0

    def trip(self, fault):
        """Latch a fault and react."""
        if not self.fault:
            self.fault, self.untold, self.healthy = fault, True, 0
            if fault in (206, 301, 302, 303, 304, 305, 307, 401):
                self.defects.append(fault)
            self.fault_values = (fault, self.force(), self.now, self.state)
        self.locked = self.locked or fault == 405
        if fault in (206, 304, 305, 306, 307, 401) or not any(self.trusted):
            self.state = DUMPED
        elif self.moving:
            self.release(fault in (201, 402, 405))
        elif self.state != DUMPED:
            self.state = LATCHED

    # ---- the tick --------------------------------------------------------------------------------

    def tick(self, force_a, force_b, travel, loops):
        """Live 10 ms; return what to send."""
        self.sample += 1
        self.loops, self.travel = loops or 0, travel
        self.told_travel = self.told_travel if travel is None else travel
        lost = self.read((force_a, force_b))
        if self.moving:
            self.tick_moving(lost)
        else:
            self.tick_idle()
        return self.tell()

    def read(self, forces):
        """Take the load cells; say whether one was lost."""
        low, high = CELL_RANGE[self.region]
        lost = False
        for index, force in enumerate(forces):
            good = force is not None and low <= force <= high
            self.cells[index] = force if good else None
            self.full[index] = max(0, self.full[index] - 1) if good else min(9, self.full[index] + 3)
            if self.full[index] >= 9 and self.trusted[index]:
                self.trusted[index], lost = False, True
        return lost

    def tick_moving(self, lost):
        """Judge a tick with the drive on."""
        if lost:
            self.trip(301)
        if self.state == RUN and self.force() > self.limits[0] * 12 // 10:
            self.trip(201)
        # here the other watches of section 11, and your force loop
        self.look_at_loops()
        self.compare_channels()
        if self.state == RUN and self.now > self.lease_end:
            self.trip(101)
        if self.state in (RELEASING, FAST):
            slack = (self.limits or CAPS[self.region])[10]
            self.slack_ticks = self.slack_ticks + 1 if self.force() <= slack else 0
            if self.slack_ticks == 3:
                self.state = LATCHED if self.fault else DONE

    def look_at_loops(self):
        """Judge the loops: both channels of the emergency stop, patient's stop, both ends, supply."""
        for bits, fault in ((5, 402), (2, 403), (24, 306), (32, 307)):
            if self.loops & bits != bits:
                self.trip(fault)

    def compare_channels(self):
        """Judge whether the two channels of the emergency stop agree."""
        self.apart = self.apart + 10 if self.loops & 5 in (1, 4) else 0
        if self.apart > 100:
            self.trip(405)

    def tick_idle(self):
        """Judge a tick with the drive off."""
        self.compare_channels()
        closed = self.loops & 63 == 63
        good = self.slack() and closed and self.travel is not None
        self.healthy = self.healthy + 10 if good else 0
        if good and not self.fault:
            self.trusted, self.full = [True, True], [0, 0]
        if self.state == ARMED and not closed:
            self.state = READY
            self.look_at_loops()
        elif self.state == ARMED and (not self.slack() or self.now - self.armed_at >= 30000):
            self.state = READY
        elif self.state == BOOT and any(force is not None and force > 10000 for force in self.cells):
            self.trip(404)
            self.state = UNLOAD_ONLY

    def agree(self):
        """Say whether both cells read the same."""
        return None not in self.cells and abs(self.cells[0] - self.cells[1]) <= MOST_APART[self.region]

    def slack(self):
        """Say whether there is no force."""
        most = (self.limits or CAPS[self.region])[10]
        return all(force is not None and -most <= force <= most for force in self.cells)

    def force(self):
        """Return the higher cell."""
        return max((force for force in self.cells if force is not None), default=0)

    # ---- what is said ----------------------------------------------------------------------------

    def say(self, letter, *values, token=None):
        """Keep a message to send."""
        self.out.append((letter, self.token if token is None else token, self.now % 2**32, values))

    def answer(self, token, number, result):
        """Answer one message."""
        self.say("K", number, result, token=token)

    def greet(self):
        """Say who this is."""
        model, serial, firmware = self.who
        told = (self.boot, 0, DEFINITION, model, serial, firmware, 7, 0, self.drive, self.region, 10)
        self.say("I", *told, self.state)

    def tell(self):
        """Return the frames of this tick."""
        if self.untold:
            self.say("F", *self.fault_values)
            self.untold = False
        if self.sample % 2 == 1:
            forces = [NO_READING if force is None else force for force in self.cells]
            seen = (self.boot, self.sample, self.state, self.fault, self.loops & 63)
            self.say("T", *seen, *forces, self.told_travel, self.bad)
        if not self.token and self.sample % 100 == 1:
            self.greet()
        data = b""
        for letter, token, time, values in self.out:
            self.sent += 1
            data += encode(letter, token, self.sent, time, *values)
        self.out = []
        return data


def main():
    """Answer the runner."""
    controller = None
    for line in sys.stdin:
        word, *words = line.split()
        if word == "power":
            controller = Controller(*map(int, words))
            print("ok")
        elif word == "hear":
            controller.hear(bytes.fromhex(words[0]))
            print("ok")
        elif word == "tick":
            count, *readings = [None if one == "-" else int(one) for one in words]
            sent = b"".join([controller.tick(*readings) for _ in range(count)])
            standing = (
                controller.state,
                controller.fault,
                int(controller.moving),
                int(controller.state == DUMPED),
            )
            print(*standing, 0, sent.hex() or "-")
        else:
            letters = TO_ME if words[0] == "0" else FIELDS.keys() - TO_ME
            found = decode(bytes.fromhex(words[1]), letters)
            sound = found is not None and found[2] == 1
            print(found[0], ",".join(map(str, found[1]))) if sound else print("bad")


if __name__ == "__main__":
    main()
