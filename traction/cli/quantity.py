"""Option values with a unit: ``--mass 80kg``, ``--max-force "300 N"``, ``--max-duration "20 min"``."""

from __future__ import annotations

import click

from traction import units
from traction.errors import Problem, UsageError


class Quantity(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A quantity above zero of one kind; its value is a float in the unit of that kind (kg, N, s)."""

    def __init__(self, kind: units.Kind) -> None:
        self.kind = kind
        self.name = f'"{units.EXAMPLES[kind]}"'

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the value in the unit of the kind; UsageError E110-E114 for what is no such quantity."""
        del ctx
        if isinstance(value, float):
            return value  # click converts defaults and prompts a second time
        what = max(param.opts, key=len) if param is not None else ""
        number = units.parse(value, self.kind, what=what)
        if not number > 0:
            example = f'more than zero, such as "{units.EXAMPLES[self.kind]}"'
            raise UsageError(Problem("E113", f"{value!r} is nothing", example, field=what or None))
        return number


MASS = Quantity("mass")
FORCE = Quantity("force")
DURATION = Quantity("time")
