"""The process that draws a session in real time: it may be slow, blocked or dead, and the session goes on."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import suppress

from traction.cli.display import Display, open_display
from traction.report.frame import Frame
from traction.report.screen import Session
from traction.runner.child import ignore_stop_signals


def main() -> None:
    """Draw what comes on standard input until it closes; the session to draw is the first argument."""
    ignore_stop_signals()
    given = json.loads(sys.argv[1])
    display = open_display(Session(**given["session"]), quiet=given["quiet"])
    try:
        draw(socket.socket(fileno=0), display)
    finally:
        display.close()


def draw(channel: socket.socket, display: Display) -> None:
    """Say every text and show the newest frame of what has arrived, until the channel closes."""
    rest = b""
    with suppress(ConnectionResetError):
        while data := channel.recv(1 << 16):
            *lines, rest = (rest + data).split(b"\n")
            frames = [line for line in lines if line.startswith(b"[")]
            for line in lines:
                if line.startswith(b'"'):
                    display.say(json.loads(line))
                elif line.startswith(b"!"):
                    display.ring()
            if frames:
                frame = Frame.decode(frames[-1])
                if display.wants(frame.state, frame.progress):
                    display.show(frame)
