"""The face of the board model towards firmware: as much of MicroPython's ``machine`` as it uses."""

import settings
import world


class Pin:
    """One pin."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 8
    IRQ_FALLING = 4

    def __init__(self, number: int, mode: int = 0, pull: int = 0, value: int | None = None) -> None:
        self.number = number
        if mode == Pin.OUT:
            world.the().write_pin(number, value or 0)

    def value(self, level: int | None = None) -> int | None:
        """Read or drive the pin."""
        if level is None:
            return world.the().read_pin(self.number)
        world.the().write_pin(self.number, level)
        return None

    def irq(self, handler, trigger: int, hard: bool = False) -> None:
        """Take the handler of the encoder's edges."""
        assert trigger == Pin.IRQ_RISING | Pin.IRQ_FALLING
        assert hard

        def edge(forward: bool) -> None:
            it = world.the().given
            it[settings.PIN_ENCODER_A] = 1 - it.get(settings.PIN_ENCODER_A, 0)
            it[settings.PIN_ENCODER_B] = it[settings.PIN_ENCODER_A] ^ (1 if forward else 0)
            handler(self)

        world.the().irq = edge


class PWM:
    """The pulses of the motor."""

    def __init__(self, pin: Pin, freq: int = 0, duty_u16: int = 0) -> None:
        assert pin.number == settings.PIN_STEP
        self.freq(freq)
        self.duty_u16(duty_u16)

    def freq(self, hertz: int) -> None:
        """Set how many pulses come in a second; the chip makes no slower ones than 8."""
        if not 8 <= hertz <= 62500000:
            raise ValueError("freq out of range")
        world.the().step_hz = hertz

    def duty_u16(self, duty: int) -> None:
        """Set how long a pulse is; 0 = none."""
        world.the().step_duty = duty


class UART:
    """The line to the host."""

    def __init__(self, number: int, baud: int, tx=None, rx=None, txbuf=0, rxbuf=0, timeout=1) -> None:
        assert (number, baud, timeout) == (0, 115200, 0)

    def any(self) -> int:
        """Return how many bytes wait."""
        return len(world.the().to_board)

    def read(self, count: int) -> bytes:
        """Return so many bytes at most."""
        it = world.the()
        data, it.to_board = it.to_board[:count], it.to_board[count:]
        return data

    def write(self, data: bytes) -> int | None:
        """Take what the line has room for, as the real one does: not always all of it."""
        taken = data[:90]
        world.the().sent += taken
        return len(taken) or None


PWRON_RESET = 1
WDT_RESET = 3


def reset_cause() -> int:
    """Return what started the chip."""
    return WDT_RESET if world.the().bitten else PWRON_RESET


class WDT:
    """The watchdog."""

    def __init__(self, timeout: int) -> None:
        it = world.the()
        it.watchdog_us = timeout * 1000
        it.fed_us = it.now_us

    def feed(self) -> None:
        """Feed it."""
        it = world.the()
        it.fed_us = it.now_us
        it.feeds += 1


def unique_id() -> bytes:
    """Return the chip's own number."""
    return b"\xe6\x61\x64\x08\x43\x12\x34\x56"


def disable_irq() -> int:
    """Let nothing come between."""
    return 1


def enable_irq(state: int) -> None:
    """Let things come between again."""
    assert state == 1
