"""Sessions through pyserial's own URLs: a raw socket, and a port that another machine shares by RFC 2217."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import serial
import serial.rfc2217

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("realtime")]


class Shared(threading.Thread):
    """Another machine: shares a line by RFC 2217, with the server's part of pyserial, for one client."""

    def __init__(self, line: str) -> None:
        super().__init__(daemon=True)
        self._port = serial.serial_for_url(line, timeout=0.002)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        self._client: socket.socket | None = None

    def write(self, data: bytes) -> None:
        """Send to the client; the server's part of pyserial answers through this, too."""
        assert self._client is not None
        self._client.sendall(data)

    def run(self) -> None:
        """Hand on what comes from either side until one of them is gone."""
        self._client, _ = self._listener.accept()
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        manager = serial.rfc2217.PortManager(self._port, self)
        threading.Thread(target=self._to_client, args=(manager,), daemon=True).start()
        with suppress(OSError):
            while data := self._client.recv(1024):
                self._port.write(b"".join(manager.filter(data)))

    def _to_client(self, manager: serial.rfc2217.PortManager) -> None:
        with suppress(OSError):
            while True:
                if came := self._port.read(4096):  # what comes within its time-out
                    self.write(b"".join(manager.escape(came)))

    def close(self) -> None:
        """Let go of both sides."""
        for one in (self._client, self._listener, self._port):
            if one is not None:
                one.close()


@pytest.fixture
def shared() -> Iterator[Callable[[str], Shared]]:
    """Return a function that shares a line with this machine until the test is over."""
    begun: list[Shared] = []

    def share(line: str) -> Shared:
        begun.append(Shared(line))
        begun[-1].start()
        return begun[-1]

    yield share
    for one in begun:
        one.close()
        one.join(10)


def test_sessions_complete_through_the_urls_of_pyserial(serve: Any, shared: Callable[[str], Shared]) -> None:
    served = [serve("--tcp", "127.0.0.1:0") for _ in range(2)]
    raw, far = (one.url.replace("tcp:", "socket:") for one in served)
    urls = [raw, f"{shared(far.partition('?')[0]).url}?facts=sim"]
    hosts = [one.session(url) for one, url in zip(served, urls, strict=True)]  # at once: they mostly wait
    for host in hosts:
        out, _ = host.communicate(timeout=60)
        assert out.splitlines()[-1].startswith("COMPLETED"), out
