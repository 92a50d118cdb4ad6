"""What another table can be set to, as a file says: steps, ranges and kinds, each known or not known."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints, ValidationError

from traction import units
from traction.errors import Problem, ProtocolError, UsageError
from traction.protocol.base import Model
from traction.protocol.fields import PlainForce, Text, Time, Url
from traction.protocol.file_text import read_bytes, text_of
from traction.shipped import shipped_files

FOLDER: Final = "hardware/tables/capabilities"


LEAST_STEP_N: Final = 0.001


def _step(text: str) -> str:
    """Return a step of forces as its number, a space and its unit."""
    if not units.parse(text, "force") >= LEAST_STEP_N:
        raise ValueError(f"a step of {text!a}; expected at least {LEAST_STEP_N:g} N")
    written = text.strip()
    unit = max((unit for unit in units.UNITS["force"] if written.endswith(unit)), key=len)
    return f"{written.removesuffix(unit).rstrip()} {unit}"


ForceStep = Annotated[str, StringConstraints(strict=True, max_length=20), AfterValidator(_step)]


class Can(Model):
    """What kinds of things the table has; None where that is not known."""

    types: list[str] | None = None
    phases: Annotated[StrictInt, Field(ge=1)] | None = None
    repeat: StrictBool | None = None
    hold_by: list[Literal["force", "position"]] | None = None
    shapes: list[Literal["linear", "s-curve", "log"]] | None = None
    waves: StrictBool | None = None
    variation: StrictBool | None = None
    tare: StrictBool | None = None


class Forces(Model):
    """How forces are set, in N but for the step, which keeps its unit."""

    step: ForceStep | None = None
    least: PlainForce | None = None
    most: PlainForce | None = None
    low: PlainForce | None = None


class Times(Model):
    """How times are set, in s."""

    step: Time | None = None
    most_hold: Time | None = None
    session_step: Time | None = None
    least_session: Time | None = None
    most_session: Time | None = None


class Rates(Model):
    """How speeds are set."""

    one: StrictBool = False


class Steps(Model):
    """How steps are set."""

    most: Annotated[StrictInt, Field(ge=1)] | None = None
    rest: str | None = None


class Capability(Model):
    """What one kind of table can be set to; an absent value is not known."""

    name: Text
    title: Text
    citation: Text
    url: Url | None = None
    not_seen: list[str]
    unconfirmed: list[str]
    can: Can = Can()
    force: Forces = Forces()
    time: Times = Times()
    rates: Rates = Rates()
    steps: Steps = Steps()

    @property
    def step(self) -> tuple[Decimal, str] | None:
        """Return the step of forces as a number and its unit, or None."""
        if self.force.step is None:
            return None
        number, _, unit = self.force.step.partition(" ")
        return Decimal(number), unit

    def unknown(self) -> list[str]:
        """Return the keys of which nothing is known."""
        parts: dict[str, Model] = {
            "can": self.can,
            "force": self.force,
            "time": self.time,
            "steps": self.steps,
        }
        return [
            f"{name}.{key}"
            for name, part in parts.items()
            for key in type(part).model_fields
            if getattr(part, key) is None
        ]


def capability_names() -> dict[str, Path]:
    """Return name -> file of every shipped kind of table."""
    return shipped_files(FOLDER)


def load_capability(name_or_path: str) -> Capability:
    """Return what a shipped kind of table, or a file of one's own, can be set to.

    Raises UsageError E135 (neither a name nor a file) and ProtocolError E136 (the file cannot be used).
    """
    shipped = capability_names()
    path = shipped.get(name_or_path, Path(name_or_path))
    if name_or_path not in shipped and path.suffix != ".toml":
        found = f"no kind of table {name_or_path!a}"
        raise UsageError(Problem("E135", found, f"one of {', '.join(shipped)}, or a .toml file"))
    text = text_of(read_bytes(path), str(path))
    try:
        data: dict[str, Any] = tomllib.loads(text)
        return Capability.model_validate(data)
    except ValidationError as error:
        problems = [
            Problem("E136", _said(one), file=str(path), field=".".join(map(str, one["loc"])) or None)
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise ProtocolError(*problems) from error
    except UsageError as error:  # a step that is no force
        raise ProtocolError(
            *(Problem("E136", one.message, file=str(path)) for one in error.problems)
        ) from error
    except (ValueError, RecursionError) as error:  # not TOML, a number of thousands of digits, deep nesting
        raise ProtocolError(Problem("E136", str(error), "correct TOML", str(path))) from error


def _said(error: Any) -> str:
    context = error.get("ctx", {})
    if "expected" in context and "found" in context:
        return f"{context['found']}; expected {context['expected']}"
    return str(error["msg"]).removeprefix("Value error, ")
