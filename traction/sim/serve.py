"""Serve an emulated table in real time: one client after the other, whatever they do, until told to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from traction.sim.table import TICK_US
from traction.wire import codes, frame, messages

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.listen import Endpoint
    from traction.sim.emulator import EmulatedTable


MOST_READS: Final = 4
"""So often a client that floods is read in a row before anybody else is looked at."""


def serve(
    table: EmulatedTable,
    endpoint: Endpoint,
    clock: Clock,
    is_over: Callable[[], bool] = lambda: False,
    look: Callable[[EmulatedTable], None] = lambda _table: None,
) -> None:
    """Run ``table`` on ``clock`` behind ``endpoint`` until ``is_over`` says so; asked in each tick.

    ``look`` sees the table after each tick.

    After a stall the table first lives through what it missed, so that an old set-point is not taken for a
    new one. What a client does not read is not kept, except the rest of a frame that was begun.
    """
    next_us = clock.now_us() + TICK_US
    unsent = b""
    reads = 0
    while not is_over():
        endpoint.wait((next_us - clock.now_us()) / 1e6)
        now_us = clock.now_us()
        while next_us <= now_us:
            table.tick()
            look(table)
            next_us += TICK_US
        data = endpoint.read()
        if data:
            table.receive(data)
        unsent = _send(table, endpoint, unsent)  # an answer waits for nothing
        reads = reads + 1 if data else 0
        # Straight back to sleep: the kernel has something to do with an answer, which this core is then free
        # for. And it is read to the end first: a client that has gone makes room for the next.
        if reads % MOST_READS:
            continue
        for stranger in endpoint.strangers():
            stranger_says = stranger.read()
            answer = busy_answer(stranger_says, table.controller.now_ms)
            if answer:
                stranger.send_away(answer)


def _send(table: EmulatedTable, endpoint: Endpoint, unsent: bytes) -> bytes:
    """Send the rest of a frame that was begun, or what the table says now; return what was not taken."""
    going = unsent or table.take()
    return going[endpoint.write(going) :] if going else b""


def busy_answer(data: bytes, now_ms: int) -> bytes:
    """Return the answer BUSY to the first hello in ``data``, b"" where there is none."""
    for line in frame.Splitter().feed(data):
        found = frame.decode(line) if frame.problem(line) == 0 else None
        if found is None or not messages.fits(found[0], found[1], messages.TO_CONTROLLER):
            continue
        if found[0] == messages.HELLO:
            token, number = found[1][:2]
            values = (token, 1, now_ms & messages.U32, number, codes.RESULT_BUSY)
            return frame.encode(messages.ANSWER, values)
    return b""
