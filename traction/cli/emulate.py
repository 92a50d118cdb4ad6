"""``traction emulate``: the reference controller and a simulated body behind a port, for want of a bench."""

from __future__ import annotations

import secrets
import signal
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, note
from traction.errors import Problem, UsageError

if TYPE_CHECKING:
    from traction.drivers.listen import Endpoint

PTY_HELP = "Serve on a pseudo terminal, which is opened like a serial port."
TCP_HELP = "Serve on TCP; port 0 takes a free one."
TABLE_HELP = (
    "The simulated table and patient; region, mass_kg, couch, disc, slack_mm, drive and seed may be set."
)
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
@debug_option
def command(as_pty: bool, address: str | None, table: str) -> int:
    """Serve the reference controller in front of a simulated body, in real time, until Ctrl-C.

    The first line printed is the URL for --table of traction run. One client at a time; a second is told so.
    Each start is a power-up: a session does not outlive it.
    """
    from traction.clock import WallClock
    from traction.drivers.base import TableSetup
    from traction.drivers.url import parse_url
    from traction.sim.emulator import make_emulated
    from traction.sim.options import read_options
    from traction.sim.serve import serve

    if as_pty == (address is not None):
        found = "both --pty and --tcp" if as_pty else "neither --pty nor --tcp"
        raise UsageError(
            Problem("E100", f"{found} were given" if as_pty else f"{found} was given", "one of them")
        )
    url = parse_url(table)
    if url.scheme != "sim":
        raise UsageError(Problem("E121", f"{table!r} is not a simulated table", "sim:", field="--table"))
    options = read_options(url, TableSetup())
    emulated = make_emulated(options, boot_id=secrets.randbelow(0x7FFFFFFF) + 1)
    endpoint = _endpoint(address)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        emit([f"{endpoint.url}?facts={FACTS[options.drive]}"])
        serve(emulated, endpoint, WallClock())
    except KeyboardInterrupt:
        note("the emulated table is switched off")
    finally:
        endpoint.close()
    return 0


def _endpoint(address: str | None) -> Endpoint:
    from traction.drivers.listen import PtyEnd, TcpEnd
    from traction.drivers.wire_words import split_address

    if address is None:
        return PtyEnd()
    place = split_address(address)
    if place is None:
        found = f"{address!r} is no host and port"
        raise UsageError(Problem("E120", found, "such as 127.0.0.1:5000", field="--tcp"))
    return TcpEnd(*place)
