"""The phases a protocol is a chain of, one model for each type; protocols/README.md tells what they mean.

Every field either has to be written or, where it is optional, its absence has one plain meaning: no
oscillation, no variation, the session's own rates, clock and way of holding, a straight line between levels.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from traction.protocol.base import Model, Named
from traction.protocol.fields import (
    ForceText,
    Frequency,
    LowText,
    PlainForce,
    Rate,
    Repeat,
    Share,
    Spread,
    Steps,
    Time,
    TimeOrNone,
)
from traction.protocol.question_phases import Ask, Move, Observe, Prompt, QuestionBase

Shape = Literal["linear", "s-curve", "log"]
Wave = Literal["sine", "triangle", "sawtooth"]
HoldBy = Literal["force", "position"]
Count = Literal["on_target", "always"]


class Oscillation(Model):
    """A small wave over every hold of the phase, about its level."""

    wave: Wave
    amplitude: PlainForce = Field(description="From the level to the crest, such as 2 lbf.")
    frequency: Frequency


class Variation(Model):
    """Let the cycles differ: each value is drawn evenly within its spread, from the seed of the run."""

    high: Spread | None = Field(None, description="Spread of the high level about its value, such as 5 %.")
    low: Spread | None = Field(None, description="Spread of the low level about its value.")
    hold: Spread | None = Field(None, description="Spread of the hold about its value.")
    rest: Spread | None = Field(None, description="Spread of the rest about its value.")
    cap: ForceText | None = Field(
        None, description="The force no cycle exceeds, waves included; to be stated wherever high varies."
    )


ForcePair = Annotated[tuple[ForceText, ForceText], Field(description="Lowest and highest value.")]
LowPair = Annotated[tuple[LowText, LowText], Field(description="Lowest and highest value.")]
TimePair = Annotated[tuple[TimeOrNone, TimeOrNone], Field(description="Shortest and longest value.")]


class Published(Model):
    """What the source allows for fields of the phase: their values must lie within."""

    force: ForcePair | None = None
    high: ForcePair | None = None
    low: LowPair | None = None
    to: ForcePair | None = None
    hold: TimePair | None = None
    rest: TimePair | None = None
    time: TimePair | None = Field(None, description="For the key `for`.")


class Live(Model):
    """What an operator may set while the phase runs, and between what: each from its next cycle on."""

    force: ForcePair | None = None
    high: ForcePair | None = None
    low: LowPair | None = None
    hold: TimePair | None = None
    rest: TimePair | None = None
    for_: TimePair | None = Field(None, alias="for")


class Phase(Named):
    """What phases of every type that pulls may say."""

    rate_up: Rate | None = Field(None, description="Steepest rise in this phase; else [rates] up.")
    rate_down: Rate | None = Field(None, description="Steepest fall in this phase; else [rates] down.")
    shape: Shape = Field("linear", description="The way from level to level; log rises, and falls in a line.")
    knee: Share | None = Field(
        None, description="With log: the part of the rise before the logarithm begins."
    )
    count: Count | None = Field(None, description="When the clock runs; else as in [session].")
    range: Published | None = Field(None, description="The published range of fields of this phase.")


class Holding(Phase):
    """What phases with a hold may say as well."""

    hold_by: HoldBy | None = Field(None, description="What is kept during a hold; else as in [session].")
    oscillation: Oscillation | None = Field(None, description="A wave over every hold.")
    live: Live | None = Field(None, description="What may be set during the run, and between what.")


class Static(Holding):
    """One level, held for a time."""

    type: Literal["static"]
    force: ForceText
    hold: Time | None = Field(None, description="Time at the level. Either this or `for`.")
    for_: Time | None = Field(None, alias="for", description="Time on the clock, as `count` has it run.")


class Cycling(Holding):
    """What phases that go between a high and a low level share."""

    high: ForceText
    low: LowText = Field(description="A force, or `50 % of high`, `high - 10 lbf`, `residual`.")
    hold: TimeOrNone = Field(description="Time at the high level in each cycle.")
    rest: TimeOrNone = Field(description="Time at the low level in each cycle.")
    repeat: Repeat | None = Field(None, description="Number of cycles. Either this or `for`.")
    for_: Time | None = Field(
        None,
        alias="for",
        description="Time on the clock that cycles fill; a cycle it cuts finishes its fall.",
    )
    variation: Variation | None = None


class Intermittent(Cycling):
    """Cycles of hold and rest; the ways between the levels follow the rates."""

    type: Literal["intermittent"]


class Cyclic(Cycling):
    """Cycles whose rise and fall each take a stated time."""

    type: Literal["cyclic"]
    ramp_up: Time = Field(description="Time of each rise.")
    ramp_down: Time = Field(description="Time of each fall.")


class Stepping(Holding):
    """What phases of equal steps share."""

    from_: ForceText = Field(alias="from", description="The level the steps are counted from; not held.")
    to: ForceText = Field(description="The level of the last step.")
    steps: Steps = Field(description="Number of equal steps.")
    hold: Time = Field(description="Time at the level of each step.")
    low: LowText | None = Field(
        None, description="Level of a rest after each hold; `high` is the step's own."
    )
    rest: Time | None = Field(None, description="Time of that rest.")


class Progressive(Stepping):
    """Equal steps upwards, each held."""

    type: Literal["progressive"]


class Regressive(Stepping):
    """Equal steps downwards, each held."""

    type: Literal["regressive"]


class Ramp(Phase):
    """A way to another level and nothing else."""

    type: Literal["ramp"]
    to: ForceText
    over: Time | None = Field(None, description="Time of the way; else it follows the rates.")


AnyPhase = Annotated[
    Static | Intermittent | Cyclic | Progressive | Regressive | Ramp | Ask | Observe | Prompt | Move,
    Field(discriminator="type"),
]
PHASES: dict[str, type[Phase | QuestionBase]] = {
    "static": Static,
    "intermittent": Intermittent,
    "cyclic": Cyclic,
    "progressive": Progressive,
    "regressive": Regressive,
    "ramp": Ramp,
    "ask": Ask,
    "observe": Observe,
    "prompt": Prompt,
    "move": Move,
}


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return key as written -> pydantic's field of a model."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
