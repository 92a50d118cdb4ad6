"""After the end: tell it again until somebody has noticed, while the record is still open."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from traction.runner.outcome import deciding

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.runner.requests import Requests
    from traction.runner.standing import Standing

LOOK_US: Final = 200_000
BY_KEYS: Final = "a key"


def alert_until_noticed(clock: Clock, standing: Standing, requests: Requests, viewer: object) -> None:
    """Ring and say that the session has ended, as often and as long as the protocol states.

    Only in real time, with the force down, and where somebody sits who can say that it was noticed: a key, a
    stop, or ``Requests.acknowledge``. Each alert, and who ended it, stands in the record.
    """
    alerts = standing.plan.declared.alerts
    if alerts is None or not clock.realtime or not getattr(viewer, "can_acknowledge", False):
        return
    begun_us = clock.now_us()
    at_end_us, stops = standing.t_us, len(requests.sources)
    outcome = deciding(tuple(standing.causes)).outcome
    for number in range(1, alerts.times + 1):
        standing.t_us = at_end_us + clock.now_us() - begun_us
        text = f"{number} of {alerts.times}: the session has ended {outcome}, the force is down"
        standing.journal.event(standing.t_us, "alert", text=text)
        _show(viewer, f"alert {text}; press any key")
        until_us = clock.now_us() + round(alerts.every_s * 1e6)
        while clock.now_us() < until_us:
            by = _noticed(requests, viewer, stops)
            if by:
                standing.t_us = at_end_us + clock.now_us() - begun_us
                standing.journal.event(standing.t_us, "acknowledged", text=f"by {by}")
                return
            clock.wait_until_us(min(clock.now_us() + LOOK_US, until_us))


def _noticed(requests: Requests, viewer: object, stops: int) -> str:
    """Return who has noticed, or an empty text."""
    if requests.acknowledged:
        return requests.acknowledged
    if len(requests.sources) > stops:
        return requests.sources[-1]
    with suppress(Exception):  # a screen that fails keeps nobody from ending
        if viewer.acknowledges():  # type: ignore[attr-defined]
            return BY_KEYS
    return ""


def _show(viewer: object, text: str) -> None:
    with suppress(Exception):
        viewer.ended()  # type: ignore[attr-defined]
        viewer.ring()  # type: ignore[attr-defined]
        viewer.notice(text)  # type: ignore[attr-defined]
