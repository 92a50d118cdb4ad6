"""Start a helper process whose standard input is one end of a socket pair."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from traction.runner.channel import Channel


def spawn(
    entry: str, *arguments: str, capacity_bytes: int, stdout: int | None = None
) -> tuple[Channel, Child]:
    """Run ``module:function`` in a new interpreter and return our end of the channel and the child.

    The child stands in a session of its own, so that a Ctrl-C in the terminal reaches only us: a record must
    be finished by a process that is still alive. It sees the same import path; ``__main__`` is not imported
    again. Raises OSError where the system starts no process.
    """
    module, _, function = entry.partition(":")
    ours, theirs = socket.socketpair()
    code = f"from {module} import {function}; {function}()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", code, *arguments],
                stdin=theirs.fileno(),
                stdout=stdout,
                env=environment,
                start_new_session=True,
            )
    except BaseException:
        ours.close()
        raise
    return Channel(ours, capacity_bytes), Child(process)


class Child:
    """A helper process that is waited for, and ended when it does not end by itself."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def ended_within(self, timeout_s: float) -> bool:
        """Wait for the process to end, for a while; return whether it has."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        return self._process.returncode is not None

    def end(self, timeout_s: float) -> bool:
        """Wait for the process to end, and kill it after ``timeout_s``; return whether it ended well."""
        try:
            return self._process.wait(timeout_s) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False


def ignore_stop_signals() -> None:
    """Leave stopping to the session's process: the helper ends when its channel closes, and not before."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
