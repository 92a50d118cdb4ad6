"""The log of an emulated controller: what it is told, what it does and what is true, one JSON line for each.

Every line has ``us`` (``clock.machine_us``: the time of every log on this machine), ``boot``, ``ms`` (the
controller's own time) and ``is``. ``tick``: ``seq``, ``state``, ``fault``, ``inputs``, ``bad`` (frames that
were dropped so far), ``true_force_mn``, ``force_a_mn``, ``force_b_mn``, ``travel_um``. ``verb``: ``verb``,
``token``, ``frame``, ``values``, ``result`` and the ``state`` that came of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from traction.controller.link import Link
from traction.wire import codes, messages

if TYPE_CHECKING:
    from typing import IO

    from traction.controller.core import Controller
    from traction.sim.emulator import EmulatedTable

DROPPED: Final = -1
"""In the place of a result: a frame of the session that was not obeyed, such as a copy."""

Note = Callable[..., None]


class NotedLink(Link):
    """A controller's end of the wire that tells every verb to ``note``, with its result."""

    __slots__ = ("note", "result")

    def __init__(self, note: Note, controller: Controller, *who: int) -> None:
        super().__init__(controller, *who)
        self.note = note
        self.result = codes.RESULT_OK

    def _answer(self, token: int, number: int, result: int) -> None:
        self.result = result
        super()._answer(token, number, result)

    def _bad(self) -> None:
        self.result = DROPPED
        super()._bad()

    def _hello(self, token: int, number: int, definition: int) -> None:
        self.result = codes.RESULT_OK
        super()._hello(token, number, definition)
        self.note(self, messages.HELLO, token, number, (definition,))

    def _stop(self, token: int, number: int, kind: int) -> None:
        super()._stop(token, number, kind)
        self.note(self, messages.STOP, token, number, (kind,))

    def _obey(self, letter: str, number: int, values: tuple[int, ...]) -> None:
        self.result = codes.RESULT_OK
        super()._obey(letter, number, values)
        self.note(self, letter, self.token, number, values)


class ControllerLog:
    """Writes the log to ``file``, by the clock ``now_us``."""

    def __init__(self, file: IO[str], now_us: Callable[[], int]) -> None:
        self._file = file
        self._now_us = now_us

    def link(self, controller: Controller, *who: int) -> Link:
        """Return a link whose verbs are written down; in the place of ``Link`` for an emulated table."""
        return NotedLink(self._verb, controller, *who)

    def look(self, table: EmulatedTable) -> None:
        """Write one tick down."""
        one = table.controller
        self._write(
            one,
            "tick",
            seq=one.seq,
            state=codes.STATE_NAMES[one.state],
            fault=one.fault,
            inputs=one.inputs,
            bad=table.link.bad,
            true_force_mn=round(1000 * table.true_force_n()),
            force_a_mn=one.force_mn,
            force_b_mn=one.force_b_mn,
            travel_um=one.travel_um,
        )

    def _verb(self, link: NotedLink, letter: str, token: int, number: int, values: tuple[int, ...]) -> None:
        self._write(
            link.controller,
            "verb",
            verb=messages.MESSAGES[letter][0],
            token=token,
            frame=number,
            values=values,
            result=link.result,
            state=codes.STATE_NAMES[link.controller.state],
        )

    def _write(self, one: Controller, kind: str, **what: Any) -> None:
        line = {"us": self._now_us(), "boot": one.boot_id, "ms": one.now_ms, "is": kind, **what}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
