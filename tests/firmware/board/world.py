"""What is wired to the board: body, rope, motor, encoder, two load cells, two loops, a line, a clock.

A model of the hardware around the pins, in virtual time; ``machine.py`` and ``time.py`` are its face.
"""

import settings

BODY_MN_PER_MM = 15000
SLACK_UM = 500
SAMPLE_US = 12500  # the converters give 80 readings a second
CELL_PER_KN = 1500000
CELL_ZERO = -20000
EASE = 24  # where a table has a button to ease off
LOOPS = (
    (settings.PIN_ESTOP_OUT, settings.PIN_ESTOP_BACK),
    (settings.PIN_PATIENT_OUT, settings.PIN_PATIENT_BACK),
    (settings.PIN_SECOND_OUT, settings.PIN_ESTOP_B_BACK),
    (settings.PIN_SECOND_OUT, settings.PIN_PULL_END_BACK),
    (settings.PIN_SECOND_OUT, settings.PIN_SLACK_END_BACK),
    (settings.PIN_SECOND_OUT, settings.PIN_SUPPLY_BACK),
    (settings.PIN_SECOND_OUT, settings.PIN_SWITCH_BACK),
    (settings.PIN_SECOND_OUT, EASE),
)
STEP_US = 1000  # how finely the mechanics move


class Restart(BaseException):
    """The chip restarts."""


class World:
    """The state of everything; a new one is a new bench, ``power_up`` only a new start of the chip."""

    def __init__(self) -> None:
        self.levels = {}
        self.given = {settings.PIN_ADAPTOR_LUMBAR: 0, settings.PIN_ADAPTOR_CERVICAL: 1}
        self.cut = set()  # loops whose wire is cut, by their BACK pin
        self.tied = set()  # loops tied to the supply
        self.carriage_nm = 0
        self.cells = {
            settings.PIN_CELL_A_DATA: Converter(settings.PIN_CELL_A_CLOCK),
            settings.PIN_CELL_B_DATA: Converter(settings.PIN_CELL_B_CLOCK),
        }
        self.slack_at_um = SLACK_UM  # where the carriage begins to pull
        self.motor_sign = 1
        self.jammed = False  # the release that needs no power does not open
        self.sent = b""
        self.to_board = b""
        self.history = []
        self.random = 12345
        self.now_us = 0
        self.bitten = True  # the watchdog has started the chip: what each power-up begins with
        self.bites = True  # the watchdog works
        self.power_up()

    def power_up(self) -> None:
        """Take and give the power of the chip; the mechanics stay where they are."""
        self.levels = {}
        self.step_hz = 0
        self.step_duty = 0
        self.irq = None
        self.counted = self.count()
        self.watchdog_us = None
        self.fed_us = 0
        self.feeds = 0
        self.alive_edges = 0
        self.sounds = 0
        self.watchers = []

    # ---- mechanics ----------------------------------------------------------------------------------

    def level(self, pin: int) -> int:
        """Return what the pin is driven to by the chip."""
        return self.levels.get(pin, 0)

    def force_mn(self) -> int:
        """Return the true force of the rope."""
        if not self.level(settings.PIN_RELEASE) and not self.jammed:
            return 0  # the release that needs no power is open
        stretch_um = self.carriage_nm // 1000 - self.slack_at_um
        return stretch_um * BODY_MN_PER_MM // 1000 if stretch_um > 0 else 0

    def velocity_um_per_s(self) -> int:
        """Return how fast the motor turns the carriage."""
        if not (self.level(settings.PIN_ENABLE) and self.step_duty):
            return 0
        speed = self.step_hz * 1000 // settings.STEPS_PER_MM
        return self.motor_sign * (speed if self.level(settings.PIN_DIRECTION) else -speed)

    def count(self) -> int:
        """Return where the encoder stands."""
        return self.carriage_nm * settings.COUNTS_PER_MM // 1000000

    def pass_time(self, us: int) -> None:
        """Let ``us`` pass for the carriage, the encoder, the converters and the watchdog."""
        while us > 0:
            step = us if us < STEP_US else STEP_US
            us -= step
            self.now_us += step
            self.carriage_nm += self.velocity_um_per_s() * step // 1000
            self._turn_encoder()
            for cell in self.cells.values():
                cell.live(self)
            starved = self.watchdog_us is not None and self.now_us - self.fed_us > self.watchdog_us
            if starved and self.bites:
                self.bitten = True
                raise Restart("the watchdog was not fed")
            for watcher in self.watchers:
                watcher()

    def _turn_encoder(self) -> None:
        now = self.count()
        while self.counted != now:
            forward = self.counted < now
            self.counted += 1 if forward else -1
            if self.irq is not None:
                self.irq(forward)

    # ---- pins ---------------------------------------------------------------------------------------

    def read_pin(self, pin: int) -> int:
        """Return what the chip sees on an input."""
        for out, back in LOOPS:
            if pin == back:
                if back in self.tied:
                    return 1
                return 0 if back in self.cut else self.level(out)
        if pin in self.cells:
            return self.cells[pin].data()
        return self.given.get(pin, self.level(pin))

    def write_pin(self, pin: int, value: int) -> None:
        """Take what the chip drives an output to."""
        before = self.level(pin)
        self.levels[pin] = value
        if pin == settings.PIN_RELEASE and before == 0 and value == 1 and not self.jammed:
            self.slack_at_um = self.carriage_nm // 1000 + SLACK_UM  # the rope is gripped where it hangs
        if pin == settings.PIN_BUZZER and before == 0 and value == 1:
            self.sounds += 1
        if pin == settings.PIN_ALIVE and before != value:
            self.alive_edges += 1
        for cell in self.cells.values():
            if pin == cell.clock and before == 0 and value == 1:
                cell.pulse()


class Converter:
    """An HX711: one reading every ``SAMPLE_US``, shifted out by 24 pulses of its clock; a 25th ends it."""

    def __init__(self, clock: int) -> None:
        self.clock = clock
        self.next_us = 0
        self.raw = None
        self.bits = 0
        self.noise = 0
        self.dead = False
        self.sign = 1
        self.rail = False

    def live(self, world: World) -> None:
        """Convert when it is time."""
        if world.now_us >= self.next_us:
            self.next_us = world.now_us + SAMPLE_US
            self.noise = (self.noise * 5 + 3) % 7
            raw = self.sign * world.force_mn() * CELL_PER_KN // 1000000 + CELL_ZERO + self.noise * 20
            self.raw = 0x7FFFFF if self.rail else raw
            self.bits = 0

    def data(self) -> int:
        """Return the level of the data line: low when a reading waits, else its present bit."""
        if self.dead or self.raw is None:
            return 1
        if self.bits == 0:
            return 0
        return (self.raw & 0xFFFFFF) >> (24 - self.bits) & 1 if self.bits <= 24 else 1

    def pulse(self) -> None:
        """Shift out one bit."""
        self.bits += 1
        if self.bits == 25:
            self.raw = None


THE = [World()]


def the() -> World:
    """Return the world that the chip is in."""
    return THE[0]


def new() -> World:
    """Return a new bench, with the chip just switched on."""
    THE[0] = World()
    return THE[0]
