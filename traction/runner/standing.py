"""Where a session stands: its state, its time, and every reason to end, in the order in which they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.runner.journal import Journal
from traction.runner.outcome import Cause
from traction.runner.states import State, advance

if TYPE_CHECKING:
    from traction.protocol.questions import Question
    from traction.runner.plan import SessionPlan


NOT_DONE: Final = ("refused", "ignored", "not applied")
"""Events that say that a wish was not served."""


class Standing:
    """The part of a session that its pieces share. Only ``enter`` changes the state."""

    __slots__ = (
        "_codes",
        "causes",
        "defect",
        "held_us",
        "journal",
        "not_done",
        "plan",
        "profile_us",
        "question",
        "rings",
        "state",
        "t_us",
        "words",
    )

    def __init__(self, journal: Journal, plan: SessionPlan) -> None:
        self.journal = journal
        self.plan = plan  # the one that is followed now
        self.question: Question | None = None  # what is asked now, and not answered yet
        self.not_done: list[str] = []  # what was asked for and could not be served
        self.rings = False  # what was told last should be heard, too
        self.words: list[
            str
        ] = []  # what people are to hear of what they have asked for; whoever shows it, takes it
        self.state = State.IDLE
        self.t_us = 0  # session time of the newest sample
        self.profile_us = 0  # time on the profile's clock
        self.held_us = 0  # session time that is not on the profile's clock
        self.causes: list[Cause] = []
        self.defect: BaseException | None = None  # the first thing that nobody expected
        self._codes: set[str] = set()

    def enter(self, state: State) -> None:
        """Step to ``state`` and say so; raises TractionError E910 where the table of states forbids it."""
        self.state = advance(self.state, state)
        self.journal.event(self.t_us, "state", text=state.name)

    def tell(self, name: str, text: str, code: str = "") -> None:
        """Write an event down, and leave its text for the people who watch."""
        self.journal.event(self.t_us, name, code, text)
        self.words.append(f"{name}: {text}")
        if name in NOT_DONE:
            self.not_done.append(text)

    def note(self, cause: Cause) -> None:
        """Remember a reason to end and say so, once for each code."""
        if cause.code not in self._codes:
            self._codes.add(cause.code)
            self.causes.append(cause)
            self.journal.event(self.t_us, cause.outcome.lower(), cause.code, cause.detail)

    def abandon(self, *causes: Cause) -> None:
        """End at once, past the table of states: the last resort when nothing else works."""
        for cause in causes:
            self.note(cause)
        self.state = State.ENDED
        self.journal.event(self.t_us, "state", text=State.ENDED.name)
