"""The whole of a protocol file, as pydantic reads it; ``schema.py`` writes the editors' schema from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from traction.protocol.base import Model
from traction.protocol.fields import (
    Alarms,
    Angle,
    ForceText,
    Impulse,
    Label,
    Length,
    PlainForce,
    Rate,
    Slug,
    Text,
    Time,
    TimeOrNone,
    Url,
    Whole,
)
from traction.protocol.parts import Position, Sham, Stops, Tare
from traction.protocol.phases import AnyPhase, Count, HoldBy

FORMAT = 1
MAX_PHASES = 1000

Evidence = Literal[
    "randomised-trial",
    "trial-registration",
    "cohort-study",
    "case-report",
    "laboratory-study",
    "patent",
    "standard",
    "vendor-guidance",
    "teaching-notes",
    "engineering",
    "none",
]


class Source(Model):
    """Where the settings come from, and how far the source goes."""

    citation: Text = Field(description="Author, title, journal or publisher, year.")
    url: Url | None = Field(None, description="Where it can be read.")
    evidence: Evidence = Field(description="What kind of source it is; not how well the settings work.")
    confirmed: StrictBool = Field(description="Whether the settings were read at the source itself.")
    caution: Text = Field(description="What a reader must know before using the settings.")
    assumed: list[Text] = Field(
        max_length=50, description="What the source does not give and this file chose."
    )
    course: Text | None = Field(None, description="How often and for how long, as published.")
    conflicts: Text | None = Field(None, description="Who gains if the settings are believed.")


class Setup(Model):
    """How the patient lies, as published: shown, not acted on."""

    posture: Label | None = None
    angle: Angle | None = Field(None, description="Of the pull or of the neck, as the source means it.")
    couch: Literal["split", "fixed"] | None = Field(None, description="Whether the couch halves are free.")
    note: Text | None = None


class Session(Model):
    """What holds for every phase that does not say otherwise."""

    count: Count = Field(
        description="on_target: the clock stands while the force travels. always: it runs on."
    )
    hold_by: HoldBy = Field(
        description="force: the pull is kept. position: the table stands and the pull sags."
    )
    time_range: Annotated[tuple[Time, Time], Field(description="Published time on the clock.")] | None = None
    tolerance: Slug | None = Field(
        None, description="What a run is judged against afterwards, such as yy-0697."
    )


class Rates(Model):
    """The steepest rise and fall of every phase that does not say otherwise."""

    up: Rate
    down: Rate


class TakeUp(Model):
    """Take up the slack before anything else: pull gently until the force is there."""

    force: PlainForce
    timeout: Time = Field(description="Give up and release when the slack is not gone by then.")


class Pretension(Model):
    """A light pull before the clock starts."""

    force: ForceText
    hold: TimeOrNone
    rate: Rate | None = Field(None, description="Steepest rise to it; else [rates] up.")


class End(Model):
    """The way down after the last phase."""

    rate: Rate
    residual: PlainForce = Field(description="The force at which the profile ends; 0 N is slack.")
    shape: Literal["linear", "s-curve"] = "linear"
    alert_every: Time | None = Field(None, description="The end is told again after each such time.")
    alert_times: Alarms | None = Field(None, description="How often it is told again at most.")


class Tightening(Model):
    """Limits of this protocol; they can only be tighter than those of the region and the table."""

    max_force: PlainForce | None = None
    max_rate_up: Rate | None = None
    max_rate_down: Rate | None = None
    max_hold: Time | None = None
    max_session: Time | None = None
    max_impulse: Impulse | None = Field(None, description="Force above the take-up level, times time.")
    max_travel: Length | None = None
    max_release: Time | None = Field(None, description="Time from any instant to slack.")


class Document(Model):
    """A spinal-traction protocol."""

    format: Annotated[int, Whole(FORMAT, FORMAT)] = Field(description="Version of the language: 1.")
    name: Slug = Field(description="Lower-case words joined by hyphens; the name of the file.")
    title: Label
    region: Slug = Field(description="Body region, such as lumbar or cervical; it chooses the limits.")
    source: Source
    setup: Setup | None = None
    position: Position | None = None
    tare: Tare | None = None
    sham: Sham | None = None
    session: Session
    rates: Rates | None = None
    take_up: TakeUp | None = None
    pretension: Pretension | None = None
    phase: list[AnyPhase] = Field(min_length=1, max_length=MAX_PHASES)
    end: End
    stops: Stops | None = None
    limits: Tightening | None = None
