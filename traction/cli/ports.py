"""``traction ports``: the serial ports of this machine, without opening one."""

from __future__ import annotations

import sys

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note, style_of


@click.command(
    "ports", cls=RichCommand, short_help="List the serial ports.", epilog="Example: traction ports --json"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, one object for each port.")
@debug_option
def command(as_json: bool) -> None:
    """List the serial ports with what USB says of them. None is opened: opening one may restart a controller.

    A table on a port is meant by a URL such as serial:/dev/ttyACM0?facts=sim, where facts names the file of
    the table behind it.
    """
    from traction.drivers.transport import list_ports
    from traction.report.layout import table

    ports = list_ports()
    if as_json:
        emit_json([port._asdict() for port in ports])
    elif ports:
        heads = ("port", "usb", "serial number", "description")
        rows = [
            (port.port, port.usb_id or "-", port.serial_number or "-", port.description or "-")
            for port in ports
        ]
        emit(table(heads, rows, style_of(sys.stdout)))
    else:
        note("this machine has no serial ports")
