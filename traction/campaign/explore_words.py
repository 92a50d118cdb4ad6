"""A way through the states, in words that somebody who knows neither the code nor the search can follow."""

from __future__ import annotations

import numpy as np

from traction.campaign.explore_events import WORLD
from traction.campaign.explore_search import Search, Step
from traction.wire import codes, messages

HOSTS = ("host A", "host B")


def tell(search: Search, way: list[tuple[Step, int, int]]) -> tuple[str, ...]:
    """Return one sentence for each step: who does what, and what the controller is in then."""
    lines = []
    for step, before, after in way:
        text, now = _step(search, step, before), _controller(search, after)
        lines.append(text if now == _controller(search, before) else f"{text} -> {now}")
    return tuple(lines)


def _controller(search: Search, state: int) -> str:
    number = int(search.unpack(np.array([state])).state[0])
    name, fault = search.relation.states[number][:2]
    latched = f" ({codes.FAULT_NAMES[fault]})" if fault else ""
    return codes.STATE_NAMES[name] + latched


def _step(search: Search, step: Step, before: int) -> str:
    kind, which, index = step
    if kind == "world":
        return WORLD[which]
    fields = search.unpack(np.array([before]))
    script = int(fields.scripts[which][0])
    scripts = search.scripts[which]
    if kind == "sends":
        if index < 0:
            return f"{HOSTS[which]} says hello, sends its limits and commits them"
        return f"{HOSTS[which]} sends {_frame(scripts.choices[index])}"
    return f"{_frame(scripts.texts[script][index])} of {HOSTS[which]} arrives"


def _frame(choice: tuple[str, int]) -> str:
    letter, content = choice
    name = messages.MESSAGES[letter][0]
    if letter == messages.GO:
        return f"{name} with start number {content >> 32}.{content >> 16 & 0xFFFF}.{content & 0xFFFF}"
    if letter == messages.RESET:
        return f"{name} of fault {content}"
    return name
