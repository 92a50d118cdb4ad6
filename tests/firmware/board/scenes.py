"""Scenes on the board model: each prints one line of figures, which the test judges."""

import settings

settings.CELL_A_ZERO = settings.CELL_B_ZERO = -20000
settings.CELL_A_PER_KN = settings.CELL_B_PER_KN = 1500000

import board_rp2040  # noqa: E402  after the settings
import main as firmware  # noqa: E402
import world  # noqa: E402
from traction.wire import codes, frame, messages  # noqa: E402

settings.CHECK = board_rp2040.check()
LIMITS = (400000, 50000, 100000, 600000, 20000, 1800000, 100000, 200000, 300000, 5000, 10000)
HASH = messages.limits_hash(LIMITS)
STOPS = {settings.PIN_ESTOP_BACK, settings.PIN_ESTOP_B_BACK, settings.PIN_PATIENT_BACK}
PRESSED_MS = 2310  # the firmware waits for 2 s; then both stops are held for as long as it takes to see it
RATE_MN_PER_S = 50000


class End(BaseException):
    """The scene is over."""


class Host:
    """The least of a host: begins a session, starts, and steers to ``target_mn`` by fresh samples."""

    def __init__(self, it, target_mn: int) -> None:
        self.it = it
        self.target_mn = target_mn
        self.number = 0
        self.token = 77
        self.splitter = frame.Splitter()
        self.state = codes.STATE_BOOT
        self.fault = 0
        self.sample = 0
        self.boot = 0
        self.serial = 0
        self.answers = []
        self.silent = False
        self.waits = True  # until somebody has tried the stops
        self.peak_mn = 0
        self.states = []
        self.samples = 0
        self.inputs = []  # each that differs from the one before
        self.others_under_load = 0
        self.others = 0
        self.pins = (0, 0, 0)  # enable, release and force, just before the end

    def say(self, letter: str, values: tuple) -> None:
        """Send one message."""
        self.number += 1
        header = (self.token, self.number, self.it.now_us // 1000)
        self.it.to_board += frame.encode(letter, header + values)

    def live(self) -> None:
        """Hear what has come and answer it; called as time passes."""
        data, self.it.sent = self.it.sent, b""
        force = self.it.force_mn()
        if force > self.peak_mn:
            self.peak_mn = force
        for line in self.splitter.feed(data):
            assert frame.problem(line) == 0, line
            letter, values = frame.decode(line)
            assert messages.fits(letter, values, messages.TO_HOST), line
            if not self.silent:
                self.take(letter, values[0], values[3:])

    def take(self, letter: str, token: int, values: tuple) -> None:
        """Do what follows on one message."""
        if letter == "I":
            self.boot, self.serial = values[0], values[4]
            if token == self.token:
                self.say("L", LIMITS)
            elif not self.waits:
                self.say("H", (0, messages.definition()))
        elif letter == "B":
            assert values == LIMITS + (HASH,)  # noqa: RUF005
            self.say("M", (HASH,))
        elif letter == "K":
            self.answers.append(values[1])
            if values[1] == 0 and self.state == codes.STATE_READY and self.answers == [0]:
                self.say("A", (HASH,))
        elif letter == "N":
            self.say("G", values)
        elif letter == "T":
            self.samples += 1
            if not self.inputs or self.inputs[-1] != values[4]:
                self.inputs.append(values[4])
            if not self.states or self.states[-1] != values[2]:
                self.states.append(values[2])
            self.sample, self.state, self.fault = values[1], values[2], values[3]
            if self.state == codes.STATE_RUN:
                self.say("S", (self.target_mn, RATE_MN_PER_S, 0, 250, self.sample))


def play(it, target_mn: int = 60000, events=(), end_s: int = 7):
    """Let the firmware run on this bench; ``events`` are (ms after power-up, function of bench and host)."""
    host = Host(it, target_mn)
    begun = it.now_us
    left = [(PRESSED_MS, let_go)]
    left.extend(events)
    left.sort(key=lambda one: one[0])
    it.cut |= STOPS

    def watcher() -> None:
        ms = (it.now_us - begun) // 1000
        while left and ms >= left[0][0]:
            left.pop(0)[1](it, host)
        host.live()
        host.pins = (it.level(settings.PIN_ENABLE), it.level(settings.PIN_RELEASE), it.force_mn())
        if it.force_mn() > LIMITS[-1] + 1000 and it.level(settings.PIN_OTHER_AXES):
            host.others_under_load += 1
        host.others = it.level(settings.PIN_OTHER_AXES)
        if ms >= end_s * 1000:
            raise End

    it.watchers = [watcher]
    ended = "restart"
    try:
        firmware.run()
        ended = "stopped"
        it.watchers = []
        it.pass_time(1000000)
    except End:
        ended = "end"
    except world.Restart:
        it.levels = {}  # every pin lets go
    except OSError:
        ended = "error"
    return host, ended


def figures(name: str, it, host: Host, ended: str) -> None:
    """Print what the test judges, as Python's own text of a dictionary."""
    print(
        repr(
            {
                "scene": name,
                "ended": ended,
                "state": host.state,
                "states": host.states,
                "fault": host.fault,
                "answers": host.answers,
                "peak_mn": host.peak_mn,
                "force_mn": it.force_mn(),
                "enable": it.level(settings.PIN_ENABLE),
                "pins": host.pins,
                "others": host.others,
                "others_under_load": host.others_under_load,
                "sounds": it.sounds,
                "feeds": it.feeds,
                "alive": it.alive_edges,
                "boot": host.boot,
                "serial": host.serial,
                "samples": host.samples,
                "inputs": host.inputs[-4:],
                "carriage_um": it.carriage_nm // 1000,
            }
        )
    )


def let_go(it, host) -> None:
    """Close the stops, and begin."""
    it.cut -= STOPS
    host.waits = False
    host.say("H", (0, messages.definition()))


def cut(pin: int):
    """Return an event: a loop's wire breaks."""
    return lambda it, host: it.cut.add(pin)


def tie(pin: int):
    """Return an event: a loop's wire touches the supply."""
    return lambda it, host: it.tied.add(pin)


def cell(pin: int, what: str, value):
    """Return an event: something happens to a load cell."""
    return lambda it, host: setattr(it.cells[pin], what, value)


def hush(it, host) -> None:
    """Let the host fall silent."""
    host.silent = True


def swap(it, host) -> None:
    """Fit another adaptor."""
    it.given[settings.PIN_ADAPTOR_LUMBAR] = 1
    it.given[settings.PIN_ADAPTOR_CERVICAL] = 0


def hang(ms: int):
    """Return an event: the next reading of the encoder takes so long."""

    def event(it, host) -> None:
        travel = firmware.Board.travel_um

        def slow(board) -> int:
            firmware.Board.travel_um = travel
            it.pass_time(ms * 1000)
            return travel(board)

        firmware.Board.travel_um = slow

    return event


def fail(it, host) -> None:
    """Let the next reading of the encoder fail."""
    travel = firmware.Board.travel_um

    def broken(board) -> int:
        firmware.Board.travel_um = travel
        raise OSError("broken")

    firmware.Board.travel_um = broken


def shorted(it, host) -> None:
    """Short the button of the patient's stop from the start: it looks closed and well, whoever presses."""
    it.cut.discard(settings.PIN_PATIENT_BACK)


WHEN_MS = 5000
SCENES = {
    "pull": (),
    "patient-shorted": ((0, shorted),),
    "host-silent": ((WHEN_MS, hush),),
    "estop-cut": ((WHEN_MS, cut(settings.PIN_ESTOP_BACK)),),
    "patient-cut": ((WHEN_MS, cut(settings.PIN_PATIENT_BACK)),),
    "patient-tied": ((WHEN_MS, tie(settings.PIN_PATIENT_BACK)),),
    "estop-b-cut": ((WHEN_MS, cut(settings.PIN_ESTOP_B_BACK)),),
    "estop-b-tied": ((WHEN_MS, tie(settings.PIN_ESTOP_B_BACK)),),
    "pull-end-cut": ((WHEN_MS, cut(settings.PIN_PULL_END_BACK)),),
    "slack-end-tied": ((WHEN_MS, tie(settings.PIN_SLACK_END_BACK)),),
    "supply-low": ((WHEN_MS, cut(settings.PIN_SUPPLY_BACK)),),
    "adaptor-swapped": ((WHEN_MS, swap),),
    "cell-dead": ((WHEN_MS, cell(settings.PIN_CELL_A_DATA, "dead", True)),),
    "cell-at-rail": ((WHEN_MS, cell(settings.PIN_CELL_B_DATA, "rail", True)),),
    "late-25-ms": ((WHEN_MS, hang(25)),),
    "late-50-ms": ((WHEN_MS, hang(50)),),
    "hangs": ((WHEN_MS, hang(1000)),),
    "fails": ((WHEN_MS, fail),),
    "cell-inverted": ((0, cell(settings.PIN_CELL_A_DATA, "sign", -1)),),
    "cells-inverted": (
        (0, cell(settings.PIN_CELL_A_DATA, "sign", -1)),
        (0, cell(settings.PIN_CELL_B_DATA, "sign", -1)),
    ),
    "motor-inverted": ((0, lambda it, host: setattr(it, "motor_sign", -1)),),
}


def loaded(it) -> None:
    """Power up with a force on the rope."""
    it.carriage_nm = 5000000
    it.jammed = True
    figures("loaded", it, *play(it, end_s=3))


def powered_twice(it) -> None:
    """Power up, and again."""
    figures("first", it, *play(it, end_s=5))
    it.power_up()
    figures("second", it, *play(it, end_s=5))


def switched_on(it) -> None:
    """Switch on, and let the watchdog start the chip, if it can."""
    it.bitten = False
    figures("switched-on", it, *play(it, end_s=4))
    it.power_up()
    figures("bitten", it, *play(it, end_s=5))


def switched_on_without_a_watchdog(it) -> None:
    """Switch on where the watchdog does not restart the chip."""
    it.bitten = it.bites = False
    figures("no-watchdog", it, *play(it, end_s=4))


def uncalibrated(it) -> None:
    """Run with the settings as shipped."""
    settings.CELL_A_PER_KN = settings.CELL_B_PER_KN = 0
    figures("uncalibrated", it, *play(it, end_s=3))


def damaged(it) -> None:
    """Run with one bit of one setting turned; count the turned bits that the check sum does not notice."""
    kept = settings.CELL_B_PER_KN
    settings.CELL_B_PER_KN ^= 1 << 12
    figures("damaged", it, *play(it, end_s=3))
    settings.CELL_B_PER_KN = kept
    names = [name for name in dir(settings) if name[0] != "_"]
    unseen = 0
    for name in names:
        value = getattr(settings, name)
        for bit in range(20):
            setattr(settings, name, value ^ (1 << bit))
            if board_rp2040.check() == settings.CHECK:
                unseen += 1
        setattr(settings, name, value)
    caps = board_rp2040.ControllerConfig._set_lumbar

    def looser(config) -> None:
        caps(config)
        config.max_force_mn += 1

    board_rp2040.ControllerConfig._set_lumbar = looser
    if board_rp2040.check() == settings.CHECK:
        unseen += 1
    board_rp2040.ControllerConfig._set_lumbar = caps
    print(repr({"scene": "damaged-bits", "unseen": unseen, "settings": len(names)}))


def no_adaptor(it) -> None:
    """Run without an adaptor, and with both."""
    it.given[settings.PIN_ADAPTOR_LUMBAR] = 1
    figures("no-adaptor", it, *play(it, end_s=3))
    it.power_up()
    it.given = {settings.PIN_ADAPTOR_LUMBAR: 0, settings.PIN_ADAPTOR_CERVICAL: 0}
    figures("both-adaptors", it, *play(it, end_s=3))


def counted(it) -> None:
    """Read the counts as a person does who calibrates, first without a force and then with one."""
    board = firmware.Board()
    found = []
    for travel_um in (0, 2000):
        it.carriage_nm = travel_um * 1000
        it.jammed = True
        it.pass_time(20000)
        found.append((board.cell_a.counts(), board.cell_b.counts()))
    found.append((board.cell_a.counts(), board.cell_b.counts()))
    print(repr({"scene": "counted", "counts": found, "force_mn": it.force_mn(), "enable": it.level(8)}))


def held(it) -> None:
    """Run with an enabling switch: let go in a run; tied from the start; and tied to the supply in a run."""
    settings.HOLD_TO_RUN = 1
    settings.CHECK = board_rp2040.check()
    back = settings.PIN_SWITCH_BACK
    hold = (2200, lambda it, host: it.cut.discard(back))
    it.cut.add(back)
    figures("switch-let-go", it, *play(it, events=(hold, (WHEN_MS, cut(back)))))
    it = world.new()
    figures("switch-stuck", it, *play(it, end_s=3))
    it = world.new()
    it.cut.add(back)
    figures("switch-tied", it, *play(it, events=(hold, (WHEN_MS, tie(back)))))
    settings.HOLD_TO_RUN = 0
    settings.CHECK = board_rp2040.check()


def eased(it) -> None:
    """Run with a button to ease off: pressed and let go, and its wire on the supply; and without one."""
    back = world.EASE
    press, let = (WHEN_MS, lambda it, host: it.cut.discard(back)), (WHEN_MS + 200, cut(back))
    it.cut.add(back)
    figures("ease-none", it, *play(it, events=(press, let)))
    settings.PIN_EASE = back
    settings.CHECK = board_rp2040.check()
    it = world.new()
    it.cut.add(back)
    figures("ease-pressed", it, *play(it, events=(press, let)))
    it = world.new()
    it.cut.add(back)
    figures("ease-tied", it, *play(it, events=((WHEN_MS, tie(back)),)))
    del settings.PIN_EASE
    settings.CHECK = board_rp2040.check()


OTHERS = {
    "eased": eased,
    "held": held,
    "counted": counted,
    "loaded": loaded,
    "twice": powered_twice,
    "switched-on": switched_on,
    "no-watchdog": switched_on_without_a_watchdog,
    "damaged": damaged,
    "uncalibrated": uncalibrated,
    "no-adaptor": no_adaptor,
}


def main(lines) -> None:
    """Play the scenes that the lines name, each on a bench of its own."""
    for line in lines:
        name = line.strip()
        it = world.new()
        if name in OTHERS:
            OTHERS[name](it)
        else:
            figures(name, it, *play(it, events=SCENES[name]))
