"""The board's files are those of the virtual machine; it lacks only the source of chance."""

import world
from uos import *  # noqa: F403


def urandom(count: int) -> bytes:
    """Return bytes that differ from call to call."""
    it = world.the()
    it.random = (it.random * 1103515245 + 12345) & 0x7FFFFFFF
    return it.random.to_bytes(4, "big")[:count]
