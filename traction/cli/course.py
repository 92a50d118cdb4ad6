"""``traction course``: sessions over weeks, planned, run and followed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

from traction.cli.lazy_group import LazyGroup

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new": "traction.cli.course_new",
        "plan": "traction.cli.course_plan",
        "begin": "traction.cli.course_begin",
        "next": "traction.cli.course_next",
        "record": "traction.cli.course_record",
        "status": "traction.cli.course_status",
        "review": "traction.cli.course_review",
        "report": "traction.cli.course_report",
        "simulate": "traction.cli.course_simulate",
    }
)
"""Command -> the module that holds it as ``command``, in the order in which they are used."""


class CourseGroup(LazyGroup):
    """What is done with a course."""

    modules = COMMANDS


@click.group(
    "course",
    cls=CourseGroup,
    short_help="Plan, run and follow sessions over weeks.",
    epilog="Example: traction course next course.toml --run --preflight changed=no",
)
def command() -> None:
    """Keep a course of sessions to its rules: how often, how far the force may go up, and when to stop.

    The history lies in one file, traction-courses.sqlite beside the course's file, or where --store says.
    """
