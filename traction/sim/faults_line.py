"""A line with faults in it: what becomes of the bytes between a host and an emulated controller."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from traction.sim.faults_rig import FaultyBench

MOST_HELD: Final = 1000
"""So many pieces may be on their way; what comes beyond that is lost, as in any buffer."""


class FaultyWay:
    """One direction of a line; ``cuts`` are the faults that cut it.

    A piece is what was handed over at once: at most one frame from a host, and what a controller says in a
    tick. Chance comes from a fixed seed, so that a run can be repeated.
    """

    __slots__ = ("_bench", "_chance", "_cuts", "_held", "_kept")

    def __init__(self, bench: FaultyBench, cuts: tuple[str, ...]) -> None:
        self._bench = bench
        self._cuts = cuts
        self._held: list[tuple[int, bytes]] = []  # (due in ms since power-up, piece)
        self._kept = b""  # the first of two pieces that change places
        self._chance = random.Random(20)

    def send(self, data: bytes) -> None:
        """Hand over a piece."""
        faults = self._bench.link
        if not data:
            return
        if not faults and not self._kept:  # nearly always
            if len(self._held) < MOST_HELD:
                self._held.append((self._bench.on_ms, data))
            return
        if any(cut in faults for cut in self._cuts):
            return
        due_ms = self._bench.on_ms + round(1000 * (faults.get("link-delayed") or 0.0))
        if "link-corrupted" in faults and self._chance.random() < (faults["link-corrupted"] or 0.0):
            data = self._spoiled(data)
        if "link-duplicated" in faults:
            data += data
        if "link-reordered" in faults and not self._kept:
            self._kept = data
            return
        data, self._kept = data + self._kept, b""
        if len(self._held) < MOST_HELD:
            self._held.append((due_ms, data))

    def arrived(self) -> bytes:
        """Return what has come out by now."""
        held = self._held
        if not held:
            return b""
        now_ms, out = self._bench.on_ms, b""
        while held and held[0][0] <= now_ms:
            out += held.pop(0)[1]
        return out

    def _spoiled(self, data: bytes) -> bytes:
        made = bytearray(data)
        bit = self._chance.randrange(8 * len(made))
        made[bit // 8] ^= 1 << bit % 8
        return bytes(made)
