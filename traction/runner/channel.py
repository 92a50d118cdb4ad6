"""A bounded channel to another process that never blocks the loop: bytes go out now, later, or not at all."""

from __future__ import annotations

import selectors
import socket


class ChannelClosed(OSError):
    """The other end is gone."""


class Channel:
    """One end of a stream socket with a bounded buffer of bytes still to go.

    ``offer`` takes a whole message or none of it, so that the other end never sees half a message followed by
    another one.
    """

    def __init__(self, end: socket.socket, capacity_bytes: int) -> None:
        end.setblocking(False)
        self._socket = end
        self._capacity_bytes = capacity_bytes
        self._waiting = bytearray()

    @property
    def idle(self) -> bool:
        """Say whether everything taken so far has gone to the system."""
        return not self._waiting

    def offer(self, message: bytes) -> bool:
        """Queue ``message`` and send what goes; return False, with nothing queued, when there is no room."""
        if self._waiting and len(self._waiting) + len(message) > self._capacity_bytes:
            return False
        self._waiting += message
        self.pump()
        return True

    def pump(self) -> None:
        """Send as much as goes without waiting; raises ChannelClosed when the other end is gone."""
        while self._waiting:
            try:
                sent = self._socket.send(self._waiting)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            del self._waiting[:sent]

    def receive(self) -> bytes:
        """Return what has arrived, or nothing; raises ChannelClosed when the other end is gone."""
        try:
            data = self._socket.recv(65536)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        if not data:
            raise ChannelClosed("closed by the other end")
        return data

    def wait(self, timeout_s: float) -> None:
        """Wait until something arrives or there is room to send; only where nothing is moving."""
        # not select.select: a host with a thousand open files has descriptors that it does not take
        with selectors.DefaultSelector() as selector:
            room = selectors.EVENT_WRITE if self._waiting else 0
            selector.register(self._socket, selectors.EVENT_READ | room)
            selector.select(timeout_s)

    def close(self) -> None:
        """Close this end; what still waits is dropped."""
        self._socket.close()
