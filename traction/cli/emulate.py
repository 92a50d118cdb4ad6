"""``traction emulate``: the reference controller and a simulated body behind a port, for want of a bench."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, note
from traction.errors import Problem, UsageError
from traction.wire import codes

if TYPE_CHECKING:
    from typing import IO

    from traction.controller.link import Link
    from traction.drivers.listen import Endpoint
    from traction.sim.emulator import EmulatedTable
    from traction.sim.faults import Value

PTY_HELP = "Serve on a pseudo terminal, which is opened like a serial port."
TCP_HELP = "Serve on TCP; port 0 takes a free one."
TABLE_HELP = (
    "The simulated table and patient; region, mass_kg, couch, disc, slack_mm, drive, hold_to_run, "
    "ease_button and seed may be set."
)
FAULT_HELP = (
    "Something that is to go wrong: NAME@TIME or NAME@TIME+DURATION, such as link-cut@12s+500ms; may be "
    "given several times. TIME counts from the first start of the drive."
)
LIST_HELP = "Print what may go wrong, and end."
LOG_HELP = (
    "Write every verb, state and tick of the controller, with the true force, to this new file, JSON lines."
)
HANDS_HELP = (
    "Read from standard input what hands do at the table: press its stops and end switches, hang weights."
)
TRACE_HELP = "Write what really happens in every tick, CSV with the true force, to this new file."
Look = Callable[["EmulatedTable"], None]
FACTS = {"back-drivable": "sim", "self-locking": "sim-self-locking"}


@click.command(
    "emulate",
    cls=RichCommand,
    short_help="Serve a simulated table as if it were a real one.",
    epilog="Example: traction emulate --tcp 127.0.0.1:0",
)
@click.option("--pty", "as_pty", is_flag=True, help=PTY_HELP)
@click.option("--tcp", "address", metavar="HOST:PORT", help=TCP_HELP)
@click.option("--table", "table", default="sim:", show_default=True, metavar="URL", help=TABLE_HELP)
@click.option("--fault", "faults", multiple=True, metavar="NAME@TIME", help=FAULT_HELP)
@click.option("--list-faults", is_flag=True, help=LIST_HELP)
@click.option("--trace", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help=TRACE_HELP)
@click.option("--log", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help=LOG_HELP)
@click.option("--hands", is_flag=True, help=HANDS_HELP)
@debug_option
def command(
    as_pty: bool,
    address: str | None,
    table: str,
    faults: tuple[str, ...],
    list_faults: bool,
    trace: Path | None,
    log: Path | None,
    hands: bool,
) -> int:
    """Serve the reference controller in front of a simulated body, in real time, until Ctrl-C.

    The first line printed is the URL for --table of traction run. One client at a time; a second is told so.
    Each start is a power-up: a session does not outlive it.
    """
    from traction.clock import WallClock
    from traction.drivers.base import TableSetup
    from traction.drivers.url import parse_url
    from traction.sim.emulator import make_emulated
    from traction.sim.faults import LINK, TABLE, read_faults
    from traction.sim.options import read_options
    from traction.sim.serve import serve

    if list_faults:
        emit(_fault_lines())
        return 0
    if as_pty == (address is not None):
        found = "both --pty and --tcp" if as_pty else "neither --pty nor --tcp"
        raise UsageError(
            Problem("E100", f"{found} were given" if as_pty else f"{found} was given", "one of them")
        )
    url = parse_url(table)
    if url.scheme != "sim":
        raise UsageError(Problem("E121", f"{table!r} is not a simulated table", "sim:", field="--table"))
    options = read_options(url, TableSetup())
    wanted = read_faults(faults, (TABLE, LINK), "--fault")
    make_link, look = _onlookers(trace, log, hands)
    emulated = make_emulated(options, secrets.randbelow(0x7FFFFFFF) + 1, wanted, make_link)
    endpoint = _endpoint(address)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        emit([f"{endpoint.url}?facts={FACTS[options.drive]}"])
        serve(emulated, endpoint, WallClock(), look=look)
    except KeyboardInterrupt:
        note("the emulated table is switched off")
    finally:
        endpoint.close()
    return 0


def _fault_lines() -> list[str]:
    from traction.sim.faults import FAULTS

    wide = max(map(len, FAULTS))
    return [
        f"{fault.name:{wide}}  {fault.side:5}  {fault.does}{_usual(fault.value)}" for fault in FAULTS.values()
    ]


def _usual(value: Value | None) -> str:
    from traction.units import UNITS

    if value is None:
        return ""
    unit = next(iter(UNITS[value.kind]))
    scale = 100 if value.kind == "fraction" else 1
    usual = "its own" if value.usual is None else f"{value.usual * scale:g}"
    return f" (:VALUE {value.low * scale:g} to {value.high * scale:g} {unit}, {usual} unless said)"


def _onlookers(trace: Path | None, log: Path | None, hands: bool) -> tuple[Callable[..., Link], Look]:
    """Return what makes the controller's end of the wire, and what is shown the table after each tick."""
    from traction.cli.emulate_hands import hands as hands_at_the_table
    from traction.clock import machine_us
    from traction.controller.link import Link
    from traction.sim.noted import ControllerLog

    looks: list[Look] = [] if trace is None else [_tracer(trace)]
    make_link: Callable[..., Link] = Link
    if log is not None:
        noted = ControllerLog(_new_file(log, "--log"), machine_us)
        make_link = noted.link
        looks.append(noted.look)
    if hands:
        looks.append(hands_at_the_table())

    def look(table: EmulatedTable) -> None:
        for one in looks:
            one(table)

    return make_link, look


def _new_file(path: Path, field: str) -> IO[str]:
    try:
        return path.open("x", encoding="ascii", buffering=1)
    except OSError as error:
        found = f"{path} cannot be made: {error.strerror}"
        raise UsageError(Problem("E162", found, "a new file", field=field)) from None


def _tracer(path: Path) -> Look:
    """Return what writes one line for each tick: controller's ms, state, fault, true force in mN."""
    file = _new_file(path, "--trace")
    file.write("boot,ms,state,fault,true_force_mn\n")

    def look(table: EmulatedTable) -> None:
        one = table.controller
        state = codes.STATE_NAMES[one.state]
        file.write(f"{one.boot_id},{one.now_ms},{state},{one.fault},{round(1000 * table.true_force_n())}\n")

    return look


def _endpoint(address: str | None) -> Endpoint:
    from traction.drivers.listen import PtyEnd, TcpEnd
    from traction.drivers.wire_words import split_address

    if address is None:
        return PtyEnd()
    place = split_address(address)
    if place is None:
        found = f"{address!r} is no host and port"
        raise UsageError(Problem("E100", found, "such as 127.0.0.1:5000", field="--tcp"))
    return TcpEnd(*place)
