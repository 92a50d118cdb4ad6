"""The board: an RP2040, two load cells, a step and direction drive, an encoder, six loops.

Everything begins switched off, and ``off`` makes it so again. Nothing here decides anything.
"""

import os
import time
from binascii import crc32

import settings
from hx711 import Cell
from machine import PWM, UART, WDT, WDT_RESET, Pin, reset_cause, unique_id
from traction.controller.config import ControllerConfig

BEAT_US = 10000
WATCHDOG_MS = 100
BAUD = 115200
LEAST_HZ = 8  # the slowest pulses that the chip can make
MOST_BYTES = 512  # that are taken from the line in one beat
SETTLE_US = 20
HALF_SOUND_BEATS = 50
BOOT_FILE = "boot_count"
LUMBAR = 0
CERVICAL = 1
SWITCH_HELD = 64  # the bit of the enabling switch
EASE_PRESSED = 128  # the bit of the patient's button to ease off
STOPS = 7  # the bits of the emergency stop's two channels and the patient's stop


def check() -> int:
    """Return what ``settings.CHECK`` has to be: a sum over every other setting and every cap of the core."""
    names = sorted(name for name in dir(settings) if name[0] != "_" and name != "CHECK")
    lines = [name + "=" + str(getattr(settings, name)) for name in names]
    for region in (LUMBAR, CERVICAL):
        config = ControllerConfig(region, 1, settings.DRIVE)
        lines += [name + "=" + str(getattr(config, name)) for name in ControllerConfig.__slots__]
    return crc32("\n".join(lines).encode()) & 0xFFFFFFFF


class Loop:
    """A stop loop of normally-closed contacts. Open, or tied to a supply, it reads as open."""

    __slots__ = ("_back", "_out")

    def __init__(self, out: int, back: int) -> None:
        self._out = Pin(out, Pin.OUT, value=1)
        self._back = Pin(back, Pin.IN, Pin.PULL_DOWN)

    def closed(self) -> bool:
        """Say whether the loop brings back what is sent into it, high and low."""
        self._out.value(0)
        time.sleep_us(SETTLE_US)
        low = self._back.value()
        self._out.value(1)
        time.sleep_us(SETTLE_US)
        return low == 0 and self._back.value() == 1


class Encoder:
    """Counts the edges of channel A; channel B says which way."""

    __slots__ = ("_a", "_b", "count")

    def __init__(self, a: int, b: int) -> None:
        self.count = 0
        self._a = Pin(a, Pin.IN, Pin.PULL_UP)
        self._b = Pin(b, Pin.IN, Pin.PULL_UP)
        self._a.irq(self._edge, Pin.IRQ_RISING | Pin.IRQ_FALLING, hard=True)

    def _edge(self, pin) -> None:  # called between any two instructions: no memory is taken here
        if pin.value() != self._b.value():
            self.count += 1
        else:
            self.count -= 1


