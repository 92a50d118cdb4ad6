"""The recorder process: reads items from its standard input, writes the record to its standard output.

It outlives the session: when the channel closes early (the session was killed), it ends the file after the
last whole item. Such a record has no outcome and reads as incomplete.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from traction.runner.child import ignore_stop_signals
from traction.runner.record.beside import CONFIRMED, DONE, HEADER
from traction.runner.record.layout import Topic
from traction.runner.record.writer import RawFile, RecordWriter


def items(stream: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Yield kind, log time in us and payload of each whole item; half an item at the end is dropped."""
    with suppress(ConnectionResetError):  # a killed session ends like one that closed
        while len(head := stream.read(HEADER.size)) == HEADER.size:
            kind, log_time_us, length = HEADER.unpack(head)
            payload = stream.read(length)
            if len(payload) < length:
                return
            yield kind, log_time_us, payload


def record(stream: BinaryIO, say: Callable[[bytes], None], writer: RecordWriter) -> None:
    """Write everything that comes, confirm each flush, and end the file. Raises OSError from the file."""
    say(CONFIRMED)  # ready
    for kind, log_time_us, payload in items(stream):
        if writer.accept(kind, log_time_us, payload):
            say(CONFIRMED)
        if kind == Topic.OUTCOME:
            break
    writer.finish()
    writer.close()
    say(DONE)


def main() -> None:
    """Run the recorder process; ends with status 1 after telling the session what went wrong."""
    ignore_stop_signals()
    channel = socket.socket(fileno=0)

    def say(line: bytes) -> None:
        with suppress(OSError):  # the session is gone: the record still has to be ended
            channel.sendall(line + b"\n")

    try:
        record(channel.makefile("rb"), say, RecordWriter(RawFile(1)))
    except OSError as error:
        say(b"%d %s" % (error.errno or errno.EIO, str(error.strerror).encode()))
        raise SystemExit(1) from error
