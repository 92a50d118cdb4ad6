"""Answering and changing by single keys: what is chosen and typed so far, and the line that shows it.

A number only chooses; Enter gives the answer or sets the value, so that no single key, pressed by mistake or
by nobody, can lead to more force. Everything else (stop, pause, ease) keeps its key meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from traction.protocol.declared import LiveField
    from traction.protocol.questions import Question
    from traction.runner.requests import Requests

BY_KEYS: Final = "the keys"
ENTER: Final = "\r\n"
ESCAPE: Final = "\x1b"
BACK: Final = "\x7f\b"
LONGEST: Final = 8
"""Digits of a value: nobody needs more, and a cat on the keyboard should not fill the screen."""


class Prompt:
    """Takes keys one by one; ``line`` is what stands under the screen meanwhile."""

    def __init__(self) -> None:
        self._answer: tuple[str, str] | None = None  # the question and the answer that is chosen for it
        self._choosing = False
        self._field: LiveField | None = None
        self._typed = ""
        self._live: Sequence[LiveField] = ()

    def takes(
        self, key: str, requests: Requests, question: Question | None, live: Sequence[LiveField]
    ) -> str | None:
        """Return what to say about ``key``, or None where it is not a key of a prompt."""
        self._live = live
        self._forget(question)
        if key in ENTER:
            return self._enter(requests)
        if key == ESCAPE:
            self._choosing, self._field, self._answer, self._typed = False, None, None, ""
            return ""
        if self._field is not None and (key.isdigit() or key == "." or key in BACK):
            self._typed = self._typed[:-1] if key in BACK else (self._typed + key)[:LONGEST]
            return ""
        if key == "c" and live:
            self._choosing, self._field, self._typed = True, None, ""
            return ""
        if key == "c":
            return "this protocol lets nothing be changed while it runs"
        return self._digit(int(key), question) if key.isascii() and key.isdigit() else None

    def line(self, question: Question | None) -> str:
        """Return what is chosen or typed so far, and what the keys do with it; empty where nothing is."""
        self._forget(question)
        if self._field is not None:
            field = self._field
            typed = self._typed or "_"
            return f"{_bounds(field)}: {typed} {unit_of(field)} - Enter sets it, Esc leaves"
        if self._choosing:
            named = ", ".join(f"{number} {_bounds(field)}" for number, field in enumerate(self._live[:9], 1))
            return f"change: {named} - a number chooses, Esc leaves"
        if self._answer is not None:
            return f"answer: {self._answer[1]} - Enter gives it, Esc leaves"
        return ""

    def _forget(self, question: Question | None) -> None:
        """Drop an answer that was chosen for a question that is over."""
        if self._answer is not None and (question is None or question.name != self._answer[0]):
            self._answer = None

    def _digit(self, number: int, question: Question | None) -> str:
        if self._choosing:
            if not 1 <= number <= min(len(self._live), 9):
                return f"there is no {number} to be changed"
            self._choosing, self._field, self._typed = False, self._live[number - 1], ""
            return ""
        if question is None:
            return "nothing is asked now"
        if not 1 <= number <= len(question.answers):
            return f"there is no answer {number}"
        self._answer = question.name, question.answers[number - 1]
        return ""

    def _enter(self, requests: Requests) -> str:
        if self._field is not None and self._typed:
            field, typed = self._field, self._typed
            self._field, self._typed = None, ""
            requests.edit(field.name, field.field, f"{typed} {unit_of(field)}", BY_KEYS)
            return f"asked for: {field.name} {field.field} {typed} {unit_of(field)}"
        if self._answer is not None and self._field is None and not self._choosing:
            (name, answer), self._answer = self._answer, None
            requests.answer(name, answer, BY_KEYS)
        return ""


def unit_of(field: LiveField) -> str:
    """Return the unit of a field, as its lowest value has it."""
    found = re.fullmatch(r"\s*[\d.]+\s*(.+?)\s*", field.lowest)
    return found[1] if found else ""


def _bounds(field: LiveField) -> str:
    return f"{field.name} {field.field}, now {field.value}, {field.lowest} to {field.highest}"
