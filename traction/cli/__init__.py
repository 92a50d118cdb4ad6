"""The shell: one file per command; nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

EXIT_UNEXPECTED, EXIT_USAGE, EXIT_REFUSED, EXIT_STOPPED = 1, 2, 3, 4
INTERRUPTED = "interrupted: nothing moved"


def main() -> None:
    """Run the command line of this process and exit with its code."""
    try:
        open_streams()
        from traction.cli.errors import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the program was still being loaded
        code = EXIT_STOPPED
        with suppress(OSError):
            os.write(2, f"{INTERRUPTED}\n".encode())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said; the exit code must not be lost now
    sys.exit(code)


def open_streams() -> None:
    """Open what was closed of stdin, stdout and stderr to nowhere: whoever closed one wants nothing of it.

    Left closed, its number would go to the next file that is opened, such as a record.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
