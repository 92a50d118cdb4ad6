"""Phases that hold the level they find until a person has answered, has looked, or has done something.

The force is held as the phase before left it and the clock stands, never for longer than ``within``.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from traction.protocol.base import Named
from traction.protocol.fields import Action, Angle, Answer, Text, Time

DONE: Final = "done"
"""The one answer to a text that is to be confirmed."""


class QuestionBase(Named):
    """What phases that wait for a person share."""

    within: Time = Field(description="The longest the level is held for it.")
    no_answer: Action = Field(description="What happens when nobody answers within that time.")


class Ask(QuestionBase):
    """A question to the patient, with a fixed list of answers and where each of them leads."""

    type: Literal["ask"]
    question: Text
    answers: Annotated[list[Answer], Field(min_length=1, max_length=9)] = Field(
        description="Every answer there is, each in a few plain words."
    )
    then: dict[Answer, Action] = Field(
        description="For each answer: continue, end (by [end]), stop (a release), or `go to` a later phase."
    )


class Confirming(QuestionBase):
    """What phases share whose text is confirmed, and which then go on."""

    text: Text = Field(description="What is to be looked at or done, before it is confirmed.")


class Observe(Confirming):
    """Something the operator looks at and confirms."""

    type: Literal["observe"]


class Prompt(Confirming):
    """Something the operator does and confirms."""

    type: Literal["prompt"]


class Move(Confirming):
    """A motion of the table or the patient, done at a tension below that of [position] and confirmed."""

    type: Literal["move"]
    axis: Literal["angle", "flexion", "rotation", "side-bend", "height"] = Field(description="What turns.")
    to: Angle = Field(description="Where it turns to.")


QuestionPhase = Ask | Observe | Prompt | Move
