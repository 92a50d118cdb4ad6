"""What a URL of the wire may say, who a controller is, and the words for everything it may do wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from traction.drivers import rfc2217, transport
from traction.drivers.base import CAPABILITIES, EASE_BUTTON, HOLD_TO_RUN, ControllerLimits, Identity
from traction.drivers.checks import check_read_back
from traction.drivers.foreign import cleaned
from traction.drivers.refusals import refusal
from traction.errors import Problem, RefusedError, TableError, UsageError
from traction.wire import codes, frame, messages

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.host import HostLink
    from traction.drivers.transport import Transport
    from traction.drivers.url import TableUrl

BAUD: Final = 115_200
BITS_PER_BYTE: Final = 10
BEATS_PER_S: Final = 50
CHANNELS: Final = ("true_force_mn", "disc_pressure_pa", "disc_load_mn", "elongation_um")
MODELS: Final = {
    messages.MODEL_EMULATED: "traction emulated table",
    messages.MODEL_BOARD: "traction controller board",
}
CAN: Final = (messages.CAN_LEASE, messages.CAN_LIMIT, messages.CAN_STOP)  # in the order of CAPABILITIES
UNDERSTOOD: Final = sum(CAN) | messages.CAN_CHANNELS | messages.HOLD_TO_RUN | messages.EASE_BUTTON

Connect = Callable[[], "Transport"]


# ---- the URL --------------------------------------------------------------------------------------------


def read_url(url: TableUrl, clock: Clock) -> tuple[Connect, int | None]:
    """Return what opens the line of ``url``, and the serial number it asks for, None for any.

    Raises UsageError E120-E124, RefusedError E349 on a virtual clock, TableError E534 for too low a baud.
    """
    has_baud = url.scheme in ("serial", "rfc2217")
    url.reject_unknown(("baud", "facts", "serial") if has_baud else ("facts", "serial"))
    number = url.option_int("serial", -1, low=0, high=messages.U32)
    connect: Connect
    if url.scheme == "serial":
        connect = _serial_line(url)
    elif url.scheme == "rfc2217":
        connect = partial(rfc2217.open_rfc2217, *_address(url), _baud(url), clock)
    else:
        connect = partial(transport.open_tcp, *_address(url))
    if not clock.realtime:
        raise RefusedError(Problem("E349", f"a virtual clock with {url.text}", "the wall clock: it is real"))
    return connect, None if number < 0 else number


def _serial_line(url: TableUrl) -> Connect:
    if not url.path:
        raise UsageError(Problem("E120", f"{url.text!r} names no port", "such as serial:/dev/ttyACM0"))
    return partial(transport.open_serial, url.path, _baud(url))


def _baud(url: TableUrl) -> int:
    baud = url.option_int("baud", BAUD, low=1, high=100_000_000)
    check_baud(baud)
    return baud


def _address(url: TableUrl) -> tuple[str, int]:
    address = split_address(url.path)
    if address is None or not address[1]:
        expected = f"a host and a port, such as {url.scheme}://127.0.0.1:5000"
        raise UsageError(Problem("E120", f"{url.text!r} names no host and port", expected))
    return address


def split_address(text: str) -> tuple[str, int] | None:
    """Return host and port of ``HOST:PORT`` or ``[ADDRESS]:PORT``, None where it is neither."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        return None
    if not colon or not host or not port.isascii() or not port.isdigit() or len(port) > 5:
        return None
    return (host, int(port)) if int(port) <= 65535 else None


def longest(letter: str) -> int:
    """Return how many bytes the longest frame of a message takes on the wire."""
    fields = messages.HEADER + messages.MESSAGES[letter][2]
    widest = tuple(max(low, high, key=lambda value: len(str(value))) for _, _, low, high in fields)
    return len(frame.encode(letter, widest))


def check_baud(baud: int) -> None:
    """Refuse a line that cannot carry a sample every 20 ms: TableError E534, with the arithmetic."""
    size = longest(messages.TELEMETRY)
    needed = size * BEATS_PER_S * BITS_PER_BYTE
    if baud < needed:
        found = (
            f"{baud} baud carry {baud // BITS_PER_BYTE} bytes a second; a sample of up to {size} bytes every "
            f"20 ms takes {size * BEATS_PER_S}"
        )
        raise TableError(Problem("E534", found, f"at least {needed} baud, such as {BAUD}", field="baud"))


# ---- who is there ---------------------------------------------------------------------------------------


