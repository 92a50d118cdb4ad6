"""Tables of a protocol file beside its phases: position, tare, sham label, and how a session is stopped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from traction.protocol.base import Model
from traction.protocol.fields import Angle, HeadMass, HeadShare, Label, Level, PlainForce, Seal, Text


class Position(Model):
    """How the patient lies and where the pull goes, with the steps that lead there: shown, not acted on."""

    posture: Label | None = None
    angle: Angle | None = Field(None, description="Of the pull or of the neck, as the source means it.")
    couch: Literal["split", "fixed"] | None = Field(None, description="Whether the couch halves are free.")
    level: Level | None = Field(None, description="The spinal level meant, such as L4-L5.")
    side: Literal["left", "right", "both"] | None = Field(None, description="For limbs: which are pulled.")
    steps: Annotated[list[Text], Field(max_length=30)] | None = Field(
        None, description="What to do, one step after the other."
    )
    moves_below: PlainForce | None = Field(
        None, description="The tension up to which phases of the type move may move the patient."
    )


class Tare(Model):
    """The part of the head's weight that lies along a sloping pull, which the table pulls more or less."""

    head_mass: HeadMass | None = Field(None, description="Mass of the head. Either this or `head_share`.")
    head_share: HeadShare | None = Field(None, description="Mass of the head as a share of the body's mass.")
    angle: Angle = Field(description="Of the pull against the horizontal.")
    pull: Literal["upward", "downward"] = Field(
        description="Which way the pull runs, away from the body. upward: the table also carries the head."
    )


class Sham(Model):
    """Which arm of a trial this file is, said without saying it: see `traction seal`."""

    label: Label = Field(description="The coded name shown in place of the arm's own.")
    seal: Seal = Field(
        description="SHA-256 over the arm's name and a salt, in hex: `traction seal` makes it."
    )


class Stops(Model):
    """What a stop and a pause do; what is not stated stays as the table's own."""

    patient: Literal["release", "fast-release"] | None = Field(None, description="The patient's stop.")
    operator: Literal["release", "fast-release"] | None = Field(None, description="The operator's stop.")
    pause: Literal["hold-at-base", "release"] | None = Field(
        None, description="hold-at-base: down to the take-up level. release: a pause ends the session."
    )
