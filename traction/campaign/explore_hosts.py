"""The two hosts: every order in which they may send what a host sends, as a tree of scripts.

A frame that was sent stays on its way for ever: it may arrive at any time, any number of times, in any order,
or never. No link is worse, so no link has to be modelled: what is on the way is what was ever sent.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from traction.campaign.explore_frames import AGES, EARLIER, KINDS, OLD, Frame, make_frame
from traction.campaign.explore_moves import Relation
from traction.wire import codes, messages

Numbers = npt.NDArray[np.int64]

GREETING: Final = (messages.HELLO, messages.LIMITS, messages.COMMIT)
"""What every session begins with, sent at once; the controller may still hear it in any order."""

MOST: Final = {messages.ARM: 2, messages.GO: 2, messages.STOP: 1, messages.SETPOINT: 1, messages.RESET: 1}

RESETS: Final = (codes.FAULT_LEASE_EXPIRED, codes.FAULT_ESTOP)
"""What a host resets in here; all others are cleared by the same code."""

Choice = tuple[str, int]
"""Letter and content of one more frame."""


class Scripts:
    """What the host of one session has sent, by number: 0 is nothing. After its greeting it has ``room``.

    ``events[script, place]`` is the event of the frame at a place, -1 for none; ``children[script, choice]``
    the script with one more frame, -1 where there is none; ``lengths`` how much was sent; ``wishes`` and
    ``resets`` the places, as bits, of the frames that ask for motion (GO, SETPOINT) and of RESET;
    ``setpoint`` and ``reset`` the place of the only one, -1 where there is none.
    """

    def __init__(self, relation: Relation, session: int, room: int, nonces: tuple[int, ...]) -> None:
        self._relation = relation
        self._session = session
        self._room = room
        self._known: dict[tuple[int, Choice], int] = {}
        # host A begins with the tighter limits and tries the looser ones, host B the other way round
        first = 1 - session
        self.choices: list[Choice] = [
            (messages.ARM, first),
            (messages.STOP, codes.STOP_RELEASE),
            (messages.SETPOINT, 0),
            (messages.LIMITS, session),
            (messages.COMMIT, session),
            *[(messages.GO, nonce) for nonce in nonces],
            *[(messages.RESET, fault) for fault in RESETS],
        ]
        self.texts: list[tuple[Choice, ...]] = [()]
        greeting = tuple((letter, first) for letter in GREETING)
        self.places = len(GREETING) + room
        self._rows: list[list[int]] = [[-1] * self.places]
        self._marks: list[tuple[int, int, int, int]] = [(0, 0, -1, -1)]
        self._links: list[list[int]] = [[-1] * len(self.choices)]
        self.begun = self._add(greeting)
        self._freeze()

    def _freeze(self) -> None:
        self.events = np.array(self._rows, dtype=np.int64)
        self.children = np.array(self._links, dtype=np.int64)
        self.wishes, self.resets, self.setpoint, self.reset = np.array(self._marks, dtype=np.int64).T
        self.lengths = np.array([len(text) for text in self.texts], dtype=np.int64)

    def _add(self, text: tuple[Choice, ...]) -> int:
        """Add one script and all that may follow it; return its number."""
        number = len(self.texts)
        self.texts.append(text)
        row, wishes, resets, setpoint, reset = [-1] * self.places, 0, 0, -1, -1
        for place, choice in enumerate(text):
            row[place] = self._event(place, choice)
            if choice[0] in (messages.GO, messages.SETPOINT):
                wishes |= 1 << place - len(GREETING)
            if choice[0] == messages.RESET:
                resets |= 1 << place - len(GREETING)
                reset = place
            if choice[0] == messages.SETPOINT:
                setpoint = place
        self._rows.append(row)
        self._marks.append((wishes, resets, setpoint, reset))
        links = [-1] * len(self.choices)
        self._links.append(links)
        if len(text) < self.places:
            for index, choice in enumerate(self.choices):
                if _follows(text, choice):
                    links[index] = self._add((*text, choice))
        return number

    def _event(self, place: int, choice: Choice) -> int:
        """Return the event of this frame, the first one where there are more.

        A set-point has one for each age, a reset one for each power-up in which it arrives and each kind.
        """
        known = self._known.get((place, choice))
        if known is None:
            made = self._resets(place, choice) if choice[0] == messages.RESET else self._made(place, choice)
            known = self._known[place, choice] = self._relation.add(made[0])
            for one in made[1:]:
                self._relation.add(one)
        return known

    def _made(self, place: int, choice: Choice) -> list[Frame]:
        ages = range(AGES if choice[0] == messages.SETPOINT else 1)
        return [make_frame(self._session, place + 1, *choice, age=age) for age in ages]

    def _resets(self, place: int, choice: Choice) -> list[Frame]:
        boots = self._relation.boots
        return [
            make_frame(
                *(self._session, place + 1, *choice),
                # samples are counted anew after a restart: an old one may look like a new one
                age=AGES - 1 if kind == OLD else 0,
                boot=boots[index - 1 if kind == EARLIER else index],
            )
            for index in range(len(boots))
            for kind in range(KINDS)
        ]


def _follows(text: tuple[Choice, ...], choice: Choice) -> bool:
    """Say whether a host may send ``choice`` after ``text``."""
    letter = choice[0]
    sent = [one[0] for one in text[len(GREETING) :]]
    if letter in MOST and sent.count(letter) >= MOST[letter]:
        return False
    if letter in (messages.LIMITS, messages.COMMIT):
        return letter not in sent and (letter == messages.LIMITS or messages.LIMITS in sent)
    if letter == messages.GO:
        return messages.ARM in sent and choice not in text
    return letter != messages.SETPOINT or messages.GO in sent