def check_hello(link: HostLink) -> None:
    """Raise what the answer to a hello says against a session: TableError E531, E520 or E536."""
    identity = link.identity
    if link.reply is not None and link.reply[0] == messages.ANSWER:
        result = link.reply[1][1]
        if result == codes.RESULT_BUSY:
            found = "the controller is busy: " + codes.RESULT_NAMES[result]
            raise TableError(Problem("E531", found, "one that no other program drives"))
        if result == codes.RESULT_WRONG_VERSION:
            raise _other_table("it refused the hello for that")
        if result != codes.RESULT_OK:
            raise refusal("hello", result)
    if identity is None:
        return
    if identity[5] != messages.definition():
        raise _other_table(f"its table is {identity[5]:08X}, this program's {messages.definition():08X}")
    unknown = identity[9] & ~UNDERSTOOD
    if unknown:
        found = f"the controller needs a host that understands capability bits {unknown:#x}"
        raise TableError(Problem("E536", found, "a newer version of this program"))


def _other_table(why: str) -> TableError:
    found = f"the controller speaks another table of messages: {why}"
    return TableError(Problem("E536", found, "firmware that belongs to this program"))


def identity_of(link: HostLink, serial_number: int | None) -> Identity:
    """Return who answered the hello. Raises TableError E537 unless it has ``serial_number`` (None: any)."""
    assert link.identity is not None
    _, _, _, boot, _, _, model, serial, firmware, must, may, drive, region, tick_ms, _ = link.identity
    if serial_number is not None and serial != serial_number:
        found = f"the controller with serial number {serial} answers"
        raise TableError(Problem("E537", found, f"number {serial_number}, as the URL says", field="serial"))
    can = must | may
    has_channels = bool(can & messages.CAN_CHANNELS)
    promised = [name for name, bit in zip(CAPABILITIES, CAN, strict=True) if can & bit]
    promised += [HOLD_TO_RUN] if can & messages.HOLD_TO_RUN else []
    promised += [EASE_BUTTON] if can & messages.EASE_BUTTON else []
    return Identity(
        model=MODELS.get(model, f"controller model {model}"),
        serial_number=str(serial),
        firmware=f"{firmware // 1_000_000}.{firmware // 1000 % 1000}.{firmware % 1000}",
        boot_id=boot,
        drive=codes.DRIVE_NAMES[drive],
        region=codes.REGION_NAMES[region],
        simulated=has_channels,  # what these channels hold only a simulation knows
        tick_ms=tick_ms,
        channels=CHANNELS if has_channels else (),
        capabilities=tuple(promised),
    )


def silence(link: HostLink) -> TableError:
    """Say what is on the line where no controller has answered (E535, or E536 for one of another version)."""
    if link.other_version:
        found = "what answers speaks another major version of the wire"
        return TableError(Problem("E536", found, "version 1; firmware that belongs to this program"))
    if link.heard:
        found = f"a controller speaks, in {link.heard} frames, but does not answer a hello"
    elif link.received:
        seen = cleaned(link.first.decode("latin-1"))
        found = f"no controller answers; {link.received} bytes came that are none of its, first '{seen}'"
    else:
        found = "no controller answers, and nothing at all came"
    return TableError(Problem("E535", found, "an answer to a hello within 3 s"))


def hung_up(link: HostLink, error: TableError) -> TableError:
    """Say who hung up instead of answering a hello: E535, or ``error`` where a controller has spoken."""
    return error if link.heard else TableError(*silence(link).problems, *error.problems)


# ---- what went wrong ------------------------------------------------------------------------------------


def check_standing(link: HostLink) -> None:
    """Raise TableError E537 when the controller is ours no more, E539 when the line is too bad to go on."""
    if link.restarted is not None:
        found = f"the controller has restarted: its boot id is {link.restarted} now"
        raise TableError(Problem("E537", found, "the one that answered the hello"))
    if link.replaced is not None:
        found = "the controller takes part in another session"
        raise TableError(Problem("E537", found, "one host for each controller"))
    if link.degraded:
        found = f"{link.bad} damaged frames from the controller, too many in a run"
        raise TableError(Problem("E539", found, "fewer than 3 in a second and 5 in an hour"))


def read_back_fault(sent: tuple[int, ...], stored: tuple[int, ...]) -> TableError:
    """Return the error E505 for limits, or their hash, that came back different."""
    try:
        check_read_back(ControllerLimits(*sent), ControllerLimits(*stored[:-1]))
    except TableError as error:
        return error
    found = "the limits came back with another hash than their own"
    return TableError(Problem("E505", found, "every limit as it was sent"))
