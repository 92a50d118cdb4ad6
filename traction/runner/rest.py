"""Between two ticks: wait for the next one, and send a stop at the moment at which it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction.clock import Bell, WallClock
from traction.runner.reactions import Reactions
from traction.runner.requests import Requests
from traction.runner.standing import Standing
from traction.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.clock import Clock


class Rest:
    """Waits on one session's clock; ``hears`` says that it can be woken, as only real time needs to be."""

    __slots__ = ("_clock", "_reactions", "_requests", "_standing", "_wait", "hears")

    def __init__(self, clock: Clock, requests: Requests, standing: Standing, reactions: Reactions) -> None:
        self._clock = clock
        self._requests = requests
        self._standing = standing
        self._reactions = reactions
        self.hears = isinstance(clock, WallClock)
        self._wait: Callable[[int, Bell], bool] = (
            clock.listen_until_us if isinstance(clock, WallClock) else self._deaf_wait
        )

    def until(self, start_us: int, due_us: int) -> None:
        """Wait until ``due_us`` of the session that began at ``start_us``; a stop goes out at once.

        Pause and resume wait for the tick: they need its sample.
        """
        requests, wait = self._requests, self._wait
        while True:
            asked_us = requests.due_us
            if asked_us >= due_us:
                if not wait(start_us + due_us, requests.bell):
                    return
            elif not wait(start_us + asked_us, requests.bell):
                requests.come_to(asked_us)
            if requests.level and self._standing.state is not State.ENDED:
                t_us = self._standing.t_us = self._clock.now_us() - start_us
                self._reactions.stops(t_us)

    def _deaf_wait(self, deadline_us: int, _bell: Bell) -> bool:
        self._clock.wait_until_us(deadline_us)
        return False
