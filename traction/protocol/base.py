"""What every table of a protocol file is, and what every phase of whatever type says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from traction.protocol.fields import Label, Text


class Model(BaseModel):
    """Refuse keys that are not in the language, and stay as read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Named(Model):
    """What phases of every type say, those that pull and those that ask."""

    name: Label = Field(description="A short name, shown while the phase runs.")
    note: Text | None = Field(None, description="Anything worth saying about the phase.")