class Board:
    """All that the main loop needs of the hardware, in whole mN, um, um/s and ms."""

    def __init__(self) -> None:
        self.enable = Pin(settings.PIN_ENABLE, Pin.OUT, value=0)
        self.release = Pin(settings.PIN_RELEASE, Pin.OUT, value=0)
        self.alive = Pin(settings.PIN_ALIVE, Pin.OUT, value=0)
        self.buzzer = Pin(settings.PIN_BUZZER, Pin.OUT, value=0)
        self.other_axes = Pin(settings.PIN_OTHER_AXES, Pin.OUT, value=0)
        self.direction = Pin(settings.PIN_DIRECTION, Pin.OUT, value=0)
        self.step = PWM(Pin(settings.PIN_STEP), freq=1000, duty_u16=0)
        self.adaptors = (
            Pin(settings.PIN_ADAPTOR_LUMBAR, Pin.IN, Pin.PULL_UP),
            Pin(settings.PIN_ADAPTOR_CERVICAL, Pin.IN, Pin.PULL_UP),
        )
        self.estop = Loop(settings.PIN_ESTOP_OUT, settings.PIN_ESTOP_BACK)
        self.patient_stop = Loop(settings.PIN_PATIENT_OUT, settings.PIN_PATIENT_BACK)
        second = settings.PIN_SECOND_OUT  # one output for all that is not the first channel of a stop
        self.estop_b = Loop(second, settings.PIN_ESTOP_B_BACK)
        self.pull_end = Loop(second, settings.PIN_PULL_END_BACK)
        self.slack_end = Loop(second, settings.PIN_SLACK_END_BACK)
        self.supply = Loop(second, settings.PIN_SUPPLY_BACK)
        self.switch = Loop(second, settings.PIN_SWITCH_BACK) if settings.HOLD_TO_RUN else None
        pin = getattr(settings, "PIN_EASE", None)
        self.ease = None if pin is None else Loop(second, pin)
        self.encoder = Encoder(settings.PIN_ENCODER_A, settings.PIN_ENCODER_B)
        sound = check() == settings.CHECK  # else the load cells give no reading, so no session can begin
        self.cell_a = Cell(
            Pin(settings.PIN_CELL_A_DATA, Pin.IN, Pin.PULL_UP),
            Pin(settings.PIN_CELL_A_CLOCK, Pin.OUT, value=0),
            settings.CELL_A_ZERO,
            settings.CELL_A_PER_KN if sound else 0,
        )
        self.cell_b = Cell(
            Pin(settings.PIN_CELL_B_DATA, Pin.IN, Pin.PULL_UP),
            Pin(settings.PIN_CELL_B_CLOCK, Pin.OUT, value=0),
            settings.CELL_B_ZERO,
            settings.CELL_B_PER_KN if sound else 0,
        )
        line = (Pin(settings.PIN_LINE_OUT), Pin(settings.PIN_LINE_IN))
        self.line = UART(0, BAUD, tx=line[0], rx=line[1], txbuf=1024, rxbuf=1024, timeout=0)
        self.to_send = b""
        self.beats = 0
        self.gripped = False  # a restart has opened the release; nothing shuts it before the next start
        self.fitted = self.adaptor()  # at power-up; another one later counts as an open stop loop
        self.next_us = 0

    # ---- who this is --------------------------------------------------------------------------------

    def adaptor(self) -> int | None:
        """Return the region of the fitted adaptor, or None unless exactly one answers."""
        lumbar = self.adaptors[0].value() == 0
        cervical = self.adaptors[1].value() == 0
        if lumbar == cervical:
            return None
        return LUMBAR if lumbar else CERVICAL

    def serial(self) -> int:
        """Return a number of this chip's own, 32 bits."""
        return crc32(unique_id()) & 0xFFFFFFFF

    def boot_id(self) -> int:
        """Return a number that no power-up before had: its low half counts them, its high half is chance.

        A board that cannot keep the count does not start.
        """
        try:
            with open(BOOT_FILE) as file:
                count = int(file.read())
        except (OSError, ValueError):
            count = int.from_bytes(os.urandom(2), "big")
        count = count + 1 & 0xFFFF
        with open(BOOT_FILE + ".new", "w") as file:
            file.write(str(count))
        os.rename(BOOT_FILE + ".new", BOOT_FILE)
        with open(BOOT_FILE) as file:
            if int(file.read()) != count:
                raise OSError("the power-ups cannot be counted")
        return (int.from_bytes(os.urandom(2), "big") << 16 | count) or 1

    # ---- time ---------------------------------------------------------------------------------------

    def watchdog_has_bitten(self) -> bool:
        """Say whether it was the watchdog that started the chip."""
        return reset_cause() == WDT_RESET

    def starve_watchdog(self) -> None:
        """Let the watchdog restart the chip; who comes back from here has none."""
        WDT(timeout=WATCHDOG_MS)
        time.sleep_ms(5 * WATCHDOG_MS)

    def start_watchdog(self):
        """Start the watchdog, which nothing can stop again, and the beats; return what feeds it."""
        self.next_us = time.ticks_add(time.ticks_us(), BEAT_US)
        return WDT(timeout=WATCHDOG_MS).feed

    def wait(self) -> int:
        """Wait for the next beat; return how late it comes, in us."""
        left = time.ticks_diff(self.next_us, time.ticks_us())
        while left > 0:
            time.sleep_us(left)
            left = time.ticks_diff(self.next_us, time.ticks_us())
        self.next_us = time.ticks_add(self.next_us, BEAT_US)
        return -left

    # ---- in -----------------------------------------------------------------------------------------

    def travel_um(self) -> int:
        """Return where the carriage is, pull positive, from where it was at power-up."""
        return self.encoder.count * 1000 // settings.COUNTS_PER_MM

    def inputs(self) -> int:
        """Return the loops as bits, 1 = closed, in the order of the wire; another adaptor opens the stops."""
        loops = (self.estop, self.patient_stop, self.estop_b, self.pull_end, self.slack_end, self.supply)
        bits = 0
        for place in range(len(loops)):
            if loops[place].closed():
                bits |= 1 << place
        if self.switch is not None and self.switch.closed():
            bits |= SWITCH_HELD
        if self.ease is not None and self.ease.closed():
            bits |= EASE_PRESSED
        return bits & ~STOPS if self.adaptor() != self.fitted else bits

    def heard(self) -> bytes:
        """Return what has come over the line."""
        count = self.line.any()
        if not count:
            return b""
        return self.line.read(count if count < MOST_BYTES else MOST_BYTES) or b""

    # ---- out ----------------------------------------------------------------------------------------

    def drive(self, velocity_um_per_s: int, enabled: int, dump: int) -> None:
        """Do what the controller wants: speed (pull positive), power, and the release that needs none."""
        if enabled:
            self.gripped = True
        self.release.value(1 if self.gripped and not dump else 0)
        if not enabled:
            self.step.duty_u16(0)
            self.enable.value(0)
            return
        hertz = abs(velocity_um_per_s) * settings.STEPS_PER_MM // 1000
        if hertz < LEAST_HZ:
            self.step.duty_u16(0)
        else:
            self.direction.value(1 if velocity_um_per_s > 0 else 0)
            self.step.freq(hertz)
            self.step.duty_u16(32768)
        self.enable.value(1)

    def say(self, link) -> None:
        """Send what the link has to say, as far as the line takes it; this never waits."""
        if not self.to_send:
            self.to_send = link.take()
        if self.to_send:
            sent = self.line.write(self.to_send)
            if sent:
                self.to_send = self.to_send[sent:]

    def show(self, fault: int, others_may_move: int) -> None:
        """Sound while a fault is latched, whether a host is there or not; hold the other axes under load."""
        self.other_axes.value(others_may_move)
        self.buzzer.value(1 if fault and self.beats % (2 * HALF_SOUND_BEATS) < HALF_SOUND_BEATS else 0)

    def beat(self) -> None:
        """Show the watchdog outside the chip that a beat has ended."""
        self.beats += 1
        self.alive.value(1 - self.alive.value())

    def off(self) -> None:
        """Take the power from everything: the drive stops, the release opens."""
        self.step.duty_u16(0)
        self.enable.value(0)
        self.release.value(0)
        self.other_axes.value(0)
